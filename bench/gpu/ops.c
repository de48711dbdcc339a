/* SPDX-License-Identifier: Apache-2.0 */
/* bench/gpu/ops.c - every node of the generator by itself: time, bytes and operations. The
 * backend's run function is replaced by one that repeats the node between two waits. */
#include "ops/ops.h"
#include "bench.h"
#include "ops/macs.h"

#include <stdio.h>
#include <stdlib.h>

enum { REPEAT = 20, MAX_NODES = 4096 };

typedef struct node_time {
    const idi_op_info *op;
    const idi_exec *exec;
    double seconds;
} node_time;

/* The backend's function has no place for a user's pointer. */
static struct {
    idi_status (*run)(idi_backend *backend, const idi_op_info *op, const idi_exec *exec);
    node_time nodes[MAX_NODES];
    int count;
} profile;

static idi_status run_repeatedly(idi_backend *backend, const idi_op_info *op, const idi_exec *exec)
{
    IDI_TRY(profile.run(backend, op, exec)); /* warm */
    IDI_TRY_CUDA(cudaDeviceSynchronize());
    const double start = bench_now();
    for (int i = 0; i < REPEAT; i++)
        IDI_TRY(profile.run(backend, op, exec));
    IDI_TRY_CUDA(cudaDeviceSynchronize());
    if (profile.count < MAX_NODES)
        profile.nodes[profile.count++] =
            (node_time){op, exec, (bench_now() - start) / (double)REPEAT};
    return IDI_OK;
}

static double exec_bytes(const idi_exec *exec, const idi_backend *backend)
{
    double bytes = 0.0;
    for (int i = 0; i < exec->input_count + exec->output_count; i++) {
        const idi_tensor *t =
            i < exec->input_count ? &exec->in[i] : &exec->out[i - exec->input_count];
        const size_t size = idi_dtype_bytes(idi_backend_dtype(backend, t->dtype));
        if (t->data) bytes += (double)idi_shape_count(&t->shape) * (double)size;
    }
    return bytes;
}

static int slower_first(const void *a, const void *b)
{
    const double x = ((const node_time *)a)->seconds;
    const double y = ((const node_time *)b)->seconds;
    return (x < y) - (x > y);
}

static json_t *report(const node_time *n, const idi_backend *backend)
{
    const double bytes = exec_bytes(n->exec, backend);
    const idi_shape_text shape = idi_shape_format(&n->exec->out[0].shape);
    (void)printf("%-20s %-24s %9.1f us  %8.1f GB/s\n", n->op->name, shape.text, n->seconds * 1e6,
                 bytes / n->seconds * 1e-9);
    return json_pack("{s:s, s:s, s:f, s:f}", "op", n->op->name, "output", shape.text, "seconds",
                     n->seconds, "bytes", bytes);
}

idi_status bench_ops(const char *model, const char *precision, int64_t batch, json_t *result)
{
    bench_generator b;
    idi_status st = bench_open(model, precision, batch, &b);
    double unused;
    if (st == IDI_OK) {
        const idi_backend original = *b.backend;
        profile.run = original.run;
        b.backend->run = run_repeatedly;
        b.backend->replay = NULL; /* node by node */
        st = bench_run(&b, 1, &unused);
        b.backend->run = original.run;
        b.backend->replay = original.replay;
    }
    if (st == IDI_OK) {
        json_t *rows = json_array();
        qsort(profile.nodes, (size_t)profile.count, sizeof *profile.nodes, slower_first);
        for (int i = 0; i < profile.count; i++)
            (void)json_array_append_new(rows, report(&profile.nodes[i], b.backend));
        (void)json_object_set_new(result, "nodes", rows);
        (void)json_object_set_new(result, "macs",
                                  json_real((double)idi_graph_macs(b.network.graph)));
    }
    bench_close(&b);
    return st;
}
