/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/upsample.c - upsample and its gradient, a line on each core.
 *
 * Bilinear at half-pixel centres: output 2k is 3/4 of source k and 1/4 of k - 1, output 2k + 1 is
 * 3/4 of k and 1/4 of k + 1, indices clamped. So source k is in outputs 2k - 1 .. 2k + 2 with
 * 1/4, 3/4, 3/4, 1/4, indices clamped. */
#include "ops/upsample.h"
#include "cpu/fast/fast.h"

#include <string.h>

static int64_t clamp(int64_t at, int64_t size)
{
    return at < 0 ? 0 : at < size ? at : size - 1;
}

/* The source beside o/2 that output o leans towards. */
static int64_t neighbour(int64_t o, int64_t size)
{
    return clamp(o % 2 ? o / 2 + 1 : o / 2 - 1, size);
}

/* y = 9/16 near + 3/16 (side + above) + 1/16 across. */
static void blend(const float *restrict near, const float *restrict side,
                  const float *restrict above, const float *restrict across, int64_t channels,
                  float *restrict y)
{
    for (int64_t c = 0; c < channels; c++)
        y[c] = 0.5625F * near[c] + 0.1875F * (side[c] + above[c]) + 0.0625F * across[c];
}

/* Output line oy of one sample from x, the sample's first pixel. */
static void make_line(const idi_upsample_attr *attr, const float *x, const int64_t *d, int64_t oy,
                      float *y)
{
    const int64_t c = d[3];
    const float *line = x + oy / 2 * d[2] * c;
    const float *other = x + neighbour(oy, d[1]) * d[2] * c;
    for (int64_t ox = 0; ox < 2 * d[2]; ox++) {
        const int64_t at = ox / 2 * c;
        const int64_t beside = neighbour(ox, d[2]) * c;
        if (attr->mode == IDI_UPSAMPLE_NEAREST)
            memcpy(y + ox * c, line + at, (size_t)c * sizeof *y);
        else
            blend(line + at, line + beside, other + at, other + beside, c, y + ox * c);
    }
}

IDI_FAST_OP(upsample)
{
    const int64_t *d = e->in[0].shape.dim; /* N, H, W, C */
    const float *x = e->in[0].data;
    float *y = e->out[0].data;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < d[0] * 2 * d[1]; r++)
        make_line(e->attr, x + r / (2 * d[1]) * d[1] * d[2] * d[3], d, r % (2 * d[1]),
                  y + r * 2 * d[2] * d[3]);
    return IDI_OK;
}

static void add_scaled(const float *restrict dy, float factor, int64_t channels, float *restrict dx)
{
    for (int64_t c = 0; c < channels; c++)
        dx[c] += factor * dy[c];
}

/* Source line iy of one sample from dy, the sample's first pixel. */
static void make_source_line(const idi_upsample_attr *attr, const float *dy, const int64_t *d,
                             int64_t iy, float *dx)
{
    static const float nearest[4] = {0.0F, 1.0F, 1.0F, 0.0F};
    static const float bilinear[4] = {0.25F, 0.75F, 0.75F, 0.25F};
    const float *share = attr->mode == IDI_UPSAMPLE_NEAREST ? nearest : bilinear;
    const int64_t c = d[3];
    memset(dx, 0, (size_t)(d[2] * c) * sizeof *dx);
    for (int64_t a = 0; a < 4; a++) {
        const float *line = dy + clamp(2 * iy - 1 + a, 2 * d[1]) * 2 * d[2] * c;
        for (int64_t i = 0; i < 4 * d[2]; i++) {
            const float factor = share[a] * share[i % 4];
            if (factor > 0.0F)
                add_scaled(line + clamp(2 * (i / 4) - 1 + i % 4, 2 * d[2]) * c, factor, c,
                           dx + i / 4 * c);
        }
    }
}

IDI_FAST_OP(upsample_grad)
{
    const int64_t *d = e->out[0].shape.dim; /* N, H, W, C */
    const float *dy = e->in[0].data;
    float *dx = e->out[0].data;
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < d[0] * d[1]; r++)
        make_source_line(e->attr, dy + r / d[1] * 4 * d[1] * d[2] * d[3], d, r % d[1],
                         dx + r * d[2] * d[3]);
    return IDI_OK;
}
