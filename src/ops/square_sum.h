/* SPDX-License-Identifier: Apache-2.0 */
/* ops/square_sum.h - the squared length of many tensors, put together one by one: the norm of a
 * gradient over all parameters.
 *
 * square_sum(x, sum?) -> y [1] = sum + the sum of x^2 over all elements
 *   x  any;  sum  [1], what came before, or IDI_NONE: 0
 *
 * f16 ends at 65504 and 16 bits have three digits: the CUDA backend refuses 16-bit storage
 * (IDI_ERR_UNSUPPORTED, when a session is planned). Has no gradient. */
#ifndef IDI_OPS_SQUARE_SUM_H
#define IDI_OPS_SQUARE_SUM_H

#include "ops/ops.h"

idi_value idi_square_sum(idi_graph *graph, idi_value x, idi_value sum);

#endif
