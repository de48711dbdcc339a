/* SPDX-License-Identifier: Apache-2.0 */
/* graph/autodiff.c - reverse mode: walks the nodes backwards and lets each op's rule append its
 * gradient nodes. Only what lies between the wanted values and y is visited. */
#include "graph/graph.h"

typedef idi_value (*add_function)(idi_graph *, idi_value, idi_value);

typedef struct walk {
    idi_graph *graph;
    bool *is_needed;     /* [values at the start] depends on a wanted value */
    idi_value *gradient; /* [values at the start] */
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

static void accumulate(walk *w, idi_value value, idi_value contribution)
{
    if (contribution == IDI_NONE) return;
    idi_value *gradient = &w->gradient[value];
    *gradient = *gradient == IDI_NONE ? contribution : w->add(w->graph, *gradient, contribution);
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
    node.op->gradient(w->graph, &node, dout, is_wanted, din);
    for (int i = 0; i < node.input_count; i++)
        if (is_wanted[i]) accumulate(w, node.in[i], din[i]);
    return idi_graph_status(w->graph);
}

idi_status idi_graph_backward(idi_graph *graph, idi_value y, idi_value dy, const idi_value *wrt,
                              int count, add_function add, idi_value *gradients_out)
{
    IDI_TRY(idi_graph_status(graph));
    idi_memory *memory = idi_graph_memory(graph);
    const int32_t node_count = idi_graph_node_count(graph);
    const size_t value_count = (size_t)idi_graph_value_count(graph);
    walk w = {.graph = graph, .add = add};
    idi_status st = IDI_OK;
    IDI_TRY_TO(done, idi_alloc_zeroed(memory, IDI_TAG_GRAPH, value_count, sizeof *w.is_needed,
                                      &w.is_needed));
    IDI_TRY_TO(done,
               idi_alloc(memory, IDI_TAG_GRAPH, value_count * sizeof *w.gradient, &w.gradient));
    for (size_t i = 0; i < value_count; i++)
        w.gradient[i] = IDI_NONE;
    for (int i = 0; i < count; i++)
        w.is_needed[wrt[i]] = true;
    mark_needed(&w, node_count);
    w.gradient[y] = dy;
    for (int32_t n = node_count - 1; n >= 0; n--)
        IDI_TRY_TO(done, visit(&w, n));
    for (int i = 0; i < count; i++)
        gradients_out[i] = w.gradient[wrt[i]];
done:
    idi_free(memory, w.gradient);
    idi_free(memory, w.is_needed);
    return st;
}
