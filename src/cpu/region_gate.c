/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/region_gate.c - ops/region_gate.h as loops. */
#include "ops/region_gate.h"
#include "cpu/cpu.h"

static bool occurs(const unsigned char *labels, int64_t count, int64_t r)
{
    for (int64_t i = 0; i < count; i++)
        if (labels[i] == r) return true;
    return false;
}

IDI_CPU_OP(region_gate)
{
    const int64_t regions = e->in[0].shape.dim[1];
    const int64_t width = e->in[0].shape.dim[2];
    const int64_t pixels = e->in[1].shape.dim[1] * e->in[1].shape.dim[2];
    for (int64_t i = 0; i < e->in[0].shape.dim[0] * regions; i++) {
        const bool is_open = occurs(in_labels(e, 1) + i / regions * pixels, pixels, i % regions);
        for (int64_t d = i * width; d < (i + 1) * width; d++)
            out_real(e, 0)[d] = is_open ? in_real(e, 0)[d] : (real)0;
    }
    return IDI_OK;
}
