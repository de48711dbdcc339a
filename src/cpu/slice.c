/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/slice.c - ops/slice.h as loops. */
#include "ops/slice.h"
#include "cpu/cpu.h"

/* A tensor as [outer, axis, inner]. */
static void split_shape(const idi_shape *shape, int axis, int64_t *outer, int64_t *inner)
{
    *outer = *inner = 1;
    for (int i = 0; i < axis; i++)
        *outer *= shape->dim[i];
    for (int i = axis + 1; i < shape->rank; i++)
        *inner *= shape->dim[i];
}

IDI_CPU_OP(slice)
{
    const idi_slice_attr *attr = e->attr;
    int64_t outer;
    int64_t inner;
    split_shape(&e->out[0].shape, attr->axis, &outer, &inner);
    const int64_t piece = attr->length * inner;
    for (int64_t o = 0; o < outer; o++) {
        const real *x = in_real(e, 0) + (o * attr->axis_size + attr->start) * inner;
        real *y = out_real(e, 0) + o * piece;
        for (int64_t j = 0; j < piece; j++)
            y[j] = x[j];
    }
    return IDI_OK;
}

IDI_CPU_OP(slice_grad)
{
    const idi_slice_attr *attr = e->attr;
    int64_t outer;
    int64_t inner;
    split_shape(&e->out[0].shape, attr->axis, &outer, &inner);
    for (int64_t o = 0; o < outer; o++)
        for (int64_t a = 0; a < attr->axis_size; a++) {
            const bool is_inside = a >= attr->start && a < attr->start + attr->length;
            const int64_t from = (o * attr->length + a - attr->start) * inner;
            const real *dy = is_inside ? in_real(e, 0) + from : NULL;
            real *dx = out_real(e, 0) + (o * attr->axis_size + a) * inner;
            for (int64_t j = 0; j < inner; j++)
                dx[j] = dy ? dy[j] : (real)0;
        }
    return IDI_OK;
}
