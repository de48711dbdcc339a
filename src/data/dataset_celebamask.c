/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset_celebamask.c - CelebAMask-HQ as published: a mask file for each part of each face.
 */
#include "data/dataset_source.h"
#include "data/image.h"

#include <stdio.h>
#include <unistd.h>

enum { FACES_A_FOLDER = 2000 };

typedef struct celebamask {
    idi_dataset base;
    char root[IDI_PATH_BYTES];
} celebamask;

static const char *const pictures[] = {".jpg", ".jpeg", ".png", NULL};

static const celebamask *celebamask_of(const idi_dataset *dataset)
{
    return (const celebamask *)dataset;
}

static idi_status mask_path(const idi_dataset *dataset, int64_t number, const char *part,
                            char path[IDI_PATH_BYTES])
{
    return idi_path_print(path, "%s/CelebAMask-HQ-mask-anno/%lld/%05lld_%s.png",
                          celebamask_of(dataset)->root, (long long)(number / FACES_A_FOLDER),
                          (long long)number, part);
}

/* Pixels of the mask whose first channel is not 0 become the class. */
static idi_status lay_over(const idi_image *mask, const char *path, int class_number,
                           idi_label_map *map)
{
    IDI_REQUIRE(mask->width == map->width && mask->height == map->height, IDI_ERR_SHAPE,
                "%s: %lld x %lld pixels, but the face's other masks have %lld x %lld", path,
                (long long)mask->width, (long long)mask->height, (long long)map->width,
                (long long)map->height);
    for (int64_t i = 0; i < map->width * map->height; i++)
        if (mask->pixels[i * mask->channels]) map->labels[i] = (uint8_t)class_number;
    return IDI_OK;
}

static idi_status add_part(idi_memory *memory, const char *path, int class_number,
                           idi_label_map *map)
{
    idi_image mask;
    idi_status st = IDI_OK;
    IDI_TRY(idi_image_load(memory, path, &mask));
    if (!map->labels) IDI_TRY_TO(done, idi_label_map_create(memory, mask.width, mask.height, map));
    IDI_TRY_TO(done, lay_over(&mask, path, class_number, map));
done:
    idi_image_free(memory, &mask);
    return st;
}

static idi_status merge_parts(const idi_dataset *dataset, int64_t number, idi_label_map *map)
{
    const idi_label_scheme *scheme = idi_label_scheme_at(0);
    char path[IDI_PATH_BYTES];
    for (int c = 1; c < scheme->class_count; c++) {
        IDI_TRY(mask_path(dataset, number, scheme->class_names[c], path));
        if (access(path, F_OK) == 0) IDI_TRY(add_part(dataset->memory, path, c, map));
    }
    IDI_TRY(mask_path(dataset, number, "*", path));
    IDI_REQUIRE(map->labels, IDI_ERR_IO, "%s: no mask of any part of image %lld", path,
                (long long)number);
    return IDI_OK;
}

static idi_status read_labels(const idi_dataset *dataset, int64_t number, uint8_t *labels)
{
    char path[IDI_PATH_BYTES];
    idi_label_map map = {0};
    idi_status st = IDI_OK;
    IDI_TRY_TO(done, merge_parts(dataset, number, &map));
    IDI_TRY_TO(done, mask_path(dataset, number, "*", path));
    IDI_TRY_TO(done, idi_fit_square_labels(dataset->memory, &map, path, dataset->size, labels));
done:
    idi_label_map_free(dataset->memory, &map);
    return st;
}

static idi_status read_face(const idi_dataset *dataset, int64_t item, idi_sample *sample)
{
    char path[IDI_PATH_BYTES];
    const idi_photo *photo = &dataset->list.photos[item];
    IDI_TRY(idi_path_print(path, "%s/CelebA-HQ-img/%s", celebamask_of(dataset)->root, photo->name));
    IDI_TRY(idi_load_square_rgb(dataset->memory, path, dataset->size, sample->rgb));
    return sample->labels ? read_labels(dataset, photo->number, sample->labels) : IDI_OK;
}

static void describe_face(const idi_dataset *dataset, int64_t item, char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "CelebA-HQ-img/%s", dataset->list.photos[item].name);
}

static idi_status fill(idi_dataset *dataset, const idi_disk_choice *choice)
{
    char folder[IDI_PATH_BYTES], mapping[IDI_PATH_BYTES];
    const char *root = celebamask_of(dataset)->root;
    idi_disk_choice full = *choice;
    IDI_TRY(idi_path_print(folder, "%s/CelebA-HQ-img", root));
    IDI_TRY(idi_path_print(mapping, "%s/CelebA-HQ-to-CelebA-mapping.txt", root));
    if (!full.mapping) full.mapping = mapping;
    IDI_TRY(idi_photo_list_read(dataset->memory, folder, pictures, &dataset->list));
    for (int64_t i = 0; i < dataset->list.count; i++)
        IDI_REQUIRE(dataset->list.photos[i].number >= 0, IDI_ERR_FORMAT,
                    "%s/%s: want an image number for a name, such as 17.jpg", folder,
                    dataset->list.photos[i].name);
    IDI_TRY(idi_photo_list_choose(dataset->memory, &dataset->list, &full, folder));
    dataset->count = dataset->list.count;
    return idi_dataset_index_people(dataset);
}

idi_status idi_dataset_open_celebamask(idi_memory *memory, const idi_celebamask_set *set,
                                       idi_dataset **dataset_out)
{
    celebamask *made;
    *dataset_out = NULL;
    IDI_REQUIRE(set->root, IDI_ERR_ARG, "CelebAMask-HQ without a folder");
    IDI_TRY(idi_dataset_new(memory, sizeof *made, set->size, &made));
    idi_dataset *dataset = &made->base;
    dataset->read = read_face;
    dataset->describe = describe_face;
    idi_status st = idi_path_print(made->root, "%s", set->root);
    if (st == IDI_OK) st = fill(dataset, &set->choice);
    if (st != IDI_OK) idi_dataset_close(&dataset);
    *dataset_out = dataset;
    return st;
}
