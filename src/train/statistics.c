/* SPDX-License-Identifier: Apache-2.0 */
/* train/statistics.c - see statistics.h. */
#include "train/statistics.h"

#include <stdio.h>
#include <string.h>

/* The weight or statistic that an average is of; otherwise the name. */
static const char *without_average(const char *name)
{
    const size_t length = strlen(IDI_STORE_AVERAGE);
    return strncmp(name, IDI_STORE_AVERAGE, length) == 0 ? name + length : name;
}

static bool learns(const idi_store *store, const char *name)
{
    char moment[512];
    (void)snprintf(moment, sizeof moment, IDI_STORE_FIRST_MOMENT "%s", without_average(name));
    return idi_store_find(store, moment) >= 0;
}

static bool is_moment(const char *name)
{
    return strncmp(name, IDI_STORE_FIRST_MOMENT, strlen(IDI_STORE_FIRST_MOMENT)) == 0 ||
           strncmp(name, IDI_STORE_SECOND_MOMENT, strlen(IDI_STORE_SECOND_MOMENT)) == 0;
}

static bool is_statistic(const idi_store *store, const idi_value_info *info)
{
    return info->role == IDI_ROLE_PARAMETER && info->assigned != IDI_NONE &&
           !is_moment(info->name) && !learns(store, info->name);
}

static idi_status list(idi_statistics *s, const idi_graph *graph)
{
    idi_memory *memory = idi_store_backend(s->store)->memory;
    const size_t most = (size_t)idi_store_count(s->store);
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, most * sizeof *s->indices, &s->indices));
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (!is_statistic(s->store, info)) continue;
        s->indices[s->count++] = idi_store_find(s->store, info->name);
        s->value_count += idi_shape_count(&info->shape);
    }
    return idi_alloc(memory, IDI_TAG_GENERAL, (size_t)s->value_count * sizeof *s->values,
                     &s->values);
}

idi_status idi_statistics_open(idi_store *store, const idi_graph *graph, idi_ranks *ranks,
                               idi_statistics *statistics_out)
{
    *statistics_out = (idi_statistics){.store = store, .ranks = ranks};
    if (!ranks) return IDI_OK;
    const idi_status st = list(statistics_out, graph);
    if (st != IDI_OK) idi_statistics_close(statistics_out);
    return st;
}

void idi_statistics_close(idi_statistics *statistics)
{
    if (!statistics->store) return;
    idi_memory *memory = idi_store_backend(statistics->store)->memory;
    idi_free(memory, statistics->indices);
    idi_free(memory, statistics->values);
    *statistics = (idi_statistics){0};
}

idi_status idi_statistics_join(idi_statistics *statistics)
{
    idi_statistics *s = statistics;
    int64_t at = 0;
    if (!s->ranks) return IDI_OK;
    for (int64_t i = 0; i < s->count; i++) {
        IDI_TRY(idi_store_get(s->store, s->indices[i], s->values + at));
        at += idi_shape_count(&idi_store_at(s->store, s->indices[i])->shape);
    }
    IDI_TRY(idi_ranks_mean(s->ranks, s->values, s->value_count));
    at = 0;
    for (int64_t i = 0; i < s->count; i++) {
        IDI_TRY(idi_store_set(s->store, s->indices[i], s->values + at));
        at += idi_shape_count(&idi_store_at(s->store, s->indices[i])->shape);
    }
    return IDI_OK;
}

static idi_status broadcast(idi_store *store, int64_t index, float *values, idi_ranks *ranks)
{
    const size_t bytes =
        (size_t)idi_shape_count(&idi_store_at(store, index)->shape) * sizeof *values;
    IDI_TRY(idi_store_get(store, index, values));
    IDI_TRY(idi_ranks_broadcast(ranks, values, bytes));
    return idi_store_set(store, index, values);
}

idi_status idi_store_broadcast(idi_store *store, idi_ranks *ranks)
{
    idi_memory *memory = idi_store_backend(store)->memory;
    int64_t most = 1;
    float *values;
    idi_status st = IDI_OK;
    if (!ranks) return IDI_OK;
    for (int64_t i = 0; i < idi_store_count(store); i++) {
        const int64_t count = idi_shape_count(&idi_store_at(store, i)->shape);
        most = count > most ? count : most;
    }
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)most * sizeof *values, &values));
    for (int64_t i = 0; i < idi_store_count(store) && st == IDI_OK; i++)
        st = broadcast(store, i, values, ranks);
    idi_free(memory, values);
    return st;
}
