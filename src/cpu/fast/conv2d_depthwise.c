/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/conv2d_depthwise.c - depthwise convolution and its gradients: loops over the channels,
 * which are contiguous in x and y; the weights [C, kh, kw] are turned to [kh, kw, C] first. */
#include "cpu/fast/conv2d.h"
#include "cpu/fast/vector.h"

enum { CHUNKS = 32 }; /* partial sums of the weight's gradient; fixed, so that bits repeat */

static int64_t tap_count(const conv_shape *s)
{
    return s->kernel_height * s->kernel_width;
}

static void turn_weights(const conv_shape *s, const float *weight, float *turned)
{
    const int64_t taps = tap_count(s);
    for (int64_t c = 0; c < s->channels; c++)
        for (int64_t t = 0; t < taps; t++)
            turned[t * s->channels + c] = weight[c * taps + t];
}

static void add_product(float *restrict sum, const float *restrict a, const float *restrict b,
                        int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        sum[i] += a[i] * b[i];
}

/* sum += window of (iy, ix) times taps; image: the sample's first pixel. */
static void add_window(const conv_shape *s, const float *image, const float *turned, int64_t iy,
                       int64_t ix, float *sum)
{
    const conv_taps rows = conv_taps_inside(iy, s->kernel_height, s->height);
    const conv_taps columns = conv_taps_inside(ix, s->kernel_width, s->width);
    for (int64_t ky = rows.begin; ky < rows.end; ky++)
        for (int64_t kx = columns.begin; kx < columns.end; kx++)
            add_product(sum, image + ((iy + ky) * s->width + ix + kx) * s->channels,
                        turned + (ky * s->kernel_width + kx) * s->channels, s->channels);
}

void IDI_FAST_NAME(depthwise)(const conv_shape *s, const idi_exec *e)
{
    const idi_conv2d_attr *attr = e->attr;
    const float *bias = e->in[2].data;
    const float *residual = e->in[3].data;
    const int64_t c = s->channels;
    float *turned = e->workspace;
    turn_weights(s, e->in[1].data, turned);
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < s->batch * s->out_height; r++) {
        const float *image =
            (const float *)e->in[0].data + r / s->out_height * s->height * s->width * c;
        float *y = (float *)e->out[0].data + r * s->out_width * c;
        for (int64_t ox = 0; ox < s->out_width; ox++) {
            if (bias)
                conv_copy(y + ox * c, bias, c);
            else
                memset(y + ox * c, 0, (size_t)c * sizeof *y);
            add_window(s, image, turned, r % s->out_height * s->stride - s->pad,
                       ox * s->stride - s->pad, y + ox * c);
        }
        fast_activate_serial(y, s->out_width * c, attr->act);
        for (int64_t i = 0; residual && i < s->out_width * c; i++)
            y[i] += residual[r * s->out_width * c + i];
    }
}

/* sum += what pixel (iy, ix) takes part in; image: dz of the sample. */
static void add_outputs(const conv_shape *s, const float *image, const float *turned, int64_t iy,
                        int64_t ix, float *sum)
{
    for (int64_t ky = 0; ky < s->kernel_height; ky++) {
        const int64_t y = iy + s->pad - ky; /* stride*oy, if there is such an oy */
        if (y < 0 || y % s->stride || y / s->stride >= s->out_height) continue;
        for (int64_t kx = 0; kx < s->kernel_width; kx++) {
            const int64_t x = ix + s->pad - kx;
            if (x < 0 || x % s->stride || x / s->stride >= s->out_width) continue;
            add_product(sum, image + (y / s->stride * s->out_width + x / s->stride) * s->channels,
                        turned + (ky * s->kernel_width + kx) * s->channels, s->channels);
        }
    }
}

void IDI_FAST_NAME(depthwise_grad_input)(const conv_shape *s, const idi_exec *e)
{
    const int64_t c = s->channels;
    float *turned = e->workspace;
    turn_weights(s, e->in[1].data, turned);
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < s->batch * s->height; r++) {
        const float *dz =
            (const float *)e->in[0].data + r / s->height * s->out_height * s->out_width * c;
        float *dx = (float *)e->out[0].data + r * s->width * c;
        memset(dx, 0, (size_t)(s->width * c) * sizeof *dx);
        for (int64_t ix = 0; ix < s->width; ix++)
            add_outputs(s, dz, turned, r % s->height, ix, dx + ix * c);
    }
}

/* partial [taps, C] += the products of output line r. */
static void add_line(const conv_shape *s, const idi_exec *e, int64_t r, float *partial)
{
    const int64_t c = s->channels;
    const float *dz = (const float *)e->in[0].data + r * s->out_width * c;
    const float *image =
        (const float *)e->in[1].data + r / s->out_height * s->height * s->width * c;
    const int64_t iy = r % s->out_height * s->stride - s->pad;
    const conv_taps rows = conv_taps_inside(iy, s->kernel_height, s->height);
    for (int64_t ox = 0; ox < s->out_width; ox++) {
        const int64_t ix = ox * s->stride - s->pad;
        const conv_taps columns = conv_taps_inside(ix, s->kernel_width, s->width);
        for (int64_t ky = rows.begin; ky < rows.end; ky++)
            for (int64_t kx = columns.begin; kx < columns.end; kx++)
                add_product(partial + (ky * s->kernel_width + kx) * c,
                            image + ((iy + ky) * s->width + ix + kx) * c, dz + ox * c, c);
    }
}

void IDI_FAST_NAME(depthwise_grad_weight)(const conv_shape *s, const idi_exec *e)
{
    const int64_t size = tap_count(s) * s->channels;
    const int64_t lines = s->batch * s->out_height;
    float *partials = e->workspace; /* [CHUNKS, taps, C] */
#pragma omp parallel for schedule(static)
    for (int64_t k = 0; k < CHUNKS; k++) {
        memset(partials + k * size, 0, (size_t)size * sizeof *partials);
        for (int64_t r = k * lines / CHUNKS; r < (k + 1) * lines / CHUNKS; r++)
            add_line(s, e, r, partials + k * size);
    }
    float *dweight = e->out[0].data; /* [C, taps] */
    for (int64_t i = 0; i < size; i++) {
        double sum = 0.0;
        for (int64_t k = 0; k < CHUNKS; k++)
            sum += (double)partials[k * size + i];
        dweight[i % s->channels * tap_count(s) + i / s->channels] = (float)sum;
    }
}

size_t IDI_FAST_NAME(depthwise_workspace)(const conv_shape *s)
{
    return (size_t)(CHUNKS * tap_count(s) * s->channels) * sizeof(float);
}
