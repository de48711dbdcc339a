/* SPDX-License-Identifier: Apache-2.0 */
/* train/optimiser.c - what an optimiser appends to a graph. */
#include "train/optimiser.h"
#include "ops/add.h"
#include "ops/clip_rates.h"
#include "ops/moving_average.h"
#include "ops/rank_mean.h"
#include "ops/scale.h"
#include "ops/square_sum.h"

#include <stdio.h>
#include <string.h>

/* What is trained: [count] each. */
typedef struct trained {
    idi_value *parameters;
    idi_value *gradients; /* of all parts so far; IDI_NONE: the losses do not depend on it */
    idi_value *fresh;     /* of one part */
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
    return idi_graph_input(graph, text, idi_graph_exact_kind(graph), idi_shape1(count),
                           IDI_RATE_IMAGE);
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
        t->gradients[t->count] = IDI_NONE;
        t->parameters[t->count++] = v;
    }
    return IDI_OK;
}

static idi_value join(idi_graph *graph, idi_value sum, idi_value value)
{
    if (sum == IDI_NONE || value == IDI_NONE) return sum == IDI_NONE ? value : sum;
    return idi_add(graph, sum, value);
}

/* The way back of one part, joined to the parts before. */
static idi_status add_gradients(idi_graph *graph, idi_optimiser *o, idi_value loss, trained *t)
{
    IDI_TRY(idi_backward(graph, loss, o->slope, t->parameters, t->count, t->fresh));
    o->loss = join(graph, o->loss, loss);
    for (int i = 0; i < t->count; i++)
        t->gradients[i] = join(graph, t->gradients[i], t->fresh[i]);
    return idi_graph_status(graph);
}

/* Strikes off what no loss depends on. */
static idi_status keep_reached(trained *t)
{
    int kept = 0;
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
    return idi_graph_parameter_of_kind(graph, info.dtype, info.layout, info.shape, "%s%s", prefix,
                                       info.name);
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

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Moments and averages have none, and neither has what a training keeps for itself. */
static bool wants_average(const idi_optimiser_config *config, const idi_value_info *info)
{
    return info->role == IDI_ROLE_PARAMETER && info->assigned != IDI_NONE &&
           !has_prefix(info->name, IDI_STORE_TRAINING) &&
           !has_prefix(info->name, IDI_STORE_AVERAGE) && group_of(config, info->name) != IDI_FROZEN;
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

/* On one rank the graph is as it was. */
static idi_value mean_over_ranks(idi_graph *graph, const idi_optimiser *o, idi_value x)
{
    const idi_rank_mean_attr attr = {o->config.ranks};
    return idi_ranks_count(attr.ranks) > 1 ? idi_rank_mean(graph, x, &attr) : x;
}

static void join_ranks(idi_graph *graph, idi_optimiser *o, trained *t)
{
    o->loss = mean_over_ranks(graph, o, o->loss);
    for (int i = 0; i < t->count; i++)
        t->gradients[i] = mean_over_ranks(graph, o, t->gradients[i]);
}

/* All parts there and back, one after the other. `first` is the loss of the first. */
static idi_status add_parts(idi_graph *graph, idi_optimiser *o, idi_value first,
                            idi_optimiser_part part, void *user, trained *t)
{
    IDI_TRY(add_gradients(graph, o, first, t));
    for (int i = 1; i < o->part_count; i++) {
        const idi_value loss = part(user, graph, i);
        IDI_TRY(idi_graph_status(graph));
        IDI_TRY(add_gradients(graph, o, loss, t));
    }
    if (o->part_count > 1) o->loss = idi_scale(graph, o->loss, 1.0 / o->part_count);
    IDI_TRY(keep_reached(t));
    join_ranks(graph, o, t);
    idi_graph_mark_output(graph, o->loss);
    return idi_graph_status(graph);
}

static void add_steps(idi_graph *graph, idi_optimiser *o, const trained *t)
{
    idi_value rates[IDI_OPTIMISER_GROUPS];
    limit_length(graph, t, o, rates);
    for (int i = 0; i < t->count; i++)
        add_step(graph, o, t->parameters[i], t->gradients[i], rates);
    if (o->config.average_decay > 0.0) add_averages(graph, o);
}

idi_status idi_optimiser_build_parts(idi_graph *graph, int part_count, idi_optimiser_part part,
                                     void *user, const idi_optimiser_config *config,
                                     idi_optimiser *optimiser_out)
{
    idi_optimiser *o = optimiser_out;
    idi_memory *memory = idi_graph_memory(graph);
    trained t = {.count = 0};
    idi_status st = IDI_OK;
    *o = (idi_optimiser){.config = *config, .loss = IDI_NONE, .part_count = part_count};
    IDI_TRY(check_config(config));
    IDI_REQUIRE(part_count >= 1, IDI_ERR_ARG, "optimiser: %d parts, want 1 or more", part_count);
    const idi_value first = part(user, graph, 0);
    IDI_TRY(idi_graph_status(graph));
    const size_t most = (size_t)idi_graph_value_count(graph);
    IDI_TRY(idi_alloc(memory, IDI_TAG_GRAPH, 3 * most * sizeof *t.parameters, &t.parameters));
    t.gradients = t.parameters + most;
    t.fresh = t.gradients + most;
    IDI_TRY_TO(done, list_parameters(graph, config, &t));
    add_inputs(graph, o);
    IDI_TRY_TO(done, idi_graph_status(graph));
    IDI_TRY_TO(done, add_parts(graph, o, first, part, user, &t));
    add_steps(graph, o, &t);
    st = idi_graph_status(graph);
done:
    idi_free(memory, t.parameters);
    return st;
}

/* The one part that is there already. */
static idi_value given(void *user, idi_graph *graph, int part)
{
    (void)graph;
    (void)part;
    return *(const idi_value *)user;
}

idi_status idi_optimiser_build(idi_graph *graph, idi_value loss, const idi_optimiser_config *config,
                               idi_optimiser *optimiser_out)
{
    return idi_optimiser_build_parts(graph, 1, given, &loss, config, optimiser_out);
}
