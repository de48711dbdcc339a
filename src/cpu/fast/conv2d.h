/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/conv2d.h - the geometry of a convolution, and its windows as the rows of a matrix.
 *
 * With x's windows as a matrix [pixels, kh*kw*C/groups] every group is a matrix product with the
 * weights [O/groups, kh*kw*C/groups]. The matrix is never whole: it is made tile by tile, a few
 * megabytes at a time. A group's channels are a strided slice of each pixel, which sgemm writes
 * and reads in place. A 1x1 kernel needs no matrix: x is it.
 *
 * The functions here run on all cores when they are called outside of parallel regions and on the
 * calling thread inside, as OpenBLAS does: so one code serves tiles spread over the cores and
 * tiles that all cores share. Tiles that all share come from a plain loop, never from a parallel
 * region of one thread: inside one, even when a false `if` made it so, libgomp starts new threads
 * for every region, which takes milliseconds. */
#ifndef IDI_CPU_FAST_CONV2D_H
#define IDI_CPU_FAST_CONV2D_H

#include "cpu/fast/fast.h"
#include "ops/conv2d.h"

#include <omp.h>
#include <string.h>

typedef struct conv_shape {
    int64_t batch, height, width, channels;      /* x */
    int64_t out_height, out_width, out_channels; /* y */
    int64_t kernel_height, kernel_width, stride, pad, groups;
    int64_t group_in, group_out; /* channels of a group */
    int64_t inner;               /* kh*kw*C/groups: a window of one group */
    int64_t pixels;              /* N*H'*W' */
    bool is_pointwise;           /* the windows are x's pixels */
    bool is_depthwise;           /* each channel alone */
} conv_shape;

static inline conv_shape conv_shape_of(const idi_conv2d_attr *attr, const idi_shape *x,
                                       const idi_shape *weight, const idi_shape *y)
{
    conv_shape s = {
        .batch = x->dim[0],
        .height = x->dim[1],
        .width = x->dim[2],
        .channels = x->dim[3],
        .out_height = y->dim[1],
        .out_width = y->dim[2],
        .out_channels = y->dim[3],
        .kernel_height = weight->dim[1],
        .kernel_width = weight->dim[2],
        .stride = attr->stride,
        .pad = attr->pad,
        .groups = attr->groups,
        .group_in = weight->dim[3],
        .group_out = y->dim[3] / attr->groups,
    };
    s.inner = s.kernel_height * s.kernel_width * s.group_in;
    s.pixels = s.batch * s.out_height * s.out_width;
    s.is_pointwise = s.kernel_height == 1 && s.kernel_width == 1 && s.stride == 1 && s.pad == 0;
    s.is_depthwise = s.groups > 1 && s.group_in == 1 && s.group_out == 1;
    return s;
}

static inline int64_t conv_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t conv_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The taps [begin, end) of `kernel` that fall inside a line of `size` when the first falls on
 * `start`; begin <= end always. */
typedef struct conv_taps {
    int64_t begin, end;
} conv_taps;

static inline conv_taps conv_taps_inside(int64_t start, int64_t kernel, int64_t size)
{
    const int64_t begin = conv_min(conv_max(-start, 0), kernel);
    return (conv_taps){begin, conv_max(conv_min(size - start, kernel), begin)};
}

/* Pixels of a tile, at most: a buffer of 4 MiB, or 128 pixels, below which sgemm gets slow. */
static inline int64_t conv_tile_limit(const conv_shape *s)
{
    enum { BUFFER_FLOATS = 1 << 20, LEAST_PIXELS = 128, MOST_PIXELS = 1024 };
    const int64_t fitting = conv_max(BUFFER_FLOATS / s->inner, LEAST_PIXELS);
    return conv_max(conv_min(conv_min(fitting, MOST_PIXELS), s->pixels), 1);
}

/* Short runs without a call; the compiler makes each block of 16 bytes one move. */
static inline void conv_copy(float *restrict target, const float *restrict source, int64_t count)
{
    enum { BLOCK = 4, LONG = 128 };
    if (count >= LONG) {
        memcpy(target, source, (size_t)count * sizeof *target);
        return;
    }
    int64_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK)
        memcpy(target + i, source + i, BLOCK * sizeof *target);
    for (; i < count; i++)
        target[i] = source[i];
}

static inline void conv_zero(float *target, int64_t count)
{
    if (count > 0) memset(target, 0, (size_t)count * sizeof *target);
}

/* One line of a window: kernel_width runs of group_in channels, which are one run in x when there
 * is only one group. ix: where tap 0 falls; taps: those that fall inside. */
static inline void conv_window_line(const conv_shape *s, const float *line, int64_t ix,
                                    conv_taps taps, float *out)
{
    const int64_t run = s->group_in;
    conv_zero(out, taps.begin * run);
    if (s->groups == 1)
        conv_copy(out + taps.begin * run, line + (ix + taps.begin) * run,
                  (taps.end - taps.begin) * run);
    else
        for (int64_t k = taps.begin; k < taps.end; k++)
            conv_copy(out + k * run, line + (ix + k) * s->channels, run);
    conv_zero(out + taps.end * run, (s->kernel_width - taps.end) * run);
}

/* The window of output pixel `pixel` (counted over the batch); x points at the group's slice. */
static inline void conv_window(const conv_shape *s, const float *x, int64_t pixel, float *out)
{
    const int64_t ix = pixel % s->out_width * s->stride - s->pad;
    const int64_t iy = pixel / s->out_width % s->out_height * s->stride - s->pad;
    const float *image =
        x + pixel / (s->out_width * s->out_height) * s->height * s->width * s->channels;
    const int64_t line = s->kernel_width * s->group_in;
    const conv_taps rows = conv_taps_inside(iy, s->kernel_height, s->height);
    const conv_taps columns = conv_taps_inside(ix, s->kernel_width, s->width);
    conv_zero(out, rows.begin * line);
    for (int64_t ky = rows.begin; ky < rows.end; ky++)
        conv_window_line(s, image + (iy + ky) * s->width * s->channels, ix, columns,
                         out + ky * line);
    conv_zero(out + rows.end * line, (s->kernel_height - rows.end) * line);
}

typedef struct conv_matrix {
    const float *data;
    int64_t stride; /* floats from row to row */
} conv_matrix;

/* The windows of `count` output pixels, in the buffer if they must be collected. */
static inline conv_matrix conv_windows(const conv_shape *s, const float *x, int64_t group,
                                       int64_t first, int64_t count, float *buffer)
{
    const float *slice = x + group * s->group_in;
    if (s->is_pointwise) return (conv_matrix){slice + first * s->channels, s->channels};
#pragma omp parallel for schedule(static) if (!omp_in_parallel())
    for (int64_t p = 0; p < count; p++)
        conv_window(s, slice, first + p, buffer + p * s->inner);
    return (conv_matrix){buffer, s->inner};
}

/* Depthwise convolutions, conv2d_depthwise.c. The workspace is theirs alone. */
size_t IDI_FAST_NAME(depthwise_workspace)(const conv_shape *s);
void IDI_FAST_NAME(depthwise)(const conv_shape *s, const idi_exec *e);
void IDI_FAST_NAME(depthwise_grad_input)(const conv_shape *s, const idi_exec *e);
void IDI_FAST_NAME(depthwise_grad_weight)(const conv_shape *s, const idi_exec *e);

/* Convolutions on planes, conv2d_planes.c: where lines are long and channels few, so that matrix
 * products would be narrow and spend their time on windows. `least`: pixels of a line that are
 * worth it in groups. */
enum { CONV_LEAST_LINE = 8, CONV_LEAST_SUMMED_LINE = 12 };

static inline bool conv_is_on_planes(const conv_shape *s, int64_t least)
{
    enum { LEAST_DENSE_LINE = 40, MOST_CHANNELS = 64 };
    if (s->is_pointwise || s->is_depthwise || conv_max(s->group_in, s->group_out) > MOST_CHANNELS)
        return false;
    return s->out_width >= (s->groups > 1 ? least : LEAST_DENSE_LINE);
}

size_t IDI_FAST_NAME(planes_forward_workspace)(const conv_shape *s, int64_t threads);
size_t IDI_FAST_NAME(planes_grad_input_workspace)(const conv_shape *s, int64_t threads);
size_t IDI_FAST_NAME(planes_grad_weight_workspace)(const conv_shape *s, int64_t threads);
void IDI_FAST_NAME(planes_forward)(const conv_shape *s, const idi_exec *e);
void IDI_FAST_NAME(planes_grad_input)(const conv_shape *s, const idi_exec *e);
void IDI_FAST_NAME(planes_grad_weight)(const conv_shape *s, const idi_exec *e);

#endif
