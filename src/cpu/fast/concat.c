/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/concat.c - one memcpy a piece. */
#include "ops/concat.h"
#include "cpu/fast/fast.h"

#include <string.h>

IDI_FAST_OP(concat)
{
    const idi_concat_attr *attr = e->attr;
    const idi_shape *shape = &e->out[0].shape;
    const int count = e->input_count;
    int64_t outer = 1;
    for (int i = 0; i < attr->axis; i++)
        outer *= shape->dim[i];
    const int64_t row = idi_shape_count(shape) / outer;
    int64_t start[IDI_MAX_INPUTS + 1] = {0};
    for (int i = 0; i < count; i++)
        start[i + 1] = start[i] + idi_shape_count(&e->in[i].shape) / outer;
    float *y = e->out[0].data;
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t o = 0; o < outer; o++)
        for (int i = 0; i < count; i++) {
            const int64_t piece = start[i + 1] - start[i];
            const float *x = (const float *)e->in[i].data + o * piece;
            memcpy(y + o * row + start[i], x, (size_t)piece * sizeof *y);
        }
    return IDI_OK;
}
