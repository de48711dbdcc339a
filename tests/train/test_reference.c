/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_reference.c - the first steps of a training against PyTorch's
 * (tests/reference/training.py): losses, gradients' lengths, weights, moments, running statistics
 * and averages. */
#include "cpu/backend.h"
#include "model/weights.h"
#include "support/random.h"
#include "support/tiny_recogniser.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

static bool is_moment(const char *name)
{
    return strncmp(name, IDI_STORE_FIRST_MOMENT, strlen(IDI_STORE_FIRST_MOMENT)) == 0 ||
           strncmp(name, IDI_STORE_SECOND_MOMENT, strlen(IDI_STORE_SECOND_MOMENT)) == 0;
}

static double largest_of(const idi_safetensor *tensor)
{
    const int64_t count = idi_safetensor_count(tensor);
    float *values = malloc((size_t)count * sizeof *values);
    double largest = 0.0;
    OK(idi_safetensor_to_f32(tensor, values));
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)values[i]));
    free(values);
    return largest;
}

/* What errors of a tensor are measured by: its largest number. Moments are gradients, which have
 * the rounding of the whole way back, those too that are 0 but for it (of a bias before a
 * normalisation): four times the largest of all of their kind. */
static double scale_of(const idi_safetensors *file, const idi_safetensor *tensor)
{
    double largest = 0.0;
    if (!is_moment(tensor->name)) return largest_of(tensor);
    for (int64_t i = 0; i < idi_safetensors_count(file); i++) {
        const idi_safetensor *other = idi_safetensors_get(file, i);
        if (strncmp(tensor->name, other->name, strlen(IDI_STORE_FIRST_MOMENT)) == 0)
            largest = fmax(largest, largest_of(other));
    }
    return 4.0 * largest;
}

static void expect_tensor(const idi_tiny_training *t, int64_t index, const idi_safetensors *file,
                          double bound)
{
    const idi_value_info *info = idi_store_at(t->store, index);
    const int64_t count = idi_shape_count(&info->shape);
    const idi_safetensor *want = idi_safetensors_find(file, info->name);
    cr_assert_not_null(want, "the reference has no %s", info->name);
    cr_assert_eq(idi_safetensor_count(want), count, "%s", info->name);
    const double scale = scale_of(file, want);
    float *ours = idi_tiny_training_get(t, index);
    float *theirs = malloc(2 * (size_t)count * sizeof *theirs);
    double worst = 0.0;
    OK(idi_safetensor_to_f32(want, theirs));
    idi_weights_to_graph(info, theirs, theirs + count);
    for (int64_t i = 0; i < count; i++)
        worst = fmax(worst, fabs((double)ours[i] - (double)theirs[count + i]));
    cr_expect_leq(worst, bound * scale, "%s is off by %g of %g", info->name, worst, scale);
    free(theirs);
    free(ours);
}

typedef idi_status (*create_function)(idi_memory *memory, bool is_plain, idi_backend **backend_out);

static void check_against_reference(create_function create, bool is_plain, double bound)
{
    idi_memory *memory = idi_test_memory();
    idi_backend *backend;
    idi_tiny_training t;
    idi_safetensors *file;
    double report[2 * 8];
    OK(create(memory, is_plain, &backend));
    OK(idi_safetensors_open(memory, IDI_FIXTURES "/nets/training.safetensors", &file));
    const idi_safetensor *steps = idi_safetensors_find(file, "report");
    cr_assert(steps && steps->dtype == IDI_F64 && steps->bytes <= sizeof report);
    memcpy(report, steps->data, steps->bytes);
    idi_tiny_training_open(&t, backend, 0);
    idi_tiny_training_set_golden(&t);
    for (int64_t i = 0; i < steps->dim[0]; i++) {
        idi_tiny_training_set_golden_batch(&t, i + 1);
        const idi_step_report ours = idi_tiny_training_step(&t, i + 1);
        cr_expect_float_eq(ours.loss, report[2 * i], bound * report[2 * i], "step %lld: %.9g",
                           (long long)i + 1, ours.loss);
        cr_expect_float_eq(ours.gradient_norm, report[2 * i + 1], bound * report[2 * i + 1],
                           "step %lld: %.9g", (long long)i + 1, ours.gradient_norm);
    }
    for (int64_t i = 0; i < idi_store_count(t.store); i++)
        expect_tensor(&t, i, file, bound);
    /* The report is the only other one. */
    cr_expect_eq(idi_safetensors_count(file) - 1, idi_store_count(t.store));
    idi_tiny_training_close(&t);
    idi_safetensors_close(&file);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

Test(reference, the_first_steps_are_pytorchs_in_double)
{
    check_against_reference(idi_cpu64_backend_create, true, 3e-7); /* a float's rounding of both */
}

Test(reference, the_first_steps_are_pytorchs_in_float)
{
    check_against_reference(idi_cpu32_backend_create, false, 1e-5);
}
