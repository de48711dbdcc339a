/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/training.c - see training.h. */
#include "support/training.h"
#include "core/rng.h"
#include "ops/adam.h"
#include "ops/linear.h"
#include "ops/mean_loss.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

/* N samples of K numbers, P outputs; all parameters as one vector, the biases last. */
enum { N = 6, K = 3, P = 2, WEIGHTS = P * K, COUNT = WEIGHTS + P, STEPS = 60 };
static const idi_adam_attr attr = {0.9, 0.99, 1e-8, 0.01};
static const double learning_rate = 0.1;
static const double loss_scale = 8.0;

/* A parameter's values, moments and gradient: inputs and outputs of the graph. */
typedef struct slot {
    int first, count; /* in the vector of all parameters */
    idi_value in[3];  /* parameter, first and second moment */
    idi_value out[3];
} slot;

typedef struct rig {
    idi_memory *memory;
    idi_backend *backend;
    idi_graph *graph;
    idi_graph_session *session;
    idi_value x, t, dy, rates, loss;
    slot slots[2]; /* weight and bias */
    double inputs[N * K], targets[N * P];
    double state[3][COUNT]; /* as the session has it */
    double hand[3][COUNT];  /* as the loops have it */
} rig;

static idi_value input(rig *r, const char *name, idi_shape shape)
{
    return idi_graph_input(r->graph, name, IDI_REAL, shape, IDI_RATE_IMAGE);
}

static void build_slot(rig *r, slot *s, const char *const *names, idi_shape shape)
{
    for (int i = 0; i < 3; i++)
        s->in[i] = input(r, names[i], shape);
}

static void build_step(rig *r, slot *s, idi_value gradient)
{
    const idi_adam_step step =
        idi_adam(r->graph, s->in[0], gradient, s->in[1], s->in[2], r->rates, &attr);
    s->out[0] = step.parameter;
    s->out[1] = step.first_moment;
    s->out[2] = step.second_moment;
    for (int i = 0; i < 3; i++)
        idi_graph_mark_output(r->graph, s->out[i]);
}

static void build(rig *r)
{
    static const char *const weight[3] = {"weight", "weight.m", "weight.v"};
    static const char *const bias[3] = {"bias", "bias.m", "bias.v"};
    r->slots[0] = (slot){.first = 0, .count = WEIGHTS};
    r->slots[1] = (slot){.first = WEIGHTS, .count = P};
    r->x = input(r, "x", idi_shape2(N, K));
    r->t = input(r, "t", idi_shape2(N, P));
    r->dy = input(r, "dy", idi_shape1(1));
    r->rates = input(r, "rates", idi_shape1(IDI_ADAM_RATES));
    build_slot(r, &r->slots[0], weight, idi_shape2(P, K));
    build_slot(r, &r->slots[1], bias, idi_shape1(P));
    const idi_value wrt[2] = {r->slots[0].in[0], r->slots[1].in[0]};
    const idi_value y = idi_linear(r->graph, r->x, wrt[0], wrt[1], IDI_NONE, IDI_ACT_NONE);
    r->loss = idi_mean_loss(r->graph, y, r->t, IDI_LOSS_SQUARE);
    idi_graph_mark_output(r->graph, r->loss);
    idi_value gradients[2];
    OK(idi_backward(r->graph, r->loss, r->dy, wrt, 2, gradients));
    for (int i = 0; i < 2; i++)
        build_step(r, &r->slots[i], gradients[i]);
    OK(idi_graph_status(r->graph));
}

/* Numbers that f32 holds, so that both sides start from the same. */
static void fill(double *values, int count, uint64_t seed, uint64_t stream)
{
    for (int i = 0; i < count; i++)
        values[i] = (double)(float)(2.0 * idi_uniform(seed, stream, (uint64_t)i) - 1.0);
}

static void put(const rig *r, idi_value v, const double *values, int count)
{
    float narrow[N * K];
    for (int i = 0; i < count; i++)
        narrow[i] = (float)values[i];
    const bool is_double = r->backend->real == IDI_F64;
    OK(idi_graph_session_set(r->session, v, is_double ? (const void *)values : narrow,
                             (size_t)count * r->backend->real_bytes));
}

static void take(const rig *r, idi_value v, double *values, int count)
{
    float narrow[N * K];
    const bool is_double = r->backend->real == IDI_F64;
    OK(idi_graph_session_get(r->session, v, is_double ? (void *)values : narrow,
                             (size_t)count * r->backend->real_bytes));
    for (int i = 0; i < count && !is_double; i++)
        values[i] = (double)narrow[i];
}

static void get_rates(int step, double rates[IDI_ADAM_RATES])
{
    rates[0] = learning_rate / (1.0 + 0.01 * step); /* changes, as a schedule does */
    rates[1] = 1.0 - pow(attr.beta1, step);
    rates[2] = 1.0 - pow(attr.beta2, step);
    rates[3] = 1.0 / loss_scale;
}

/* One step in the session; the loss before it. */
static double train(rig *r, int step)
{
    double rates[IDI_ADAM_RATES];
    double loss;
    get_rates(step, rates);
    put(r, r->rates, rates, IDI_ADAM_RATES);
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 3; i++)
            put(r, r->slots[s].in[i], r->state[i] + r->slots[s].first, r->slots[s].count);
    OK(idi_graph_session_run(r->session, NULL, NULL));
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 3; i++)
            take(r, r->slots[s].out[i], r->state[i] + r->slots[s].first, r->slots[s].count);
    take(r, r->loss, &loss, 1);
    return loss;
}

/* The loss of the hand's parameters, and its gradient. */
static double hand_gradient(const rig *r, double gradient[COUNT])
{
    double loss = 0.0;
    memset(gradient, 0, COUNT * sizeof *gradient);
    for (int n = 0; n < N; n++)
        for (int p = 0; p < P; p++) {
            double y = r->hand[0][WEIGHTS + p];
            for (int k = 0; k < K; k++)
                y += r->hand[0][p * K + k] * r->inputs[n * K + k];
            const double rest = y - r->targets[n * P + p];
            loss += rest * rest / (N * P);
            for (int k = 0; k < K; k++)
                gradient[p * K + k] += 2.0 * rest / (N * P) * r->inputs[n * K + k];
            gradient[WEIGHTS + p] += 2.0 * rest / (N * P);
        }
    return loss;
}

static double train_by_hand(rig *r, int step)
{
    double rates[IDI_ADAM_RATES];
    double g[COUNT];
    const double loss = hand_gradient(r, g);
    get_rates(step, rates);
    for (int i = 0; i < COUNT; i++) {
        double *m = &r->hand[1][i];
        double *v = &r->hand[2][i];
        *m = attr.beta1 * *m + (1.0 - attr.beta1) * g[i];
        *v = attr.beta2 * *v + (1.0 - attr.beta2) * g[i] * g[i];
        const double change = *m / rates[1] / (sqrt(*v / rates[2]) + attr.eps);
        r->hand[0][i] -= rates[0] * (change + attr.weight_decay * r->hand[0][i]);
    }
    return loss;
}

/* Targets that a linear layer can reach. */
static void make_data(rig *r, uint64_t seed)
{
    double truth[COUNT];
    fill(r->inputs, N * K, seed, 1);
    fill(truth, COUNT, seed, 2);
    for (int n = 0; n < N; n++)
        for (int p = 0; p < P; p++) {
            double y = truth[WEIGHTS + p];
            for (int k = 0; k < K; k++)
                y += truth[p * K + k] * r->inputs[n * K + k];
            r->targets[n * P + p] = (double)(float)y;
        }
    for (int i = 0; i < COUNT; i++)
        r->hand[0][i] = r->state[0][i] = i % 2 ? 2.0 : -2.0; /* far from it */
}

static void check_steps(rig *r, double bound)
{
    double first = 0.0;
    double loss = 0.0;
    for (int step = 1; step <= STEPS; step++) {
        const double want = train_by_hand(r, step);
        loss = train(r, step);
        if (step == 1) first = want;
        cr_assert_float_eq(loss, want, bound * first, "step %d: loss %.9g, want %.9g", step, loss,
                           want);
    }
    cr_assert_lt(loss, first / 10.0, "the loss fell from %g to %g only", first, loss);
    for (int i = 0; i < COUNT; i++)
        cr_assert_float_eq(r->state[0][i], r->hand[0][i], bound * 4.0,
                           "parameter %d is %.9g, want %.9g", i, r->state[0][i], r->hand[0][i]);
}

void idi_check_tiny_training(idi_backend *backend, double bound)
{
    rig r = {.memory = backend->memory, .backend = backend};
    OK(idi_graph_create(r.memory, &r.graph));
    build(&r);
    make_data(&r, idi_test_seed());
    OK(idi_graph_session_create(r.graph, backend, NULL, NULL, &r.session));
    put(&r, r.x, r.inputs, N * K);
    put(&r, r.t, r.targets, N * P);
    put(&r, r.dy, &loss_scale, 1);
    check_steps(&r, bound);
    idi_graph_session_destroy(&r.session);
    idi_graph_destroy(&r.graph);
}

/* --- in place -------------------------------------------------------------------------------- */

enum { LENGTH = 1031, OPERANDS = 5 };

static int length_of(int operand)
{
    return operand == OPERANDS - 1 ? IDI_ADAM_RATES : LENGTH;
}

/* A step on fresh copies of the operands; the outputs lie in p, m and v, or apart. */
static void run_step(idi_backend *backend, void *const *data, bool is_in_place, void *const *result)
{
    static const int kept[3] = {0, 2, 3};
    void *block[OPERANDS + 3];
    idi_exec exec = {.attr = &attr, .input_count = 5, .output_count = 3};
    for (int i = 0; i < OPERANDS + 3; i++)
        OK(backend->alloc(backend, IDI_TAG_GENERAL, LENGTH * backend->real_bytes, &block[i]));
    for (int i = 0; i < OPERANDS; i++) {
        exec.in[i] = (idi_tensor){block[i], IDI_REAL, idi_shape1(length_of(i))};
        OK(backend->upload(backend, block[i], data[i], (size_t)length_of(i) * backend->real_bytes));
    }
    for (int k = 0; k < 3; k++)
        exec.out[k] = (idi_tensor){is_in_place ? block[kept[k]] : block[OPERANDS + k], IDI_REAL,
                                   idi_shape1(LENGTH)};
    OK(backend->run(backend, &idi_ops[idi_op_adam], &exec));
    for (int k = 0; k < 3; k++)
        OK(backend->download(backend, result[k], exec.out[k].data, LENGTH * backend->real_bytes));
    for (int i = 0; i < OPERANDS + 3; i++)
        backend->free(backend, block[i]);
}

static void *random_reals(const idi_backend *backend, int count, uint64_t seed, uint64_t stream)
{
    double *wide = malloc((size_t)count * sizeof *wide);
    for (int i = 0; i < count; i++) {
        const double u = 0.5 + idi_uniform(seed, stream, (uint64_t)i);
        if (backend->real == IDI_F64)
            wide[i] = u;
        else
            ((float *)wide)[i] = (float)u;
    }
    return wide;
}

void idi_check_adam_in_place(idi_backend *backend)
{
    const uint64_t seed = idi_test_seed();
    void *data[OPERANDS];
    void *apart[3];
    void *in_place[3];
    for (int i = 0; i < OPERANDS; i++)
        data[i] = random_reals(backend, length_of(i), seed, (uint64_t)i);
    for (int k = 0; k < 3; k++) {
        apart[k] = malloc(LENGTH * backend->real_bytes);
        in_place[k] = malloc(LENGTH * backend->real_bytes);
    }
    run_step(backend, data, false, apart);
    run_step(backend, data, true, in_place);
    for (int k = 0; k < 3; k++) {
        cr_expect_eq(memcmp(apart[k], in_place[k], LENGTH * backend->real_bytes), 0, "output %d",
                     k);
        free(apart[k]);
        free(in_place[k]);
    }
    for (int i = 0; i < OPERANDS; i++)
        free(data[i]);
}
