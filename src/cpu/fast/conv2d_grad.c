/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/conv2d_grad.c - the gradients of conv2d by the same windows.
 *
 * Input: dz weight is the gradient of the windows, which is added back to the pixels that they
 * were read from. Each input line is summed by one thread, from the windows that touch it, in a
 * fixed order. Weight: dz' windows, summed over the tiles of a core, then over the cores.
 *
 * Where there are at least as many independent slices (of the input: sample and group; of the
 * weight: group) as cores, each core takes slices with a buffer of its own. Otherwise all cores
 * work on one slice of the input after the other, and share the pixels of a weight. */
#include "cpu/fast/conv2d.h"

#include <cblas.h>

static conv_shape input_shape_of(const idi_exec *e)
{
    return conv_shape_of(e->attr, &e->out[0].shape, &e->in[1].shape, &e->in[0].shape);
}

static conv_shape weight_shape_of(const idi_exec *e)
{
    return conv_shape_of(e->attr, &e->in[1].shape, &e->out[0].shape, &e->in[0].shape);
}

/* Whole output lines in a tile of windows. */
static int64_t tile_lines(const conv_shape *s)
{
    return conv_max(conv_min(conv_tile_limit(s) / s->out_width, s->out_height), 1);
}

/* One slice of dx: the channels of one group in one sample. */
typedef struct input_slice {
    const conv_shape *shape;
    const float *dz;     /* its first element */
    const float *weight; /* the group's */
    float *dx;
} input_slice;

static void clear_slice(const input_slice *k)
{
    const conv_shape *s = k->shape;
#pragma omp parallel for schedule(static) if (!omp_in_parallel())
    for (int64_t p = 0; p < s->height * s->width; p++)
        memset(k->dx + p * s->channels, 0, (size_t)s->group_in * sizeof *k->dx);
}

static void add_run(float *restrict target, const float *restrict source, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        target[i] += source[i];
}

/* Adds one line of one window's gradient to a line of dx. ix: where tap 0 falls. */
static void add_window_line(const conv_shape *s, float *line, int64_t ix, const float *window)
{
    const conv_taps taps = conv_taps_inside(ix, s->kernel_width, s->width);
    const int64_t run = s->group_in;
    if (s->groups == 1)
        add_run(line + (ix + taps.begin) * run, window + taps.begin * run,
                (taps.end - taps.begin) * run);
    else
        for (int64_t t = taps.begin; t < taps.end; t++)
            add_run(line + (ix + t) * s->channels, window + t * run, run);
}

/* Adds to input line iy what the windows of the output lines [first, first + lines) hold of it. */
static void add_to_line(const input_slice *k, int64_t iy, int64_t first, int64_t lines,
                        const float *windows)
{
    const conv_shape *s = k->shape;
    float *line = k->dx + iy * s->width * s->channels;
    for (int64_t ky = 0; ky < s->kernel_height; ky++) {
        const int64_t scaled = iy + s->pad - ky; /* stride*oy, if there is such an oy */
        if (scaled < first * s->stride || scaled % s->stride) continue;
        const int64_t oy = scaled / s->stride - first;
        if (oy >= lines) continue;
        for (int64_t ox = 0; ox < s->out_width; ox++)
            add_window_line(s, line, ox * s->stride - s->pad,
                            windows + (oy * s->out_width + ox) * s->inner +
                                ky * s->kernel_width * s->group_in);
    }
}

static void multiply(const input_slice *k, int64_t first_pixel, int64_t count, float *target,
                     int64_t stride)
{
    const conv_shape *s = k->shape;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)count, (int)s->inner,
                (int)s->group_out, 1.0F, k->dz + first_pixel * s->out_channels,
                (int)s->out_channels, k->weight, (int)s->inner, 0.0F, target, (int)stride);
}

static void grad_input_slice(const input_slice *k, float *buffer)
{
    const conv_shape *s = k->shape;
    if (s->is_pointwise) {
        multiply(k, 0, s->height * s->width, k->dx, s->channels);
        return;
    }
    const int64_t tile = tile_lines(s);
    clear_slice(k);
    for (int64_t oy = 0; oy < s->out_height; oy += tile) {
        const int64_t lines = conv_min(tile, s->out_height - oy);
        const int64_t begin = conv_max(oy * s->stride - s->pad, 0);
        const int64_t end =
            conv_min((oy + lines - 1) * s->stride - s->pad + s->kernel_height, s->height);
        multiply(k, oy * s->out_width, lines * s->out_width, buffer, s->inner);
#pragma omp parallel for schedule(static) if (!omp_in_parallel())
        for (int64_t iy = begin; iy < end; iy++)
            add_to_line(k, iy, oy, lines, buffer);
    }
}

/* Slice `task`: a group of an image. */
static void grad_input_task(const conv_shape *s, const idi_exec *e, int64_t task, float *buffer)
{
    const int64_t group = task % s->groups;
    const int64_t n = task / s->groups;
    const input_slice slice = {
        s,
        (const float *)e->in[0].data + n * s->out_height * s->out_width * s->out_channels +
            group * s->group_out,
        (const float *)e->in[1].data + group * s->group_out * s->inner,
        (float *)e->out[0].data + n * s->height * s->width * s->channels + group * s->group_in,
    };
    grad_input_slice(&slice, buffer);
}

static void grad_input_slices(const conv_shape *s, const idi_exec *e)
{
    const int64_t tasks = s->batch * s->groups;
    const int64_t buffer_floats = s->is_pointwise ? 0 : tile_lines(s) * s->out_width * s->inner;
    float *workspace = e->workspace;
    if (tasks < e->thread_count) {
        for (int64_t t = 0; t < tasks; t++)
            grad_input_task(s, e, t, workspace);
        return;
    }
#pragma omp parallel for schedule(dynamic) num_threads(e->thread_count)
    for (int64_t t = 0; t < tasks; t++)
        grad_input_task(s, e, t, workspace + omp_get_thread_num() * buffer_floats);
}

IDI_FAST_WORKSPACE(conv2d_grad_input)
{
    const conv_shape s = input_shape_of(e);
    if (s.is_depthwise) return IDI_FAST_NAME(depthwise_workspace)(&s);
    if (conv_is_on_planes(&s, CONV_LEAST_LINE))
        return IDI_FAST_NAME(planes_grad_input_workspace)(&s, e->thread_count);
    if (s.is_pointwise) return 0;
    return (size_t)(e->thread_count * tile_lines(&s) * s.out_width * s.inner) * sizeof(float);
}

IDI_FAST_OP(conv2d_grad_input)
{
    const conv_shape s = input_shape_of(e);
    if (s.is_depthwise) {
        IDI_FAST_NAME(depthwise_grad_input)(&s, e);
        return IDI_OK;
    }
    if (conv_is_on_planes(&s, CONV_LEAST_LINE)) {
        IDI_FAST_NAME(planes_grad_input)(&s, e);
        return IDI_OK;
    }
    grad_input_slices(&s, e);
    return IDI_OK;
}

/* Of one group and the pixels first .. end - 1. */
static void grad_weight_part(const conv_shape *s, const idi_exec *e, int64_t group, int64_t first,
                             int64_t end, float *buffer, float *dweight)
{
    const float *dz = (const float *)e->in[0].data + group * s->group_out;
    const int64_t tile = s->is_pointwise ? conv_max(s->pixels, 1) : conv_tile_limit(s);
    if (first >= end) conv_zero(dweight, s->group_out * s->inner);
    for (int64_t at = first; at < end; at += tile) {
        const int64_t count = conv_min(tile, end - at);
        const conv_matrix windows = conv_windows(s, e->in[1].data, group, at, count, buffer);
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)s->group_out, (int)s->inner,
                    (int)count, 1.0F, dz + at * s->out_channels, (int)s->out_channels, windows.data,
                    (int)windows.stride, at > first ? 1.0F : 0.0F, dweight, (int)s->inner);
    }
}

/* How many cores sum over pixels of their own: enough pixels for each, and 64 MiB of sums at most.
 */
static int64_t weight_sharers(const conv_shape *s, int64_t threads)
{
    enum { MOST_FLOATS = 1 << 24, LEAST_PIXELS = 128 };
    const int64_t fitting = MOST_FLOATS / (s->out_channels * s->inner);
    return conv_max(conv_min(conv_min(threads, fitting), s->pixels / LEAST_PIXELS), 1);
}

/* Of all groups and share t of the pixels. */
static void grad_weight_share(const conv_shape *s, const idi_exec *e, int64_t t, int64_t share,
                              float *buffer, float *sums)
{
    for (int64_t group = 0; group < s->groups; group++)
        grad_weight_part(s, e, group, t * share, conv_min((t + 1) * share, s->pixels), buffer,
                         sums + group * s->group_out * s->inner);
}

/* Fewer groups than cores: each core sums over pixels of its own, so that they meet once. */
static void grad_weight_shared(const conv_shape *s, const idi_exec *e, int64_t buffer_floats)
{
    const int64_t threads = weight_sharers(s, e->thread_count);
    const int64_t share = (s->pixels + threads - 1) / threads;
    const int64_t numbers = s->out_channels * s->inner;
    float *buffers = e->workspace;
    float *sums = buffers + threads * buffer_floats;
    float *dweight = e->out[0].data;
    if (threads == 1) {
        grad_weight_share(s, e, 0, share, buffers, dweight);
        return;
    }
#pragma omp parallel for schedule(static) num_threads((int)threads)
    for (int64_t t = 0; t < threads; t++)
        grad_weight_share(s, e, t, share, buffers + t * buffer_floats, sums + t * numbers);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < numbers; i++) {
        float sum = sums[i];
        for (int64_t t = 1; t < threads; t++)
            sum += sums[t * numbers + i];
        dweight[i] = sum;
    }
}

static int64_t weight_buffer_floats(const conv_shape *s)
{
    return s->is_pointwise ? 0 : conv_tile_limit(s) * s->inner;
}

IDI_FAST_WORKSPACE(conv2d_grad_weight)
{
    const conv_shape s = weight_shape_of(e);
    const int64_t threads = e->thread_count;
    if (s.is_depthwise) return IDI_FAST_NAME(depthwise_workspace)(&s);
    if (conv_is_on_planes(&s, CONV_LEAST_SUMMED_LINE))
        return IDI_FAST_NAME(planes_grad_weight_workspace)(&s, threads);
    if (s.groups >= threads) return (size_t)(threads * weight_buffer_floats(&s)) * sizeof(float);
    return (size_t)(weight_sharers(&s, threads) *
                    (weight_buffer_floats(&s) + s.out_channels * s.inner)) *
           sizeof(float);
}

static void grad_weight_groups(const conv_shape *s, const idi_exec *e, int64_t buffer_floats)
{
    const int64_t numbers = s->group_out * s->inner;
#pragma omp parallel for schedule(dynamic) num_threads(e->thread_count)
    for (int64_t group = 0; group < s->groups; group++)
        grad_weight_part(s, e, group, 0, s->pixels,
                         (float *)e->workspace + omp_get_thread_num() * buffer_floats,
                         (float *)e->out[0].data + group * numbers);
}

IDI_FAST_OP(conv2d_grad_weight)
{
    const conv_shape s = weight_shape_of(e);
    if (s.is_depthwise)
        IDI_FAST_NAME(depthwise_grad_weight)(&s, e);
    else if (conv_is_on_planes(&s, CONV_LEAST_SUMMED_LINE))
        IDI_FAST_NAME(planes_grad_weight)(&s, e);
    else if (s.groups < e->thread_count)
        grad_weight_shared(&s, e, weight_buffer_floats(&s));
    else
        grad_weight_groups(&s, e, weight_buffer_floats(&s));
    return IDI_OK;
}
