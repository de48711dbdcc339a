/* SPDX-License-Identifier: Apache-2.0 */
/* train/optimiser.c - what an optimiser appends to a graph. */
#include "train/optimiser.h"
#include "ops/clip_rates.h"
#include "ops/moving_average.h"
#include "ops/square_sum.h"

#include <stdio.h>
#include <string.h>

/* What is trained: [count] each. */
typedef struct trained {
    idi_value *parameters;
    idi_value *gradients;
    int count;
} trained;

static int group_of(const idi_optimiser_config *config, const char *name)
{
    return config->group_of ? config->group_of(config->user, name) : 0;
}

static idi_status check_config(const idi_optimiser_config *config)
{
    IDI_REQUIRE(config->group_count >= 1 && config->group_count <= IDI_OPTIMISER_GROUPS,
                IDI_ERR_ARG, "optimiser: %d groups, want 1 to %d", config->group_count,
                (int)IDI_OPTIMISER_GROUPS);
    IDI_REQUIRE(config->clip_norm >= 0.0, IDI_ERR_ARG, "optimiser: clip_norm is %g, want 0 or more",
                config->clip_norm);
    IDI_REQUIRE(config->average_decay >= 0.0 && config->average_decay < 1.0, IDI_ERR_ARG,
                "optimiser: average_decay is %g, want 0 or more and below 1",
                config->average_decay);
    return IDI_OK;
}

static idi_value input(idi_graph *graph, const char *name, const char *member, int index,
                       int64_t count)
{
    char text[128];
    (void)snprintf(text, sizeof text, "%s%s%d", name, member, index);
    return idi_graph_input(graph, text, IDI_REAL, idi_shape1(count), IDI_RATE_IMAGE);
}

static void add_inputs(idi_graph *graph, idi_optimiser *o)
{
    const idi_optimiser_config *config = &o->config;
    o->slope = input(graph, config->name, "slope", 0, 1);
    o->average_rate =
        config->average_decay > 0.0 ? input(graph, config->name, "average_rate", 0, 1) : IDI_NONE;
    for (int i = 0; i < IDI_OPTIMISER_GROUPS; i++)
        o->rates[i] = i < config->group_count
                          ? input(graph, config->name, "rates", i, IDI_ADAM_RATES)
                          : IDI_NONE;
}

/* The parameters that may change, and of which the loss may have a gradient. */
static idi_status list_parameters(const idi_graph *graph, const idi_optimiser_config *config,
                                  trained *t)
{
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (info->role != IDI_ROLE_PARAMETER || info->assigned != IDI_NONE) continue;
        const int group = group_of(config, info->name);
        if (group == IDI_FROZEN) continue;
        IDI_REQUIRE(group >= 0 && group < config->group_count, IDI_ERR_ARG,
                    "optimiser: %s is of group %d, want 0 to %d", info->name, group,
                    config->group_count - 1);
        t->parameters[t->count++] = v;
    }
    return IDI_OK;
}

/* Gradients of what the loss depends on; the rest is struck off. */
static idi_status add_gradients(idi_graph *graph, const idi_optimiser *o, trained *t)
{
    int kept = 0;
    IDI_TRY(idi_backward(graph, o->loss, o->slope, t->parameters, t->count, t->gradients));
    for (int i = 0; i < t->count; i++) {
        if (t->gradients[i] == IDI_NONE) continue;
        t->parameters[kept] = t->parameters[i];
        t->gradients[kept++] = t->gradients[i];
    }
    t->count = kept;
    IDI_REQUIRE(kept > 0, IDI_ERR_ARG, "optimiser: the loss depends on no parameter to train");
    return IDI_OK;
}

/* The length of all gradients, and rates that keep it within the limit. */
static void limit_length(idi_graph *graph, const trained *t, idi_optimiser *o, idi_value *rates)
{
    const idi_clip_rates_attr attr = {o->config.clip_norm};
    o->squares = IDI_NONE;
    for (int i = 0; i < t->count; i++)
        o->squares = idi_square_sum(graph, t->gradients[i], o->squares);
    idi_graph_mark_output(graph, o->squares);
    for (int i = 0; i < o->config.group_count; i++)
        rates[i] =
            attr.limit > 0.0 ? idi_clip_rates(graph, o->rates[i], o->squares, &attr) : o->rates[i];
}

/* A parameter beside `of`, of its shape and layout. */
static idi_value companion(idi_graph *graph, const char *prefix, idi_value of)
{
    const idi_value_info info = *idi_graph_get_value(graph, of);
    return idi_graph_parameter_f(graph, info.layout, info.shape, "%s%s", prefix, info.name);
}

static void add_step(idi_graph *graph, const idi_optimiser *o, idi_value parameter,
                     idi_value gradient, const idi_value *rates)
{
    const int group = group_of(&o->config, idi_graph_get_value(graph, parameter)->name);
    const idi_value m = companion(graph, IDI_STORE_FIRST_MOMENT, parameter);
    const idi_value v = companion(graph, IDI_STORE_SECOND_MOMENT, parameter);
    const idi_adam_step step =
        idi_adam(graph, parameter, gradient, m, v, rates[group], &o->config.groups[group].adam);
    (void)idi_graph_assign(graph, parameter, step.parameter);
    (void)idi_graph_assign(graph, m, step.first_moment);
    (void)idi_graph_assign(graph, v, step.second_moment);
}

/* Moments and averages have none, and neither has what a training keeps for itself. */
static bool wants_average(const idi_optimiser_config *config, const idi_value_info *info)
{
    return info->role == IDI_ROLE_PARAMETER && info->assigned != IDI_NONE &&
           strncmp(info->name, "train.", 6) != 0 &&
           strncmp(info->name, IDI_STORE_AVERAGE, strlen(IDI_STORE_AVERAGE)) != 0 &&
           group_of(config, info->name) != IDI_FROZEN;
}

static void add_averages(idi_graph *graph, const idi_optimiser *o)
{
    const idi_moving_average_attr attr = {0.0};
    const int32_t count = idi_graph_value_count(graph);
    for (idi_value v = 0; v < count && !idi_graph_has_failed(graph); v++) {
        const idi_value_info info = *idi_graph_get_value(graph, v);
        if (!wants_average(&o->config, &info)) continue;
        const idi_value average = companion(graph, IDI_STORE_AVERAGE, v);
        const idi_value moved =
            idi_moving_average(graph, average, info.assigned, o->average_rate, &attr);
        (void)idi_graph_assign(graph, average, moved);
    }
}

static idi_status build(idi_graph *graph, idi_optimiser *o, trained *t)
{
    idi_value rates[IDI_OPTIMISER_GROUPS];
    IDI_TRY(list_parameters(graph, &o->config, t));
    add_inputs(graph, o);
    IDI_TRY(idi_graph_status(graph));
    IDI_TRY(add_gradients(graph, o, t));
    limit_length(graph, t, o, rates);
    for (int i = 0; i < t->count; i++)
        add_step(graph, o, t->parameters[i], t->gradients[i], rates);
    if (o->config.average_decay > 0.0) add_averages(graph, o);
    return idi_graph_status(graph);
}

idi_status idi_optimiser_build(idi_graph *graph, idi_value loss, const idi_optimiser_config *config,
                               idi_optimiser *optimiser_out)
{
    *optimiser_out = (idi_optimiser){.config = *config, .loss = loss};
    IDI_TRY(idi_graph_status(graph));
    IDI_TRY(check_config(config));
    idi_memory *memory = idi_graph_memory(graph);
    trained t = {.count = 0};
    IDI_TRY(idi_alloc(memory, IDI_TAG_GRAPH,
                      2 * (size_t)idi_graph_value_count(graph) * sizeof *t.parameters,
                      &t.parameters));
    t.gradients = t.parameters + idi_graph_value_count(graph);
    idi_graph_mark_output(graph, loss);
    const idi_status st = build(graph, optimiser_out, &t);
    idi_free(memory, t.parameters);
    return st;
}
