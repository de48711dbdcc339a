/* SPDX-License-Identifier: Apache-2.0 */
/* graph/graph.c - values and nodes, appended and looked up. */
#include "graph/graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_NAME = 256, MAX_SCOPES = 8 };
enum { WEIGHT_BIT = 0, IMAGE_BIT = 1, FIRST_REFERENCE_BIT = 2, MAX_BITS = 64 };

struct idi_graph {
    idi_memory *memory;
    idi_arena arena;
    idi_value_info *values;
    int64_t value_count, value_capacity;
    idi_node *nodes;
    int64_t node_count, node_capacity;
    int reference_count;
    char scope[MAX_NAME]; /* of all open scopes together */
    size_t scope_ends[MAX_SCOPES];
    int scope_count;
    idi_kind_function narrow, widen; /* of a graph that mixes kinds; NULL */
    bool has_segments;               /* to be recomputed */
    int32_t segment, segment_count;
    idi_status status;
    char *sentence; /* the first failure's, in the arena; NULL if it could not be kept */
};

idi_status idi_graph_create(idi_memory *memory, idi_graph **graph_out)
{
    *graph_out = NULL;
    idi_graph *graph;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GRAPH, 1, sizeof *graph, &graph));
    graph->memory = memory;
    idi_arena_init(&graph->arena, memory, IDI_TAG_GRAPH);
    *graph_out = graph;
    return IDI_OK;
}

void idi_graph_destroy(idi_graph **graph)
{
    if (!graph || !*graph) return;
    idi_memory *memory = (*graph)->memory;
    idi_arena_clear(&(*graph)->arena);
    idi_free(memory, (*graph)->values);
    idi_free(memory, (*graph)->nodes);
    idi_free(memory, *graph);
    *graph = NULL;
}

idi_status idi_graph_status(const idi_graph *graph)
{
    if (graph->status == IDI_OK) return IDI_OK;
    return idi_fail(graph->status, "%s", graph->sentence ? graph->sentence : "out of memory");
}

bool idi_graph_has_failed(const idi_graph *graph)
{
    return graph->status != IDI_OK;
}

idi_value idi_graph_fail(idi_graph *graph, idi_status status)
{
    if (graph->status != IDI_OK || status == IDI_OK) return IDI_NONE;
    graph->status = status;
    const char *sentence = idi_last_error();
    if (idi_arena_copy(&graph->arena, sentence, strlen(sentence) + 1, &graph->sentence) != IDI_OK)
        graph->sentence = NULL;
    return IDI_NONE;
}

static idi_value append_value(idi_graph *graph, const idi_value_info *info)
{
    idi_status st = idi_grow(graph->memory, IDI_TAG_GRAPH, &graph->values, &graph->value_capacity,
                             graph->value_count + 1, sizeof *graph->values);
    if (st != IDI_OK) return idi_graph_fail(graph, st);
    const idi_value value = (idi_value)graph->value_count++;
    graph->values[value] = *info;
    graph->values[value].assigned = IDI_NONE;
    graph->values[value].narrowed = IDI_NONE;
    if (info->storage == IDI_NONE) graph->values[value].storage = value;
    return value;
}

static idi_value append_named(idi_graph *graph, const char *name, idi_value_info info)
{
    char *copy;
    idi_status st = idi_arena_copy(&graph->arena, name, strlen(name) + 1, &copy);
    if (st != IDI_OK) return idi_graph_fail(graph, st);
    info.name = copy;
    info.producer = -1;
    info.storage = IDI_NONE;
    return append_value(graph, &info);
}

static idi_value find_named(const idi_graph *graph, idi_role role, const char *name)
{
    for (int64_t i = 0; i < graph->value_count; i++)
        if (graph->values[i].role == role && strcmp(graph->values[i].name, name) == 0)
            return (idi_value)i;
    return IDI_NONE;
}

static uint64_t input_bit(idi_graph *graph, idi_rate rate)
{
    switch (rate) {
    case IDI_RATE_WEIGHT:
        return 1ULL << WEIGHT_BIT;
    case IDI_RATE_IMAGE:
        return 1ULL << IMAGE_BIT;
    case IDI_RATE_REFERENCE:
        break;
    }
    /* More references than bits share the last one: they re-run together, still correct. */
    int bit = FIRST_REFERENCE_BIT + graph->reference_count++;
    if (bit >= MAX_BITS) bit = MAX_BITS - 1;
    return 1ULL << bit;
}

static idi_status check_shape(const char *name, const idi_shape *shape)
{
    IDI_REQUIRE(shape->rank >= 0 && shape->rank <= IDI_MAX_RANK, IDI_ERR_SHAPE,
                "%s: rank %d, want 1 to %d", name, shape->rank, (int)IDI_MAX_RANK);
    IDI_REQUIRE(idi_shape_is_sound(shape), IDI_ERR_SHAPE,
                "%s: shape %s, want dimensions from 1 and at most 2^40 elements", name,
                idi_shape_format(shape).text);
    return IDI_OK;
}

idi_value idi_graph_input(idi_graph *graph, const char *name, idi_dtype dtype, idi_shape shape,
                          idi_rate rate)
{
    if (graph->status != IDI_OK) return IDI_NONE;
    IDI_GRAPH_REQUIRE(graph, find_named(graph, IDI_ROLE_INPUT, name) == IDI_NONE,
                      "graph: two inputs are named %s", name);
    const idi_status st = check_shape(name, &shape);
    if (st != IDI_OK) return idi_graph_fail(graph, st);
    return append_named(graph, name,
                        (idi_value_info){.dtype = dtype,
                                         .shape = shape,
                                         .role = IDI_ROLE_INPUT,
                                         .depends = input_bit(graph, rate)});
}

static size_t scope_length(const idi_graph *graph)
{
    return graph->scope_count ? graph->scope_ends[graph->scope_count - 1] : 0;
}

static idi_status push_scope(idi_graph *graph, const char *scope)
{
    const size_t used = scope_length(graph);
    const size_t length = strlen(scope);
    IDI_REQUIRE(graph->scope_count < MAX_SCOPES, IDI_ERR_ARG,
                "graph: scope %s is within %d others, the most that can be", scope, MAX_SCOPES);
    IDI_REQUIRE(length < MAX_NAME - used, IDI_ERR_ARG,
                "graph: the open scopes' names are together longer than %d characters",
                MAX_NAME - 1);
    memcpy(graph->scope + used, scope, length + 1);
    graph->scope_ends[graph->scope_count++] = used + length;
    return IDI_OK;
}

void idi_graph_push_scope(idi_graph *graph, const char *scope)
{
    if (graph->status != IDI_OK) return;
    (void)idi_graph_fail(graph, push_scope(graph, scope));
}

static idi_status pop_scope(idi_graph *graph)
{
    IDI_REQUIRE(graph->scope_count > 0, IDI_ERR_ARG, "graph: no scope is open");
    graph->scope_count--;
    graph->scope[scope_length(graph)] = '\0';
    return IDI_OK;
}

void idi_graph_pop_scope(idi_graph *graph)
{
    if (graph->status != IDI_OK) return;
    (void)idi_graph_fail(graph, pop_scope(graph));
}

void idi_graph_recompute_segments(idi_graph *graph)
{
    graph->has_segments = true;
}

void idi_graph_begin_segment(idi_graph *graph)
{
    graph->segment = graph->has_segments ? ++graph->segment_count : 0;
}

void idi_graph_end_segment(idi_graph *graph)
{
    graph->segment = 0;
}

void idi_graph_mix(idi_graph *graph, idi_kind_function narrow, idi_kind_function widen)
{
    graph->narrow = narrow;
    graph->widen = widen;
}

bool idi_graph_is_mixed(const idi_graph *graph)
{
    return graph->narrow != NULL;
}

idi_dtype idi_graph_exact_kind(const idi_graph *graph)
{
    return idi_graph_is_mixed(graph) ? IDI_WIDE : IDI_REAL;
}

idi_value idi_graph_as_kind(idi_graph *graph, idi_value value, idi_dtype kind)
{
    if (graph->status != IDI_OK || value == IDI_NONE) return IDI_NONE;
    if (graph->values[value].dtype == kind || !idi_graph_is_mixed(graph)) return value;
    return kind == IDI_WIDE ? graph->widen(graph, value) : graph->narrow(graph, value);
}

/* The one of that name and kind, if there is one; all of that name have one shape. */
static idi_status find_parameter(const idi_graph *graph, const char *name, idi_dtype kind,
                                 const idi_shape *shape, idi_value *known_out)
{
    *known_out = IDI_NONE;
    for (int64_t i = 0; i < graph->value_count; i++) {
        const idi_value_info *info = &graph->values[i];
        if (info->role != IDI_ROLE_PARAMETER || strcmp(info->name, name) != 0) continue;
        IDI_REQUIRE(idi_shape_equal(&info->shape, shape), IDI_ERR_SHAPE,
                    "graph: %s is used as %s and as %s", name, idi_shape_format(&info->shape).text,
                    idi_shape_format(shape).text);
        if (info->dtype == kind) *known_out = (idi_value)i;
    }
    return IDI_OK;
}

static idi_value own_parameter(idi_graph *graph, idi_dtype kind, const char *own_name,
                               idi_layout layout, idi_shape shape)
{
    char name[MAX_NAME];
    const int length = snprintf(name, sizeof name, "%s%s", graph->scope, own_name);
    IDI_GRAPH_REQUIRE(graph, length >= 0 && length < MAX_NAME,
                      "graph: a parameter's name is longer than %d characters", MAX_NAME - 1);
    idi_value known;
    idi_status st = find_parameter(graph, name, kind, &shape, &known);
    if (st == IDI_OK && known != IDI_NONE) return known;
    if (st == IDI_OK) st = check_shape(name, &shape);
    if (st != IDI_OK) return idi_graph_fail(graph, st);
    return append_named(graph, name,
                        (idi_value_info){.dtype = kind,
                                         .shape = shape,
                                         .role = IDI_ROLE_PARAMETER,
                                         .layout = layout,
                                         .depends = 1ULL << WEIGHT_BIT});
}

/* Made once, and in no segment: what depends on weights alone is not computed again. */
static idi_value narrowed(idi_graph *graph, idi_value wide)
{
    const int32_t segment = graph->segment;
    if (wide == IDI_NONE || graph->values[wide].narrowed != IDI_NONE)
        return wide == IDI_NONE ? IDI_NONE : graph->values[wide].narrowed;
    graph->segment = 0;
    const idi_value value = graph->narrow(graph, wide);
    graph->segment = segment;
    graph->values[wide].narrowed = value;
    return value;
}

static idi_value parameter(idi_graph *graph, idi_dtype kind, const char *name, idi_layout layout,
                           idi_shape shape)
{
    if (!idi_graph_is_mixed(graph)) return own_parameter(graph, kind, name, layout, shape);
    const idi_value wide = own_parameter(graph, IDI_WIDE, name, layout, shape);
    return kind == IDI_WIDE ? wide : narrowed(graph, wide);
}

static idi_value parameter_v(idi_graph *graph, idi_dtype kind, idi_layout layout, idi_shape shape,
                             const char *format, va_list arguments)
{
    char name[MAX_NAME];
    const int length = vsnprintf(name, sizeof name, format, arguments);
    IDI_GRAPH_REQUIRE(graph, length >= 0 && length < MAX_NAME,
                      "graph: a parameter's name is longer than %d characters", MAX_NAME - 1);
    return parameter(graph, kind, name, layout, shape);
}

idi_value idi_graph_parameter(idi_graph *graph, const char *name, idi_layout layout,
                              idi_shape shape)
{
    if (graph->status != IDI_OK) return IDI_NONE;
    return parameter(graph, IDI_REAL, name, layout, shape);
}

idi_value idi_graph_parameter_f(idi_graph *graph, idi_layout layout, idi_shape shape,
                                const char *format, ...)
{
    if (graph->status != IDI_OK) return IDI_NONE;
    va_list arguments;
    va_start(arguments, format);
    const idi_value value = parameter_v(graph, IDI_REAL, layout, shape, format, arguments);
    va_end(arguments);
    return value;
}

idi_value idi_graph_parameter_of_kind(idi_graph *graph, idi_dtype kind, idi_layout layout,
                                      idi_shape shape, const char *format, ...)
{
    if (graph->status != IDI_OK) return IDI_NONE;
    va_list arguments;
    va_start(arguments, format);
    const idi_value value = parameter_v(graph, kind, layout, shape, format, arguments);
    va_end(arguments);
    return value;
}

void idi_graph_mark_output(idi_graph *graph, idi_value value)
{
    if (graph->status != IDI_OK || value == IDI_NONE) return;
    graph->values[value].is_output = true;
}

/* What a chain of views begins with. */
static idi_value root_of(const idi_graph *graph, idi_value value)
{
    for (;;) {
        const int32_t producer = graph->values[value].producer;
        if (producer < 0 || !graph->nodes[producer].op->is_view) return value;
        value = graph->nodes[producer].in[0];
    }
}

/* Parameters that have been assigned hold something else from then on. */
static idi_status check_readable(const idi_graph *graph, const idi_node *node)
{
    for (int i = 0; i < node->input_count; i++) {
        if (node->in[i] == IDI_NONE) continue;
        const idi_value_info *root = &graph->values[root_of(graph, node->in[i])];
        IDI_REQUIRE(root->assigned == IDI_NONE, IDI_ERR_ARG,
                    "%s: reads %s, which has been assigned; want what took its place",
                    node->op->name, root->name);
    }
    return IDI_OK;
}

static bool is_floating(idi_dtype dtype)
{
    return dtype == IDI_REAL || dtype == IDI_WIDE;
}

/* The one kind of all floating inputs; reals where there is none. */
static idi_status find_kind(const idi_graph *graph, const idi_node *node, idi_dtype *kind_out)
{
    bool is_known = false;
    *kind_out = IDI_REAL;
    for (int i = 0; i < node->input_count; i++) {
        const idi_dtype dtype = idi_graph_dtype(graph, node->in[i]);
        if (node->in[i] == IDI_NONE || !is_floating(dtype)) continue;
        IDI_REQUIRE(!is_known || dtype == *kind_out, IDI_ERR_SHAPE,
                    "%s: input %d is %s, the inputs before it are %s", node->op->name, i,
                    idi_dtype_name(dtype), idi_dtype_name(*kind_out));
        *kind_out = dtype;
        is_known = true;
    }
    return IDI_OK;
}

/* Of output k, where the inputs are of `kind`. */
static idi_dtype output_kind(const idi_graph *graph, const idi_op_info *op, int k, idi_dtype kind)
{
    if (op->is_narrow) return IDI_REAL;
    if (op->is_widen) return IDI_WIDE;
    return k >= op->first_sum && idi_graph_is_mixed(graph) ? IDI_WIDE : kind;
}

static idi_status append_node(idi_graph *graph, idi_node *node, const void *attr, size_t attr_bytes,
                              const idi_shape *shapes)
{
    IDI_TRY(check_readable(graph, node));
    idi_dtype kind;
    IDI_TRY(find_kind(graph, node, &kind));
    for (int i = 0; i < node->input_count; i++)
        if (node->in[i] != IDI_NONE) node->depends |= graph->values[node->in[i]].depends;
    for (int k = 0; k < node->output_count; k++) {
        node->out[k] = IDI_NONE;
        if (shapes[k].rank == 0) continue;
        IDI_TRY(check_shape(node->op->name, &shapes[k]));
        const idi_value_info info = {
            .name = "",
            .dtype = output_kind(graph, node->op, k, kind),
            .shape = shapes[k],
            .role = IDI_ROLE_ACTIVATION,
            .producer = (int32_t)graph->node_count,
            .storage = node->op->is_view ? graph->values[node->in[0]].storage : IDI_NONE,
            .depends = node->depends,
        };
        node->out[k] = append_value(graph, &info);
        if (graph->status != IDI_OK) return graph->status;
    }
    if (attr_bytes) {
        void *copy;
        IDI_TRY(idi_arena_copy(&graph->arena, attr, attr_bytes, &copy));
        node->attr = copy;
    }
    IDI_TRY(idi_grow(graph->memory, IDI_TAG_GRAPH, &graph->nodes, &graph->node_capacity,
                     graph->node_count + 1, sizeof *graph->nodes));
    graph->nodes[graph->node_count++] = *node;
    return IDI_OK;
}

idi_value idi_graph_node(idi_graph *graph, const idi_op_info *op, const void *attr,
                         size_t attr_bytes, const idi_value *inputs, int input_count,
                         const idi_shape *output_shapes, int output_count)
{
    if (graph->status != IDI_OK) return IDI_NONE;
    IDI_GRAPH_REQUIRE(graph, input_count <= op->input_count && output_count <= op->output_count,
                      "%s: %d inputs and %d outputs, at most %d and %d", op->name, input_count,
                      output_count, op->input_count, op->output_count);
    IDI_GRAPH_REQUIRE(graph, !op->is_view || (input_count == 1 && inputs[0] != IDI_NONE),
                      "%s: its input is absent", op->name);
    idi_node node = {.op = op,
                     .input_count = input_count,
                     .output_count = output_count,
                     .segment = graph->segment};
    for (int i = 0; i < input_count; i++)
        node.in[i] = inputs[i];
    idi_status st = append_node(graph, &node, attr, attr_bytes, output_shapes);
    return st == IDI_OK ? node.out[0] : idi_graph_fail(graph, st);
}

idi_value idi_graph_repeat_node(idi_graph *graph, int32_t index, const idi_value *inputs)
{
    if (graph->status != IDI_OK) return IDI_NONE;
    idi_node node = graph->nodes[index];
    idi_shape shapes[IDI_MAX_OUTPUTS] = {{0}};
    for (int k = 0; k < node.output_count; k++)
        if (node.out[k] != IDI_NONE) shapes[k] = graph->values[node.out[k]].shape;
    for (int i = 0; i < node.input_count; i++)
        node.in[i] = inputs[i];
    node.depends = 0;
    node.segment = graph->segment;
    const idi_status st = append_node(graph, &node, NULL, 0, shapes);
    return st == IDI_OK ? node.out[0] : idi_graph_fail(graph, st);
}

static bool reads(const idi_graph *graph, const idi_node *node, int first_input, idi_value target)
{
    for (int i = first_input; i < node->input_count; i++)
        if (node->in[i] != IDI_NONE && root_of(graph, node->in[i]) == target) return true;
    return false;
}

/* Both kinds of a parameter may lie in one memory. */
static bool is_wanted_twice(const idi_graph *graph, const idi_value_info *parameter)
{
    for (int64_t v = 0; v < graph->value_count; v++) {
        const idi_value_info *info = &graph->values[v];
        if (info->role == IDI_ROLE_PARAMETER && info->dtype != parameter->dtype &&
            strcmp(info->name, parameter->name) == 0)
            return true;
    }
    return false;
}

static idi_status check_assignment(const idi_graph *graph, idi_value target, idi_value value)
{
    IDI_REQUIRE(target != IDI_NONE && value != IDI_NONE, IDI_ERR_ARG,
                "assign: target or value is absent");
    const idi_value_info *to = &graph->values[target];
    const idi_value_info *from = &graph->values[value];
    IDI_REQUIRE(to->role == IDI_ROLE_PARAMETER, IDI_ERR_ARG, "assign: value %d is no parameter",
                target);
    IDI_REQUIRE(to->assigned == IDI_NONE, IDI_ERR_ARG, "assign: %s is assigned twice", to->name);
    IDI_REQUIRE(from->producer >= 0 && from->storage == value, IDI_ERR_ARG,
                "assign: %s takes a node's own output, not a view, input or value assigned before",
                to->name);
    IDI_REQUIRE(idi_shape_equal(&from->shape, &to->shape), IDI_ERR_ARG, "assign: %s is %s, not %s",
                to->name, idi_shape_format(&to->shape).text, idi_shape_format(&from->shape).text);
    IDI_REQUIRE(from->dtype == to->dtype && !is_wanted_twice(graph, to), IDI_ERR_ARG,
                "assign: %s is wanted in both kinds of numbers, or given the other", to->name);
    const idi_node *node = &graph->nodes[from->producer];
    IDI_REQUIRE(!reads(graph, node, node->op->in_place_count, target), IDI_ERR_ARG,
                "assign: %s cannot work in place of %s", node->op->name, to->name);
    for (int64_t n = from->producer + 1; n < graph->node_count; n++)
        IDI_REQUIRE(!reads(graph, &graph->nodes[n], 0, target), IDI_ERR_ARG,
                    "assign: %s is read by %s after it has changed", to->name,
                    graph->nodes[n].op->name);
    return IDI_OK;
}

idi_value idi_graph_assign(idi_graph *graph, idi_value target, idi_value value)
{
    if (graph->status != IDI_OK) return IDI_NONE;
    const idi_status st = check_assignment(graph, target, value);
    if (st != IDI_OK) return idi_graph_fail(graph, st);
    graph->values[target].assigned = value;
    for (int64_t v = 0; v < graph->value_count; v++) /* itself, and its views */
        if (graph->values[v].storage == value) graph->values[v].storage = target;
    return value;
}

int32_t idi_graph_node_count(const idi_graph *graph)
{
    return (int32_t)graph->node_count;
}

int32_t idi_graph_value_count(const idi_graph *graph)
{
    return (int32_t)graph->value_count;
}

const idi_node *idi_graph_get_node(const idi_graph *graph, int32_t index)
{
    return &graph->nodes[index];
}

const idi_value_info *idi_graph_get_value(const idi_graph *graph, idi_value value)
{
    return &graph->values[value];
}

idi_shape idi_graph_shape(const idi_graph *graph, idi_value value)
{
    if (graph->status != IDI_OK || value == IDI_NONE) return (idi_shape){0, {1, 1, 1, 1}};
    return graph->values[value].shape;
}

idi_dtype idi_graph_dtype(const idi_graph *graph, idi_value value)
{
    if (graph->status != IDI_OK || value == IDI_NONE) return IDI_REAL;
    return graph->values[value].dtype;
}

idi_value idi_graph_find_input(const idi_graph *graph, const char *name)
{
    return find_named(graph, IDI_ROLE_INPUT, name);
}

idi_value idi_graph_sibling(const idi_graph *graph, idi_value first, int index)
{
    if (graph->status != IDI_OK || first == IDI_NONE) return IDI_NONE;
    return graph->nodes[graph->values[first].producer].out[index];
}

idi_memory *idi_graph_memory(const idi_graph *graph)
{
    return graph->memory;
}
