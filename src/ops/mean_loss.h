/* SPDX-License-Identifier: Apache-2.0 */
/* ops/mean_loss.h - the mean over all elements of a loss of each: what training makes small.
 *
 *   absolute    |x - t|         feature matching, perceptual loss
 *   square      (x - t)^2
 *   hinge_real  max(0, 1 - x)   a discriminator's scores of real images
 *   hinge_fake  max(0, 1 + x)   and of made ones
 *   negative    -x              the generator's share of that game (Lim and Ye 2017)
 *
 * mean_loss(x, t?) -> y [1]
 *   x   any shape; t of the same for absolute and square, IDI_NONE for the others
 *   y   in the storage type, whatever the sum was made in; a graph that mixes kinds has x, t and y
 *       in wide numbers
 * mean_loss_grad(x, t?, dy [1]) -> dx; dt = -dx. On a kink the slope is 0.
 *
 * A slope is dy/count: in f16 it is lost for a map of 10^5 elements unless dy carries a loss scale,
 * which adam.h takes out again. Losses join by idi_scale and idi_add. */
#ifndef IDI_OPS_MEAN_LOSS_H
#define IDI_OPS_MEAN_LOSS_H

#include "ops/ops.h"

typedef enum idi_loss {
    IDI_LOSS_ABSOLUTE,
    IDI_LOSS_SQUARE,
    IDI_LOSS_HINGE_REAL,
    IDI_LOSS_HINGE_FAKE,
    IDI_LOSS_NEGATIVE
} idi_loss;

typedef struct idi_mean_loss_attr {
    idi_loss loss;
} idi_mean_loss_attr;

idi_value idi_mean_loss(idi_graph *graph, idi_value x, idi_value t, idi_loss loss);

#endif
