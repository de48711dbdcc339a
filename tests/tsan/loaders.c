/* SPDX-License-Identifier: Apache-2.0 */
/* tsan/loaders.c - two loaders with workers of their own over one data set that remembers its
 * items, as a training and its validation have them; and one that another thread cancels. */
#include "tsan.h"

#include "data/loader.h"

#include <pthread.h>
#include <string.h>

enum { SIDE = 32, BATCH = 4, BATCHES = 12, WORKERS = 3, KEPT_BYTES = 10 * SIDE * SIDE * 4 };

typedef struct reader {
    idi_memory *memory;
    const idi_dataset *dataset;
    uint64_t sum; /* of all pixels */
    int64_t count;
    idi_status status;
} reader;

static void add(reader *r, const idi_batch *batch)
{
    for (int64_t i = 0; i < batch->count * SIDE * SIDE * 3; i++)
        r->sum = r->sum * 31 + batch->rgb[i];
    r->count += batch->count;
}

static void *read_batches(void *user)
{
    reader *r = user;
    const idi_loader_options options = {
        .batch = BATCH, .has_flips = true, .worker_count = WORKERS, .seed = 5};
    idi_loader *loader;
    idi_batch batch;
    r->status = idi_loader_create(r->memory, r->dataset, &options, &loader);
    for (int i = 0; i < BATCHES && r->status == IDI_OK; i++) {
        r->status = idi_loader_next(loader, &batch);
        if (r->status == IDI_OK) add(r, &batch);
    }
    idi_loader_destroy(&loader);
    return NULL;
}

static void *cancel(void *user)
{
    idi_loader_cancel(user);
    return NULL;
}

static void cancel_from_elsewhere(idi_memory *memory, const idi_dataset *dataset)
{
    const idi_loader_options options = {.batch = BATCH, .worker_count = WORKERS};
    pthread_t thread;
    idi_loader *loader;
    idi_batch batch;
    idi_status st = IDI_OK;
    NEED(idi_loader_create(memory, dataset, &options, &loader));
    NEED(idi_loader_next(loader, &batch));
    EXPECT(pthread_create(&thread, NULL, cancel, loader) == 0);
    while (st == IDI_OK)
        st = idi_loader_next(loader, &batch);
    EXPECT(st == IDI_ERR_CANCELLED);
    EXPECT(pthread_join(thread, NULL) == 0);
    idi_loader_destroy(&loader);
}

void tsan_loaders(void)
{
    const idi_portrait_set set = {
        .size = SIDE, .first_person = 30, .people = 5, .first_photo = 0, .photos = 3};
    idi_memory *memory;
    idi_dataset *portraits;
    idi_dataset *kept; /* not all of it fits */
    NEED(idi_memory_create(NULL, 0, &memory));
    NEED(idi_dataset_open_portraits(memory, &set, &portraits));
    NEED(idi_dataset_open_cached(memory, portraits, KEPT_BYTES, &kept));
    reader readers[2] = {{.memory = memory, .dataset = kept}, {.memory = memory, .dataset = kept}};
    tsan_together(2, read_batches, readers, sizeof readers[0]);
    for (int i = 0; i < 2; i++)
        EXPECT(readers[i].status == IDI_OK && readers[i].count == (int64_t)BATCH * BATCHES);
    EXPECT(readers[0].sum == readers[1].sum);
    cancel_from_elsewhere(memory, kept);
    idi_dataset_close(&kept);
    idi_dataset_close(&portraits);
    idi_memory_destroy(&memory);
}
