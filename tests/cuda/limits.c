/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/limits.c - shapes that the CPU takes and a launcher refuses, with a sentence. */
#include "cuda/runtime/backend.h"
#include "graph/session.h"
#include "ops/adaptive_pool.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

typedef idi_value (*builder)(idi_graph *graph, idi_value x);

/* The op on an input of that shape fails when it runs, with these words. */
static void expect_refusal(builder build, idi_shape shape, const char *words)
{
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    const idi_cuda_backend_options options = {.storage = IDI_F32};
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_cuda_device *device;
    idi_backend *backend;
    idi_graph_session *session;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value x = idi_graph_input(graph, "x", IDI_REAL, shape, IDI_RATE_IMAGE);
    idi_graph_mark_output(graph, build(graph, x));
    cr_assert_eq(idi_cuda_device_open(memory, 0, &device), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(idi_cuda_backend_create(device, &options, &backend), IDI_OK);
    cr_assert_eq(idi_graph_session_create(graph, backend, NULL, NULL, &session), IDI_OK, "%s",
                 idi_last_error());
    const size_t bytes = idi_graph_session_bytes(session, x);
    void *zeros = calloc(bytes, 1);
    cr_assert_eq(idi_graph_session_set(session, x, zeros, bytes), IDI_OK);
    free(zeros);
    cr_expect_eq(idi_graph_session_run(session, NULL, NULL), IDI_ERR_UNSUPPORTED);
    cr_expect(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
    idi_graph_session_destroy(&session);
    idi_cuda_backend_destroy(&backend);
    idi_cuda_device_close(&device);
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

static idi_value pool_to_one(idi_graph *graph, idi_value x)
{
    const idi_shape shape = idi_graph_shape(graph, x);
    const idi_adaptive_pool_attr attr = {0, 0, shape.dim[1], shape.dim[2], 1, 1, 0, 0};
    return idi_adaptive_pool(graph, x, &attr);
}

Test(cuda_limits, adaptive_pool_sides)
{
    expect_refusal(pool_to_one, idi_shape4(1, 65536, 1, 1),
                   "adaptive_pool: a side of 65536 pixels, want at most 65535");
}
