/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/adam.c - cases of ops/adam.h, steps of torch.optim, and what its builder refuses. */
#include "ops/adam.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "support/op_check.h"
#include "support/random.h"
#include "support/refusal.h"
#include "support/training.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const idi_adam_attr plain = {0.9, 0.99, 1e-8, 0.0};
static const idi_adam_attr decayed = {0.9, 0.99, 1e-8, 0.1};

/* p: which output, whether weights decay */
static idi_value build(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_adam_attr *attr = c->p[1] ? &decayed : &plain;
    const idi_adam_step step = idi_adam(graph, in[0], in[1], in[2], in[3], in[4], attr);
    const idi_value outputs[3] = {step.parameter, step.first_moment, step.second_moment};
    return outputs[c->p[0]];
}

/* The rates lie within 0.5..1.5. p - step may cancel: the one element is that of a sum of squares.
 */
#define STEP(title, rows, columns, output, decays)                                                 \
    {                                                                                              \
        .name = title,                                                                             \
        .in = {{{2, {rows, columns}}},                                                             \
               {{2, {rows, columns}}},                                                             \
               {{2, {rows, columns}}},                                                             \
               {{2, {rows, columns}}, IDI_FILL_POSITIVE},                                          \
               {{1, {4}}, IDI_FILL_POSITIVE}},                                                     \
        .p = {output, decays}, .condition = 4, .build = build, .is_not_differentiable = true,      \
        .wants_f32 = true                                                                          \
    }

static const idi_op_case cases[] = {
    STEP("one", 1, 1, 2, 0),
    STEP("ragged", 3, 7, 0, 0),
    STEP("first moment", 3, 7, 1, 0),
    STEP("second moment", 3, 7, 2, 0),
    STEP("whole packs", 4, 16, 0, 0),
    STEP("decay", 5, 9, 0, 1),
    STEP("several blocks", 3, 2057, 0, 1),
};
IDI_SUITE(adam, cases);

enum { COUNT = 3, STEPS = 4 };

/* As tests/reference/adam.py has it. */
static double gradient_of(int step, int i)
{
    return ((step * 5 + i * 3) % 7 - 3) / 4.0;
}

/* Steps of the oracle against torch's, whose parameters are `want`. */
static void check_steps(const idi_adam_attr *attr, double want[STEPS][COUNT])
{
    static const double moments[2][COUNT] = {
        {0.066449999999999981, 0.0218, -0.019525000000000001},
        {0.010525747500000009, 0.009182560000000008, 0.0092877493750000081}};
    double state[3][COUNT] = {{1.0, -0.5, 0.25}, {0}, {0}}; /* p, m, v */
    idi_memory *memory = idi_test_memory();
    idi_backend *backend;
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
    for (int step = 1; step <= STEPS; step++) {
        double g[COUNT];
        double rates[IDI_ADAM_RATES] = {0.01, 1.0 - pow(attr->beta1, step),
                                        1.0 - pow(attr->beta2, step), 0.25};
        for (int i = 0; i < COUNT; i++)
            g[i] = 4.0 * gradient_of(step, i); /* and a quarter of it is taken */
        idi_tensor p = {state[0], IDI_REAL, idi_shape1(COUNT)};
        idi_tensor m = {state[1], IDI_REAL, idi_shape1(COUNT)};
        idi_tensor v = {state[2], IDI_REAL, idi_shape1(COUNT)};
        const idi_exec exec = {.attr = attr,
                               .in = {p,
                                      {g, IDI_REAL, idi_shape1(COUNT)},
                                      m,
                                      v,
                                      {rates, IDI_REAL, idi_shape1(IDI_ADAM_RATES)}},
                               .out = {p, m, v},
                               .input_count = 5,
                               .output_count = 3};
        cr_assert_eq(backend->run(backend, &idi_ops[idi_op_adam], &exec), IDI_OK);
        for (int i = 0; i < COUNT; i++)
            cr_expect_float_eq(state[0][i], want[step - 1][i], 1e-14, "step %d, %d: %.17g", step, i,
                               state[0][i]);
    }
    for (int i = 0; i < COUNT; i++) {
        cr_expect_float_eq(state[1][i], moments[0][i], 1e-15);
        cr_expect_float_eq(state[2][i], moments[1][i], 1e-15);
    }
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

Test(adam, steps_are_those_of_torch_adam)
{
    check_steps(&plain, (double[STEPS][COUNT]){
                            {0.99000000020000001, -0.49000000020000001, 0.2400000004},
                            {0.98328419891753704, -0.49247486612255348, 0.24052631616842104},
                            {0.98414286888502089, -0.49603168869495606, 0.24645924887111068},
                            {0.9804042910456392, -0.4973448332024859, 0.24762867747952905},
                        });
}

Test(adam, steps_are_those_of_torch_adamw)
{
    check_steps(&decayed, (double[STEPS][COUNT]){
                              {0.98900000020000001, -0.48950000020000001, 0.2397500004},
                              {0.98129519891733707, -0.4914853661223535, 0.24003656616802105},
                              {0.9811725736859036, -0.49455070332863371, 0.24572946230454265},
                              {0.976452823272836, -0.4953692971328349, 0.24665316145065647},
                          });
}

Test(adam, outputs_may_lie_in_the_inputs_memory)
{
    idi_memory *memory = idi_test_memory();
    idi_backend *backends[2];
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backends[0]), IDI_OK);
    cr_assert_eq(idi_cpu32_backend_create(memory, false, &backends[1]), IDI_OK);
    for (int i = 0; i < 2; i++) {
        idi_check_adam_in_place(backends[i]);
        idi_cpu_backend_destroy(&backends[i]);
    }
    idi_test_memory_close(&memory);
}

static void step(idi_graph *graph, const idi_value *in)
{
    (void)idi_adam(graph, in[0], in[1], in[2], in[3], in[4], &plain);
}

static void step_of_beta(idi_graph *graph, const idi_value *in)
{
    const idi_adam_attr attr = {0.9, 1.0, 1e-8, 0.0};
    (void)idi_adam(graph, in[0], in[1], in[2], in[3], in[4], &attr);
}

static void step_of_eps(idi_graph *graph, const idi_value *in)
{
    const idi_adam_attr attr = {0.9, 0.99, 0.0, 0.0};
    (void)idi_adam(graph, in[0], in[1], in[2], in[3], in[4], &attr);
}

Test(adam, refusals)
{
#define P                                                                                          \
    {                                                                                              \
        2,                                                                                         \
        {                                                                                          \
            3, 5                                                                                   \
        }                                                                                          \
    }
    static const idi_shape fits[] = {P, P, P, P, {1, {4}}};
    static const idi_shape absent[] = {P, P, P, {0}};
    static const idi_shape other[] = {P, {2, {5, 3}}, P, P, {1, {4}}};
    static const idi_shape rates[] = {P, P, P, P, {1, {3}}};
    idi_expect_refusal(step, absent, "adam: second moment [], want the parameter's [3, 5]");
    idi_expect_refusal(step, other, "adam: gradient [5, 3], want the parameter's [3, 5]");
    idi_expect_refusal(step, rates, "adam: rates [3], want [4]");
    idi_expect_refusal(step_of_beta, fits, "adam: betas are 0.9 and 1, want 0 or more");
    idi_expect_refusal(step_of_eps, fits, "adam: eps is 0 and weight decay 0, want above 0");
}

Test(adam, a_step_has_no_gradient)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    idi_value in[5];
    for (int i = 0; i < 5; i++)
        in[i] = idi_graph_input(graph, &"abcde"[i], IDI_REAL, idi_shape1(4), IDI_RATE_IMAGE);
    const idi_adam_step s = idi_adam(graph, in[0], in[1], in[2], in[3], in[4], &plain);
    idi_value gradient;
    cr_expect_eq(idi_backward(graph, s.parameter, in[0], &in[1], 1, &gradient),
                 IDI_ERR_UNSUPPORTED);
    cr_expect(strstr(idi_last_error(), "adam has no gradient"), "%s", idi_last_error());
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}
