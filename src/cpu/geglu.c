/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/geglu.c - ops/geglu.h as loops. */
#include "ops/geglu.h"
#include "cpu/act.h"
#include "cpu/cpu.h"

IDI_CPU_OP(geglu)
{
    const int64_t half = idi_shape_last(&e->out[0].shape);
    for (int64_t i = 0; i < idi_shape_count(&e->out[0].shape); i++) {
        const real *row = in_real(e, 0) + i / half * 2 * half;
        const double a = (double)row[i % half];
        const double b = (double)row[half + i % half];
        out_real(e, 0)[i] = (real)(a * act_value(IDI_ACT_GELU, b));
    }
    return IDI_OK;
}

IDI_CPU_OP(geglu_grad)
{
    const int64_t half = idi_shape_last(&e->in[1].shape);
    const real *dy = in_real(e, 1);
    for (int64_t i = 0; i < idi_shape_count(&e->in[1].shape); i++) {
        const int64_t at = i / half * 2 * half + i % half;
        const double a = (double)in_real(e, 0)[at];
        const double b = (double)in_real(e, 0)[at + half];
        out_real(e, 0)[at] = (real)((double)dy[i] * act_value(IDI_ACT_GELU, b));
        out_real(e, 0)[at + half] = (real)((double)dy[i] * a * act_slope(IDI_ACT_GELU, b, 0.0));
    }
    return IDI_OK;
}
