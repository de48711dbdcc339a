/* SPDX-License-Identifier: Apache-2.0 */
/* graph/backend.h - what a device is to the graph: memory, copies, and running one node. */
#ifndef IDI_GRAPH_BACKEND_H
#define IDI_GRAPH_BACKEND_H

#include "graph/graph.h"

/* One node, resolved: what an op's function receives. Absent inputs and outputs have data NULL. */
typedef struct idi_exec {
    const void *attr;
    idi_tensor in[IDI_MAX_INPUTS];
    idi_tensor out[IDI_MAX_OUTPUTS];
    int input_count;
    int output_count;
    void *workspace;
    int thread_count; /* what per-thread parts of the workspace were sized for */
} idi_exec;

typedef struct idi_backend idi_backend;

struct idi_backend {
    const char *name;
    idi_dtype real;        /* what an IDI_REAL element is */
    size_t real_bytes;     /* its size */
    int thread_count;      /* host threads that an op may use; fixed when the backend is made */
    bool is_remote;        /* its blocks are not the host's to read and write */
    bool is_for_inference; /* rounds more than a training bears */
    bool is_coarse;        /* its reals do not hold a weight's small steps: a training's graphs mix
                              kinds (idi_graph_mix) */
    idi_memory *memory;
    IDI_NODISCARD idi_status (*alloc)(idi_backend *backend, idi_tag tag, size_t bytes, void **out);
    void (*free)(idi_backend *backend, void *block);
    /* To and from the device, in the order of the calls and of the nodes. On return an upload has
     * read its source; a download is complete, and so is everything before it. */
    IDI_NODISCARD idi_status (*upload)(idi_backend *backend, void *target, const void *source,
                                       size_t bytes);
    IDI_NODISCARD idi_status (*download)(idi_backend *backend, void *target, const void *source,
                                         size_t bytes);
    /* Scratch that the node wants; the exec has shapes but no pointers yet. */
    IDI_NODISCARD idi_status (*workspace_bytes)(idi_backend *backend, const idi_op_info *op,
                                                const idi_exec *exec, size_t *bytes_out);
    IDI_NODISCARD idi_status (*run)(idi_backend *backend, const idi_op_info *op,
                                    const idi_exec *exec);
    /* Optional. Told once by a session that is being made: the largest copy that it will ask for,
     * so that its copies allocate nothing. */
    IDI_NODISCARD idi_status (*prepare)(idi_backend *backend, size_t largest_copy_bytes);
    /* Optional. Returns when everything that was asked for is done; NULL: it always is. */
    IDI_NODISCARD idi_status (*wait)(idi_backend *backend);
    /* Optional, all four or none: nodes kept, to be run again in one go. Between begin and end,
     * run() keeps a node instead of running it. record_end() always ends; with recording_out NULL
     * it forgets what was kept. */
    IDI_NODISCARD idi_status (*record_begin)(idi_backend *backend);
    IDI_NODISCARD idi_status (*record_end)(idi_backend *backend, void **recording_out);
    IDI_NODISCARD idi_status (*replay)(idi_backend *backend, void *recording);
    void (*recording_destroy)(idi_backend *backend, void *recording); /* NULL-safe */
    /* Optional, all five or none: working on a stream and memory of the caller's on this device.
     * None of them waits. NULL: the backend has done what it was asked for when a call returns, and
     * the caller's memory is the host's. */
    /* IDI_ERR_ARG, naming `what`, unless the address lies in this device's memory. */
    IDI_NODISCARD idi_status (*check_address)(idi_backend *backend, const char *what,
                                              const void *address);
    /* What is asked for from here on begins after what `stream`, the caller's, has been given.
     * IDI_ERR_STATE if its owner is recording it. */
    IDI_NODISCARD idi_status (*follow)(idi_backend *backend, void *stream);
    /* What `stream` is given from here on begins after everything that was asked for. */
    IDI_NODISCARD idi_status (*lead)(idi_backend *backend, void *stream);
    /* Within the device, in the order of the calls and of the nodes. */
    IDI_NODISCARD idi_status (*copy)(idi_backend *backend, void *target, const void *source,
                                     size_t bytes);
    /* The same from `count` of the backend's reals, which are no floats, to floats. */
    IDI_NODISCARD idi_status (*copy_floats)(idi_backend *backend, float *target, const void *source,
                                            int64_t count);
};

/* What an element of a graph's dtype is on the backend: IDI_REAL and IDI_WIDE by their meaning
 * (core/tensor.h), the others themselves. */
static inline idi_dtype idi_backend_dtype(const idi_backend *backend, idi_dtype dtype)
{
    if (dtype != IDI_REAL && dtype != IDI_WIDE) return dtype;
    return dtype == IDI_WIDE && backend->real_bytes < sizeof(float) ? IDI_F32 : backend->real;
}

#endif
