/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset_paired.c - a folder of pictures and a folder of label maps with the same names. */
#include "data/dataset_source.h"
#include "data/image.h"

#include <stdio.h>
#include <string.h>

typedef struct paired {
    idi_dataset base;
    char images[IDI_PATH_BYTES], labels[IDI_PATH_BYTES];
    const idi_label_scheme *scheme;
} paired;

static const char *const pictures[] = {".jpg", ".jpeg", ".png", NULL};
static const char *const maps[] = {".png", NULL};

static const paired *paired_of(const idi_dataset *dataset)
{
    return (const paired *)dataset;
}

static idi_status label_path(const idi_dataset *dataset, const idi_photo *photo,
                             char path[IDI_PATH_BYTES])
{
    const char *dot = strrchr(photo->name, '.');
    return idi_path_print(path, "%s/%.*s.png", paired_of(dataset)->labels, (int)(dot - photo->name),
                          photo->name);
}

static idi_status read_labels(const idi_dataset *dataset, const idi_photo *photo, uint8_t *labels)
{
    char path[IDI_PATH_BYTES];
    idi_label_map map;
    idi_status st = IDI_OK;
    const idi_label_scheme *scheme = paired_of(dataset)->scheme;
    IDI_TRY(label_path(dataset, photo, path));
    IDI_TRY(idi_image_load_labels(dataset->memory, path, scheme, &map));
    IDI_TRY_TO(done, idi_labels_remap(&map, scheme, idi_label_scheme_at(0)));
    IDI_TRY_TO(done, idi_fit_square_labels(dataset->memory, &map, path, dataset->size, labels));
done:
    idi_label_map_free(dataset->memory, &map);
    return st;
}

static idi_status read_pair(const idi_dataset *dataset, int64_t item, idi_sample *sample)
{
    char path[IDI_PATH_BYTES];
    const idi_photo *photo = &dataset->list.photos[item];
    IDI_TRY(idi_path_print(path, "%s/%s", paired_of(dataset)->images, photo->name));
    IDI_TRY(idi_load_square_rgb(dataset->memory, path, dataset->size, sample->rgb));
    return sample->labels ? read_labels(dataset, photo, sample->labels) : IDI_OK;
}

static void describe_pair(const idi_dataset *dataset, int64_t item, char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "%s", dataset->list.photos[item].name);
}

/* Both lists are sorted, so one walk finds the first picture without its map. */
static idi_status check_pairs(const idi_dataset *dataset, const idi_photo_list *labels)
{
    int64_t at = 0;
    for (int64_t i = 0; i < dataset->list.count; i++) {
        const idi_photo *photo = &dataset->list.photos[i];
        while (at < labels->count && idi_photo_compare(&labels->photos[at], photo) < 0)
            at++;
        if (at < labels->count && idi_photo_compare(&labels->photos[at], photo) == 0) continue;
        char path[IDI_PATH_BYTES];
        IDI_TRY(label_path(dataset, photo, path));
        return idi_fail(IDI_ERR_IO, "%s: missing, the label map of %s/%s", path,
                        paired_of(dataset)->images, photo->name);
    }
    return IDI_OK;
}

static idi_status fill(idi_dataset *dataset, const idi_disk_choice *choice)
{
    const paired *set = paired_of(dataset);
    idi_photo_list labels = {0};
    IDI_TRY(idi_photo_list_read(dataset->memory, set->images, pictures, &dataset->list));
    IDI_TRY(idi_photo_list_choose(dataset->memory, &dataset->list, choice, set->images));
    IDI_TRY(idi_photo_list_read(dataset->memory, set->labels, maps, &labels));
    const idi_status st = check_pairs(dataset, &labels);
    idi_photo_list_free(dataset->memory, &labels);
    IDI_TRY(st);
    dataset->count = dataset->list.count;
    return idi_dataset_index_people(dataset);
}

idi_status idi_dataset_open_paired(idi_memory *memory, const idi_paired_set *set,
                                   idi_dataset **dataset_out)
{
    paired *made;
    *dataset_out = NULL;
    IDI_REQUIRE(set->images && set->labels, IDI_ERR_ARG,
                "a data set of pairs without a folder of %s", set->images ? "labels" : "images");
    IDI_TRY(idi_dataset_new(memory, sizeof *made, set->size, &made));
    idi_dataset *dataset = &made->base;
    made->scheme = set->scheme ? set->scheme : idi_label_scheme_at(0);
    dataset->read = read_pair;
    dataset->describe = describe_pair;
    idi_status st = idi_path_print(made->images, "%s", set->images);
    if (st == IDI_OK) st = idi_path_print(made->labels, "%s", set->labels);
    if (st == IDI_OK) st = fill(dataset, &set->choice);
    if (st != IDI_OK) idi_dataset_close(&dataset);
    *dataset_out = dataset;
    return st;
}
