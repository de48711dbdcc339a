/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/attention.c - tiles of queries against blocks of keys, with a running softmax.
 *
 * Some heads at a time: their keys and values are packed as panels once, then a task is one tile of
 * queries of one head. For each block of keys: scores = q k'; each row's maximum grows, what was
 * summed before shrinks by the exponential of the growth; the weights replace the scores; sums +=
 * weights v. Rows are divided by their sums of weights last. Where all keys fit one block, as in
 * cross-attention, that is one pass, after which the scores are the maps but for the division: maps
 * have few keys. */
#include "ops/attention.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/panel.h"
#include "cpu/fast/softmax.h"

#include <math.h>
#include <omp.h>

enum {
    TILE = 96,               /* queries, a multiple of PANEL_ROWS */
    BLOCK = 256,             /* keys, a multiple of PANEL_WIDTH */
    PACKED_FLOATS = 1 << 19, /* 2 MiB of keys and values at a time */
    MAX_SLOTS = 64           /* threads that have a tile each */
};

_Static_assert((int)IDI_ATTENTION_MAP_KEYS <= (int)BLOCK, "maps are stored from one block of keys");

/* The cut, from shapes alone: the workspace is known before the number of threads is. Packed, a
 * head's keys are panels of PANEL_WIDTH keys, its values panels of PANEL_WIDTH features. */
typedef struct tiling {
    int64_t heads; /* of all samples */
    int64_t heads_each;
    int64_t width; /* D */
    int64_t size;  /* features of a head */
    int64_t queries, keys;
    int64_t key_floats, head_floats; /* packed: keys; keys and values */
    int64_t group;                   /* heads at a time */
    int64_t tiles;                   /* of a head */
    int64_t features;                /* padded to panels */
    int64_t slots, slot_floats;
} tiling;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static tiling tiling_of(const idi_exec *e)
{
    tiling t = {.heads_each = ((const idi_attention_attr *)e->attr)->heads,
                .width = e->in[0].shape.dim[2],
                .queries = e->in[0].shape.dim[1],
                .keys = e->in[1].shape.dim[1]};
    t.heads = e->in[0].shape.dim[0] * t.heads_each;
    t.size = t.width / t.heads_each;
    t.features = panel_count(t.size) * PANEL_WIDTH;
    t.key_floats = panel_count(t.keys) * PANEL_WIDTH * t.size;
    t.head_floats = t.key_floats + t.features * t.keys;
    t.group = PACKED_FLOATS / t.head_floats;
    t.group = least(t.group > 1 ? t.group : 1, t.heads);
    t.tiles = (t.queries + TILE - 1) / TILE;
    t.slots = least(t.group * t.tiles, MAX_SLOTS);
    /* Scaled queries, scores, sums, and a maximum and a sum of weights for each row. */
    t.slot_floats = TILE * (t.size + BLOCK + t.features + 2);
    t.slot_floats = (t.slot_floats + 15) / 16 * 16;
    return t;
}

/* Where head `head` of all begins in q or y (`rows` queries), or in k or v (`rows` keys). */
static int64_t head_offset(const tiling *t, int64_t head, int64_t rows)
{
    return head / t->heads_each * rows * t->width + head % t->heads_each * t->size;
}

static void pack_keys(const tiling *t, const float *k, float *panels)
{
    for (int64_t first = 0; first < t->keys; first += PANEL_WIDTH)
        for (int64_t d = 0; d < t->size; d++)
            for (int64_t j = 0; j < PANEL_WIDTH; j++)
                *panels++ = first + j < t->keys ? k[(first + j) * t->width + d] : 0.0F;
}

static void pack_values(const tiling *t, const float *v, float *panels)
{
    for (int64_t first = 0; first < t->size; first += PANEL_WIDTH)
        for (int64_t s = 0; s < t->keys; s++)
            for (int64_t j = 0; j < PANEL_WIDTH; j++)
                *panels++ = first + j < t->size ? v[s * t->width + first + j] : 0.0F;
}

/* One task's operands. */
typedef struct tile {
    const tiling *t;
    const float *keys, *values; /* packed */
    int64_t rows;               /* up to a multiple of PANEL_ROWS */
    float *q;                   /* [TILE, size], scaled */
    float *scores;              /* [TILE, BLOCK] */
    float *sums;                /* [TILE, features] */
    float *largest, *weights;   /* [TILE] */
} tile;

static void load_queries(const tile *a, const float *q, int64_t rows)
{
    const tiling *t = a->t;
    const float scale = (float)(1.0 / sqrt((double)t->size));
    for (int64_t r = 0; r < a->rows; r++)
        for (int64_t d = 0; d < t->size; d++)
            a->q[r * t->size + d] = r < rows ? q[r * t->width + d] * scale : 0.0F;
    for (int64_t i = 0; i < a->rows * t->features; i++)
        a->sums[i] = 0.0F;
}

static void score(const tile *a, int64_t first, int64_t count)
{
    const int64_t size = a->t->size;
    for (int64_t j = 0; j < count; j += PANEL_WIDTH)
        for (int64_t r = 0; r < a->rows; r += PANEL_ROWS) {
            panel_lanes sums[PANEL_ROWS][2];
            panel_product(a->q + r * size, size, a->keys + (first + j) * size, 0, size, sums);
            for (int i = 0; i < PANEL_ROWS; i++) {
                float *target = a->scores + (r + i) * BLOCK + j;
                panel_store(target, sums[i][0]);
                panel_store(target + PANEL_LANES, sums[i][1]);
            }
        }
}

/* Scores to weights, relative to each row's largest score so far. */
static void weigh(const tile *a, int64_t count, bool is_first)
{
    for (int64_t r = 0; r < a->rows; r++) {
        float *scores = a->scores + r * BLOCK;
        float largest = row_max(scores, count);
        if (is_first) {
            a->weights[r] = 0.0F;
        } else if (largest > a->largest[r]) {
            const float shrink = fast_exp(a->largest[r] - largest);
            a->weights[r] *= shrink;
            row_scale(a->sums + r * a->t->features, a->t->features, shrink);
        } else {
            largest = a->largest[r];
        }
        a->largest[r] = largest;
        a->weights[r] += row_exp(scores, count, largest);
    }
}

static void mix(const tile *a, int64_t first, int64_t count)
{
    const int64_t features = a->t->features;
    for (int64_t d = 0; d < features; d += PANEL_WIDTH) {
        const float *panel = a->values + d * a->t->keys + first * PANEL_WIDTH;
        for (int64_t r = 0; r < a->rows; r += PANEL_ROWS) {
            panel_lanes sums[PANEL_ROWS][2];
            panel_product(a->scores + r * BLOCK, BLOCK, panel, 0, count, sums);
            for (int i = 0; i < PANEL_ROWS; i++)
                panel_add(a->sums + (r + i) * features + d, sums[i]);
        }
    }
}

/* map [rows, keys]: the last block's weights, which are all. */
static void store_map(const tile *a, int64_t rows, float *map)
{
    const int64_t keys = a->t->keys;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t s = 0; s < keys; s++)
            map[r * keys + s] = a->scores[r * BLOCK + s] / a->weights[r];
}

static void attend(const tile *a, int64_t rows, float *y)
{
    const tiling *t = a->t;
    for (int64_t first = 0; first < t->keys; first += BLOCK) {
        const int64_t count = least(t->keys - first, BLOCK);
        score(a, first, count);
        weigh(a, count, first == 0);
        mix(a, first, count);
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t d = 0; d < t->size; d++)
            y[r * t->width + d] = a->sums[r * t->features + d] / a->weights[r];
}

static tile tile_of(const idi_exec *e, const tiling *t, int64_t index, int64_t slot)
{
    float *packed = (float *)e->workspace + index * t->head_floats;
    float *own = (float *)e->workspace + t->group * t->head_floats + slot * t->slot_floats;
    tile a = {.t = t, .keys = packed, .values = packed + t->key_floats, .q = own};
    a.scores = a.q + TILE * t->size;
    a.sums = a.scores + TILE * BLOCK;
    a.largest = a.sums + TILE * t->features;
    a.weights = a.largest + TILE;
    return a;
}

/* Tile `task` of heads `first` and following. */
static void run_task(const idi_exec *e, const tiling *t, int64_t first, int64_t task, int64_t slot)
{
    const int64_t index = task / t->tiles;
    const int64_t row = task % t->tiles * TILE;
    const int64_t rows = least(t->queries - row, TILE);
    const int64_t offset = head_offset(t, first + index, t->queries) + row * t->width;
    tile a = tile_of(e, t, index, slot);
    a.rows = (rows + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
    load_queries(&a, (const float *)e->in[0].data + offset, rows);
    attend(&a, rows, (float *)e->out[0].data + offset);
    if (e->out[1].data)
        store_map(&a, rows,
                  (float *)e->out[1].data + ((first + index) * t->queries + row) * t->keys);
}

static void pack_head(const idi_exec *e, const tiling *t, int64_t head, float *packed)
{
    const int64_t offset = head_offset(t, head, t->keys);
    pack_keys(t, (const float *)e->in[1].data + offset, packed);
    pack_values(t, (const float *)e->in[2].data + offset, packed + t->key_floats);
}

IDI_FAST_OP(attention)
{
    const tiling t = tiling_of(e);
    const int threads = (int)least(t.slots, e->thread_count);
    for (int64_t first = 0; first < t.heads; first += t.group) {
        const int64_t group = least(t.heads - first, t.group);
#pragma omp parallel num_threads(threads)
        {
#pragma omp for schedule(static)
            for (int64_t h = 0; h < group; h++)
                pack_head(e, &t, first + h, (float *)e->workspace + h * t.head_floats);
#pragma omp for schedule(dynamic)
            for (int64_t task = 0; task < group * t.tiles; task++)
                run_task(e, &t, first, task, omp_get_thread_num());
        }
    }
    return IDI_OK;
}

IDI_FAST_WORKSPACE(attention)
{
    const tiling t = tiling_of(e);
    return (size_t)(t.group * t.head_floats + t.slots * t.slot_floats) * sizeof(float);
}
