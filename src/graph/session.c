/* SPDX-License-Identifier: Apache-2.0 */
/* graph/session.c - resolves a graph once (lifetimes, offsets, pointers), then runs it as a loop.
 */
#include "graph/session.h"
#include "core/half.h"
#include "graph/lifetime.h"
#include "graph/recording.h"

#include <string.h>

static const uint64_t image_bit = 2; /* see idi_node.depends */

struct idi_graph_session {
    const idi_graph *graph;
    idi_backend *backend;
    idi_exec *execs;        /* [nodes] */
    int64_t *run_counts;    /* [nodes] */
    idi_plan_block *blocks; /* [values] place of each value that owns storage */
    bool *is_set;           /* [values] inputs that have content */
    char *slab;
    char *workspace;
    void *converted; /* for floats on their way; NULL where the backend's reals are floats */
    uint64_t dirty;  /* what was set since the last complete run; weights at first */
    uint64_t used;   /* the bits that nodes depend on */
    bool has_run;    /* once, to its end */
    idi_recordings recordings;
};

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
                                         size_t *largest_out)
{
    *largest_out = 0;
    for (int32_t n = 0; n < idi_graph_node_count(graph); n++) {
        const idi_node *node = idi_graph_get_node(graph, n);
        if (node->op->is_view) continue;
        const idi_exec exec = describe_node(graph, backend, node);
        size_t bytes;
        IDI_TRY(backend->workspace_bytes(backend, node->op, &exec, &bytes));
        if (bytes > *largest_out) *largest_out = bytes;
    }
    return IDI_OK;
}

static idi_status make_plan(const idi_graph *graph, idi_backend *backend, idi_plan_block *blocks,
                            idi_graph_plan *plan)
{
    idi_find_lifetimes(graph, backend, blocks);
    IDI_TRY(
        idi_plan_memory(backend->memory, blocks, idi_graph_value_count(graph), &plan->slab_bytes));
    return find_largest_workspace(graph, backend, &plan->workspace_bytes);
}

idi_status idi_graph_plan_bytes(const idi_graph *graph, idi_backend *backend,
                                idi_graph_plan *plan_out)
{
    IDI_TRY(idi_graph_status(graph));
    idi_plan_block *blocks;
    IDI_TRY(idi_alloc_zeroed(backend->memory, IDI_TAG_GRAPH, (size_t)idi_graph_value_count(graph),
                             sizeof *blocks, &blocks));
    idi_status st = make_plan(graph, backend, blocks, plan_out);
    idi_free(backend->memory, blocks);
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
    const void *data = source ? source(user, owner->name) : NULL;
    IDI_REQUIRE(data, IDI_ERR_WEIGHTS, "no weights for %s %s", owner->name,
                idi_shape_format(&owner->shape).text);
    memcpy(data_out, &data, sizeof data); /* nodes only read parameters */
    return IDI_OK;
}

static idi_status resolve_all(idi_graph_session *session, idi_parameter_source source, void *user)
{
    for (int32_t n = 0; n < idi_graph_node_count(session->graph); n++) {
        const idi_node *node = idi_graph_get_node(session->graph, n);
        idi_exec *exec = &session->execs[n];
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
    size_t largest_real = 0;
    for (idi_value v = 0; v < idi_graph_value_count(session->graph); v++) {
        const idi_value_info *info = idi_graph_get_value(session->graph, v);
        if (info->role != IDI_ROLE_INPUT && !info->is_output) continue;
        const size_t bytes = idi_value_bytes(session->graph, backend, v);
        if (bytes > largest) largest = bytes;
        if (info->dtype == IDI_REAL && bytes > largest_real) largest_real = bytes;
    }
    if (backend->prepare) IDI_TRY(backend->prepare(backend, largest));
    if (backend->real == IDI_F32) return IDI_OK;
    return idi_alloc(backend->memory, IDI_TAG_GENERAL, largest_real, &session->converted);
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
    IDI_TRY_TO(fail, idi_alloc_zeroed(memory, IDI_TAG_GRAPH, node_count, sizeof *s->run_counts,
                                      &s->run_counts));
    IDI_TRY_TO(fail,
               idi_alloc_zeroed(memory, IDI_TAG_GRAPH, value_count, sizeof *s->blocks, &s->blocks));
    IDI_TRY_TO(fail,
               idi_alloc_zeroed(memory, IDI_TAG_GRAPH, value_count, sizeof *s->is_set, &s->is_set));
    IDI_TRY_TO(fail, make_plan(graph, backend, s->blocks, &plan));
    IDI_TRY_TO(fail,
               backend->alloc(backend, IDI_TAG_ACTIVATION, plan.slab_bytes, (void **)&s->slab));
    IDI_TRY_TO(fail, backend->alloc(backend, IDI_TAG_WORKSPACE, plan.workspace_bytes,
                                    (void **)&s->workspace));
    IDI_TRY_TO(fail, resolve_all(s, source, user));
    IDI_TRY_TO(fail, prepare_copies(s));
    for (int32_t n = 0; n < idi_graph_node_count(graph); n++)
        s->used |= idi_graph_get_node(graph, n)->depends;
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
    idi_free(memory, s->execs);
    idi_free(memory, s);
    *session = NULL;
}

size_t idi_graph_session_bytes(const idi_graph_session *session, idi_value value)
{
    return idi_value_bytes(session->graph, session->backend, value);
}

idi_status idi_graph_session_set(idi_graph_session *session, idi_value input, const void *data,
                                 size_t bytes)
{
    const idi_value_info *info = idi_graph_get_value(session->graph, input);
    IDI_REQUIRE(info->role == IDI_ROLE_INPUT, IDI_ERR_ARG, "session: value %d is no input", input);
    const size_t wanted = idi_value_bytes(session->graph, session->backend, input);
    IDI_REQUIRE(bytes == wanted, IDI_ERR_SHAPE, "session: input %s %s takes %zu bytes, got %zu",
                info->name, idi_shape_format(&info->shape).text, wanted, bytes);
    char *target = session->slab + session->blocks[input].offset;
    IDI_TRY(session->backend->upload(session->backend, target, data, bytes));
    session->is_set[input] = true;
    session->dirty |= info->depends;
    return IDI_OK;
}

static idi_status check_floats(const idi_graph_session *session, idi_value value, int64_t count)
{
    const idi_value_info *info = idi_graph_get_value(session->graph, value);
    const int64_t wanted = idi_shape_count(&info->shape);
    IDI_REQUIRE(info->dtype == IDI_REAL, IDI_ERR_ARG, "session: value %d holds %s, not reals",
                value, idi_dtype_name(info->dtype));
    IDI_REQUIRE(count == wanted, IDI_ERR_SHAPE, "session: %s %s has %lld numbers, got %lld",
                info->name, idi_shape_format(&info->shape).text, (long long)wanted,
                (long long)count);
    return IDI_OK;
}

idi_status idi_graph_session_set_floats(idi_graph_session *session, idi_value input,
                                        const float *values, int64_t count)
{
    IDI_TRY(check_floats(session, input, count));
    const size_t bytes = idi_graph_session_bytes(session, input);
    if (!session->converted) return idi_graph_session_set(session, input, values, bytes);
    idi_floats_to(session->backend->real, values, count, session->converted);
    return idi_graph_session_set(session, input, session->converted, bytes);
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
    return idi_graph_get_node(session->graph, index)->depends & session->dirty;
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
    session->dirty = 0;
    session->has_run = true;
    return IDI_OK;
}

idi_status idi_graph_session_get(idi_graph_session *session, idi_value value, void *data,
                                 size_t bytes)
{
    const idi_value_info *info = idi_graph_get_value(session->graph, value);
    IDI_REQUIRE(info->is_output || info->role == IDI_ROLE_INPUT, IDI_ERR_ARG,
                "session: value %d is no output", value);
    const size_t wanted = idi_value_bytes(session->graph, session->backend, value);
    IDI_REQUIRE(bytes == wanted, IDI_ERR_SHAPE, "session: output %s has %zu bytes, asked for %zu",
                idi_shape_format(&info->shape).text, wanted, bytes);
    const idi_value_info *owner = idi_graph_get_value(session->graph, info->storage);
    IDI_REQUIRE(owner->role != IDI_ROLE_PARAMETER, IDI_ERR_ARG,
                "session: value %d is the parameter %s, which lies with its owner", value,
                owner->name);
    const bool has_content =
        owner->role == IDI_ROLE_INPUT ? session->is_set[info->storage] : session->has_run;
    IDI_REQUIRE(has_content, IDI_ERR_STATE, "session: value %d has no content before %s", value,
                owner->role == IDI_ROLE_INPUT ? "it is set" : "a run");
    const char *source = session->slab + session->blocks[info->storage].offset;
    return session->backend->download(session->backend, data, source, bytes);
}

idi_status idi_graph_session_get_floats(idi_graph_session *session, idi_value value, float *values,
                                        int64_t count)
{
    IDI_TRY(check_floats(session, value, count));
    const size_t bytes = idi_graph_session_bytes(session, value);
    if (!session->converted) return idi_graph_session_get(session, value, values, bytes);
    IDI_TRY(idi_graph_session_get(session, value, session->converted, bytes));
    idi_floats_from(session->backend->real, session->converted, count, values);
    return IDI_OK;
}

int64_t idi_graph_session_run_count(const idi_graph_session *session, int32_t index)
{
    return session->run_counts[index];
}
