/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/attention.c - tiles of queries against blocks of keys, with a running softmax.
 *
 * A task is one tile of one head. For each block of keys: scores = q k' by sgemm; each row's
 * maximum grows, what was summed before shrinks by the exponential of the growth; the weights
 * replace the scores; y += weights v by sgemm, in place. Rows are divided by their sums last. Where
 * all keys fit one block, as in cross-attention, that is one pass, after which the scores are the
 * maps but for the division: maps have few keys. */
#include "ops/attention.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/softmax.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>

enum {
    BLOCK_KEYS = 256,
    MIN_ROWS = 128,
    MAX_ROWS = 512,
    TILE_SCORES = MIN_ROWS * BLOCK_KEYS, /* 128 KiB */
    MAX_SLOTS = 64                       /* threads that have a tile each */
};

_Static_assert((int)IDI_ATTENTION_MAP_KEYS <= (int)BLOCK_KEYS,
               "maps are stored from one block of keys");

/* The cut, from shapes alone: the workspace is known before the number of threads is. */
typedef struct tiling {
    int64_t heads;
    int64_t width; /* D */
    int64_t size;  /* features of a head */
    int64_t queries;
    int64_t keys;
    int64_t block; /* keys at a time */
    int64_t rows;  /* queries at a time */
    int64_t tiles; /* of a head */
    int64_t tasks;
    int64_t slots;
} tiling;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static tiling tiling_of(const idi_exec *e)
{
    tiling t = {.heads = ((const idi_attention_attr *)e->attr)->heads,
                .width = e->in[0].shape.dim[2],
                .queries = e->in[0].shape.dim[1],
                .keys = e->in[1].shape.dim[1]};
    t.size = t.width / t.heads;
    t.block = least(t.keys, BLOCK_KEYS);
    t.rows = least(least(TILE_SCORES / t.block, MAX_ROWS), t.queries);
    t.tiles = (t.queries + t.rows - 1) / t.rows;
    t.tasks = e->in[0].shape.dim[0] * t.heads * t.tiles;
    t.slots = least(t.tasks, MAX_SLOTS);
    return t;
}

/* Floats of a slot: the scores, and a maximum and a sum for each row; whole cache lines. */
static int64_t slot_floats(const tiling *t)
{
    return (t->rows * (t->block + 2) + 15) / 16 * 16;
}

/* One task's operands. */
typedef struct tile {
    const float *q;
    const float *k;
    const float *v;
    float *y;
    float *map; /* [rows, keys], or NULL */
    int64_t rows;
    float *scores; /* [rows, block] */
    float *largest;
    float *sums;
} tile;

/* Scores to weights, relative to each row's largest score so far. */
static void weigh(const tiling *t, const tile *a, int64_t count, bool is_first)
{
    for (int64_t r = 0; r < a->rows; r++) {
        float *scores = a->scores + r * count;
        float largest = row_max(scores, count);
        if (is_first) {
            a->sums[r] = 0.0F;
        } else if (largest > a->largest[r]) {
            const float shrink = fast_exp(a->largest[r] - largest);
            a->sums[r] *= shrink;
            row_scale(a->y + r * t->width, t->size, shrink);
        } else {
            largest = a->largest[r];
        }
        a->largest[r] = largest;
        a->sums[r] += row_exp(scores, count, largest);
    }
}

/* The last block's weights, which are all: IDI_ATTENTION_MAP_KEYS fit one block. */
static void store_map(const tiling *t, const tile *a)
{
    for (int64_t r = 0; r < a->rows; r++)
        for (int64_t s = 0; s < t->keys; s++)
            a->map[r * t->keys + s] = a->scores[r * t->keys + s] / a->sums[r];
}

static void attend(const tiling *t, const tile *a)
{
    const float scale = (float)(1.0 / sqrt((double)t->size));
    const int ld = (int)t->width;
    for (int64_t first = 0; first < t->keys; first += t->block) {
        const int count = (int)least(t->keys - first, t->block);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)a->rows, count, (int)t->size,
                    scale, a->q, ld, a->k + first * t->width, ld, 0.0F, a->scores, count);
        weigh(t, a, count, first == 0);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)a->rows, (int)t->size, count,
                    1.0F, a->scores, count, a->v + first * t->width, ld, first ? 1.0F : 0.0F, a->y,
                    ld);
    }
    for (int64_t r = 0; r < a->rows; r++)
        row_scale(a->y + r * t->width, t->size, 1.0F / a->sums[r]);
    if (a->map) store_map(t, a);
}

static tile tile_of(const idi_exec *e, const tiling *t, int64_t task, int64_t slot)
{
    const int64_t head = task / t->tiles % t->heads;
    const int64_t sample = task / t->tiles / t->heads;
    const int64_t row = task % t->tiles * t->rows;
    const int64_t q = (sample * t->queries + row) * t->width + head * t->size;
    const int64_t k = sample * t->keys * t->width + head * t->size;
    tile a = {.q = (const float *)e->in[0].data + q,
              .k = (const float *)e->in[1].data + k,
              .v = (const float *)e->in[2].data + k,
              .y = (float *)e->out[0].data + q,
              .rows = least(t->queries - row, t->rows)};
    if (e->out[1].data)
        a.map = (float *)e->out[1].data + ((sample * t->heads + head) * t->queries + row) * t->keys;
    a.scores = (float *)e->workspace + slot * slot_floats(t);
    a.largest = a.scores + t->rows * t->block;
    a.sums = a.largest + t->rows;
    return a;
}

IDI_FAST_OP(attention)
{
    const tiling t = tiling_of(e);
    const int threads = (int)least(t.slots, e->thread_count);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t task = 0; task < t.tasks; task++) {
        const tile a = tile_of(e, &t, task, omp_get_thread_num());
        attend(&t, &a);
    }
    return IDI_OK;
}

IDI_FAST_WORKSPACE(attention)
{
    const tiling t = tiling_of(e);
    return (size_t)(t.slots * slot_floats(&t)) * sizeof(float);
}
