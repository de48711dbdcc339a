/* SPDX-License-Identifier: Apache-2.0 */
/* ops/label_loss.h - how well the scores of a square map's pixels tell each pixel's class:
 * CA2-SIS's attention loss, binary cross-entropy for each class by itself.
 *
 * label_loss(l, labels) -> y [1] = mean over n, p, r of max(l, 0) - l*t + log(1 + exp(-|l|)),
 *                                  with l = l[n, p, r], t = 1 where pixel p has class r, else 0
 *   l       [N, T, R]     logits; the T pixels of a square map, row by row, so T is a square
 *   labels  u8 [N, S, S]  read at (y*S/sqrt(T), x*S/sqrt(T)) rounded down; a pixel of class R or
 *                         more has t = 0 throughout
 *   y       in the storage type; a graph that mixes kinds has l and y in wide numbers here
 * log 2 for logits of 0. label_loss_grad(l, labels, dy [1]) -> dl = dy (sigmoid(l) - t)/(N T R).
 *
 * In CA2-SIS l is the mean over the heads of the scaled scores q k' before the softmax, which are
 * matrix products; the loss of a generator is the mean of its cross-attention layers'. */
#ifndef IDI_OPS_LABEL_LOSS_H
#define IDI_OPS_LABEL_LOSS_H

#include "ops/ops.h"

typedef struct idi_label_loss_attr {
    int64_t side; /* sqrt(T); filled by the builder */
} idi_label_loss_attr;

idi_value idi_label_loss(idi_graph *graph, idi_value logits, idi_value labels);

#endif
