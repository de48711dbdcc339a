/* SPDX-License-Identifier: Apache-2.0 */
/* ops/fold_norm.h - a layer norm's scale and mean pulled into the weight behind it.
 *
 * fold_norm(w, gamma) -> y: w, y [O, D], gamma [D]
 *   y[o, d] = w[o, d] gamma[d] - mean over d of (w[o, d] gamma[d])
 * so that w layer_norm(x) = (y x)/sigma(x) + w beta, with sigma(x) the root of x's variance plus
 * eps: the mean of x meets rows that sum to zero. Inference only: no gradient rule. */
#ifndef IDI_OPS_FOLD_NORM_H
#define IDI_OPS_FOLD_NORM_H

#include "ops/ops.h"

idi_value idi_fold_norm(idi_graph *graph, idi_value w, idi_value gamma);

#endif
