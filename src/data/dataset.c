/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset.c - what all sources share: counts, people, and the checks before a read. */
#include "data/dataset.h"

#include "data/dataset_source.h"
#include "data/image.h"

#include <string.h>

idi_status idi_dataset_new(idi_memory *memory, size_t bytes, int64_t size, void *dataset_out)
{
    IDI_REQUIRE(size >= 1 && size <= IDI_IMAGE_MAX_SIDE, IDI_ERR_SHAPE,
                "a data set of %lld x %lld pixels: want 1 to %d on each side", (long long)size,
                (long long)size, IDI_IMAGE_MAX_SIDE);
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, bytes, dataset_out));
    idi_dataset *dataset;
    memcpy(&dataset, dataset_out, sizeof dataset);
    dataset->memory = memory;
    dataset->size = size;
    return IDI_OK;
}

static void free_people(idi_memory *memory, idi_people *people)
{
    idi_free(memory, people->of_item);
    idi_free(memory, people->first);
    idi_free(memory, people->items);
}

void idi_dataset_close(idi_dataset **dataset)
{
    if (!dataset || !*dataset) return;
    idi_dataset *old = *dataset;
    idi_memory *memory = old->memory;
    if (old->close) old->close(old);
    idi_photo_list_free(memory, &old->list);
    if (!old->of) free_people(memory, &old->people);
    idi_free(memory, old);
    *dataset = NULL;
}

static void count_people(idi_dataset *dataset)
{
    idi_people *people = &dataset->people;
    for (int64_t i = 0; i < dataset->count; i++) {
        people->of_item[i] = dataset->list.photos[i].identity;
        if (people->of_item[i] >= people->count) people->count = people->of_item[i] + 1;
    }
}

/* A counting sort: items stay in their order within a person. */
static void sort_by_person(idi_dataset *dataset)
{
    idi_people *people = &dataset->people;
    int64_t *first = people->first;
    for (int64_t i = 0; i < dataset->count; i++)
        if (people->of_item[i] >= 0) first[people->of_item[i] + 1]++;
    people->fewest = people->count ? first[1] : 0;
    for (int64_t p = 0; p < people->count; p++) {
        if (first[p + 1] < people->fewest) people->fewest = first[p + 1];
        first[p + 1] += first[p];
    }
    for (int64_t i = 0; i < dataset->count; i++)
        if (people->of_item[i] >= 0) people->items[first[people->of_item[i]]++] = i;
    for (int64_t p = people->count; p > 0; p--) /* each now stands where the next one began */
        first[p] = first[p - 1];
    first[0] = 0;
}

idi_status idi_dataset_index_people(idi_dataset *dataset)
{
    idi_memory *memory = dataset->memory;
    idi_people *people = &dataset->people;
    const size_t count = (size_t)dataset->count;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, count, sizeof *people->of_item,
                             &people->of_item));
    count_people(dataset);
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)people->count + 1,
                             sizeof *people->first, &people->first));
    IDI_TRY(
        idi_alloc_zeroed(memory, IDI_TAG_GENERAL, count, sizeof *people->items, &people->items));
    sort_by_person(dataset);
    return IDI_OK;
}

int64_t idi_dataset_size(const idi_dataset *dataset)
{
    return dataset->size;
}

int64_t idi_dataset_count(const idi_dataset *dataset)
{
    return dataset->count;
}

bool idi_dataset_has_landmarks(const idi_dataset *dataset)
{
    return dataset->has_landmarks;
}

int64_t idi_dataset_identity_count(const idi_dataset *dataset)
{
    return dataset->people.count;
}

int64_t idi_dataset_identity(const idi_dataset *dataset, int64_t item)
{
    if (item < 0 || item >= dataset->count) return -1;
    const idi_people *people = &dataset->people;
    return people->of_item ? people->of_item[item] : item % people->count;
}

int64_t idi_dataset_photo_count(const idi_dataset *dataset, int64_t identity)
{
    const idi_people *people = &dataset->people;
    if (identity < 0 || identity >= people->count) return 0;
    return people->of_item ? people->first[identity + 1] - people->first[identity] : people->fewest;
}

int64_t idi_dataset_fewest_photos(const idi_dataset *dataset)
{
    return dataset->people.fewest;
}

int64_t idi_dataset_photo(const idi_dataset *dataset, int64_t identity, int64_t photo)
{
    const idi_people *people = &dataset->people;
    return people->of_item ? people->items[people->first[identity] + photo]
                           : photo * people->count + identity;
}

void idi_dataset_describe(const idi_dataset *dataset, int64_t item, char *text, size_t bytes)
{
    dataset->describe(dataset, item, text, bytes);
}

idi_status idi_dataset_read(const idi_dataset *dataset, int64_t item, idi_sample *sample)
{
    IDI_REQUIRE(item >= 0 && item < dataset->count, IDI_ERR_ARG,
                "item %lld of a data set with items 0..%lld", (long long)item,
                (long long)dataset->count - 1);
    IDI_REQUIRE(sample->rgb, IDI_ERR_ARG, "item %lld is read without room for its pixels",
                (long long)item);
    sample->landmarks = (idi_portrait_landmarks){0};
    sample->identity = idi_dataset_identity(dataset, item);
    return dataset->read(dataset, item, sample);
}
