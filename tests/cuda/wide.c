/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/wide.c - wide numbers on the CUDA backend: floats whatever the precision, multiplied
 * without TF32, rounded once. */
#include "core/half.h"
#include "cpu/backend.h"
#include "cuda/runtime/backend.h"
#include "graph/session.h"
#include "ops/concat.h"
#include "ops/fold_norm.h"
#include "ops/head_expand.h"
#include "ops/linear.h"
#include "ops/matmul.h"
#include "ops/narrow.h"
#include "ops/scale.h"
#include "ops/transpose.h"
#include "ops/variance_root.h"
#include "support/network_run.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { TOKENS = 5, CONTEXT = 24, CHANNELS = 15, WIDTH = 64, HEADS = 4, PRODUCTS = 4 };

/* The chains of the folded form: from parameters and tokens by several products each. */
typedef struct chains {
    idi_memory *memory;
    idi_graph *graph;
    idi_value tokens;
    idi_value wide[PRODUCTS];
    idi_value narrow[PRODUCTS];
} chains;

static idi_value parameter(idi_graph *graph, const char *name, idi_shape shape)
{
    return idi_graph_parameter_of_kind(graph, IDI_WIDE, IDI_LAYOUT_PLAIN, shape, "%s", name);
}

static void build(chains *c)
{
    c->memory = idi_test_memory();
    OK(idi_graph_create(c->memory, &c->graph));
    idi_graph *g = c->graph;
    c->tokens =
        idi_graph_input(g, "tokens", IDI_WIDE, idi_shape3(2, TOKENS, CONTEXT), IDI_RATE_REFERENCE);
    const idi_value entry = parameter(g, "entry.weight", idi_shape2(WIDTH, CHANNELS));
    const idi_value keys = parameter(g, "keys.weight", idi_shape2(WIDTH, CONTEXT));
    const idi_value out = parameter(g, "out.weight", idi_shape2(WIDTH, WIDTH));
    const idi_value gamma = parameter(g, "norm.weight", idi_shape1(WIDTH));
    const idi_value rows = idi_transpose(g, entry);
    const idi_value folded = idi_fold_norm(g, out, gamma);
    const idi_value attended =
        idi_head_expand(g, idi_linear(g, c->tokens, keys, IDI_NONE, IDI_NONE, IDI_ACT_NONE), HEADS);
    const idi_value values = idi_linear(g, attended, folded, gamma, IDI_NONE, IDI_ACT_NONE);
    const idi_value both[2] = {idi_matmul(g, out, folded, false, false), folded};
    c->wide[0] = idi_linear(g, rows, folded, IDI_NONE, IDI_NONE, IDI_ACT_NONE);
    c->wide[1] = idi_scale(g, idi_concat(g, both, 2, 0), 0.3);
    c->wide[2] = values;
    c->wide[3] = idi_variance_root(g, rows, values);
    for (int i = 0; i < PRODUCTS; i++) {
        c->narrow[i] = idi_narrow(g, c->wide[i]);
        idi_graph_mark_output(g, c->wide[i]);
        idi_graph_mark_output(g, c->narrow[i]);
    }
    OK(idi_graph_status(g));
}

static void destroy(chains *c)
{
    idi_graph_destroy(&c->graph);
    idi_test_memory_close(&c->memory);
}

static void start(const chains *c, idi_network_run *run, idi_backend *backend)
{
    static const int64_t dim[3] = {2, TOKENS, CONTEXT};
    double *tokens = idi_golden_doubles("tokens", 3, dim);
    idi_network_run_open(run, c->graph, backend);
    idi_network_run_set(run, c->tokens, tokens);
    idi_network_run_go(run);
    free(tokens);
}

static int64_t count_of(const chains *c, idi_value value)
{
    const idi_shape shape = idi_graph_shape(c->graph, value);
    return idi_shape_count(&shape);
}

/* What the CPU makes in double; the caller frees. */
static void compute_reference(const chains *c, double *want[PRODUCTS])
{
    idi_backend *oracle;
    idi_network_run run;
    OK(idi_cpu64_backend_create(c->memory, true, &oracle));
    start(c, &run, oracle);
    for (int i = 0; i < PRODUCTS; i++)
        want[i] = idi_network_run_get(&run, c->wide[i]);
    idi_network_run_close(&run);
    idi_cpu_backend_destroy(&oracle);
}

static void expect_float_precision(const double *got, const double *want, int64_t count, int which)
{
    double error = 0.0;
    double square = 0.0;
    for (int64_t i = 0; i < count; i++) {
        error += (got[i] - want[i]) * (got[i] - want[i]);
        square += want[i] * want[i];
    }
    cr_expect(sqrt(error / square) < 1e-6, "product %d is off by %.3g of its norm", which,
              sqrt(error / square));
}

/* The stored numbers are the floats', rounded to the nearest: bit for bit. */
static void expect_rounded_once(const chains *c, idi_network_run *run, idi_dtype storage, int which)
{
    const int64_t count = count_of(c, c->wide[which]);
    const size_t bytes = (size_t)count * idi_dtype_bytes(storage);
    float *floats = malloc((size_t)count * sizeof *floats);
    void *want = malloc(bytes);
    void *got = malloc(bytes);
    OK(idi_graph_session_get_floats(run->session, c->wide[which], floats, count));
    idi_floats_to(storage, floats, count, want);
    OK(idi_graph_session_get(run->session, c->narrow[which], got, bytes));
    cr_expect_eq(memcmp(got, want, bytes), 0, "product %d is not rounded to the nearest", which);
    free(got);
    free(want);
    free(floats);
}

static void check(idi_dtype storage, bool allows_tf32)
{
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    chains c;
    double *want[PRODUCTS];
    idi_cuda_device *device;
    idi_backend *backend;
    idi_network_run run;
    build(&c);
    compute_reference(&c, want);
    OK(idi_cuda_device_open(c.memory, 0, &device));
    OK(idi_cuda_backend_create(
        device, &(idi_cuda_backend_options){.storage = storage, .allows_tf32 = allows_tf32},
        &backend));
    start(&c, &run, backend);
    for (int i = 0; i < PRODUCTS; i++) {
        double *got = idi_network_run_get(&run, c.wide[i]);
        expect_float_precision(got, want[i], count_of(&c, c.wide[i]), i);
        expect_rounded_once(&c, &run, storage, i);
        free(got);
        free(want[i]);
    }
    idi_network_run_close(&run);
    idi_cuda_backend_destroy(&backend);
    idi_cuda_device_close(&device);
    destroy(&c);
}

Test(cuda_wide, products_are_floats_in_f32)
{
    check(IDI_F32, false);
}

Test(cuda_wide, products_are_floats_in_tf32)
{
    check(IDI_F32, true);
}

Test(cuda_wide, products_are_floats_in_bf16)
{
    check(IDI_BF16, false);
}

Test(cuda_wide, products_are_floats_in_f16)
{
    check(IDI_F16, false);
}

/* Four bytes for a wide number, two for its rounded one, in the plan and on the device. */
Test(cuda_wide, a_plan_is_what_is_taken)
{
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    chains c;
    idi_cuda_device *device;
    idi_backend *backend;
    idi_network_run run;
    idi_graph_plan plan;
    idi_memory_stats stats;
    build(&c);
    OK(idi_cuda_device_open(c.memory, 0, &device));
    OK(idi_cuda_backend_create(device, &(idi_cuda_backend_options){.storage = IDI_F16}, &backend));
    OK(idi_graph_plan_bytes(c.graph, backend, &plan));
    idi_network_run_open(&run, c.graph, backend);
    idi_cuda_arena_get_stats(device->arena, &stats);
    cr_expect_eq(stats.current_bytes[IDI_TAG_ACTIVATION], plan.slab_bytes);
    cr_expect_eq(stats.current_bytes[IDI_TAG_WORKSPACE], plan.workspace_bytes);
    for (int i = 0; i < PRODUCTS; i++) {
        const size_t count = (size_t)count_of(&c, c.wide[i]);
        cr_expect_eq(idi_graph_session_bytes(run.session, c.wide[i]), 4 * count);
        cr_expect_eq(idi_graph_session_bytes(run.session, c.narrow[i]), 2 * count);
    }
    idi_network_run_close(&run);
    idi_cuda_backend_destroy(&backend);
    idi_cuda_device_close(&device);
    destroy(&c);
}
