/* SPDX-License-Identifier: Apache-2.0 */
/* train/faces.c - a recipe's data sets. */
#include "train/faces.h"

#include <string.h>

static const char *given(const char *text)
{
    return text[0] ? text : NULL;
}

static idi_status open_portraits(idi_memory *memory, const idi_recipe *recipe,
                                 const int64_t people[2], int64_t photos, idi_dataset **out)
{
    const idi_portrait_set set = {.size = recipe->data.size,
                                  .first_person = people[0],
                                  .people = people[1] - people[0] + 1,
                                  .photos = photos};
    return idi_dataset_open_portraits(memory, &set, out);
}

static idi_disk_choice choice_of(const idi_recipe *recipe, const int64_t people[2])
{
    return (idi_disk_choice){.identities = given(recipe->data.identities),
                             .mapping = given(recipe->data.mapping),
                             .first_person = people[0],
                             .people = people[1] - people[0] + 1};
}

static idi_status open_celebamask(idi_memory *memory, const idi_recipe *recipe,
                                  const int64_t people[2], idi_dataset **out)
{
    const idi_celebamask_set set = {
        .size = recipe->data.size, .root = recipe->data.root, .choice = choice_of(recipe, people)};
    return idi_dataset_open_celebamask(memory, &set, out);
}

static idi_status open_paired(idi_memory *memory, const idi_recipe *recipe, const int64_t people[2],
                              idi_dataset **out)
{
    const idi_label_scheme *scheme;
    IDI_TRY(idi_label_scheme_find(recipe->data.scheme, &scheme));
    const idi_paired_set set = {.size = recipe->data.size,
                                .images = recipe->data.images,
                                .labels = recipe->data.labels,
                                .scheme = scheme,
                                .choice = choice_of(recipe, people)};
    return idi_dataset_open_paired(memory, &set, out);
}

static idi_status open_source(idi_memory *memory, const idi_recipe *recipe, const int64_t people[2],
                              int64_t photos, idi_dataset **out)
{
    if (recipe->data.source == IDI_DATA_PORTRAITS)
        return open_portraits(memory, recipe, people, photos, out);
    if (recipe->data.source == IDI_DATA_CELEBAMASK)
        return open_celebamask(memory, recipe, people, out);
    return open_paired(memory, recipe, people, out);
}

idi_status idi_faces_open(idi_memory *memory, const idi_recipe *recipe, const int64_t people[2],
                          int64_t photos, idi_faces *faces_out)
{
    *faces_out = (idi_faces){NULL, NULL};
    IDI_TRY(open_source(memory, recipe, people, photos, &faces_out->source));
    const idi_status st = idi_dataset_open_cached(memory, faces_out->source,
                                                  recipe->data.cache_mib << 20, &faces_out->cached);
    if (st != IDI_OK) idi_faces_close(faces_out);
    return st;
}

void idi_faces_close(idi_faces *faces)
{
    idi_dataset_close(&faces->cached);
    idi_dataset_close(&faces->source);
}
