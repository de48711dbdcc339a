/* SPDX-License-Identifier: Apache-2.0 */
/* data/dataset_cache.c - a data set that remembers. An item's block appears in the table complete
 * or not at all; readers that meet at the same item both read it, and one block is thrown away. */
#include "data/dataset_source.h"

#include <stdatomic.h>
#include <string.h>

/* Landmarks, then pixels, then labels. */
typedef struct block {
    idi_portrait_landmarks landmarks;
    uint8_t bytes[];
} block;

typedef struct cache {
    idi_dataset base;
    _Atomic(block *) *blocks; /* [kept] NULL: not read yet */
    int64_t kept;             /* the items below are kept */
} cache;

static size_t block_bytes(int64_t size)
{
    return sizeof(block) + (size_t)(size * size) * 4;
}

static void copy_out(const block *from, int64_t size, idi_sample *sample)
{
    const size_t pixels = (size_t)(size * size);
    memcpy(sample->rgb, from->bytes, pixels * 3);
    if (sample->labels) memcpy(sample->labels, from->bytes + pixels * 3, pixels);
    sample->landmarks = from->landmarks;
}

static idi_status read_block(const idi_dataset *dataset, int64_t item, block **block_out)
{
    block *made = NULL;
    IDI_TRY(idi_alloc(dataset->memory, IDI_TAG_IMAGE, block_bytes(dataset->size), &made));
    idi_sample sample = {.rgb = made->bytes,
                         .labels = made->bytes + dataset->size * dataset->size * 3};
    const idi_status st = idi_dataset_read(dataset->of, item, &sample);
    made->landmarks = sample.landmarks;
    *block_out = made;
    if (st != IDI_OK) idi_free(dataset->memory, made);
    return st;
}

static idi_status read_kept(const idi_dataset *dataset, int64_t item, idi_sample *sample)
{
    const cache *c = (const cache *)dataset;
    if (item >= c->kept) return idi_dataset_read(dataset->of, item, sample);
    block *found = atomic_load(&c->blocks[item]);
    if (!found) {
        block *made = NULL;
        IDI_TRY(read_block(dataset, item, &made));
        if (atomic_compare_exchange_strong(&c->blocks[item], &found, made))
            found = made;
        else
            idi_free(dataset->memory, made);
    }
    copy_out(found, dataset->size, sample);
    return IDI_OK;
}

static void describe_kept(const idi_dataset *dataset, int64_t item, char *text, size_t bytes)
{
    idi_dataset_describe(dataset->of, item, text, bytes);
}

static void close_cache(idi_dataset *dataset)
{
    cache *c = (cache *)dataset;
    for (int64_t i = 0; c->blocks && i < c->kept; i++)
        idi_free(dataset->memory, atomic_load(&c->blocks[i]));
    idi_free(dataset->memory, c->blocks);
}

idi_status idi_dataset_open_cached(idi_memory *memory, const idi_dataset *of, int64_t max_bytes,
                                   idi_dataset **dataset_out)
{
    cache *made;
    *dataset_out = NULL;
    IDI_REQUIRE(max_bytes >= 0, IDI_ERR_ARG, "a cache of %lld bytes", (long long)max_bytes);
    IDI_TRY(idi_dataset_new(memory, sizeof *made, of->size, &made));
    idi_dataset *dataset = &made->base;
    dataset->of = of;
    dataset->count = of->count;
    dataset->has_landmarks = of->has_landmarks;
    dataset->people = of->people;
    dataset->read = read_kept;
    dataset->describe = describe_kept;
    dataset->close = close_cache;
    const int64_t each = (int64_t)(block_bytes(of->size) + sizeof *made->blocks);
    made->kept = max_bytes / each < of->count ? max_bytes / each : of->count;
    const idi_status st = idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)made->kept,
                                           sizeof *made->blocks, &made->blocks);
    if (st != IDI_OK) idi_dataset_close(&dataset);
    *dataset_out = dataset;
    return st;
}
