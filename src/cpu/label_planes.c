/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/label_planes.c - ops/label_planes.h as loops. */
#include "ops/label_planes.h"
#include "cpu/cpu.h"
#include "cpu/label_map.h"

IDI_CPU_OP(label_planes)
{
    const idi_label_planes_attr *attr = e->attr;
    const int64_t *dim = e->out[0].shape.dim;
    const int64_t channels = dim[3] - attr->classes;
    const real *x = in_real(e, 1);
    real *y = out_real(e, 0);
    for (int64_t n = 0; n < dim[0]; n++)
        for (int64_t i = 0; i < dim[1]; i++)
            for (int64_t j = 0; j < dim[2]; j++) {
                const int64_t label = label_at(&e->in[0], n, i, j, dim[1], dim[2]);
                for (int64_t r = 0; r < attr->classes; r++)
                    *y++ = r == label ? (real)1 : (real)0;
                for (int64_t c = 0; c < channels; c++)
                    *y++ = *x++;
            }
    return IDI_OK;
}
