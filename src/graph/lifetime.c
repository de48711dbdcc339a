/* SPDX-License-Identifier: Apache-2.0 */
/* graph/lifetime.c - see lifetime.h. */
#include "graph/lifetime.h"

static const uint64_t image_bit = 2; /* see idi_node.depends */

size_t idi_value_bytes(const idi_graph *graph, const idi_backend *backend, idi_value value)
{
    const idi_value_info *info = idi_graph_get_value(graph, value);
    return (size_t)idi_shape_count(&info->shape) *
           idi_dtype_bytes(idi_backend_dtype(backend, info->dtype));
}

void idi_find_used(const idi_graph *graph, bool *is_used)
{
    const int32_t node_count = idi_graph_node_count(graph);
    for (int32_t n = 0; n < node_count; n++)
        is_used[n] = false;
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (info->is_output && info->producer >= 0) is_used[info->producer] = true;
        if (info->assigned != IDI_NONE)
            is_used[idi_graph_get_value(graph, info->assigned)->producer] = true;
    }
    for (int32_t n = node_count - 1; n >= 0; n--) {
        const idi_node *node = idi_graph_get_node(graph, n);
        for (int i = 0; is_used[n] && i < node->input_count; i++) {
            if (node->in[i] == IDI_NONE) continue;
            const int32_t producer = idi_graph_get_value(graph, node->in[i])->producer;
            if (producer >= 0) is_used[producer] = true;
        }
    }
}

static bool owns_slab_place(const idi_value_info *info, idi_value value, const bool *is_used)
{
    return info->storage == value && info->role != IDI_ROLE_PARAMETER &&
           (info->producer < 0 || is_used[info->producer]);
}

void idi_find_lifetimes(const idi_graph *graph, const idi_backend *backend, const bool *is_used,
                        idi_plan_block *blocks)
{
    const int32_t node_count = idi_graph_node_count(graph);
    const int32_t value_count = idi_graph_value_count(graph);
    for (idi_value v = 0; v < value_count; v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        blocks[v] = (idi_plan_block){.first = info->producer, .last = info->producer};
        if (!owns_slab_place(info, v, is_used)) continue;
        blocks[v].bytes = idi_value_bytes(graph, backend, v);
        if (info->role == IDI_ROLE_INPUT) blocks[v].last = node_count;
    }
    for (int32_t n = 0; n < node_count; n++) {
        const idi_node *node = idi_graph_get_node(graph, n);
        for (int i = 0; is_used[n] && i < node->input_count; i++) {
            if (node->in[i] == IDI_NONE) continue;
            const idi_value storage = idi_graph_get_value(graph, node->in[i])->storage;
            if (blocks[storage].last < n) blocks[storage].last = n;
            const uint64_t depends = idi_graph_get_value(graph, storage)->depends;
            if (depends == node->depends || (depends & image_bit)) continue;
            blocks[storage].first = -1;
            blocks[storage].last = node_count;
        }
    }
    for (idi_value v = 0; v < value_count; v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (!info->is_output) continue;
        blocks[info->storage].last = node_count;
        if (!(info->depends & image_bit)) blocks[info->storage].first = -1;
    }
}
