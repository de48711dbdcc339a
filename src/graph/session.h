/* SPDX-License-Identifier: Apache-2.0 */
/* graph/session.h - a graph on a device: planned once, run often, allocating nothing.
 *
 * Thread: one thread at a time. The graph, the backend and the parameters must outlive it. */
#ifndef IDI_GRAPH_SESSION_H
#define IDI_GRAPH_SESSION_H

#include "graph/backend.h"

typedef struct idi_graph_session idi_graph_session;

/* Where a parameter lies on the device, in elements of what `kind` (IDI_REAL or IDI_WIDE) is on the
 * backend; NULL: not there, which makes the creation fail with the parameter's name. Nodes only
 * read it, unless the graph assigns the parameter (idi_graph_assign): then a run writes there, and
 * it has to be memory that may be written and that nobody else uses meanwhile. */
typedef const void *(*idi_parameter_source)(void *user, const char *name, idi_dtype kind);

typedef struct idi_graph_plan {
    size_t slab_bytes;      /* inputs, outputs and activations */
    size_t workspace_bytes; /* the largest that any node wants */
} idi_graph_plan;

/* Exact bytes, before anything of the device is taken. */
IDI_NODISCARD idi_status idi_graph_plan_bytes(const idi_graph *graph, idi_backend *backend,
                                              idi_graph_plan *plan_out);

IDI_NODISCARD idi_status idi_graph_session_create(const idi_graph *graph, idi_backend *backend,
                                                  idi_parameter_source source, void *user,
                                                  idi_graph_session **session_out);
void idi_graph_session_destroy(idi_graph_session **session);

/* Somebody else has written parameters' memory: what depends on any runs again at the next run.
 * Parameters that this graph assigns count as set after each run by themselves. */
void idi_graph_session_note_parameters(idi_graph_session *session);

/* Copies an input; what depends on it runs again at the next run. `bytes` must be exact, in what
 * the input's dtype is on the backend. */
IDI_NODISCARD idi_status idi_graph_session_set(idi_graph_session *session, idi_value input,
                                               const void *data, size_t bytes);
/* The same with `count` floats, brought to that type: an input of reals or wide numbers. */
IDI_NODISCARD idi_status idi_graph_session_set_floats(idi_graph_session *session, idi_value input,
                                                      const float *values, int64_t count);
/* Runs what has changed. Nodes of the image rate always run. Fails with IDI_ERR_STATE if an input
 * was never set, with IDI_ERR_CANCELLED if `should_stop` (may be NULL) answers true between two
 * nodes; where the backend can record, the second run of the same nodes records them, later ones
 * replay, and should_stop is asked once before. A run that is cut short has assigned some of the
 * parameters and not others: trainings stop between runs. */
IDI_NODISCARD idi_status idi_graph_session_run(idi_graph_session *session,
                                               bool (*should_stop)(void *user), void *user);
/* Reads a value marked as output (or an input). IDI_ERR_STATE before the first run (before it was
 * set). */
IDI_NODISCARD idi_status idi_graph_session_get(idi_graph_session *session, idi_value value,
                                               void *data, size_t bytes);
IDI_NODISCARD idi_status idi_graph_session_get_floats(idi_graph_session *session, idi_value value,
                                                      float *values, int64_t count);
/* The same from and to memory on the session's device, in the order of the backend: enqueued on
 * return, so that the memory must last until that is done. Where the backend has no stream (see
 * idi_backend.follow) the memory is the host's, and it is done on return. */
IDI_NODISCARD idi_status idi_graph_session_set_from(idi_graph_session *session, idi_value input,
                                                    const void *data, size_t bytes);
IDI_NODISCARD idi_status idi_graph_session_get_floats_to(idi_graph_session *session,
                                                         idi_value value, float *values,
                                                         int64_t count);
/* Bytes of a value on this session's device. */
size_t idi_graph_session_bytes(const idi_graph_session *session, idi_value value);
/* How often node `index` has run: for tests of the rates. */
int64_t idi_graph_session_run_count(const idi_graph_session *session, int32_t index);

#endif
