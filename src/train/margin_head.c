/* SPDX-License-Identifier: Apache-2.0 */
/* train/margin_head.c - see margin_head.h. */
#include "train/margin_head.h"
#include "ops/l2_normalize.h"
#include "ops/matmul.h"

idi_value idi_margin_head(idi_graph *graph, idi_value embedding, idi_value classes,
                          idi_value margins, int64_t class_count, const idi_margin_loss_attr *attr)
{
    const idi_shape shape = idi_graph_shape(graph, embedding);
    const idi_value centres = idi_graph_parameter_of_kind(
        graph, idi_graph_exact_kind(graph), IDI_LAYOUT_PLAIN,
        idi_shape2(class_count, idi_shape_last(&shape)), "%s", IDI_MARGIN_HEAD_WEIGHT);
    const idi_value cosines =
        idi_matmul(graph, idi_l2_normalize(graph, idi_exact(graph, embedding)),
                   idi_l2_normalize(graph, centres), false, true);
    return idi_margin_loss(graph, cosines, classes, margins, attr);
}
