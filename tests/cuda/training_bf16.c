/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/training_bf16.c - trainings whose reals are bf16 and whose weights are floats: against
 * the CPU's loops with the same roundings, and without any.
 *
 * The bound without roundings: rounding to 8 bits is off by u = 2^-8 at most and by u/sqrt(3) in
 * the mean square. If each of a graph's R stored tensors moved the gradient by as much as it is off
 * itself, all of them independently, the gradient would be off by u/sqrt(3)*sqrt(R) of its length;
 * three times that is allowed. A loss is a mean of many numbers, whose roundings cancel: u. */
#include "cpu/backend.h"
#include "cuda/runtime/backend.h"
#include "support/random.h"
#include "support/rounding_backend.h"
#include "support/tiny_generator.h"
#include "support/tiny_recogniser.h"
#include "train/trainer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

static const double unit = 1.0 / 256.0;

static idi_memory *memory;
static idi_cuda_device *device;
static idi_backend *bf16, *rounded, *exact;

static void open_rig(void)
{
    const idi_cuda_backend_options options = {.storage = IDI_BF16};
    memory = idi_test_memory();
    OK(idi_cpu64_backend_create(memory, true, &exact));
    OK(idi_cpu64_backend_create(memory, true, &rounded));
    idi_round_backend(rounded);
    if (idi_cuda_device_count() == 0) return;
    OK(idi_cuda_device_open(memory, 0, &device));
    OK(idi_cuda_backend_create(device, &options, &bf16));
}

static void close_rig(void)
{
    idi_cuda_backend_destroy(&bf16);
    if (device) idi_cuda_device_close(&device);
    idi_cpu_backend_destroy(&rounded);
    idi_cpu_backend_destroy(&exact);
    idi_test_memory_close(&memory);
}

TestSuite(cuda_training_bf16, .init = open_rig, .fini = close_rig);

static double bound_of(int64_t roundings)
{
    return 3.0 * unit / sqrt(3.0) * sqrt((double)roundings);
}

/* |a - b| of |b|, as vectors. */
static double distance(const double *a, const double *b, int64_t count)
{
    double error = 0.0;
    double square = 0.0;
    for (int64_t i = 0; i < count; i++) {
        error += (a[i] - b[i]) * (a[i] - b[i]);
        square += b[i] * b[i];
    }
    return sqrt(error / square);
}

/* --- a recogniser ----------------------------------------------------------------------------- */

/* Adam's first moments after a step, clipping taken back: the gradient, but for a factor a group.
 */
static double *first_moments(const idi_tiny_training *t, double norm, int64_t *count_out)
{
    const double clip = norm > IDI_TINY_CLIP_NORM ? IDI_TINY_CLIP_NORM / norm : 1.0;
    double *moments = NULL;
    *count_out = 0;
    for (int64_t i = 0; i < idi_store_count(t->store); i++) {
        const idi_value_info *info = idi_store_at(t->store, i);
        const int64_t count = idi_shape_count(&info->shape);
        if (strncmp(info->name, IDI_STORE_FIRST_MOMENT, strlen(IDI_STORE_FIRST_MOMENT)) != 0)
            continue;
        float *values = idi_tiny_training_get(t, i);
        moments = realloc(moments, (size_t)(*count_out + count) * sizeof *moments);
        for (int64_t k = 0; k < count; k++)
            moments[(*count_out)++] = (double)values[k] / clip;
        free(values);
    }
    return moments;
}

static idi_step_report golden_step(idi_tiny_training *t, int64_t step)
{
    if (step == 1) idi_tiny_training_set_golden(t);
    idi_tiny_training_set_golden_batch(t, step);
    return idi_tiny_training_step(t, step);
}

Test(cuda_training_bf16, a_recognisers_gradient_is_as_near_as_its_roundings_let_it)
{
    idi_tiny_training t[2];
    idi_step_report report[2];
    double *gradient[2];
    int64_t count;
    if (!bf16) cr_skip_test("no CUDA device");
    idi_tiny_training_open(&t[0], bf16, 0);
    idi_tiny_training_open(&t[1], exact, 0);
    for (int i = 0; i < 2; i++) {
        report[i] = golden_step(&t[i], 1);
        gradient[i] = first_moments(&t[i], report[i].gradient_norm, &count);
    }
    const double bound = bound_of(idi_graph_real_outputs(t[0].graph));
    const double error = distance(gradient[0], gradient[1], count);
    cr_expect_leq(error, bound, "off by %.3g of its length, bound %.3g", error, bound);
    cr_expect_gt(error, unit * unit, "no number was rounded");
    cr_expect_float_eq(report[0].loss, report[1].loss, unit * report[1].loss, "%g, not %g",
                       report[0].loss, report[1].loss);
    for (int i = 0; i < 2; i++) {
        free(gradient[i]);
        idi_tiny_training_close(&t[i]);
    }
}

/* Moments are measured by the largest of their kind: tests/train/test_training.c says why. */
static double largest_like(const idi_tiny_training *t, int64_t index)
{
    const char *name = idi_store_at(t->store, index)->name;
    const bool is_moment = strncmp(name, "train.m.", 8) == 0 || strncmp(name, "train.v.", 8) == 0;
    double largest = 0.0;
    for (int64_t i = 0; i < idi_store_count(t->store); i++) {
        const idi_value_info *info = idi_store_at(t->store, i);
        if (is_moment ? strncmp(info->name, name, 8) != 0 : i != index) continue;
        float *values = idi_tiny_training_get(t, i);
        for (int64_t k = 0; k < idi_shape_count(&info->shape); k++)
            largest = fmax(largest, fabs((double)values[k]));
        free(values);
    }
    return largest;
}

static void expect_near(const idi_tiny_training *a, const idi_tiny_training *b, int64_t index,
                        double bound)
{
    const idi_value_info *info = idi_store_at(a->store, index);
    const double scale = largest_like(b, index);
    float *have = idi_tiny_training_get(a, index);
    float *want = idi_tiny_training_get(b, index);
    double error = 0.0;
    for (int64_t k = 0; k < idi_shape_count(&info->shape); k++)
        error = fmax(error, fabs((double)have[k] - (double)want[k]));
    cr_expect_leq(error, bound * scale, "%s is off by %g of %g", info->name, error, scale);
    free(have);
    free(want);
}

static void expect_all_near(const idi_tiny_training *a, const idi_tiny_training *b, double bound)
{
    for (int64_t i = 0; i < idi_store_count(a->store); i++)
        expect_near(a, b, i, bound);
}

/* The same roundings at the same places, and sums in floats: a tenth of what a weight, a moment or
 * a statistic would be off that were rounded itself. Later a weight may stand so near to the edge
 * between two numbers that it is narrowed to the other one, and all that follows is off by about a
 * rounding. */
Test(cuda_training_bf16, a_recogniser_rounds_its_reals_and_nothing_else)
{
    enum { STEPS = 3 }; /* run, recorded, replayed */
    idi_tiny_training t[2];
    if (!bf16) cr_skip_test("no CUDA device");
    idi_tiny_training_open(&t[0], bf16, 0);
    idi_tiny_training_open(&t[1], rounded, 0);
    for (int64_t step = 1; step <= STEPS; step++) {
        for (int i = 0; i < 2; i++)
            (void)golden_step(&t[i], step);
        expect_all_near(&t[0], &t[1], step == 1 ? unit / 10.0 : 4.0 * unit);
    }
    for (int i = 0; i < 2; i++)
        idi_tiny_training_close(&t[i]);
}

/* The mean loss of the last steps, and of the first. */
static double fall(idi_backend *backend)
{
    enum { STEPS = 40, MEAN = 5 };
    idi_tiny_training t;
    double first = 0.0;
    double last = 0.0;
    idi_tiny_training_open(&t, backend, 11);
    for (int64_t step = 1; step <= STEPS; step++) {
        idi_tiny_training_set_people(&t, step);
        const double loss = idi_tiny_training_step(&t, step).loss;
        if (step <= MEAN) first += loss;
        if (step > STEPS - MEAN) last += loss;
    }
    idi_tiny_training_close(&t);
    return last / first;
}

Test(cuda_training_bf16, the_loss_falls_as_without_rounding)
{
    if (!bf16) cr_skip_test("no CUDA device");
    const double have = fall(bf16);
    const double want = fall(exact);
    cr_expect_lt(want, 0.8, "to %g in double", want);
    cr_expect_float_eq(have, want, 0.05, "the loss fell to %g of what it was, to %g in double",
                       have, want);
}

/* --- a generator ------------------------------------------------------------------------------ */

Test(cuda_training_bf16, a_generators_gradient_is_as_near_as_its_roundings_let_it)
{
    idi_tiny_generator tiny;
    if (!bf16) cr_skip_test("no CUDA device");
    idi_tiny_generator_open(memory, "bf16_generator", 5, &tiny);
    idi_tiny_outcome have = idi_tiny_generator_step(&tiny, bf16);
    idi_tiny_outcome want = idi_tiny_generator_step(&tiny, exact);
    cr_assert_eq(have.count, want.count);
    const double bound = bound_of(have.roundings);
    const double error = distance(have.gradients, want.gradients, want.count);
    cr_expect_leq(error, bound, "off by %.3g of its length, bound %.3g", error, bound);
    cr_expect_gt(error, unit * unit, "no number was rounded");
    cr_expect_float_eq(have.loss, want.loss, unit * want.loss, "%g, not %g", have.loss, want.loss);
    free(have.gradients);
    free(want.gradients);
    idi_tiny_generator_close(&tiny);
}

/* --- whole trainings -------------------------------------------------------------------------- */

static const char recipe_text[] =
    "{\"network\": {\"arch\": \"iresnet\", \"input_side\": 16, \"embedding_dim\": 8, \"width\": 2, "
    "\"blocks\": [1, 1, 1, 1]}, \"steps\": 3, \"log_every\": 1, "
    "\"data\": {\"people\": [0, 7], \"photos\": 3}, \"batch\": {\"people\": 4}, "
    "\"validation\": {\"every\": 3, \"people\": [8, 27], \"photos\": 2}, "
    "\"optimiser\": {\"rate\": 0.01, \"average_decay\": 0.9}}";

#define FOLDER     IDI_SCRATCH "/training_bf16"
#define CHECKPOINT FOLDER "/checkpoint.safetensors"
#define MODEL      FOLDER "/model.safetensors"

static bool stop_at(void *user, const idi_trainer_progress *progress)
{
    return progress->step == *(const int64_t *)user;
}

static idi_status train(const idi_recipe *recipe, idi_dtype storage, int64_t stop)
{
    const idi_cuda_backend_options options = {.storage = storage};
    idi_trainer_options trainer = {
        .recipe = recipe, .folder = FOLDER, .progress = stop_at, .user = &stop};
    OK(idi_cuda_backend_create(device, &options, &trainer.backend));
    const idi_status st = idi_trainer_run(&trainer);
    idi_cuda_backend_destroy(&trainer.backend);
    return st;
}

Test(cuda_training_bf16, a_training_goes_on_in_another_precision)
{
    idi_recipe recipe;
    if (!bf16) cr_skip_test("no CUDA device");
    OK(idi_recipe_parse(recipe_text, strlen(recipe_text), &recipe));
    (void)unlink(CHECKPOINT);
    (void)unlink(MODEL);
    cr_assert_eq(train(&recipe, IDI_F16, -1), IDI_ERR_UNSUPPORTED);
    cr_expect(strstr(idi_last_error(), "want precision f32, tf32 or bf16"), "%s", idi_last_error());
    cr_assert_eq(train(&recipe, IDI_BF16, 1), IDI_ERR_CANCELLED, "%s", idi_last_error());
    cr_assert_eq(train(&recipe, IDI_F32, 2), IDI_ERR_CANCELLED, "%s", idi_last_error());
    cr_assert_neq(access(MODEL, F_OK), 0);
    OK(train(&recipe, IDI_BF16, -1));
    cr_expect_eq(access(MODEL, F_OK), 0);
}
