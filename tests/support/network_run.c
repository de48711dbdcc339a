/* SPDX-License-Identifier: Apache-2.0 */
/* support/network_run.c - see network_run.h. */
#include "support/network_run.h"
#include "core/half.h"
#include "model/weights.h"
#include "support/golden.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void *take(int64_t count, size_t size)
{
    void *block = malloc((size_t)count * size + 1);
    cr_assert_not_null(block);
    return block;
}

static void *widen(float *values, int64_t count)
{
    double *wide = take(count, sizeof *wide);
    for (int64_t i = 0; i < count; i++)
        wide[i] = (double)values[i];
    free(values);
    return wide;
}

/* The floats as numbers of `type`. */
static void *convert(idi_dtype type, const float *values, int64_t count)
{
    void *numbers = take(count, idi_dtype_bytes(type));
    idi_floats_to(type, values, count, numbers);
    return numbers;
}

/* The block where the backend's nodes can read it. Takes it. */
static void *place(idi_backend *backend, void *block, size_t bytes)
{
    void *placed;
    if (!backend->is_remote) return block;
    cr_assert_eq(backend->alloc(backend, IDI_TAG_WEIGHT, bytes, &placed), IDI_OK, "%s",
                 idi_last_error());
    cr_assert_eq(backend->upload(backend, placed, block, bytes), IDI_OK, "%s", idi_last_error());
    free(block);
    return placed;
}

/* What a file would hold, laid out as the graph wants it. */
static void *golden_parameter(const idi_value_info *info, idi_backend *backend)
{
    const int64_t count = idi_shape_count(&info->shape);
    int rank;
    int64_t dim[IDI_MAX_RANK];
    idi_weights_file_shape(info, &rank, dim);
    float *file = take(count, sizeof *file);
    float *placed = take(count, sizeof *placed);
    idi_golden_fill(info->name, rank, dim, file);
    idi_weights_to_graph(info, file, placed);
    free(file);
    const idi_dtype type = idi_backend_dtype(backend, info->dtype);
    void *numbers = convert(type, placed, count);
    free(placed);
    return place(backend, numbers, (size_t)count * idi_dtype_bytes(type));
}

static const void *find_weights(void *user, const char *name, idi_dtype kind)
{
    const idi_network_run *run = user;
    for (idi_value v = 0; v < idi_graph_value_count(run->graph); v++)
        if (run->weights[v] && idi_graph_dtype(run->graph, v) == kind &&
            strcmp(idi_graph_get_value(run->graph, v)->name, name) == 0)
            return run->weights[v];
    return NULL;
}

void idi_network_run_open(idi_network_run *run, const idi_graph *graph, idi_backend *backend)
{
    const int32_t count = idi_graph_value_count(graph);
    *run = (idi_network_run){.graph = graph, .backend = backend};
    run->weights = calloc((size_t)count + 1, sizeof *run->weights);
    cr_assert_not_null(run->weights);
    for (idi_value v = 0; v < count; v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (info->role == IDI_ROLE_PARAMETER) run->weights[v] = golden_parameter(info, backend);
    }
    cr_assert_eq(idi_graph_session_create(graph, backend, find_weights, run, &run->session), IDI_OK,
                 "%s", idi_last_error());
}

void idi_network_run_close(idi_network_run *run)
{
    idi_graph_session_destroy(&run->session);
    for (idi_value v = 0; v < idi_graph_value_count(run->graph); v++) {
        if (run->backend->is_remote)
            run->backend->free(run->backend, run->weights[v]);
        else
            free(run->weights[v]);
    }
    free(run->weights);
}

static void set_bytes(idi_network_run *run, idi_value input, const void *data)
{
    cr_assert_eq(idi_graph_session_set(run->session, input, data,
                                       idi_graph_session_bytes(run->session, input)),
                 IDI_OK, "%s", idi_last_error());
}

void idi_network_run_set(idi_network_run *run, idi_value input, const double *values)
{
    if (run->backend->real == IDI_F64) {
        set_bytes(run, input, values);
        return;
    }
    const idi_shape shape = idi_graph_shape(run->graph, input);
    const int64_t count = idi_shape_count(&shape);
    float *narrow = take(count, sizeof *narrow);
    for (int64_t i = 0; i < count; i++)
        narrow[i] = (float)values[i];
    cr_assert_eq(idi_graph_session_set_floats(run->session, input, narrow, count), IDI_OK, "%s",
                 idi_last_error());
    free(narrow);
}

void idi_network_run_set_labels(idi_network_run *run, idi_value input, const uint8_t *labels)
{
    set_bytes(run, input, labels);
}

void idi_network_run_go(idi_network_run *run)
{
    const idi_status st = idi_graph_session_run(run->session, NULL, NULL);
    cr_assert_eq(st, IDI_OK, "%s", idi_last_error());
}

double *idi_network_run_get(idi_network_run *run, idi_value output)
{
    const idi_shape shape = idi_graph_shape(run->graph, output);
    const int64_t count = idi_shape_count(&shape);
    if (run->backend->real != IDI_F64) {
        float *values = take(count, sizeof *values);
        cr_assert_eq(idi_graph_session_get_floats(run->session, output, values, count), IDI_OK,
                     "%s", idi_last_error());
        return widen(values, count);
    }
    double *values = take(count, sizeof *values);
    cr_assert_eq(idi_graph_session_get(run->session, output, values,
                                       idi_graph_session_bytes(run->session, output)),
                 IDI_OK, "%s", idi_last_error());
    return values;
}

idi_value idi_network_find_parameter(const idi_graph *graph, const char *name)
{
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (info->role == IDI_ROLE_PARAMETER && strcmp(info->name, name) == 0) return v;
    }
    cr_assert_fail("the network has no parameter %s", name);
    return IDI_NONE;
}

idi_value idi_network_find_layer(const idi_graph *graph, const char *parameter)
{
    const idi_value wanted = idi_network_find_parameter(graph, parameter);
    for (int32_t n = 0; n < idi_graph_node_count(graph); n++) {
        const idi_node *node = idi_graph_get_node(graph, n);
        for (int i = 0; i < node->input_count; i++)
            if (node->in[i] == wanted) return node->out[0];
    }
    cr_assert_fail("no node reads %s", parameter);
    return IDI_NONE;
}

double *idi_golden_doubles(const char *key, int rank, const int64_t *dim)
{
    int64_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= dim[i];
    float *values = take(count, sizeof *values);
    if (rank == 4)
        idi_golden_fill_channels_last(key, dim, values);
    else
        idi_golden_fill(key, rank, dim, values);
    return widen(values, count);
}

double *idi_golden_identity_doubles(int64_t count, int64_t dim)
{
    float *values = take(count * dim, sizeof *values);
    idi_golden_identity(count, dim, values);
    return widen(values, count * dim);
}

uint8_t *idi_golden_label_maps(int64_t count, int64_t side, int64_t classes, uint32_t seed)
{
    uint8_t *labels = take(count * side * side, sizeof *labels);
    idi_golden_labels(count, side, classes, seed, labels);
    return labels;
}
