/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/clip_rates.c - ops/clip_rates.h as loops. */
#include "ops/clip_rates.h"
#include "cpu/cpu.h"

#include <math.h>

IDI_CPU_OP(clip_rates)
{
    const idi_clip_rates_attr *attr = e->attr;
    const real *rates = in_real(e, 0);
    const double squares = (double)in_real(e, 1)[0];
    const double norm = fabs((double)rates[3]) * sqrt(squares);
    for (int i = 0; i < 3; i++)
        out_real(e, 0)[i] = rates[i];
    const bool is_clipped = isfinite(squares) && norm > attr->limit;
    out_real(e, 0)[3] = is_clipped ? (real)((double)rates[3] * (attr->limit / norm)) : rates[3];
    return IDI_OK;
}
