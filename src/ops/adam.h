/* SPDX-License-Identifier: Apache-2.0 */
/* ops/adam.h - one step of Adam (Kingma and Ba 2015) with decoupled weight decay (AdamW, Loshchilov
 * and Hutter 2019).
 *
 * adam(p, g, m, v, rates) -> p', m', v', all of p's shape, with g^ = rates[3]*g
 *   m' = beta1*m + (1 - beta1)*g^
 *   v' = beta2*v + (1 - beta2)*g^*g^
 *   p' = p - rates[0]*( (m'/rates[1]) / (sqrt(v'/rates[2]) + eps) + weight_decay*p )
 *   rates  [4]: learning rate, 1 - beta1^t, 1 - beta2^t (t counts steps from 1), gradient scale
 * (the inverse of a loss scale, a mean over several gradients, a clip) m and v start as 0. The
 * rates are an input, so that a recorded step is replayed while they change.
 *
 * Element i of each output depends on element i of p, g, m and v alone: an output may lie in the
 * memory of any of them, so that a graph can assign it (idi_graph_assign).
 *
 * Steps are far smaller than what 16 bits resolve of a parameter, and v is beyond f16's range: the
 * CUDA backend refuses 16-bit storage (IDI_ERR_UNSUPPORTED, when a session is planned). A training
 * keeps parameters and moments in f32. Has no gradient. */
#ifndef IDI_OPS_ADAM_H
#define IDI_OPS_ADAM_H

#include "ops/ops.h"

enum { IDI_ADAM_RATES = 4 };

typedef struct idi_adam_attr {
    double beta1, beta2; /* 0 or more, below 1 */
    double eps;          /* above 0 */
    double weight_decay; /* 0 or more */
} idi_adam_attr;

typedef struct idi_adam_step {
    idi_value parameter, first_moment, second_moment;
} idi_adam_step;

/* All IDI_NONE when the graph has failed. */
idi_adam_step idi_adam(idi_graph *graph, idi_value parameter, idi_value gradient,
                       idi_value first_moment, idi_value second_moment, idi_value rates,
                       const idi_adam_attr *attr);

#endif
