/* SPDX-License-Identifier: Apache-2.0 */
/* ops/clip_rates.h - adam's rates, with the gradient made shorter where it is longer than a limit
 * (Pascanu, Mikolov and Bengio 2013).
 *
 * clip_rates(rates, squares) -> rates' = rates, but
 *   rates'[3] = rates[3]*min(1, limit/norm),  norm = |rates[3]|*sqrt(squares)
 *   rates, rates'  [4], as ops/adam.h has them: the last is the scale of the gradient
 *   squares        [1], the sum of all gradients' squares (ops/square_sum.h)
 *
 * Where squares is not finite nothing is clipped: the parameters whose gradients are finite stay
 * so, and those whose are not can be told from them. f32 storage only, as for adam. Has no
 * gradient. */
#ifndef IDI_OPS_CLIP_RATES_H
#define IDI_OPS_CLIP_RATES_H

#include "ops/ops.h"

typedef struct idi_clip_rates_attr {
    double limit; /* above 0 */
} idi_clip_rates_attr;

idi_value idi_clip_rates(idi_graph *graph, idi_value rates, idi_value squares,
                         const idi_clip_rates_attr *attr);

#endif
