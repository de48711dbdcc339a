/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset_source.h - what a data set is made of. Private to the sources. */
#ifndef IDI_DATA_DATASET_SOURCE_H
#define IDI_DATA_DATASET_SOURCE_H

#include "data/dataset.h"

enum { IDI_PATH_BYTES = 4096 };

/* Whose the items are. Without tables, person i % count owns item i. */
typedef struct idi_people {
    int64_t count;
    int64_t fewest;   /* photographs that anybody has */
    int64_t *of_item; /* [items] a person or -1 */
    int64_t *first;   /* [count + 1] where a person's items begin in `items` */
    int64_t *items;   /* the items of person 0, then those of person 1, ... */
} idi_people;

/* A picture on disk. */
typedef struct idi_photo {
    char *name;       /* in its folder, with extension */
    int64_t number;   /* that the name is, or -1 */
    int64_t identity; /* -1: not known */
} idi_photo;

/* Sorted as people sort: 2.jpg before 10.jpg. */
typedef struct idi_photo_list {
    idi_photo *photos;
    int64_t count, capacity;
} idi_photo_list;

/* Each source begins with this. */
struct idi_dataset {
    idi_memory *memory;
    const idi_dataset *of; /* of a cache: the set whose people it shows, without owning them */
    int64_t size, count;
    bool has_landmarks;
    idi_people people;
    idi_photo_list list; /* empty without files */
    idi_status (*read)(const idi_dataset *dataset, int64_t item, idi_sample *sample);
    void (*describe)(const idi_dataset *dataset, int64_t item, char *text, size_t bytes);
    void (*close)(idi_dataset *dataset); /* frees what a source has besides; NULL: nothing */
};

/* Fills people from the identities of the list's photographs. */
IDI_NODISCARD idi_status idi_dataset_index_people(idi_dataset *dataset);

/* A path that fits, or IDI_ERR_ARG. */
IDI_NODISCARD idi_status idi_path_print(char path[IDI_PATH_BYTES], const char *format, ...)
    IDI_PRINTF(2, 3);

/* The files of a folder whose names end in one of the extensions (".jpg", in any case; the list
 * ends with NULL). */
IDI_NODISCARD idi_status idi_photo_list_read(idi_memory *memory, const char *folder,
                                             const char *const *extensions,
                                             idi_photo_list *list_out);
void idi_photo_list_free(idi_memory *memory, idi_photo_list *list);
/* Forgets the photographs whose flag is not set. */
void idi_photo_list_keep(idi_memory *memory, idi_photo_list *list, const bool *is_kept);
/* Orders names without their extensions; 0: the same. */
int idi_photo_compare(const idi_photo *a, const idi_photo *b);

/* Keeps what the choice says and fills in identities. folder: for sentences. */
IDI_NODISCARD idi_status idi_photo_list_choose(idi_memory *memory, idi_photo_list *list,
                                               const idi_disk_choice *choice, const char *folder);

/* Looks every photograph up in the choice's two lists: identity as CelebA numbers people. */
IDI_NODISCARD idi_status idi_photo_list_identify(idi_memory *memory, idi_photo_list *list,
                                                 const idi_disk_choice *choice, const char *folder);

/* A picture file as [size, size, 3]. */
IDI_NODISCARD idi_status idi_load_square_rgb(idi_memory *memory, const char *path, int64_t size,
                                             uint8_t *rgb_out);
/* A label map as [size, size]; path: for sentences. */
IDI_NODISCARD idi_status idi_fit_square_labels(idi_memory *memory, const idi_label_map *map,
                                               const char *path, int64_t size, uint8_t *labels_out);

/* A source's object of `bytes` bytes, zeroed, for pictures of `size`. */
IDI_NODISCARD idi_status idi_dataset_new(idi_memory *memory, size_t bytes, int64_t size,
                                         void *dataset_out);

#endif
