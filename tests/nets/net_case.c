/* SPDX-License-Identifier: Apache-2.0 */
/* nets/net_case.c - see net_case.h. */
#include "nets/net_case.h"
#include "cpu/backend.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static idi_status open_float(idi_memory *memory, idi_backend **backend_out)
{
    return idi_cpu32_backend_create(memory, false, backend_out);
}

static idi_status open_double(idi_memory *memory, idi_backend **backend_out)
{
    return idi_cpu64_backend_create(memory, true, backend_out);
}

const idi_parity_target idi_net_float = {open_float, idi_cpu_backend_destroy, 1e-5};
const idi_parity_target idi_net_double = {open_double, idi_cpu_backend_destroy, 1e-12};

void idi_net_case_open(idi_net_case *c, const char *fixture, const idi_parity_target *target)
{
    *c = (idi_net_case){.target = target, .memory = idi_test_memory()};
    idi_fixture_open(&c->fixture, fixture, c->memory);
    cr_assert_eq(target->open(c->memory, &c->backend), IDI_OK, "%s", idi_last_error());
    c->fixture.backend = c->backend->name;
    c->fixture.bound = target->bound;
    c->batch = idi_fixture_number(&c->fixture, "batch");
    if (idi_safetensors_metadata(c->fixture.file, "side"))
        c->side = idi_fixture_number(&c->fixture, "side");
    cr_assert_eq(idi_graph_create(c->memory, &c->graph), IDI_OK);
}

void idi_net_case_close(idi_net_case *c)
{
    idi_network_run_close(&c->run);
    idi_graph_destroy(&c->graph);
    c->target->close(&c->backend);
    idi_fixture_close(&c->fixture);
    idi_test_memory_close(&c->memory);
}

idi_value idi_net_case_picture(const idi_net_case *c, const char *name)
{
    return idi_graph_input(c->graph, name, IDI_REAL, idi_shape4(c->batch, c->side, c->side, 3),
                           IDI_RATE_IMAGE);
}

idi_value idi_net_case_slope(const idi_net_case *c)
{
    return idi_graph_input(c->graph, "dy", IDI_REAL, idi_shape1(1), IDI_RATE_IMAGE);
}

void idi_net_case_start(idi_net_case *c)
{
    cr_assert_eq(idi_graph_status(c->graph), IDI_OK, "%s", idi_last_error());
    idi_network_run_open(&c->run, c->graph, c->backend);
}

double *idi_net_case_golden(const idi_net_case *c, const char *key)
{
    const int64_t dim[4] = {c->batch, 3, c->side, c->side};
    return idi_golden_doubles(key, 4, dim);
}

void idi_net_case_set(idi_net_case *c, idi_value picture, const char *key)
{
    double *values = idi_net_case_golden(c, key);
    idi_network_run_set(&c->run, picture, values);
    free(values);
}

void idi_net_case_set_slope(idi_net_case *c, idi_value slope)
{
    const double one = 1.0;
    idi_network_run_set(&c->run, slope, &one);
}

void idi_net_case_expect(idi_net_case *c, const char *key, idi_value value)
{
    const idi_shape shape = idi_graph_shape(c->graph, value);
    double *ours = idi_network_run_get(&c->run, value);
    if (shape.rank == 4)
        (void)idi_fixture_expect_map(&c->fixture, key, ours, &shape, 1);
    else
        idi_fixture_expect_rows(&c->fixture, key, ours, &shape, 1);
    free(ours);
}
