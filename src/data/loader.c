/* SPDX-License-Identifier: Apache-2.0 */
/* data/loader.c - a ring of batch buffers that workers fill item by item. */
#include "data/loader.h"

#include "core/workers.h"
#include "data/loader_order.h"
#include "data/mirror.h"

#include <string.h>

struct idi_loader {
    idi_memory *memory;
    idi_order order;
    int64_t slots; /* items in the ring, whole batches */
    uint8_t *rgb;  /* [slots, size, size, 3] */
    uint8_t *labels;
    int64_t *identities, *items;
    bool *is_flipped;
    idi_portrait_landmarks *landmarks;
    idi_workers *workers;
    int64_t position, item_count; /* the next batch; items in all, or IDI_DATASET_ENDLESS */
    int64_t taken, held;          /* items of the batch in use: taken, and to be taken */
};

/* --- one item --------------------------------------------------------------------------------- */

static void cut(const uint8_t *from, int64_t from_size, const idi_draw *draw, int64_t size,
                int channels, uint8_t *to)
{
    for (int64_t y = 0; y < size; y++)
        memcpy(to + y * size * channels, from + ((draw->y + y) * from_size + draw->x) * channels,
               (size_t)(size * channels));
}

/* Reads the item whole and cuts the crop out of it. */
static idi_status read_crop(idi_loader *loader, const idi_draw *draw, idi_sample *sample)
{
    const int64_t whole = idi_dataset_size(loader->order.dataset);
    const int64_t size = loader->order.options.size, pixels = whole * whole;
    if (size == whole) return idi_dataset_read(loader->order.dataset, draw->item, sample);
    idi_sample full = {0};
    IDI_TRY(idi_alloc(loader->memory, IDI_TAG_IMAGE, (size_t)pixels * 4, &full.rgb));
    full.labels = full.rgb + pixels * 3;
    const idi_status st = idi_dataset_read(loader->order.dataset, draw->item, &full);
    if (st == IDI_OK) {
        cut(full.rgb, whole, draw, size, 3, sample->rgb);
        cut(full.labels, whole, draw, size, 1, sample->labels);
        sample->identity = full.identity;
        for (int i = 0; i < 5; i++) {
            sample->landmarks.x[i] = full.landmarks.x[i] - (float)draw->x;
            sample->landmarks.y[i] = full.landmarks.y[i] - (float)draw->y;
        }
    }
    idi_free(loader->memory, full.rgb);
    return st;
}

static void flip(const idi_loader *loader, idi_sample *sample)
{
    const idi_loader_options *o = &loader->order.options;
    idi_mirror_rgb(sample->rgb, o->size, o->size);
    idi_mirror_labels(sample->labels, o->size, o->size,
                      o->keeps_sides ? NULL : idi_label_scheme_at(0));
    idi_mirror_landmarks(&sample->landmarks, o->size);
}

static idi_status load_item(void *user, int64_t index, int64_t slot)
{
    idi_loader *loader = user;
    const int64_t pixels = loader->order.options.size * loader->order.options.size;
    const idi_draw draw = idi_order_draw(&loader->order, index);
    idi_sample sample = {.rgb = loader->rgb + slot * pixels * 3,
                         .labels = loader->labels + slot * pixels};
    IDI_TRY(read_crop(loader, &draw, &sample));
    if (draw.is_flipped) flip(loader, &sample);
    loader->items[slot] = draw.item;
    loader->identities[slot] = sample.identity;
    loader->is_flipped[slot] = draw.is_flipped;
    loader->landmarks[slot] = sample.landmarks;
    return IDI_OK;
}

/* --- batches ---------------------------------------------------------------------------------- */

static idi_status make_buffers(idi_loader *loader)
{
    idi_memory *memory = loader->memory;
    const size_t slots = (size_t)loader->slots;
    const size_t pixels = (size_t)loader->order.options.size * (size_t)loader->order.options.size;
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, slots * pixels * 3, &loader->rgb));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, slots * pixels, &loader->labels));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, slots * sizeof *loader->identities,
                      &loader->identities));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, slots * sizeof *loader->items, &loader->items));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, slots * sizeof *loader->is_flipped,
                      &loader->is_flipped));
    return idi_alloc(memory, IDI_TAG_GENERAL, slots * sizeof *loader->landmarks,
                     &loader->landmarks);
}

/* Items before the position count as done; what is left is the workers' business. */
static idi_status start(idi_loader *loader)
{
    const idi_loader_options *o = &loader->order.options;
    const int64_t first = o->position * o->batch;
    int64_t left = IDI_WORKERS_ENDLESS;
    if (o->order == IDI_ORDER_STORED) {
        const int64_t items = idi_dataset_count(loader->order.dataset);
        left = first < items ? items - first : 0;
    }
    loader->item_count = left == IDI_WORKERS_ENDLESS ? left : first + left;
    const idi_workers_options workers = {o->worker_count, loader->slots, first, left,
                                         false,           load_item,     loader};
    return idi_workers_create(loader->memory, &workers, &loader->workers);
}

static idi_status build(idi_loader *loader, const idi_dataset *dataset,
                        const idi_loader_options *options)
{
    IDI_TRY(idi_order_init(loader->memory, dataset, options, &loader->order));
    loader->position = options->position;
    loader->slots = loader->order.options.batch * (loader->order.options.batches_ahead + 1);
    IDI_TRY(make_buffers(loader));
    return start(loader);
}

idi_status idi_loader_create(idi_memory *memory, const idi_dataset *dataset,
                             const idi_loader_options *options, idi_loader **loader_out)
{
    idi_loader *loader;
    *loader_out = NULL;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *loader, &loader));
    loader->memory = memory;
    const idi_status st = build(loader, dataset, options);
    if (st != IDI_OK) idi_loader_destroy(&loader);
    *loader_out = loader;
    return st;
}

void idi_loader_destroy(idi_loader **loader)
{
    if (!loader || !*loader) return;
    idi_loader *old = *loader;
    idi_memory *memory = old->memory;
    idi_workers_destroy(&old->workers);
    idi_order_free(memory, &old->order);
    idi_free(memory, old->rgb);
    idi_free(memory, old->labels);
    idi_free(memory, old->identities);
    idi_free(memory, old->items);
    idi_free(memory, old->is_flipped);
    idi_free(memory, old->landmarks);
    idi_free(memory, old);
    *loader = NULL;
}

static idi_status take_item(idi_loader *loader)
{
    idi_work_item item;
    const idi_status st = idi_workers_take(loader->workers, &item);
    if (item.index >= 0) loader->taken++;
    return st;
}

/* Gives back the batch before this one; of one that failed half-way, the rest is waited for. */
static idi_status release_batch(idi_loader *loader)
{
    while (loader->taken < loader->held) {
        const int64_t before = loader->taken;
        const idi_status st = take_item(loader);
        if (loader->taken == before) return st;
    }
    for (; loader->held > 0; loader->held--)
        idi_workers_release(loader->workers);
    loader->taken = 0;
    return IDI_OK;
}

static idi_batch describe_batch(const idi_loader *loader, int64_t number, int64_t count)
{
    const idi_loader_options *o = &loader->order.options;
    const int64_t slot = (number - o->position) * o->batch % loader->slots;
    const bool has_landmarks = idi_dataset_has_landmarks(loader->order.dataset);
    return (idi_batch){
        .number = number,
        .count = count,
        .size = o->size,
        .rgb = loader->rgb + slot * o->size * o->size * 3,
        .labels = loader->labels + slot * o->size * o->size,
        .identities = loader->identities + slot,
        .items = loader->items + slot,
        .is_flipped = loader->is_flipped + slot,
        .landmarks = has_landmarks ? loader->landmarks + slot : NULL,
    };
}

idi_status idi_loader_next(idi_loader *loader, idi_batch *batch_out)
{
    const int64_t batch = loader->order.options.batch;
    *batch_out = (idi_batch){0};
    IDI_TRY(release_batch(loader));
    const int64_t left = loader->item_count - loader->position * batch;
    loader->held = left < 0 ? 0 : left < batch ? left : batch;
    idi_status st = IDI_OK;
    while (st == IDI_OK && loader->taken < loader->held)
        st = take_item(loader);
    if (st == IDI_ERR_CANCELLED) return st; /* this batch is still to come, should the run resume */
    const int64_t number = loader->position;
    if (loader->held > 0) loader->position++;
    IDI_TRY(st);
    *batch_out = describe_batch(loader, number, loader->held);
    return IDI_OK;
}

int64_t idi_loader_position(const idi_loader *loader)
{
    return loader->position;
}

void idi_loader_cancel(idi_loader *loader)
{
    idi_workers_cancel(loader->workers);
}
