/* SPDX-License-Identifier: Apache-2.0 */
/* graph/session.c - resolves a graph once (lifetimes, offsets, pointers), then runs it as a loop.
 */
#include "graph/lifetime.h"
#include "graph/session_internal.h"

#include <string.h>

static const uint64_t image_bit = 2; /* see idi_node.depends */

static idi_tensor describe(const idi_graph *graph, idi_value value)
{
    if (value == IDI_NONE) return (idi_tensor){.data = NULL};
    const idi_value_info *info = idi_graph_get_value(graph, value);
    return (idi_tensor){NULL, info->dtype, info->shape};
}

static idi_exec describe_node(const idi_graph *graph, const idi_backend *backend,
                              const idi_node *node)
{
    idi_exec exec = {.thread_count = backend->thread_count,
                     .attr = node->attr,
                     .input_count = node->input_count,
                     .output_count = node->output_count};
    for (int i = 0; i < node->input_count; i++)
        exec.in[i] = describe(graph, node->in[i]);
    for (int k = 0; k < node->output_count; k++)
        exec.out[k] = describe(graph, node->out[k]);
    return exec;
}

static idi_status find_largest_workspace(const idi_graph *graph, idi_backend *backend,
                                         const bool *is_used, size_t *largest_out)
{
    *largest_out = 0;
    for (int32_t n = 0; n < idi_graph_node_count(graph); n++) {
        const idi_node *node = idi_graph_get_node(graph, n);
        if (node->op->is_view || !is_used[n]) continue;
        const idi_exec exec = describe_node(graph, backend, node);
        size_t bytes;
        IDI_TRY(backend->workspace_bytes(backend, node->op, &exec, &bytes));
        if (bytes > *largest_out) *largest_out = bytes;
    }
    return IDI_OK;
}

static idi_status make_plan(const idi_graph *graph, idi_backend *backend, bool *is_used,
                            idi_plan_block *blocks, idi_graph_plan *plan)
{
    idi_find_used(graph, is_used);
    idi_find_lifetimes(graph, backend, is_used, blocks);
    IDI_TRY(
        idi_plan_memory(backend->memory, blocks, idi_graph_value_count(graph), &plan->slab_bytes));
    return find_largest_workspace(graph, backend, is_used, &plan->workspace_bytes);
}

idi_status idi_graph_plan_bytes(const idi_graph *graph, idi_backend *backend,
                                idi_graph_plan *plan_out)
{
    IDI_TRY(idi_graph_status(graph));
    idi_memory *memory = backend->memory;
    idi_plan_block *blocks = NULL;
    bool *is_used = NULL;
    idi_status st = IDI_OK;
    IDI_TRY_TO(done, idi_alloc_zeroed(memory, IDI_TAG_GRAPH, (size_t)idi_graph_value_count(graph),
                                      sizeof *blocks, &blocks));
    IDI_TRY_TO(done, idi_alloc_zeroed(memory, IDI_TAG_GRAPH, (size_t)idi_graph_node_count(graph),
                                      sizeof *is_used, &is_used));
    st = make_plan(graph, backend, is_used, blocks, plan_out);
done:
    idi_free(memory, is_used);
    idi_free(memory, blocks);
    return st;
}

static idi_status resolve(idi_graph_session *session, idi_parameter_source source, void *user,
                          idi_value value, void **data_out)
{
    *data_out = NULL;
    if (value == IDI_NONE) return IDI_OK;
    const idi_value_info *info = idi_graph_get_value(session->graph, value);
    const idi_value_info *owner = idi_graph_get_value(session->graph, info->storage);
    if (owner->role != IDI_ROLE_PARAMETER) {
        *data_out = session->slab + session->blocks[info->storage].offset;
        return IDI_OK;
    }
    const void *data = source ? source(user, owner->name, owner->dtype) : NULL;
    IDI_REQUIRE(data, IDI_ERR_WEIGHTS, "no weights for %s %s", owner->name,
                idi_shape_format(&owner->shape).text);
    memcpy(data_out, &data, sizeof data); /* written to only if the parameter is assigned */
    return IDI_OK;
}

static idi_status resolve_all(idi_graph_session *session, idi_parameter_source source, void *user)
{
    for (int32_t n = 0; n < idi_graph_node_count(session->graph); n++) {
        const idi_node *node = idi_graph_get_node(session->graph, n);
        idi_exec *exec = &session->execs[n];
        if (!session->is_used[n]) continue;
        *exec = describe_node(session->graph, session->backend, node);
        exec->workspace = session->workspace;
        for (int i = 0; i < node->input_count; i++)
            IDI_TRY(resolve(session, source, user, node->in[i], &exec->in[i].data));
        for (int k = 0; k < node->output_count; k++)
            IDI_TRY(resolve(session, source, user, node->out[k], &exec->out[k].data));
    }
    return IDI_OK;
}

/* Room for the copies that a caller can ask for. */
static idi_status prepare_copies(idi_graph_session *session)
{
    idi_backend *backend = session->backend;
    size_t largest = 0;
    size_t largest_converted = 0;
    for (idi_value v = 0; v < idi_graph_value_count(session->graph); v++) {
        const idi_value_info *info = idi_graph_get_value(session->graph, v);
        if (info->role != IDI_ROLE_INPUT && !info->is_output) continue;
        const size_t bytes = idi_value_bytes(session->graph, backend, v);
        if (bytes > largest) largest = bytes;
        if (idi_value_is_converted(backend, info) && bytes > largest_converted)
            largest_converted = bytes;
    }
    if (backend->prepare) IDI_TRY(backend->prepare(backend, largest));
    if (largest_converted == 0) return IDI_OK;
    return idi_alloc(backend->memory, IDI_TAG_GENERAL, largest_converted, &session->converted);
}

idi_status idi_graph_session_create(const idi_graph *graph, idi_backend *backend,
                                    idi_parameter_source source, void *user,
                                    idi_graph_session **session_out)
{
    *session_out = NULL;
    IDI_TRY(idi_graph_status(graph));
    const size_t node_count = (size_t)idi_graph_node_count(graph);
    const size_t value_count = (size_t)idi_graph_value_count(graph);
    idi_memory *memory = backend->memory;
    idi_graph_session *s;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *s, &s));
    s->graph = graph;
    s->backend = backend;
    s->dirty = ~0ULL;
    idi_status st = IDI_OK;
    idi_graph_plan plan;
    IDI_TRY_TO(fail,
               idi_alloc_zeroed(memory, IDI_TAG_GRAPH, node_count, sizeof *s->execs, &s->execs));
    IDI_TRY_TO(
        fail, idi_alloc_zeroed(memory, IDI_TAG_GRAPH, node_count, sizeof *s->is_used, &s->is_used));
    IDI_TRY_TO(fail, idi_alloc_zeroed(memory, IDI_TAG_GRAPH, node_count, sizeof *s->run_counts,
                                      &s->run_counts));
    IDI_TRY_TO(fail,
               idi_alloc_zeroed(memory, IDI_TAG_GRAPH, value_count, sizeof *s->blocks, &s->blocks));
    IDI_TRY_TO(fail,
               idi_alloc_zeroed(memory, IDI_TAG_GRAPH, value_count, sizeof *s->is_set, &s->is_set));
    IDI_TRY_TO(fail, make_plan(graph, backend, s->is_used, s->blocks, &plan));
    IDI_TRY_TO(fail,
               backend->alloc(backend, IDI_TAG_ACTIVATION, plan.slab_bytes, (void **)&s->slab));
    IDI_TRY_TO(fail, backend->alloc(backend, IDI_TAG_WORKSPACE, plan.workspace_bytes,
                                    (void **)&s->workspace));
    IDI_TRY_TO(fail, resolve_all(s, source, user));
    IDI_TRY_TO(fail, prepare_copies(s));
    for (int32_t n = 0; n < idi_graph_node_count(graph); n++)
        if (s->is_used[n]) s->used |= idi_graph_get_node(graph, n)->depends;
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++)
        if (idi_graph_get_value(graph, v)->assigned != IDI_NONE)
            s->assigned |= idi_graph_get_value(graph, v)->depends;
    *session_out = s;
    return IDI_OK;
fail:
    idi_graph_session_destroy(&s);
    return st;
}

void idi_graph_session_destroy(idi_graph_session **session)
{
    if (!session || !*session) return;
    idi_graph_session *s = *session;
    idi_memory *memory = s->backend->memory;
    idi_recordings_clear(&s->recordings, s->backend);
    s->backend->free(s->backend, s->workspace);
    s->backend->free(s->backend, s->slab);
    idi_free(memory, s->converted);
    idi_free(memory, s->is_set);
    idi_free(memory, s->blocks);
    idi_free(memory, s->run_counts);
    idi_free(memory, s->is_used);
    idi_free(memory, s->execs);
    idi_free(memory, s);
    *session = NULL;
}

static idi_status require_inputs(const idi_graph_session *session)
{
    for (idi_value v = 0; v < idi_graph_value_count(session->graph); v++) {
        const idi_value_info *info = idi_graph_get_value(session->graph, v);
        IDI_REQUIRE(info->role != IDI_ROLE_INPUT || session->is_set[v], IDI_ERR_STATE,
                    "session: input %s was never set", info->name);
    }
    return IDI_OK;
}

typedef bool (*stop_function)(void *user);

static idi_status ask(stop_function should_stop, void *user)
{
    IDI_REQUIRE(!should_stop || !should_stop(user), IDI_ERR_CANCELLED, "stopped as asked");
    return IDI_OK;
}

static bool is_due(const idi_graph_session *session, int32_t index)
{
    return session->is_used[index] &&
           (idi_graph_get_node(session->graph, index)->depends & session->dirty);
}

static idi_status run_node(idi_graph_session *session, int32_t index)
{
    const idi_node *node = idi_graph_get_node(session->graph, index);
    if (node->op->is_view) return IDI_OK;
    return session->backend->run(session->backend, node->op, &session->execs[index]);
}

static idi_status run_directly(idi_graph_session *session, stop_function should_stop, void *user)
{
    for (int32_t n = 0; n < idi_graph_node_count(session->graph); n++) {
        if (!is_due(session, n)) continue;
        IDI_TRY(ask(should_stop, user));
        session->run_counts[n]++;
        IDI_TRY(run_node(session, n));
    }
    return IDI_OK;
}

/* A failure inside ends the recording too. */
static idi_status record(idi_graph_session *session, void **recording_out)
{
    idi_backend *backend = session->backend;
    idi_status st = IDI_OK;
    IDI_TRY(backend->record_begin(backend));
    for (int32_t n = 0; n < idi_graph_node_count(session->graph) && st == IDI_OK; n++)
        if (is_due(session, n)) st = run_node(session, n);
    if (st == IDI_OK) return backend->record_end(backend, recording_out);
    const idi_status ended = backend->record_end(backend, NULL);
    return ended == IDI_OK ? st : ended;
}

static idi_status run_recorded(idi_graph_session *session, idi_recording_slot *slot,
                               stop_function should_stop, void *user)
{
    idi_backend *backend = session->backend;
    IDI_TRY(ask(should_stop, user));
    if (!slot->recording) IDI_TRY(record(session, &slot->recording));
    for (int32_t n = 0; n < idi_graph_node_count(session->graph); n++)
        if (is_due(session, n)) session->run_counts[n]++;
    return backend->replay(backend, slot->recording);
}

idi_status idi_graph_session_run(idi_graph_session *session, bool (*should_stop)(void *user),
                                 void *user)
{
    IDI_TRY(require_inputs(session));
    session->dirty |= image_bit;
    const uint64_t dirty = session->dirty & session->used;
    const bool can_record = session->backend->replay && dirty;
    idi_recording_slot *slot = can_record ? idi_recordings_find(&session->recordings, dirty) : NULL;
    if (slot) {
        IDI_TRY(run_recorded(session, slot, should_stop, user));
    } else {
        IDI_TRY(run_directly(session, should_stop, user));
        if (can_record) idi_recordings_note(&session->recordings, session->backend, dirty);
    }
    session->dirty = session->assigned;
    session->has_run = true;
    return IDI_OK;
}

void idi_graph_session_note_parameters(idi_graph_session *session)
{
    session->dirty |= IDI_DEPENDS_WEIGHTS;
}

int64_t idi_graph_session_run_count(const idi_graph_session *session, int32_t index)
{
    return session->run_counts[index];
}
