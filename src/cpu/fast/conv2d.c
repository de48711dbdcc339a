/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/conv2d.c - conv2d by tiles of windows and sgemm, written straight into y.
 *
 * Tiles are spread over the cores, each core with a buffer of its own; where there are fewer tiles
 * than cores, and for 1x1 kernels, all cores work on one tile after the other. */
#include "cpu/fast/conv2d.h"
#include "cpu/fast/vector.h"

#include <cblas.h>

typedef struct conv_call {
    conv_shape shape;
    const float *x, *weight, *bias, *residual;
    float *y;
    idi_act act;
} conv_call;

static conv_shape shape_of(const idi_exec *e)
{
    return conv_shape_of(e->attr, &e->in[0].shape, &e->in[1].shape, &e->out[0].shape);
}

/* y before the product: bias + residual, or either, in the group's slice of the tile's pixels.
 * Returns sgemm's beta. */
static float prepare_tile(const conv_call *k, int64_t group, int64_t first, int64_t count)
{
    const conv_shape *s = &k->shape;
    if (!k->bias && !k->residual) return 0.0F;
#pragma omp parallel for schedule(static) if (!omp_in_parallel())
    for (int64_t p = first; p < first + count; p++) {
        const int64_t at = p * s->out_channels + group * s->group_out;
        float *restrict y = k->y + at;
        const float *bias = k->bias ? k->bias + group * s->group_out : NULL;
        if (!k->residual) {
            conv_copy(y, bias, s->group_out);
        } else if (!bias) {
            conv_copy(y, k->residual + at, s->group_out);
        } else {
            for (int64_t o = 0; o < s->group_out; o++)
                y[o] = bias[o] + k->residual[at + o];
        }
    }
    return 1.0F;
}

static void activate_tile(const conv_call *k, int64_t group, int64_t first, int64_t count)
{
    const conv_shape *s = &k->shape;
    if (k->act == IDI_ACT_NONE) return;
    if (s->groups == 1) {
        fast_activate(k->y + first * s->out_channels, count * s->out_channels, k->act);
        return;
    }
#pragma omp parallel for schedule(static) if (!omp_in_parallel())
    for (int64_t p = first; p < first + count; p++)
        fast_activate_serial(k->y + p * s->out_channels + group * s->group_out, s->group_out,
                             k->act);
}

static void run_tile(const conv_call *k, int64_t group, int64_t first, int64_t count, float *buffer)
{
    const conv_shape *s = &k->shape;
    const conv_matrix windows = conv_windows(s, k->x, group, first, count, buffer);
    const float beta = prepare_tile(k, group, first, count);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)count, (int)s->group_out,
                (int)s->inner, 1.0F, windows.data, (int)windows.stride,
                k->weight + group * s->group_out * s->inner, (int)s->inner, beta,
                k->y + first * s->out_channels + group * s->group_out, (int)s->out_channels);
    activate_tile(k, group, first, count);
}

/* Tiles of an image: as many as the buffer's size wants, then more, so that all cores have equally
 * many, unless tiles become too small to be worth it. */
static int64_t tile_pixels(const conv_shape *s, int64_t threads)
{
    enum { LEAST_PIXELS = 128 };
    if (s->is_pointwise && s->groups == 1) return conv_max(s->pixels, 1);
    const int64_t limit = conv_tile_limit(s);
    int64_t tiles = conv_max((s->pixels + limit - 1) / limit, 1);
    const int64_t even = (tiles + threads - 1) / threads * threads;
    if (s->groups == 1 && s->pixels / even >= LEAST_PIXELS) tiles = even;
    return conv_max((s->pixels + tiles - 1) / tiles, 1);
}

static void run_task(const conv_call *k, int64_t task, int64_t tile, float *buffer)
{
    const conv_shape *s = &k->shape;
    const int64_t first = task / s->groups * tile;
    run_tile(k, task % s->groups, first, conv_min(tile, s->pixels - first), buffer);
}

static void run_tiles(const conv_call *k, int64_t threads, float *workspace)
{
    const conv_shape *s = &k->shape;
    const int64_t tile = tile_pixels(s, threads);
    const int64_t tasks = (s->pixels + tile - 1) / tile * s->groups;
    const int64_t buffer_floats = s->is_pointwise ? 0 : tile * s->inner;
    if (tasks < threads) {
        for (int64_t t = 0; t < tasks; t++)
            run_task(k, t, tile, workspace);
        return;
    }
#pragma omp parallel for schedule(dynamic) num_threads((int)threads)
    for (int64_t t = 0; t < tasks; t++)
        run_task(k, t, tile, workspace + omp_get_thread_num() * buffer_floats);
}

IDI_FAST_WORKSPACE(conv2d)
{
    const conv_shape s = shape_of(e);
    if (s.is_depthwise) return IDI_FAST_NAME(depthwise_workspace)(&s);
    if (conv_is_on_planes(&s, CONV_LEAST_LINE))
        return IDI_FAST_NAME(planes_forward_workspace)(&s, e->thread_count);
    if (s.is_pointwise) return 0;
    return (size_t)(e->thread_count * conv_tile_limit(&s) * s.inner) * sizeof(float);
}

IDI_FAST_OP(conv2d)
{
    const idi_conv2d_attr *attr = e->attr;
    const conv_call call = {
        .shape = shape_of(e),
        .x = e->in[0].data,
        .weight = e->in[1].data,
        .bias = e->in[2].data,
        .residual = e->in[3].data,
        .y = e->out[0].data,
        .act = attr->act,
    };
    if (call.shape.is_depthwise)
        IDI_FAST_NAME(depthwise)(&call.shape, e);
    else if (conv_is_on_planes(&call.shape, CONV_LEAST_LINE))
        IDI_FAST_NAME(planes_forward)(&call.shape, e);
    else
        run_tiles(&call, e->thread_count, e->workspace);
    return IDI_OK;
}
