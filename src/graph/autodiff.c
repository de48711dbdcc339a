/* SPDX-License-Identifier: Apache-2.0 */
/* graph/autodiff.c - reverse mode: walks the nodes backwards and lets each op's rule append its
 * gradient nodes. Only what lies between the wanted values and y is visited. Segments are computed
 * again where a rule first needs one. */
#include "graph/graph.h"

typedef idi_value (*add_function)(idi_graph *, idi_value, idi_value);

typedef struct walk {
    idi_graph *graph;
    bool *is_needed;     /* [values at the start] depends on a wanted value */
    idi_value *gradient; /* [values at the start] */
    idi_value *again;    /* [values at the start] computed again, or the value itself */
    int32_t segment;     /* the one that `again` was last filled for */
    add_function add;
} walk;

static void mark_needed(walk *w, int32_t node_count)
{
    for (int32_t n = 0; n < node_count; n++) {
        const idi_node *node = idi_graph_get_node(w->graph, n);
        bool is_needed = false;
        for (int i = 0; i < node->input_count; i++)
            is_needed |= node->in[i] != IDI_NONE && w->is_needed[node->in[i]];
        for (int k = 0; k < node->output_count; k++)
            if (node->out[k] != IDI_NONE) w->is_needed[node->out[k]] |= is_needed;
    }
}

/* Of the value's kind; what comes for narrowed numbers stays as exact as it is. */
static idi_value as_gradient(walk *w, idi_value value, idi_value contribution)
{
    const idi_value_info info = *idi_graph_get_value(w->graph, value);
    const bool is_narrowed =
        info.producer >= 0 && idi_graph_get_node(w->graph, info.producer)->op->is_narrow;
    return idi_graph_as_kind(w->graph, contribution, is_narrowed ? IDI_WIDE : info.dtype);
}

static void accumulate(walk *w, idi_value value, idi_value contribution)
{
    contribution = as_gradient(w, value, contribution);
    if (contribution == IDI_NONE) return;
    idi_value *gradient = &w->gradient[value];
    *gradient = *gradient == IDI_NONE ? contribution : w->add(w->graph, *gradient, contribution);
}

static idi_value again(const walk *w, idi_value value)
{
    return value == IDI_NONE ? IDI_NONE : w->again[value];
}

static idi_status repeat_node(walk *w, int32_t index)
{
    const idi_node node = *idi_graph_get_node(w->graph, index);
    idi_value in[IDI_MAX_INPUTS];
    for (int i = 0; i < node.input_count; i++)
        in[i] = again(w, node.in[i]);
    const idi_value first = idi_graph_repeat_node(w->graph, index, in);
    IDI_TRY(idi_graph_status(w->graph));
    for (int k = 0; k < node.output_count; k++)
        if (node.out[k] != IDI_NONE) w->again[node.out[k]] = idi_graph_sibling(w->graph, first, k);
    return IDI_OK;
}

/* Of the segment; between its nodes may stand narrowed parameters, which are of none. */
static bool is_among(const walk *w, int32_t index, int32_t segment)
{
    const idi_node *node = idi_graph_get_node(w->graph, index);
    return node->segment == segment || (node->segment == 0 && node->op->is_narrow);
}

/* Up to node `last`: no rule has been asked for the segment's later ones. */
static idi_status repeat_segment(walk *w, int32_t last)
{
    const int32_t segment = idi_graph_get_node(w->graph, last)->segment;
    int32_t first = last;
    if (segment == 0 || segment == w->segment) return IDI_OK;
    w->segment = segment;
    while (first > 0 && is_among(w, first - 1, segment))
        first--;
    for (int32_t n = first; n <= last; n++)
        if (idi_graph_get_node(w->graph, n)->segment == segment) IDI_TRY(repeat_node(w, n));
    return IDI_OK;
}

/* The node as its rule shall see it. */
static idi_node seen_again(const walk *w, const idi_node *node)
{
    idi_node seen = *node;
    for (int i = 0; i < node->input_count; i++)
        seen.in[i] = again(w, node->in[i]);
    for (int k = 0; k < node->output_count; k++)
        seen.out[k] = again(w, node->out[k]);
    return seen;
}

static idi_status visit(walk *w, int32_t index)
{
    /* A copy: the rule appends nodes, which may move the array. */
    const idi_node node = *idi_graph_get_node(w->graph, index);
    idi_value dout[IDI_MAX_OUTPUTS];
    idi_value din[IDI_MAX_INPUTS];
    bool is_wanted[IDI_MAX_INPUTS];
    bool is_reached = false;
    bool is_any_wanted = false;
    for (int k = 0; k < node.output_count; k++) {
        dout[k] = node.out[k] == IDI_NONE ? IDI_NONE : w->gradient[node.out[k]];
        is_reached |= dout[k] != IDI_NONE;
    }
    for (int i = 0; i < node.input_count; i++) {
        din[i] = IDI_NONE;
        is_wanted[i] = node.in[i] != IDI_NONE && w->is_needed[node.in[i]];
        is_any_wanted |= is_wanted[i];
    }
    if (!is_reached || !is_any_wanted) return IDI_OK;
    IDI_REQUIRE(node.op->gradient, IDI_ERR_UNSUPPORTED, "%s has no gradient", node.op->name);
    IDI_TRY(repeat_segment(w, index));
    const idi_node seen = node.segment == 0 ? node : seen_again(w, &node);
    node.op->gradient(w->graph, &seen, dout, is_wanted, din);
    for (int i = 0; i < node.input_count; i++)
        if (is_wanted[i]) accumulate(w, node.in[i], din[i]);
    return idi_graph_status(w->graph);
}

idi_status idi_graph_backward(idi_graph *graph, idi_value y, idi_value dy, const idi_value *wrt,
                              int count, add_function add, idi_value *gradients_out)
{
    IDI_TRY(idi_graph_status(graph));
    IDI_REQUIRE(y != IDI_NONE, IDI_ERR_INTERNAL, "backward: there is no value to begin with");
    idi_memory *memory = idi_graph_memory(graph);
    const int32_t node_count = idi_graph_node_count(graph);
    const size_t value_count = (size_t)idi_graph_value_count(graph);
    walk w = {.graph = graph, .add = add};
    idi_status st = IDI_OK;
    IDI_TRY_TO(done, idi_alloc_zeroed(memory, IDI_TAG_GRAPH, value_count, sizeof *w.is_needed,
                                      &w.is_needed));
    IDI_TRY_TO(done,
               idi_alloc(memory, IDI_TAG_GRAPH, value_count * sizeof *w.gradient, &w.gradient));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GRAPH, value_count * sizeof *w.again, &w.again));
    for (size_t i = 0; i < value_count; i++) {
        w.gradient[i] = IDI_NONE;
        w.again[i] = (idi_value)i;
    }
    for (int i = 0; i < count; i++)
        w.is_needed[wrt[i]] = true;
    mark_needed(&w, node_count);
    w.gradient[y] = dy;
    for (int32_t n = node_count - 1; n >= 0; n--)
        IDI_TRY_TO(done, visit(&w, n));
    for (int i = 0; i < count; i++)
        gradients_out[i] = w.gradient[wrt[i]];
done:
    idi_free(memory, w.again);
    idi_free(memory, w.gradient);
    idi_free(memory, w.is_needed);
    return st;
}
