/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset_portraits.c - the procedural source: people and photographs by number. */
#include "data/dataset_source.h"

#include <stdio.h>

typedef struct portraits {
    idi_dataset base;
    idi_portrait_set set;
} portraits;

static const portraits *portraits_of(const idi_dataset *dataset)
{
    return (const portraits *)dataset;
}

static uint64_t person_seed(const idi_dataset *dataset, int64_t item)
{
    const idi_portrait_set *set = &portraits_of(dataset)->set;
    return (uint64_t)(set->first_person + item % set->people);
}

static uint64_t photo_seed(const idi_dataset *dataset, int64_t item)
{
    const idi_portrait_set *set = &portraits_of(dataset)->set;
    return (uint64_t)(set->first_photo + item / set->people);
}

static idi_status read_portrait(const idi_dataset *dataset, int64_t item, idi_sample *sample)
{
    return idi_portrait_render(person_seed(dataset, item), photo_seed(dataset, item), dataset->size,
                               sample->rgb, sample->labels, &sample->landmarks);
}

static void describe_portrait(const idi_dataset *dataset, int64_t item, char *text, size_t bytes)
{
    (void)snprintf(text, bytes, "person %llu photo %llu",
                   (unsigned long long)person_seed(dataset, item),
                   (unsigned long long)photo_seed(dataset, item));
}

/* Numbers stay exact and clear of overflow. */
static idi_status check_set(const idi_portrait_set *set)
{
    const int64_t most = (int64_t)1 << 40, most_items = (int64_t)1 << 62;
    IDI_REQUIRE(set->size >= IDI_PORTRAIT_MIN_SIZE && set->size <= IDI_PORTRAIT_MAX_SIZE,
                IDI_ERR_SHAPE, "portraits of %lld pixels: want %d to %d", (long long)set->size,
                IDI_PORTRAIT_MIN_SIZE, IDI_PORTRAIT_MAX_SIZE);
    IDI_REQUIRE(set->people >= 1 && set->people <= most && set->photos >= 0 &&
                    set->photos <= most_items / set->people,
                IDI_ERR_ARG,
                "portraits of %lld people with %lld photos each: want 1 to 2^40 "
                "people, and no more than 2^62 photos",
                (long long)set->people, (long long)set->photos);
    IDI_REQUIRE(set->first_person >= 0 && set->first_person <= most && set->first_photo >= 0 &&
                    set->first_photo <= most,
                IDI_ERR_ARG, "portraits from person %lld and photo %lld: want 0 to 2^40",
                (long long)set->first_person, (long long)set->first_photo);
    return IDI_OK;
}

idi_status idi_dataset_open_portraits(idi_memory *memory, const idi_portrait_set *set,
                                      idi_dataset **dataset_out)
{
    portraits *made;
    *dataset_out = NULL;
    IDI_TRY(check_set(set));
    IDI_TRY(idi_dataset_new(memory, sizeof *made, set->size, &made));
    made->set = *set;
    made->base.count = set->photos ? set->photos * set->people : IDI_DATASET_ENDLESS;
    made->base.people.count = set->people;
    made->base.people.fewest = set->photos ? set->photos : IDI_DATASET_ENDLESS;
    made->base.has_landmarks = true;
    made->base.read = read_portrait;
    made->base.describe = describe_portrait;
    *dataset_out = &made->base;
    return IDI_OK;
}
