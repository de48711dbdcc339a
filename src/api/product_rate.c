/* SPDX-License-Identifier: Apache-2.0 */
/* api/product_rate.c - how fast a device multiplies bare matrices: what a network's rate is held
 * against.
 *
 * Products in a row, x <- a x, so that what lies between two of them counts as little as between
 * the nodes of a network; then one number is read, for which a device has to be done. a is random:
 * what a chip draws, and with it its clock, depends on the numbers. */
#include "api/objects.h"
#include "core/rng.h"
#include "ops/matmul.h"
#include "ops/slice.h"

#include <math.h>
#include <time.h>

enum { PRODUCTS = 4, RUNS = 5, LEAST_SIDE = 16, MOST_SIDE = 16384 };

typedef struct chain {
    idi_graph *graph;
    idi_value factor, result;
} chain;

static idi_status build(idi_memory *memory, int64_t side, chain *c)
{
    *c = (chain){.graph = NULL};
    IDI_TRY(idi_graph_create(memory, &c->graph));
    c->factor =
        idi_graph_input(c->graph, "factor", IDI_REAL, (idi_shape){2, {side, side}}, IDI_RATE_IMAGE);
    idi_value x = c->factor;
    for (int i = 0; i < PRODUCTS; i++)
        x = idi_matmul(c->graph, c->factor, x, false, false);
    c->result = idi_slice(c->graph, idi_slice(c->graph, x, 0, 0, 1), 1, 0, 1);
    idi_graph_mark_output(c->graph, c->result);
    return idi_graph_status(c->graph);
}

/* Of a variance that leaves lengths as they are, so that nothing over- or underflows. */
static idi_status set_factor(idi_memory *memory, const chain *c, int64_t side,
                             idi_graph_session *session)
{
    const int64_t count = side * side;
    const double scale = 2.0 * sqrt(3.0 / (double)side);
    float *numbers;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof *numbers, &numbers));
    for (int64_t i = 0; i < count; i++)
        numbers[i] = (float)(scale * (idi_uniform(1, 0, (uint64_t)i) - 0.5));
    const idi_status st = idi_graph_session_set_floats(session, c->factor, numbers, count);
    idi_free(memory, numbers);
    return st;
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of the fastest run after two that warm up: the second of a recording backend records. */
static idi_status time_runs(const chain *c, idi_graph_session *session, double *seconds_out)
{
    float number;
    *seconds_out = INFINITY;
    for (int i = -2; i < RUNS; i++) {
        const double start = now();
        IDI_TRY(idi_graph_session_run(session, NULL, NULL));
        IDI_TRY(idi_graph_session_get_floats(session, c->result, &number, 1));
        if (i >= 0) *seconds_out = fmin(*seconds_out, now() - start);
    }
    return IDI_OK;
}

static idi_status measure(idi_memory *memory, idi_backend *backend, int64_t side,
                          double *seconds_out)
{
    chain c;
    idi_graph_session *session = NULL;
    idi_status st = build(memory, side, &c);
    if (st == IDI_OK) st = idi_graph_session_create(c.graph, backend, NULL, NULL, &session);
    if (st == IDI_OK) st = set_factor(memory, &c, side, session);
    if (st == IDI_OK) st = time_runs(&c, session, seconds_out);
    idi_graph_session_destroy(&session);
    idi_graph_destroy(&c.graph);
    return st;
}

idi_status idi_context_product_rate(idi_context *context, const char *precision, int64_t side,
                                    double *flops_out)
{
    double seconds = 0.0;
    idi_backend *backend;
    IDI_REQUIRE(context && flops_out, IDI_ERR_ARG, "product rate: no context or no place for it");
    *flops_out = 0.0;
    IDI_REQUIRE(side >= LEAST_SIDE && side <= MOST_SIDE, IDI_ERR_ARG,
                "product rate: side %lld, want %d to %d", (long long)side, LEAST_SIDE, MOST_SIDE);
    IDI_TRY(idi_device_backend_open(context->device, precision ? precision : context->precision,
                                    &backend));
    const idi_status st = measure(context->memory, backend, side, &seconds);
    idi_device_backend_close(context->device, &backend);
    if (st != IDI_OK) return st;
    *flops_out = 2.0 * PRODUCTS * pow((double)side, 3.0) / seconds;
    return IDI_OK;
}
