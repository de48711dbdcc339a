/* SPDX-License-Identifier: Apache-2.0 */
/* train/learning.c - see learning.h. */
#include "train/learning.h"

#include <string.h>

idi_status idi_learning_graph(const idi_backend *backend, idi_graph **graph_out)
{
    IDI_TRY(idi_graph_create(backend->memory, graph_out));
    if (backend->is_coarse) idi_mix(*graph_out);
    return IDI_OK;
}

idi_optimiser_group idi_learning_group(const idi_recipe *recipe, double rate, double weight_decay)
{
    const bool falls = recipe->optimiser.decay_after >= 0;
    return (idi_optimiser_group){
        .schedule = {.rate = rate,
                     .warmup_steps = recipe->optimiser.warmup_steps,
                     .decay_after = falls ? recipe->optimiser.decay_after : 0,
                     .total_steps = falls ? recipe->steps : 0},
        .adam = {recipe->optimiser.beta1, recipe->optimiser.beta2, recipe->optimiser.eps,
                 weight_decay}};
}

bool idi_learning_is_matrix(const idi_graph *graph, const char *parameter)
{
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (info->role == IDI_ROLE_PARAMETER && strcmp(info->name, parameter) == 0)
            return info->shape.rank >= 2;
    }
    return false;
}
