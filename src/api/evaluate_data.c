/* SPDX-License-Identifier: Apache-2.0 */
/* api/evaluate_data.c - the photographs of an evaluation: a data set, and which of its items. */
#include "api/evaluate.h"

#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096 };

void idi_evaluation_data_init(idi_evaluation_data *data)
{
    if (!data) return;
    *data = (idi_evaluation_data){.struct_size = sizeof *data, .source = "portraits", .size = 256};
}

static idi_status open_portraits(idi_memory *memory, const idi_evaluation_data *data, int64_t size,
                                 idi_dataset **dataset_out)
{
    const idi_portrait_set set = {size, data->first_person, data->people, data->first_photo,
                                  data->photos};
    IDI_REQUIRE(data->people > 0 && data->photos > 0, IDI_ERR_ARG,
                "portraits of %lld people with %lld photographs each: want 1 or more of both",
                (long long)data->people, (long long)data->photos);
    return idi_dataset_open_portraits(memory, &set, dataset_out);
}

static idi_status join(char path[PATH_BYTES], const char *folder, const char *name)
{
    const int used = snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    IDI_REQUIRE(used > 0 && used < PATH_BYTES, IDI_ERR_ARG, "%s: path too long", folder);
    return IDI_OK;
}

static idi_status open_folder(idi_memory *memory, const idi_evaluation_data *data, int64_t size,
                              bool is_paired, idi_dataset **dataset_out)
{
    char images[PATH_BYTES], labels[PATH_BYTES], mapping[PATH_BYTES];
    const idi_label_scheme *scheme;
    IDI_REQUIRE(data->folder, IDI_ERR_ARG, "data %s: want a folder", data->source);
    IDI_REQUIRE(data->identities, IDI_ERR_ARG,
                "data %s: want identity_CelebA.txt: an evaluation needs to know who is who",
                data->source);
    IDI_TRY(join(images, data->folder, "images"));
    IDI_TRY(join(labels, data->folder, "labels"));
    IDI_TRY(join(mapping, data->folder, "CelebA-HQ-to-CelebA-mapping.txt"));
    IDI_TRY(idi_label_scheme_find(data->scheme ? data->scheme : "celebamask", &scheme));
    const idi_disk_choice choice = {.identities = data->identities,
                                    .mapping = data->mapping ? data->mapping : mapping,
                                    .first_person = data->first_person,
                                    .people = data->people};
    const idi_paired_set paired = {size, images, labels, scheme, choice};
    const idi_celebamask_set published = {size, data->folder, choice};
    return is_paired ? idi_dataset_open_paired(memory, &paired, dataset_out)
                     : idi_dataset_open_celebamask(memory, &published, dataset_out);
}

static idi_status open_dataset(idi_memory *memory, const idi_evaluation_data *data, int64_t size,
                               idi_dataset **dataset_out)
{
    const char *source = data->source ? data->source : "portraits";
    const bool is_paired = strcmp(source, "paired") == 0;
    if (strcmp(source, "portraits") == 0) return open_portraits(memory, data, size, dataset_out);
    IDI_REQUIRE(is_paired || strcmp(source, "celebamask") == 0, IDI_ERR_ARG,
                "data '%s': want portraits, celebamask or paired", source);
    return open_folder(memory, data, size, is_paired, dataset_out);
}

static int64_t photos_of(const idi_evaluation_data *data, const idi_album *a, int64_t person)
{
    const int64_t count = idi_dataset_photo_count(a->dataset, person);
    return data->photos > 0 && data->photos < count ? data->photos : count;
}

static idi_status list_photos(idi_memory *memory, const idi_evaluation_data *data, idi_album *a)
{
    int64_t room = 0;
    a->people = idi_dataset_identity_count(a->dataset);
    for (int64_t p = 0; p < a->people; p++)
        room += photos_of(data, a, p);
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)room * sizeof *a->item, &a->item));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)room * sizeof *a->person, &a->person));
    for (int64_t p = 0; p < a->people; p++)
        for (int64_t k = 0; k < photos_of(data, a, p); k++) {
            a->item[a->photos] = idi_dataset_photo(a->dataset, p, k);
            a->person[a->photos++] = p;
        }
    return IDI_OK;
}

idi_status idi_album_open(idi_memory *memory, const idi_evaluation_data *data, int64_t size,
                          idi_album *album_out)
{
    *album_out = (idi_album){0};
    IDI_REQUIRE(data->photos >= 0, IDI_ERR_ARG, "data: %lld photographs of each person",
                (long long)data->photos);
    idi_status st = open_dataset(memory, data, size ? size : data->size, &album_out->dataset);
    if (st == IDI_OK) st = list_photos(memory, data, album_out);
    if (st != IDI_OK) idi_album_close(memory, album_out);
    return st;
}

void idi_album_close(idi_memory *memory, idi_album *album)
{
    idi_dataset_close(&album->dataset);
    idi_free(memory, album->item);
    idi_free(memory, album->person);
    *album = (idi_album){0};
}

json_t *idi_album_json(const idi_evaluation_data *data, const idi_album *album)
{
    return json_pack("{s:s, s:s?, s:I, s:I, s:I, s:I, s:I, s:I}", "source",
                     data->source ? data->source : "portraits", "folder", data->folder, "size",
                     (json_int_t)idi_dataset_size(album->dataset), "first_person",
                     (json_int_t)data->first_person, "people", (json_int_t)album->people,
                     "first_photo", (json_int_t)data->first_photo, "photos_each_at_most",
                     (json_int_t)data->photos, "photos", (json_int_t)album->photos);
}
