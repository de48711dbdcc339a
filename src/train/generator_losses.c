/* SPDX-License-Identifier: Apache-2.0 */
/* train/generator_losses.c - see generator_losses.h. */
#include "train/generator_losses.h"
#include "ops/add.h"
#include "ops/l2_normalize.h"
#include "ops/mean_loss.h"
#include "ops/scale.h"
#include "ops/slice.h"

idi_view idi_view_of(idi_graph *graph, const idi_recogniser_config *config, const char *scope,
                     idi_value faces)
{
    idi_view view;
    idi_graph_push_scope(graph, scope);
    const idi_value raw = idi_recogniser_with_stages(
        graph, config, idi_recogniser_crop(graph, config, faces), IDI_MODE_INFERENCE, view.stages);
    idi_graph_pop_scope(graph);
    view.embedding = idi_l2_normalize(graph, raw);
    return view;
}

idi_view idi_view_rows(idi_graph *graph, const idi_view *view, int64_t start, int64_t count)
{
    idi_view rows = {.embedding = idi_slice(graph, view->embedding, 0, start, count)};
    for (int i = 0; i < IDI_RECOGNISER_STAGES; i++)
        rows.stages[i] = idi_slice(graph, view->stages[i], 0, start, count);
    return rows;
}

/* The sum over the last dimension of squared differences, averaged over all others. */
static idi_value squared_distance(idi_graph *graph, idi_value a, idi_value b)
{
    const idi_shape shape = idi_graph_shape(graph, a);
    return idi_scale(graph, idi_mean_loss(graph, a, b, IDI_LOSS_SQUARE),
                     (double)idi_shape_last(&shape));
}

idi_value idi_identity_loss(idi_graph *graph, idi_value embedding, idi_value target)
{
    return idi_scale(graph, squared_distance(graph, embedding, target), 0.5);
}

void idi_loss_sum_add(idi_loss_sum *sum, idi_value loss, double weight)
{
    if (weight == 0.0) return;
    const idi_value term = idi_scale(sum->graph, loss, weight);
    sum->total = sum->total == IDI_NONE ? term : idi_add(sum->graph, sum->total, term);
}

idi_value idi_view_distance(idi_graph *graph, const idi_view *view, const idi_view *target)
{
    idi_loss_sum sum = {graph, IDI_NONE};
    for (int i = 0; i < IDI_RECOGNISER_STAGES; i++)
        idi_loss_sum_add(&sum,
                         squared_distance(graph, idi_l2_normalize(graph, view->stages[i]),
                                          idi_l2_normalize(graph, target->stages[i])),
                         1.0 / IDI_RECOGNISER_STAGES);
    return sum.total;
}
