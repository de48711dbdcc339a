/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/concat.c - ops/concat.h as loops. */
#include "ops/concat.h"
#include "cpu/cpu.h"

IDI_CPU_OP(concat)
{
    const idi_concat_attr *attr = e->attr;
    const idi_shape *shape = &e->out[0].shape;
    int64_t outer = 1;
    int64_t inner = 1;
    for (int i = 0; i < attr->axis; i++)
        outer *= shape->dim[i];
    for (int i = attr->axis + 1; i < shape->rank; i++)
        inner *= shape->dim[i];
    real *y = out_real(e, 0);
    for (int64_t o = 0; o < outer; o++)
        for (int i = 0; i < e->input_count; i++) {
            const int64_t piece = e->in[i].shape.dim[attr->axis] * inner;
            const real *x = in_real(e, i) + o * piece;
            for (int64_t j = 0; j < piece; j++)
                *y++ = x[j];
        }
    return IDI_OK;
}
