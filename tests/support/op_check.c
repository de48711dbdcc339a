/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/op_check.c - see op_check.h. */
#include "support/op_check.h"
#include "core/half.h"
#include "core/rng.h"
#include "cpu/backend.h"
#include "graph/session.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PROBES = 24 };

/* Everything about one case: the graph and what went in, in double. */
typedef struct check {
    const char *op;
    const idi_op_case *c;
    uint64_t seed;
    const idi_op_target *targets;
    int target_count;
    idi_memory *memory;
    idi_graph *graph;
    idi_value given[IDI_CASE_INPUTS]; /* what is set */
    idi_value in[IDI_CASE_INPUTS];    /* what the op takes: the same, or made of it */
    double *data[IDI_CASE_INPUTS];    /* real inputs' values */
    void *whole[IDI_CASE_INPUTS];     /* u8 and i32 inputs' values */
    idi_value y, dy;
    double *dy_data;
    idi_value din[IDI_CASE_INPUTS];
    int assigned; /* the input that is a parameter here, in whose place y is made; -1: none */
    void *place;  /* where that lies */
} check;

/* u in -1..1 */
static double fill_value(const check *k, idi_fill fill, double u)
{
    const bool is_bf16 = k->targets[0].stored_bits == 7;
    const bool is_f16 = k->targets[0].stored_bits == 10;
    switch (fill) {
    case IDI_FILL_UNIFORM:
        return u;
    case IDI_FILL_CONSTANT:
        return (is_bf16 ? 100.0 : 1000.0) + u;
    case IDI_FILL_LARGE:
        return (is_f16 ? 30.0 : 1000.0) * u;
    case IDI_FILL_POSITIVE:
        return 1.0 + 0.5 * u;
    case IDI_FILL_ZERO:
    case IDI_FILL_LABELS:
    case IDI_FILL_INTEGERS:
        break;
    }
    return 0.0;
}

/* To the nearest number that all targets hold exactly; f16 has nothing finer than 2^-24. */
static double round_input(const check *k, bool is_wide, double x)
{
    if (is_wide) return (double)(float)x;
    int exponent;
    (void)frexp(x, &exponent);
    if (k->targets[0].is_rounding) return (double)(float)x;
    int finest = exponent - (k->targets[0].fraction_bits + 1);
    if (k->targets[0].stored_bits == 10 && finest < -24) finest = -24;
    return ldexp(rint(ldexp(x, -finest)), finest);
}

static idi_dtype dtype_of(const idi_case_input *in)
{
    if (in->fill == IDI_FILL_LABELS) return IDI_U8;
    if (in->fill == IDI_FILL_INTEGERS) return IDI_I32;
    return in->is_wide ? IDI_WIDE : IDI_REAL;
}

static size_t whole_bytes(const idi_case_input *in)
{
    return (size_t)idi_shape_count(&in->shape) * idi_dtype_bytes(dtype_of(in));
}

static double draw(const check *k, int i, int64_t at)
{
    return idi_uniform(k->seed, 100 + (uint64_t)i, (uint64_t)at);
}

static void fill_labels(check *k, int i, int64_t count)
{
    unsigned char *labels = k->whole[i] = malloc((size_t)count);
    for (int64_t j = 0; j < count; j++) /* runs of three pixels, as regions have */
        labels[j] = (unsigned char)(draw(k, i, j / 3) * k->c->in[i].label_count);
}

static void fill_integers(check *k, int i, int64_t count)
{
    const int limit = k->c->in[i].label_count;
    int32_t *numbers = k->whole[i] = malloc((size_t)count * sizeof *numbers);
    for (int64_t j = 0; j < count; j++)
        numbers[j] = limit > 0 ? (int32_t)(draw(k, i, j) * limit)
                               : (int32_t)(int64_t)(draw(k, i, j) * 0x1p32 - 0x1p31);
}

static void fill_input(check *k, int i)
{
    const idi_case_input *in = &k->c->in[i];
    const int64_t count = idi_shape_count(&in->shape);
    if (in->fill == IDI_FILL_LABELS) {
        fill_labels(k, i, count);
        return;
    }
    if (in->fill == IDI_FILL_INTEGERS) {
        fill_integers(k, i, count);
        return;
    }
    k->data[i] = malloc((size_t)count * sizeof(double));
    for (int64_t j = 0; j < count; j++) {
        const double u = 2.0 * idi_uniform(k->seed, (uint64_t)i, (uint64_t)j) - 1.0;
        k->data[i][j] = round_input(k, in->is_wide, fill_value(k, in->fill, u));
    }
}

static void add_input(check *k, int i)
{
    const idi_case_input *in = &k->c->in[i];
    const idi_dtype dtype = dtype_of(in);
    const bool is_narrowed = k->targets[0].is_mixed && dtype == IDI_REAL;
    char name[8];
    (void)snprintf(name, sizeof name, "in%d", i);
    fill_input(k, i);
    k->given[i] = i == k->assigned
                      ? idi_graph_parameter(k->graph, name, IDI_LAYOUT_PLAIN, in->shape)
                      : idi_graph_input(k->graph, name, is_narrowed ? IDI_WIDE : dtype, in->shape,
                                        IDI_RATE_IMAGE);
    k->in[i] = is_narrowed ? idi_real(k->graph, k->given[i]) : k->given[i];
}

static void build(check *k)
{
    cr_assert_eq(idi_graph_create(k->memory, &k->graph), IDI_OK);
    if (k->targets[0].is_mixed) idi_mix(k->graph);
    for (int i = 0; i < IDI_CASE_INPUTS; i++) {
        k->given[i] = k->in[i] = k->din[i] = IDI_NONE;
        if (k->c->in[i].shape.rank > 0) add_input(k, i);
    }
    k->y = k->c->build(k->graph, k->in, k->c);
    cr_assert_eq(idi_graph_status(k->graph), IDI_OK, "%s/%s: %s", k->op, k->c->name,
                 idi_last_error());
    idi_graph_mark_output(k->graph, k->y);
}

/* Appends the gradient nodes of sum(y*dy) for a random dy. */
static void build_gradient(check *k)
{
    const idi_shape shape = idi_graph_shape(k->graph, k->y);
    const idi_dtype kind = idi_graph_dtype(k->graph, k->y);
    k->dy = idi_graph_input(k->graph, "dy", kind, shape, IDI_RATE_IMAGE);
    k->dy_data = malloc((size_t)idi_shape_count(&shape) * sizeof(double));
    for (int64_t j = 0; j < idi_shape_count(&shape); j++) {
        const double u = 2.0 * idi_uniform(k->seed, 50, (uint64_t)j) - 1.0;
        k->dy_data[j] = round_input(k, kind == IDI_WIDE, u);
    }
    idi_value wrt[IDI_CASE_INPUTS];
    idi_value gradients[IDI_CASE_INPUTS];
    int index[IDI_CASE_INPUTS];
    int count = 0;
    for (int i = 0; i < IDI_CASE_INPUTS; i++)
        if (k->data[i] && !k->c->in[i].is_constant) {
            index[count] = i;
            wrt[count++] = k->in[i];
        }
    cr_assert_eq(idi_backward(k->graph, k->y, k->dy, wrt, count, gradients), IDI_OK, "%s/%s: %s",
                 k->op, k->c->name, idi_last_error());
    for (int i = 0; i < count; i++) {
        cr_assert_neq(gradients[i], IDI_NONE, "%s/%s: input %d has no gradient", k->op, k->c->name,
                      index[i]);
        k->din[index[i]] = gradients[i];
        idi_graph_mark_output(k->graph, gradients[i]);
    }
}

static idi_dtype real_of(size_t bytes, int64_t count, const idi_op_target *target)
{
    if (bytes == (size_t)count * sizeof(double)) return IDI_F64;
    if (bytes == (size_t)count * sizeof(float)) return IDI_F32;
    return target->stored_bits == 7 ? IDI_BF16 : IDI_F16;
}

static void set_real(const check *k, idi_graph_session *s, idi_value v, const double *data,
                     int64_t count)
{
    const size_t bytes = idi_graph_session_bytes(s, v);
    const idi_dtype real = real_of(bytes, count, k->targets);
    if (real == IDI_F64) {
        cr_assert_eq(idi_graph_session_set(s, v, data, bytes), IDI_OK);
        return;
    }
    float *narrow = malloc((size_t)count * sizeof *narrow + 1);
    void *raw = malloc(bytes + 1);
    for (int64_t j = 0; j < count; j++)
        narrow[j] = (float)data[j];
    idi_floats_to(real, narrow, count, raw);
    cr_assert_eq(idi_graph_session_set(s, v, raw, bytes), IDI_OK);
    free(raw);
    free(narrow);
}

static double *get_real(const check *k, idi_graph_session *s, idi_value v, int64_t count)
{
    const size_t bytes = idi_graph_session_bytes(s, v);
    const idi_dtype real = real_of(bytes, count, k->targets);
    double *wide = malloc((size_t)count * sizeof *wide + 1);
    float *narrow = malloc((size_t)count * sizeof *narrow + 1);
    void *raw = malloc(bytes + 1);
    cr_assert_eq(idi_graph_session_get(s, v, raw, bytes), IDI_OK, "%s", idi_last_error());
    if (real == IDI_F64)
        memcpy(wide, raw, bytes);
    else
        idi_floats_from(real, raw, count, narrow);
    for (int64_t j = 0; j < count && real != IDI_F64; j++)
        wide[j] = (double)narrow[j];
    free(raw);
    free(narrow);
    return wide;
}

/* The only parameter there is. */
static const void *find_place(void *user, const char *name, idi_dtype kind)
{
    (void)name;
    (void)kind;
    return ((const check *)user)->place;
}

static idi_graph_session *open_session(check *k, idi_backend *backend)
{
    idi_graph_session *s;
    cr_assert_eq(idi_graph_session_create(k->graph, backend, find_place, k, &s), IDI_OK, "%s",
                 idi_last_error());
    for (int i = 0; i < IDI_CASE_INPUTS; i++) {
        if (i == k->assigned) continue;
        const int64_t count = idi_shape_count(&k->c->in[i].shape);
        if (k->data[i]) set_real(k, s, k->given[i], k->data[i], count);
        if (k->whole[i])
            cr_assert_eq(
                idi_graph_session_set(s, k->given[i], k->whole[i], whole_bytes(&k->c->in[i])),
                IDI_OK);
    }
    if (k->dy_data) {
        const idi_shape shape = idi_graph_shape(k->graph, k->dy);
        set_real(k, s, k->dy, k->dy_data, idi_shape_count(&shape));
    }
    return s;
}

static void run(const check *k, idi_graph_session *s)
{
    cr_assert_eq(idi_graph_session_run(s, NULL, NULL), IDI_OK, "%s/%s: %s", k->op, k->c->name,
                 idi_last_error());
}

static void free_data(check *k)
{
    for (int i = 0; i < IDI_CASE_INPUTS; i++) {
        free(k->data[i]);
        free(k->whole[i]);
    }
    free(k->dy_data);
}

static double at_least_one(double x)
{
    return x > 1.0 ? x : 1.0;
}

/* Rounding of the factors and of the sums, amplified as the case says, and of what is stored. */
static double tolerance(const idi_op_case *c, const idi_op_target *target)
{
    const double eps = (double)FLT_EPSILON / 2.0;
    const double eps_in = ldexp(1.0, -target->fraction_bits - 1);
    const double eps_stored = ldexp(1.0, -target->stored_bits - 1);
    const double condition = at_least_one(c->condition);
    const double sums = condition * 8.0 * eps * sqrt(at_least_one((double)c->reduction));
    if (target->stored_bits == 23) return condition * 4.0 * (eps_in + eps_stored) + sums;
    return at_least_one(c->stored_condition) * 4.0 * eps_stored + sums;
}

static double largest_of(const double *x, int64_t count)
{
    double largest = 0.0;
    for (int64_t j = 0; j < count; j++)
        if (fabs(x[j]) > largest) largest = fabs(x[j]);
    return largest;
}

/* max|a - b| / largest, and the mean square ratio, against the tolerance of K and the condition. */
static void compare(const check *k, const idi_op_target *target, const char *what, const double *a,
                    const double *b, int64_t count, double largest)
{
    double worst = 0.0;
    double square = 0.0;
    double error = 0.0;
    int64_t at = 0;
    for (int64_t j = 0; j < count; j++) {
        const double difference = fabs(a[j] - b[j]);
        if (!(difference <= worst)) { /* NaN counts as worst */
            worst = difference;
            at = j;
        }
        square += b[j] * b[j];
        error += difference * difference;
    }
    const double bound = tolerance(k->c, target);
    cr_assert(
        worst <= bound * largest + 1e-30,
        "%s/%s %s %s: [%lld] is %.9g, want %.9g; error %.3g of the largest, bound %.3g (seed %llu)",
        k->op, k->c->name, target->name, what, (long long)at, a[at], b[at],
        largest > 0.0 ? worst / largest : worst, bound, (unsigned long long)k->seed);
    square = fmax(square, largest * largest);
    cr_assert(error <= bound * bound * square + 1e-60, "%s/%s %s %s: mean square error too large",
              k->op, k->c->name, target->name, what);
}

static void check_inputs_unchanged(const check *k, idi_graph_session *s)
{
    for (int i = 0; i < IDI_CASE_INPUTS; i++) {
        if (!k->data[i]) continue;
        const int64_t count = idi_shape_count(&k->c->in[i].shape);
        double *now = get_real(k, s, k->given[i], count);
        for (int64_t j = 0; j < count; j++)
            cr_assert_eq(now[j], k->data[i][j], "%s/%s: input %d was written to", k->op, k->c->name,
                         i);
        free(now);
    }
}

/* What errors of value v are measured by: its largest number. Two or three numbers, a bias's
 * gradient say, can all cancel by chance: they are measured by the largest of all that were asked
 * for. */
static double scale_of(const check *k, double *const *want, const idi_value *values, int count,
                       int v)
{
    enum { FEW = 3 };
    const idi_shape shape = idi_graph_shape(k->graph, values[v]);
    double largest = largest_of(want[v], idi_shape_count(&shape));
    for (int i = 0; i < count && idi_shape_count(&shape) <= FEW; i++) {
        const idi_shape other = idi_graph_shape(k->graph, values[i]);
        largest = fmax(largest, largest_of(want[i], idi_shape_count(&other)));
    }
    return largest;
}

static void expect_refusal(const check *k, const idi_op_target *target, idi_backend *backend)
{
    idi_graph_session *s;
    const idi_status st = idi_graph_session_create(k->graph, backend, NULL, NULL, &s);
    cr_assert_eq(st, IDI_ERR_UNSUPPORTED, "%s/%s %s: was not refused", k->op, k->c->name,
                 target->name);
}

/* The case's numbers in the backend's real type and memory. */
static void *place_input(const check *k, idi_backend *backend, int i, size_t bytes)
{
    const int64_t count = idi_shape_count(&k->c->in[i].shape);
    float *narrow = malloc((size_t)count * sizeof *narrow);
    void *raw = malloc(bytes);
    void *placed;
    for (int64_t j = 0; j < count; j++)
        narrow[j] = (float)k->data[i][j];
    idi_floats_to(backend->real, narrow, count, raw);
    cr_assert_eq(backend->alloc(backend, IDI_TAG_WEIGHT, bytes, &placed), IDI_OK);
    cr_assert_eq(backend->upload(backend, placed, raw, bytes), IDI_OK);
    free(raw);
    free(narrow);
    return placed;
}

/* The op on the same numbers, made in the memory of input i: `apart` holds the bits wanted. */
static void check_in_place(const check *apart_check, const idi_op_target *target,
                           idi_backend *backend, int i, const void *apart, size_t bytes)
{
    check k = {.op = apart_check->op,
               .c = apart_check->c,
               .seed = apart_check->seed,
               .targets = apart_check->targets,
               .target_count = apart_check->target_count,
               .memory = apart_check->memory,
               .assigned = i};
    build(&k);
    idi_graph_assign(k.graph, k.in[i], k.y);
    cr_assert_eq(idi_graph_status(k.graph), IDI_OK, "%s/%s: %s", k.op, k.c->name, idi_last_error());
    k.place = place_input(&k, backend, i, bytes);
    idi_graph_session *s = open_session(&k, backend);
    run(&k, s);
    void *raw = malloc(bytes);
    cr_assert_eq(backend->download(backend, raw, k.place, bytes), IDI_OK);
    cr_assert_eq(memcmp(raw, apart, bytes), 0, "%s/%s %s: other bits in place of input %d", k.op,
                 k.c->name, target->name, i);
    free(raw);
    idi_graph_session_destroy(&s);
    backend->free(backend, k.place);
    idi_graph_destroy(&k.graph);
    free_data(&k);
}

/* In place of each input that the op of y may write over. */
static void check_places(const check *k, const idi_op_target *target, idi_backend *backend,
                         idi_graph_session *s)
{
    const idi_shape shape = idi_graph_shape(k->graph, k->y);
    const int32_t producer = idi_graph_get_value(k->graph, k->y)->producer;
    const idi_op_info *op = idi_graph_get_node(k->graph, producer)->op;
    const size_t bytes = idi_graph_session_bytes(s, k->y);
    void *apart = malloc(bytes);
    cr_assert_eq(idi_graph_session_get(s, k->y, apart, bytes), IDI_OK);
    for (int i = 0; i < op->in_place_count; i++)
        if (idi_shape_equal(&k->c->in[i].shape, &shape))
            check_in_place(k, target, backend, i, apart, bytes);
    free(apart);
}

/* A target against the oracle's values; runs twice and wants the same bits. */
static void check_target(check *k, const idi_op_target *target, const char *what,
                         double *const *want, const idi_value *values, int count)
{
    idi_backend *backend;
    cr_assert_eq(target->open(k->memory, &backend), IDI_OK, "%s: %s", target->name,
                 idi_last_error());
    if (k->c->wants_f32 && target->stored_bits < 23) {
        expect_refusal(k, target, backend);
        target->close(&backend);
        return;
    }
    idi_graph_session *s = open_session(k, backend);
    for (int v = 0; v < count; v++) {
        const idi_shape shape = idi_graph_shape(k->graph, values[v]);
        const int64_t n = idi_shape_count(&shape);
        run(k, s);
        double *first = get_real(k, s, values[v], n);
        run(k, s);
        double *second = get_real(k, s, values[v], n);
        cr_assert_eq(memcmp(first, second, (size_t)n * sizeof *first), 0,
                     "%s/%s %s %s: two runs differ", k->op, k->c->name, target->name, what);
        compare(k, target, what, first, want[v], n, scale_of(k, want, values, count, v));
        free(first);
        free(second);
    }
    check_inputs_unchanged(k, s);
    if (values == &k->y) check_places(k, target, backend, s);
    idi_graph_session_destroy(&s);
    target->close(&backend);
}

static void check_targets(check *k, const char *what, double *const *want, const idi_value *values,
                          int count)
{
    for (int t = 0; t < k->target_count; t++)
        check_target(k, &k->targets[t], what, want, values, count);
}

/* sum(y*dy) in the oracle's session. */
static double objective(const check *k, idi_graph_session *s)
{
    const idi_shape shape = idi_graph_shape(k->graph, k->y);
    const int64_t count = idi_shape_count(&shape);
    run(k, s);
    double *y = get_real(k, s, k->y, count);
    double sum = 0.0;
    for (int64_t j = 0; j < count; j++)
        sum += y[j] * k->dy_data[j];
    free(y);
    return sum;
}

/* The objective with element `at` of input i moved by `step`. */
static double moved_objective(const check *k, idi_graph_session *s, int i, int64_t at, double step)
{
    const int64_t count = idi_shape_count(&k->c->in[i].shape);
    const double kept = k->data[i][at];
    k->data[i][at] = kept + step;
    set_real(k, s, k->given[i], k->data[i], count);
    const double moved = objective(k, s);
    k->data[i][at] = kept;
    set_real(k, s, k->given[i], k->data[i], count);
    return moved;
}

/* The slope must lie between the difference quotients of both sides: where the function is smooth
 * they all but agree, and where the element happens to sit beside a kink (fresh random inputs do)
 * the rule's answer is one side's. */
static void check_slope(const check *k, idi_graph_session *s, int i, int64_t at, double slope,
                        double scale)
{
    const double step = 1e-5 * (1.0 + fabs(k->data[i][at]));
    const double here = objective(k, s);
    const double above = (moved_objective(k, s, i, at, step) - here) / step;
    const double below = (here - moved_objective(k, s, i, at, -step)) / step;
    const double slack = 2e-5 * (scale + fabs(above + below) / 2.0);
    cr_assert(slope >= fmin(above, below) - slack && slope <= fmax(above, below) + slack,
              "%s/%s gradient of input %d at %lld: %.9g, differences say %.9g to %.9g (seed %llu)",
              k->op, k->c->name, i, (long long)at, slope, below, above,
              (unsigned long long)k->seed);
}

static void check_differences(const check *k, idi_graph_session *s, int i, const double *gradient)
{
    const int64_t count = idi_shape_count(&k->c->in[i].shape);
    double largest = 1e-6;
    for (int64_t j = 0; j < count; j++)
        if (fabs(gradient[j]) > largest) largest = fabs(gradient[j]);
    const int64_t probes = count < MAX_PROBES ? count : MAX_PROBES;
    for (int64_t p = 0; p < probes; p++) {
        const int64_t at =
            probes == count
                ? p
                : (int64_t)(idi_uniform(k->seed, 60 + (uint64_t)i, (uint64_t)p) * (double)count);
        check_slope(k, s, i, at, gradient[at], largest);
    }
}

static void check_gradients(check *k, bool has_differences)
{
    build_gradient(k);
    idi_backend *oracle;
    cr_assert_eq(idi_cpu64_backend_create(k->memory, true, &oracle), IDI_OK);
    idi_graph_session *s = open_session(k, oracle);
    run(k, s);
    double *want[IDI_CASE_INPUTS];
    idi_value values[IDI_CASE_INPUTS];
    int count = 0;
    for (int i = 0; i < IDI_CASE_INPUTS; i++) {
        if (k->din[i] == IDI_NONE) continue;
        values[count] = k->din[i];
        want[count++] = get_real(k, s, k->din[i], idi_shape_count(&k->c->in[i].shape));
    }
    for (int i = 0, v = 0; has_differences && i < IDI_CASE_INPUTS; i++)
        if (k->din[i] != IDI_NONE) check_differences(k, s, i, want[v++]);
    idi_graph_session_destroy(&s);
    idi_cpu_backend_destroy(&oracle);
    check_targets(k, "gradient", want, values, count);
    for (int v = 0; v < count; v++)
        free(want[v]);
}

static void check_case(check *k, bool has_differences)
{
    k->memory = idi_test_memory();
    build(k);
    const idi_shape shape = idi_graph_shape(k->graph, k->y);
    idi_backend *oracle;
    cr_assert_eq(idi_cpu64_backend_create(k->memory, true, &oracle), IDI_OK);
    idi_graph_session *s = open_session(k, oracle);
    run(k, s);
    double *want = get_real(k, s, k->y, idi_shape_count(&shape));
    idi_graph_session_destroy(&s);
    idi_cpu_backend_destroy(&oracle);
    check_targets(k, "output", &want, &k->y, 1);
    free(want);
    if (!k->c->is_not_differentiable) check_gradients(k, has_differences);
    idi_graph_destroy(&k->graph);
    free_data(k);
    idi_test_memory_close(&k->memory);
}

void idi_op_check(const char *op, const idi_op_suite *suite, const idi_op_target *targets,
                  int target_count, bool has_differences)
{
    cr_assert(suite->count > 0, "%s has no cases", op);
    for (int i = 0; i < suite->count; i++) {
        check k = {.op = op,
                   .c = &suite->cases[i],
                   .seed = idi_test_seed(),
                   .targets = targets,
                   .target_count = target_count,
                   .assigned = -1};
        check_case(&k, has_differences);
    }
}

static idi_status open_plain(idi_memory *memory, idi_backend **backend_out)
{
    return idi_cpu32_backend_create(memory, true, backend_out);
}

static idi_status open_fast(idi_memory *memory, idi_backend **backend_out)
{
    return idi_cpu32_backend_create(memory, false, backend_out);
}

static idi_status open_bf16(idi_memory *memory, idi_backend **backend_out)
{
    const idi_status st = idi_cpu32_backend_create(memory, false, backend_out);
    if (st == IDI_OK) idi_cpu_backend_use_bf16(*backend_out);
    return st;
}

const idi_op_target idi_cpu_bf16_target = {"bf16", open_bf16, idi_cpu_backend_destroy, 7, 23,
                                           true,   false};

const idi_op_target idi_cpu_targets[2] = {
    {"plain", open_plain, idi_cpu_backend_destroy, 23, 23, false, false},
    {"fast", open_fast, idi_cpu_backend_destroy, 23, 23, false, false},
};
