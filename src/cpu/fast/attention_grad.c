/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/attention_grad.c - a tile of queries against all keys of its head, by sgemm.
 *
 * A task is one head of one sample, so that dk and dv grow tile by tile in a fixed order. For each
 * tile: p = softmax(scale q k'), dp = dy v', ds = scale p (dp - sum(p dp)); then dq = ds k,
 * dk += ds' q, dv += p' dy. */
#include "cpu/fast/fast.h"
#include "cpu/fast/softmax.h"
#include "ops/attention.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>

enum {
    TILE_SCORES = 65536, /* 256 KiB, twice: p and dp */
    MIN_ROWS = 16,
    MAX_ROWS = 128,
    MAX_SLOTS = 32 /* threads that have a tile each */
};

/* The cut, from shapes alone: the workspace is known before the number of threads is. */
typedef struct tiling {
    int64_t heads;
    int64_t width; /* D */
    int64_t size;  /* features of a head */
    int64_t queries;
    int64_t keys;
    int64_t rows; /* queries at a time */
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
    t.rows = least(TILE_SCORES / t.keys, MAX_ROWS);
    t.rows = least(t.rows > MIN_ROWS ? t.rows : MIN_ROWS, t.queries);
    t.tasks = e->in[0].shape.dim[0] * t.heads;
    t.slots = least(t.tasks, MAX_SLOTS);
    return t;
}

/* Floats of a slot's p, and of its dp: whole cache lines. */
static int64_t scores_floats(const tiling *t)
{
    return (t->rows * t->keys + 15) / 16 * 16;
}

/* One head's operands; those of queries begin at the tile. NULL: an unwanted gradient. */
typedef struct tile {
    const float *q, *k, *v, *dy;
    float *dq, *dk, *dv;
    float *p, *dp; /* [rows, keys] */
    int rows;
    bool is_first;
} tile;

static const float *from(const void *tensor, int64_t at)
{
    return tensor ? (const float *)tensor + at : NULL;
}

static float *into(void *tensor, int64_t at)
{
    return tensor ? (float *)tensor + at : NULL;
}

static tile tile_of(const idi_exec *e, const tiling *t, int64_t task, int64_t row)
{
    const int64_t head = task % t->heads * t->size;
    const int64_t q = (task / t->heads * t->queries + row) * t->width + head;
    const int64_t k = task / t->heads * t->keys * t->width + head;
    tile a = {.q = from(e->in[0].data, q),
              .k = from(e->in[1].data, k),
              .v = from(e->in[2].data, k),
              .dy = from(e->in[3].data, q),
              .dq = into(e->out[0].data, q),
              .dk = into(e->out[1].data, k),
              .dv = into(e->out[2].data, k),
              .rows = (int)least(t->queries - row, t->rows),
              .is_first = row == 0};
    a.p = (float *)e->workspace + omp_get_thread_num() * 2 * scores_floats(t);
    a.dp = a.p + scores_floats(t);
    return a;
}

/* c[rows, keys] = factor a b', a of queries and b of keys. */
static void query_by_key(const tiling *t, const tile *a, float factor, const float *queries,
                         const float *keys, float *c)
{
    const int ld = (int)t->width;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, a->rows, (int)t->keys, (int)t->size,
                factor, queries, ld, keys, ld, 0.0F, c, (int)t->keys);
}

/* A gradient of keys grows by c' b. */
static void add_to_keys(const tiling *t, const tile *a, const float *c, const float *queries,
                        float *keys)
{
    const int ld = (int)t->width;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)t->keys, (int)t->size, a->rows, 1.0F,
                c, (int)t->keys, queries, ld, a->is_first ? 0.0F : 1.0F, keys, ld);
}

static void softmax_rows(const tiling *t, const tile *a)
{
    for (int64_t r = 0; r < a->rows; r++) {
        float *p = a->p + r * t->keys;
        const float sum = row_exp(p, t->keys, row_max(p, t->keys));
        row_scale(p, t->keys, 1.0F / sum);
    }
}

/* dp becomes ds. */
static void softmax_rows_back(const tiling *t, const tile *a, float scale)
{
    for (int64_t r = 0; r < a->rows; r++) {
        const float *p = a->p + r * t->keys;
        float *restrict dp = a->dp + r * t->keys;
        float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
        for (int64_t s = 0; s < t->keys; s++)
            sum += p[s] * dp[s];
        for (int64_t s = 0; s < t->keys; s++)
            dp[s] = scale * p[s] * (dp[s] - sum);
    }
}

static void tile_back(const tiling *t, const tile *a)
{
    const float scale = (float)(1.0 / sqrt((double)t->size));
    query_by_key(t, a, scale, a->q, a->k, a->p);
    softmax_rows(t, a);
    if (a->dv) add_to_keys(t, a, a->p, a->dy, a->dv);
    if (!a->dq && !a->dk) return;
    query_by_key(t, a, 1.0F, a->dy, a->v, a->dp);
    softmax_rows_back(t, a, scale);
    if (a->dk) add_to_keys(t, a, a->dp, a->q, a->dk);
    const int ld = (int)t->width;
    if (a->dq)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, a->rows, (int)t->size, (int)t->keys,
                    1.0F, a->dp, (int)t->keys, a->k, ld, 0.0F, a->dq, ld);
}

IDI_FAST_OP(attention_grad)
{
    const tiling t = tiling_of(e);
    const int threads = (int)least(t.slots, e->thread_count);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t task = 0; task < t.tasks; task++)
        for (int64_t row = 0; row < t.queries; row += t.rows) {
            const tile a = tile_of(e, &t, task, row);
            tile_back(&t, &a);
        }
    return IDI_OK;
}

IDI_FAST_WORKSPACE(attention_grad)
{
    const tiling t = tiling_of(e);
    return (size_t)(t.slots * 2 * scores_floats(&t)) * sizeof(float);
}
