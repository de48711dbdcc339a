/* SPDX-License-Identifier: Apache-2.0 */
/* graph/session_copy.c - a session's inputs and outputs, from and to the host's memory or the
 * caller's on the device. */
#include "core/half.h"
#include "graph/lifetime.h"
#include "graph/session_internal.h"

size_t idi_graph_session_bytes(const idi_graph_session *session, idi_value value)
{
    return idi_value_bytes(session->graph, session->backend, value);
}

/* The place of an input that takes `bytes`. */
static idi_status find_target(const idi_graph_session *session, idi_value input, size_t bytes,
                              void **target_out)
{
    *target_out = NULL;
    const idi_value_info *info = idi_graph_get_value(session->graph, input);
    IDI_REQUIRE(info->role == IDI_ROLE_INPUT, IDI_ERR_ARG, "session: value %d is no input", input);
    const size_t wanted = idi_value_bytes(session->graph, session->backend, input);
    IDI_REQUIRE(bytes == wanted, IDI_ERR_SHAPE, "session: input %s %s takes %zu bytes, got %zu",
                info->name, idi_shape_format(&info->shape).text, wanted, bytes);
    *target_out = session->slab + session->blocks[input].offset;
    return IDI_OK;
}

static void note_set(idi_graph_session *session, idi_value input)
{
    session->is_set[input] = true;
    session->dirty |= idi_graph_get_value(session->graph, input)->depends;
}

idi_status idi_graph_session_set(idi_graph_session *session, idi_value input, const void *data,
                                 size_t bytes)
{
    void *target;
    IDI_TRY(find_target(session, input, bytes, &target));
    IDI_TRY(session->backend->upload(session->backend, target, data, bytes));
    note_set(session, input);
    return IDI_OK;
}

idi_status idi_graph_session_set_from(idi_graph_session *session, idi_value input, const void *data,
                                      size_t bytes)
{
    idi_backend *backend = session->backend;
    if (!backend->copy) return idi_graph_session_set(session, input, data, bytes);
    void *target;
    IDI_TRY(find_target(session, input, bytes, &target));
    IDI_TRY(backend->copy(backend, target, data, bytes));
    note_set(session, input);
    return IDI_OK;
}

static idi_status check_floats(const idi_graph_session *session, idi_value value, int64_t count)
{
    const idi_value_info *info = idi_graph_get_value(session->graph, value);
    const int64_t wanted = idi_shape_count(&info->shape);
    IDI_REQUIRE(info->dtype == IDI_REAL || info->dtype == IDI_WIDE, IDI_ERR_ARG,
                "session: value %d holds %s, not reals", value, idi_dtype_name(info->dtype));
    IDI_REQUIRE(count == wanted, IDI_ERR_SHAPE, "session: %s %s has %lld numbers, got %lld",
                info->name, idi_shape_format(&info->shape).text, (long long)wanted,
                (long long)count);
    return IDI_OK;
}

idi_status idi_graph_session_set_floats(idi_graph_session *session, idi_value input,
                                        const float *values, int64_t count)
{
    void *target; /* there is one: room for the conversion too */
    IDI_TRY(check_floats(session, input, count));
    const size_t bytes = idi_graph_session_bytes(session, input);
    const idi_value_info *info = idi_graph_get_value(session->graph, input);
    IDI_TRY(find_target(session, input, bytes, &target));
    if (!idi_value_is_converted(session->backend, info))
        return idi_graph_session_set(session, input, values, bytes);
    idi_floats_to(session->backend->real, values, count, session->converted);
    return idi_graph_session_set(session, input, session->converted, bytes);
}

/* The place of a value that may be read and holds `bytes`. */
static idi_status find_source(const idi_graph_session *session, idi_value value, size_t bytes,
                              const void **source_out)
{
    *source_out = NULL;
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
    *source_out = session->slab + session->blocks[info->storage].offset;
    return IDI_OK;
}

idi_status idi_graph_session_get(idi_graph_session *session, idi_value value, void *data,
                                 size_t bytes)
{
    const void *source;
    IDI_TRY(find_source(session, value, bytes, &source));
    return session->backend->download(session->backend, data, source, bytes);
}

idi_status idi_graph_session_get_floats(idi_graph_session *session, idi_value value, float *values,
                                        int64_t count)
{
    IDI_TRY(check_floats(session, value, count));
    const size_t bytes = idi_graph_session_bytes(session, value);
    const idi_value_info *info = idi_graph_get_value(session->graph, value);
    if (!idi_value_is_converted(session->backend, info))
        return idi_graph_session_get(session, value, values, bytes);
    IDI_TRY(idi_graph_session_get(session, value, session->converted, bytes));
    idi_floats_from(session->backend->real, session->converted, count, values);
    return IDI_OK;
}

idi_status idi_graph_session_get_floats_to(idi_graph_session *session, idi_value value,
                                           float *values, int64_t count)
{
    idi_backend *backend = session->backend;
    if (!backend->copy_floats) return idi_graph_session_get_floats(session, value, values, count);
    const void *source;
    IDI_TRY(check_floats(session, value, count));
    const size_t bytes = idi_graph_session_bytes(session, value);
    IDI_TRY(find_source(session, value, bytes, &source));
    if (!idi_value_is_converted(backend, idi_graph_get_value(session->graph, value)))
        return backend->copy(backend, values, source, bytes);
    return backend->copy_floats(backend, values, source, count);
}
