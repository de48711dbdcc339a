/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset.h - sets of photographs with label maps and, where they are known, people: one
 * interface, three sources. An item is a number; reading it gives a square picture, its label map
 * in CelebAMask-HQ's 19 classes, whose it is, and landmarks if the source has them.
 *
 * Pictures of another size are resized as the published protocols do: Pillow's bicubic, labels
 * Pillow's nearest. */
#ifndef IDI_DATA_DATASET_H
#define IDI_DATA_DATASET_H

#include "core/memory.h"
#include "data/labels.h"
#include "data/portrait.h"

typedef struct idi_dataset idi_dataset;

#define IDI_DATASET_ENDLESS INT64_MAX

/* --- opening ---------------------------------------------------------------------------------- */

/* Procedural portraits. Person p of the set is the portraits' identity seed first_person + p,
 * photograph k of everybody the photo seed first_photo + k; people held out are other numbers.
 * Item i is photograph i / people of person i % people. */
typedef struct idi_portrait_set {
    int64_t size; /* side in pixels, IDI_PORTRAIT_MIN_SIZE..IDI_PORTRAIT_MAX_SIZE */
    int64_t first_person, people;
    int64_t first_photo, photos; /* photos of each person; 0: endless */
} idi_portrait_set;

IDI_NODISCARD idi_status idi_dataset_open_portraits(idi_memory *memory, const idi_portrait_set *set,
                                                    idi_dataset **dataset_out);

/* What the sources on disk have in common. Zero and NULL: all images, no identities.
 *
 * The lists are CelebA's own: `identities` names identity_CelebA.txt ("000001.jpg 2880" a line),
 * `mapping` CelebA-HQ-to-CelebA-mapping.txt, which says whose original an image number stands for.
 * The people that occur are numbered from 0 in the order of the list's numbers; of them
 * first_person .. first_person + people - 1 are kept, and numbered from 0 again: a way to hold
 * people out, which the published split by image numbers does not. */
typedef struct idi_disk_choice {
    int64_t first_image, images;  /* by image number; images 0: all from first_image on */
    const char *identities;       /* NULL: nobody is known */
    const char *mapping;          /* wanted where identities is given */
    int64_t first_person, people; /* people 0: all from first_person on */
} idi_disk_choice;

/* CelebAMask-HQ as published: root/CelebA-HQ-img/<n>.jpg and the part masks
 * root/CelebAMask-HQ-mask-anno/<n / 2000>/<n, five digits>_<part>.png, which are laid over each
 * other in the order of the classes; parts without a file are absent from the face. choice.mapping
 * NULL is root/CelebA-HQ-to-CelebA-mapping.txt. Training images are those below 28000. */
typedef struct idi_celebamask_set {
    int64_t size;
    const char *root;
    idi_disk_choice choice;
} idi_celebamask_set;

IDI_NODISCARD idi_status idi_dataset_open_celebamask(idi_memory *memory,
                                                     const idi_celebamask_set *set,
                                                     idi_dataset **dataset_out);

/* Pictures and label maps paired by name, as SEAN and CA2-SIS prepare CelebAMask-HQ
 * (train/images/17.jpg, train/labels/17.png) and anybody can prepare pictures of their own. Names
 * need to be image numbers only if the choice asks for a range or for identities. */
typedef struct idi_paired_set {
    int64_t size;
    const char *images, *labels;    /* the two folders */
    const idi_label_scheme *scheme; /* of the label files; NULL: celebamask */
    idi_disk_choice choice;
} idi_paired_set;

IDI_NODISCARD idi_status idi_dataset_open_paired(idi_memory *memory, const idi_paired_set *set,
                                                 idi_dataset **dataset_out);

/* The same items as `of`, which must outlive it, kept in memory once they were read, at their size:
 * portraits take longer to draw, and faces to unpack, than a small network takes to learn from
 * them. The first items are kept, as many as go into max_bytes; the others are read each time. */
IDI_NODISCARD idi_status idi_dataset_open_cached(idi_memory *memory, const idi_dataset *of,
                                                 int64_t max_bytes, idi_dataset **dataset_out);

/* NULL-safe; nulls the caller's pointer. */
void idi_dataset_close(idi_dataset **dataset);

/* --- asking ----------------------------------------------------------------------------------- */

int64_t idi_dataset_size(const idi_dataset *dataset);  /* side in pixels */
int64_t idi_dataset_count(const idi_dataset *dataset); /* items, or IDI_DATASET_ENDLESS */
bool idi_dataset_has_landmarks(const idi_dataset *dataset);
int64_t idi_dataset_identity_count(const idi_dataset *dataset); /* 0: nobody is known */
/* The item's person, 0..identity_count - 1, or -1. */
int64_t idi_dataset_identity(const idi_dataset *dataset, int64_t item);
/* A person's photographs, or IDI_DATASET_ENDLESS; and the fewest that anybody has (0 without
 * people). */
int64_t idi_dataset_photo_count(const idi_dataset *dataset, int64_t identity);
int64_t idi_dataset_fewest_photos(const idi_dataset *dataset);
/* The item that is photograph 0..photo_count - 1 of a person. */
int64_t idi_dataset_photo(const idi_dataset *dataset, int64_t identity, int64_t photo);
/* What to call the item in a report: a file's name, "person 3 photo 7". */
void idi_dataset_describe(const idi_dataset *dataset, int64_t item, char *text, size_t bytes);

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct idi_sample {
    uint8_t *rgb;                     /* u8 [size, size, 3], the caller's */
    uint8_t *labels;                  /* u8 [size, size], the caller's; NULL: not wanted */
    int64_t identity;                 /* [out] as idi_dataset_identity() */
    idi_portrait_landmarks landmarks; /* [out] zeros where the source has none */
} idi_sample;

/* Reads one item into the caller's buffers. Thread: any, several at a time.
 * Errors: ARG (no such item); IO, FORMAT, SHAPE (not square), LABELS, with the file's name. */
IDI_NODISCARD idi_status idi_dataset_read(const idi_dataset *dataset, int64_t item,
                                          idi_sample *sample);

#endif
