/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/head_expand.c - ops/head_expand.h as loops. */
#include "ops/head_expand.h"
#include "cpu/cpu.h"

IDI_CPU_OP(head_expand)
{
    const int64_t heads = ((const idi_head_expand_attr *)e->attr)->heads;
    const int64_t tokens = e->in[0].shape.dim[1];
    const int64_t width = e->in[0].shape.dim[2];
    const int64_t size = width / heads;
    for (int64_t n = 0; n < e->in[0].shape.dim[0]; n++)
        for (int64_t h = 0; h < heads; h++)
            for (int64_t s = 0; s < tokens; s++)
                for (int64_t d = 0; d < width; d++)
                    out_real(e, 0)[((n * heads + h) * tokens + s) * width + d] =
                        d / size == h ? in_real(e, 0)[(n * tokens + s) * width + d] : (real)0;
    return IDI_OK;
}
