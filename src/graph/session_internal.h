/* SPDX-License-Identifier: Apache-2.0 */
/* graph/session_internal.h - what a session holds: session.c makes and runs it, session_copy.c
 * copies in and out. */
#ifndef IDI_GRAPH_SESSION_INTERNAL_H
#define IDI_GRAPH_SESSION_INTERNAL_H

#include "graph/plan.h"
#include "graph/recording.h"
#include "graph/session.h"

struct idi_graph_session {
    const idi_graph *graph;
    idi_backend *backend;
    idi_exec *execs;        /* [nodes] */
    bool *is_used;          /* [nodes] idi_find_used(); the others never run */
    int64_t *run_counts;    /* [nodes] */
    idi_plan_block *blocks; /* [values] place of each value that owns storage */
    bool *is_set;           /* [values] inputs that have content */
    char *slab;
    char *workspace;
    void *converted; /* for numbers that are no floats, on their way from and to floats; or NULL */
    uint64_t dirty;  /* what was set since the last complete run; weights at first */
    uint64_t used;   /* the bits that nodes depend on */
    uint64_t assigned; /* the bits of the parameters that a run changes */
    bool has_run;      /* once, to its end */
    idi_recordings recordings;
};

/* Floating numbers that are no floats on the backend. */
static inline bool idi_value_is_converted(const idi_backend *backend, const idi_value_info *info)
{
    return (info->dtype == IDI_REAL || info->dtype == IDI_WIDE) &&
           idi_backend_dtype(backend, info->dtype) != IDI_F32;
}

#endif
