/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/mask_embed.c - ops/mask_embed.h as loops. */
#include "ops/mask_embed.h"
#include "cpu/cpu.h"
#include "cpu/label_map.h"

enum { MAX_PARTS = 256 };

/* The part that pixel q of sample n belongs to, or -1. */
static int64_t part_at(const idi_mask_embed_attr *attr, const idi_tensor *labels, int64_t n,
                       int64_t q)
{
    const int64_t side = attr->side;
    const int64_t part = label_at(labels, n, q / side, q % side, side, side) - attr->first_class;
    return part >= 0 && part < attr->parts ? part : -1;
}

IDI_CPU_OP(mask_embed)
{
    const idi_mask_embed_attr *attr = e->attr;
    const int64_t pixels = attr->side * attr->side;
    const int64_t width = e->in[1].shape.dim[1];
    for (int64_t i = 0; i < e->in[0].shape.dim[0] * width; i++) {
        const int64_t c = i % width;
        double sum[MAX_PARTS];
        for (int64_t p = 0; p < attr->parts; p++)
            sum[p] = (double)in_real(e, 2)[c];
        for (int64_t q = 0; q < pixels; q++) {
            const int64_t part = part_at(attr, &e->in[0], i / width, q);
            if (part >= 0) sum[part] += (double)in_real(e, 1)[q * width + c];
        }
        for (int64_t p = 0; p < attr->parts; p++)
            out_real(e, 0)[i * attr->parts + p] = (real)sum[p];
    }
    return IDI_OK;
}

IDI_CPU_OP(mask_embed_grad)
{
    const idi_mask_embed_attr *attr = e->attr;
    const int64_t batch = e->in[0].shape.dim[0];
    const int64_t width = e->in[0].shape.dim[1];
    const int64_t pixels = attr->side * attr->side;
    const real *dz = in_real(e, 0);
    for (int64_t i = 0; out_real(e, 0) && i < pixels * width; i++) {
        double sum = 0.0;
        for (int64_t n = 0; n < batch; n++) {
            const int64_t part = part_at(attr, &e->in[1], n, i / width);
            if (part >= 0) sum += (double)dz[(n * width + i % width) * attr->parts + part];
        }
        out_real(e, 0)[i] = (real)sum;
    }
    for (int64_t c = 0; out_real(e, 1) && c < width; c++) {
        double sum = 0.0;
        for (int64_t n = 0; n < batch; n++)
            for (int64_t p = 0; p < attr->parts; p++)
                sum += (double)dz[(n * width + c) * attr->parts + p];
        out_real(e, 1)[c] = (real)sum;
    }
    return IDI_OK;
}
