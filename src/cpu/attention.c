/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/attention.c - ops/attention.h as loops. Scores are computed whenever they are needed. */
#include "ops/attention.h"
#include "cpu/cpu.h"

#include <math.h>
#include <string.h>

enum { FEATURES = 64 }; /* summed in double at a time */

/* One head of one sample: offsets and sizes. */
typedef struct head {
    int64_t queries;
    int64_t keys;
    int64_t size;   /* features */
    int64_t stride; /* from one token to the next */
    int64_t q;      /* first element in q, y and their gradients */
    int64_t k;      /* first element in k, v and theirs */
    double scale;
} head;

static int64_t head_count(const idi_exec *e)
{
    return e->in[0].shape.dim[0] * ((const idi_attention_attr *)e->attr)->heads;
}

static head head_of(const idi_exec *e, int64_t index)
{
    const int64_t heads = ((const idi_attention_attr *)e->attr)->heads;
    head h = {.queries = e->in[0].shape.dim[1],
              .keys = e->in[1].shape.dim[1],
              .size = e->in[0].shape.dim[2] / heads,
              .stride = e->in[0].shape.dim[2]};
    h.q = index / heads * h.queries * h.stride + index % heads * h.size;
    h.k = index / heads * h.keys * h.stride + index % heads * h.size;
    h.scale = 1.0 / sqrt((double)h.size);
    return h;
}

static double dot(const real *a, const real *b, int64_t count)
{
    double sum = 0.0;
    for (int64_t j = 0; j < count; j++)
        sum += (double)a[j] * (double)b[j];
    return sum;
}

/* The scaled score of query t and key s. */
static double score(const idi_exec *e, const head *h, int64_t t, int64_t s)
{
    return h->scale *
           dot(in_real(e, 0) + h->q + t * h->stride, in_real(e, 1) + h->k + s * h->stride, h->size);
}

/* log(sum over s of exp(score)), so that the weight of key s is exp(score - that). */
static double row_log_sum(const idi_exec *e, const head *h, int64_t t)
{
    double largest = score(e, h, t, 0);
    for (int64_t s = 1; s < h->keys; s++)
        largest = fmax(largest, score(e, h, t, s));
    double sum = 0.0;
    for (int64_t s = 0; s < h->keys; s++)
        sum += exp(score(e, h, t, s) - largest);
    return largest + log(sum);
}

/* y's features first .. first + count - 1 of query t. */
static void attend(const idi_exec *e, const head *h, int64_t t, int64_t first, int64_t count,
                   double log_sum)
{
    double sum[FEATURES] = {0.0};
    for (int64_t s = 0; s < h->keys; s++) {
        const double weight = exp(score(e, h, t, s) - log_sum);
        const real *v = in_real(e, 2) + h->k + s * h->stride + first;
        for (int64_t j = 0; j < count; j++)
            sum[j] += weight * (double)v[j];
    }
    for (int64_t j = 0; j < count; j++)
        out_real(e, 0)[h->q + t * h->stride + first + j] = (real)sum[j];
}

/* Query t's weights. */
static void store_map(const idi_exec *e, const head *h, int64_t index, int64_t t, double log_sum)
{
    real *map = out_real(e, 1) + (index * h->queries + t) * h->keys;
    for (int64_t s = 0; s < h->keys; s++)
        map[s] = (real)exp(score(e, h, t, s) - log_sum);
}

IDI_CPU_OP(attention)
{
    for (int64_t i = 0; i < head_count(e); i++) {
        const head h = head_of(e, i);
        for (int64_t t = 0; t < h.queries; t++) {
            const double log_sum = row_log_sum(e, &h, t);
            for (int64_t first = 0; first < h.size; first += FEATURES)
                attend(e, &h, t, first, h.size - first < FEATURES ? h.size - first : FEATURES,
                       log_sum);
            if (out_real(e, 1)) store_map(e, &h, i, t, log_sum);
        }
    }
    return IDI_OK;
}

static void add_scaled(real *sum, const real *x, double factor, int64_t count)
{
    for (int64_t j = 0; j < count; j++)
        sum[j] = (real)((double)sum[j] + factor * (double)x[j]);
}

/* Query t's part of all gradients. With weights p and dp = dy v', the softmax gives
 * ds = p (dp - sum(p dp)), then dq = ds k, dk = ds' q (both scaled), dv = p' dy. */
static void row_back(const idi_exec *e, const head *h, int64_t t)
{
    const int64_t at = h->q + t * h->stride;
    const real *dy = in_real(e, 3) + at;
    const double log_sum = row_log_sum(e, h, t);
    double mean = 0.0;
    for (int64_t s = 0; s < h->keys; s++)
        mean += exp(score(e, h, t, s) - log_sum) *
                dot(dy, in_real(e, 2) + h->k + s * h->stride, h->size);
    for (int64_t s = 0; s < h->keys; s++) {
        const int64_t key = h->k + s * h->stride;
        const double weight = exp(score(e, h, t, s) - log_sum);
        const double ds = h->scale * weight * (dot(dy, in_real(e, 2) + key, h->size) - mean);
        if (out_real(e, 0)) add_scaled(out_real(e, 0) + at, in_real(e, 1) + key, ds, h->size);
        if (out_real(e, 1)) add_scaled(out_real(e, 1) + key, in_real(e, 0) + at, ds, h->size);
        if (out_real(e, 2)) add_scaled(out_real(e, 2) + key, dy, weight, h->size);
    }
}

IDI_CPU_OP(attention_grad)
{
    for (int k = 0; k < 3; k++)
        if (e->out[k].data)
            memset(e->out[k].data, 0, (size_t)idi_shape_count(&e->in[k].shape) * sizeof(real));
    for (int64_t i = 0; i < head_count(e); i++) {
        const head h = head_of(e, i);
        for (int64_t t = 0; t < h.queries; t++)
            row_back(e, &h, t);
    }
    return IDI_OK;
}
