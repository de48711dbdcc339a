/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/region_pool.c - ops/region_pool.h as loops. */
#include "ops/region_pool.h"
#include "cpu/cpu.h"
#include "cpu/label_map.h"

/* Pixels of class r in sample n, plus eps. */
static double area(const idi_region_pool_attr *attr, const idi_tensor *labels, int64_t n, int64_t r)
{
    int64_t count = 0;
    for (int64_t y = 0; y < attr->height; y++)
        for (int64_t x = 0; x < attr->width; x++)
            count += label_at(labels, n, y, x, attr->height, attr->width) == r;
    return (double)count + attr->eps;
}

IDI_CPU_OP(region_pool)
{
    const idi_region_pool_attr *attr = e->attr;
    const idi_tensor *labels = &e->in[1];
    const int64_t height = attr->height;
    const int64_t width = attr->width;
    const int64_t channels = e->in[0].shape.dim[3];
    const int64_t inner = channels / attr->regions;
    for (int64_t i = 0; i < e->out[0].shape.dim[0] * channels; i++) {
        const int64_t n = i / channels;
        const int64_t c = i % channels;
        const int64_t r = c / inner;
        double sum = 0.0;
        int64_t count = 0;
        for (int64_t p = 0; p < height * width; p++) {
            if (label_at(labels, n, p / width, p % width, height, width) != r) continue;
            sum += (double)in_real(e, 0)[(n * height * width + p) * channels + c];
            count++;
        }
        out_real(e, 0)[i] = (real)(sum / ((double)count + attr->eps));
    }
    return IDI_OK;
}

IDI_CPU_OP(region_pool_grad)
{
    const idi_region_pool_attr *attr = e->attr;
    const idi_tensor *labels = &e->in[1];
    const int64_t height = attr->height;
    const int64_t width = attr->width;
    const int64_t channels = e->out[0].shape.dim[3];
    const int64_t inner = channels / attr->regions;
    for (int64_t n = 0; n < e->out[0].shape.dim[0]; n++)
        for (int64_t r = 0; r < attr->regions; r++) {
            const double divisor = area(attr, labels, n, r);
            for (int64_t p = 0; p < height * width; p++) {
                const bool is_mine = label_at(labels, n, p / width, p % width, height, width) == r;
                real *dx = out_real(e, 0) + (n * height * width + p) * channels + r * inner;
                const real *dy = in_real(e, 0) + n * channels + r * inner;
                for (int64_t k = 0; k < inner; k++)
                    dx[k] = is_mine ? (real)((double)dy[k] / divisor) : (real)0;
            }
        }
    return IDI_OK;
}
