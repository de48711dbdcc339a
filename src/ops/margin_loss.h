/* SPDX-License-Identifier: Apache-2.0 */
/* ops/margin_loss.h - softmax cross-entropy of cosines with a margin on the right class: how face
 * recognisers are trained (ArcFace, Deng et al. 2019; CosFace, Wang et al. 2018; AdaFace, Kim et
 * al. 2022).
 *
 * margin_loss(cosines, classes, margins?) -> y [1]
 *   y = mean over n of logsumexp_k(z[n, k]) - z[n, c_n]
 *
 *   c        = cosines, clamped to -(1 - edge) .. 1 - edge
 *   z[n, k]  = scale*c[n, k] for k != c_n
 *   z[n, k]  = scale*(cos(theta + angular) - additive), theta = acos(c[n, k]), for the class c_n
 *
 *   cosines  [N, K]    between unit embeddings and unit class centres
 *   classes  i32 [N]   a sample whose class is not within 0..K-1 adds 0 and still counts in N
 *   margins  [N, 2]    angular and additive of each sample, or IDI_NONE: the attributes' for all.
 *                      Constants: they get no gradient
 *   y        in the storage type
 *
 *             angular    additive      edge   beyond
 *   ArcFace   0.5        0             0      IDI_MARGIN_PLAIN; older code IDI_MARGIN_FALLBACK
 *   CosFace   0          0.35 or 0.4   0      -
 *   combined  0.3        0.2           0      IDI_MARGIN_PLAIN
 *   AdaFace   -m q       m + m q       1e-3   IDI_MARGIN_CLIP; margins made from m = 0.4 and each
 *                                             sample's quality q in -1..1
 * with scale 64. A factor on theta (SphereFace) is not covered.
 *
 * margin_loss_grad(cosines, classes, margins?, dy [1]) -> dcosines = dy scale (softmax - onehot)/N
 * times the slope of z/scale: 0 beyond the clamp, 1 elsewhere; for c_n, if is_exact, the derivative
 * sin(theta + angular)/sin(theta), 1 on the fallback, 0 where clipped or sin(theta) is 0. Otherwise
 * the margin is passed straight through, with slope 1, as insightface trains, which is the more
 * stable. */
#ifndef IDI_OPS_MARGIN_LOSS_H
#define IDI_OPS_MARGIN_LOSS_H

#include "ops/ops.h"

/* What cos(theta + angular) becomes where theta + angular leaves 0..pi. */
typedef enum idi_margin_beyond {
    IDI_MARGIN_PLAIN,    /* stays what it is, and rises again beyond pi */
    IDI_MARGIN_FALLBACK, /* cos(theta) - angular*sin(angular) beyond pi: falls on */
    IDI_MARGIN_CLIP      /* theta + angular is clipped to edge .. pi - edge */
} idi_margin_beyond;

typedef struct idi_margin_loss_attr {
    double scale;             /* above 0 */
    double angular, additive; /* where there is no input `margins` */
    double edge;              /* 0 or more, below 1 */
    idi_margin_beyond beyond;
    bool is_exact; /* the gradient's kind */
} idi_margin_loss_attr;

idi_value idi_margin_loss(idi_graph *graph, idi_value cosines, idi_value classes, idi_value margins,
                          const idi_margin_loss_attr *attr);

#endif
