/* SPDX-License-Identifier: Apache-2.0 */
/* ops/quality_margins.h - AdaFace's margins (Kim et al. 2022, equations 14 to 16): a face's quality
 * is how long its embedding is among others, and faces of low quality are not pushed as hard.
 *
 * quality_margins(lengths, mean, variance, margin) -> margins, as ops/margin_loss.h takes them
 *   q             = (clamp(lengths[n], 0.001 .. 100) - mean) / (sqrt(variance) + 0.001)
 *                   * concentration, clamped to -1..1
 *   margins[n, 0] = -margin*q           angular
 *   margins[n, 1] = margin + margin*q   additive
 *
 *   lengths         [N, 1]  of raw embeddings (ops/row_length.h)
 *   mean, variance  [1]     of lengths; running ones, so that small batches do. The authors' code
 *                           runs the standard deviation instead
 *   margin          [1]     m, an input because it may rise while a training goes on
 *   margins         [N, 2]
 * concentration 0.333, m 0.4. Has no gradient: margins are constants to their loss. */
#ifndef IDI_OPS_QUALITY_MARGINS_H
#define IDI_OPS_QUALITY_MARGINS_H

#include "ops/ops.h"

typedef struct idi_quality_margins_attr {
    double concentration; /* above 0 */
} idi_quality_margins_attr;

idi_value idi_quality_margins(idi_graph *graph, idi_value lengths, idi_value mean,
                              idi_value variance, idi_value margin,
                              const idi_quality_margins_attr *attr);

#endif
