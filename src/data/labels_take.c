/* SPDX-License-Identifier: Apache-2.0 */
/* data/labels_take.c - parts of one label map in another; what is uncovered is filled from around.
 */
#include "data/labels.h"

#include <string.h>

/* A flood from every pixel that keeps its label into the holes: pixels enter the queue in order of
 * their distance, and of their source's place among equals. */
typedef struct flood {
    uint8_t *labels;
    bool *is_hole;
    int64_t *queue;
    int64_t width, height, tail;
} flood;

static void fill_from(flood *f, int64_t from, int64_t to)
{
    if (!f->is_hole[to]) return;
    f->is_hole[to] = false;
    f->labels[to] = f->labels[from];
    f->queue[f->tail++] = to;
}

static void fill_holes(flood *f)
{
    const int64_t pixels = f->width * f->height;
    f->tail = 0;
    for (int64_t i = 0; i < pixels; i++)
        if (!f->is_hole[i]) f->queue[f->tail++] = i;
    for (int64_t head = 0; head < f->tail; head++) {
        const int64_t at = f->queue[head];
        const int64_t x = at % f->width;
        if (at >= f->width) fill_from(f, at, at - f->width);
        if (x > 0) fill_from(f, at, at - 1);
        if (x + 1 < f->width) fill_from(f, at, at + 1);
        if (at + f->width < pixels) fill_from(f, at, at + f->width);
    }
}

static void take(const idi_label_map *base, const idi_label_map *other, const bool *is_taken,
                 flood *f)
{
    const int64_t pixels = f->width * f->height;
    bool has_rest = false;
    memcpy(f->labels, base->labels, (size_t)pixels);
    for (int64_t i = 0; i < pixels; i++) {
        f->is_hole[i] = is_taken[base->labels[i]];
        has_rest = has_rest || !f->is_hole[i];
    }
    fill_holes(f);
    for (int64_t i = 0; i < pixels; i++)
        if (is_taken[other->labels[i]] || !has_rest) f->labels[i] = other->labels[i];
}

idi_status idi_labels_take_parts(idi_memory *memory, const idi_label_map *base,
                                 const idi_label_map *other, const bool is_taken[256],
                                 idi_label_map *map_out)
{
    const size_t pixels = (size_t)(base->width * base->height);
    flood f = {.width = base->width, .height = base->height};
    idi_status st = IDI_OK;
    IDI_TRY(idi_label_map_create(memory, base->width, base->height, map_out));
    f.labels = map_out->labels;
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_IMAGE, pixels * sizeof *f.is_hole, &f.is_hole));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_IMAGE, pixels * sizeof *f.queue, &f.queue));
    take(base, other, is_taken, &f);
done:
    idi_free(memory, f.queue);
    idi_free(memory, f.is_hole);
    if (st != IDI_OK) idi_label_map_free(memory, map_out);
    return st;
}
