/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/training.c - a training on the CUDA backend: recorded once, replayed while the rates
 * change. */
#include "support/training.h"
#include "cpu/backend.h"
#include "cuda/runtime/backend.h"
#include "support/random.h"
#include "support/tiny_recogniser.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check(void (*body)(idi_backend *backend))
{
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    const idi_cuda_backend_options options = {.storage = IDI_F32};
    idi_memory *memory = idi_test_memory();
    idi_cuda_device *device;
    idi_backend *backend;
    cr_assert_eq(idi_cuda_device_open(memory, 0, &device), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(idi_cuda_backend_create(device, &options, &backend), IDI_OK);
    body(backend);
    idi_cuda_backend_destroy(&backend);
    idi_cuda_device_close(&device);
    idi_test_memory_close(&memory);
}

static void train(idi_backend *backend)
{
    idi_check_tiny_training(backend, 1e-4);
}

Test(cuda_training, a_linear_layer_learns)
{
    check(train);
}

Test(cuda_training, adam_works_in_place)
{
    check(idi_check_adam_in_place);
}

/* --- a recogniser, against the CPU's double loops --------------------------------------------- */

enum { STEPS = 3 }; /* run, recorded, replayed */

/* A tensor's largest error and largest number. */
static void measure(const idi_tiny_training *ours, const idi_tiny_training *oracle, int64_t index,
                    double *error, double *largest)
{
    float *have = idi_tiny_training_get(ours, index);
    float *want = idi_tiny_training_get(oracle, index);
    const int64_t count = idi_shape_count(&idi_store_at(ours->store, index)->shape);
    *error = *largest = 0.0;
    for (int64_t i = 0; i < count; i++) {
        *error = fmax(*error, fabs((double)have[i] - (double)want[i]));
        *largest = fmax(*largest, fabs((double)want[i]));
    }
    free(have);
    free(want);
}

/* Moments are measured by the largest of their kind: tests/train/test_training.c says why. */
static double scale_of(const idi_tiny_training *oracle, int64_t index)
{
    const char *name = idi_store_at(oracle->store, index)->name;
    const bool is_moment = strncmp(name, "train.m.", 8) == 0 || strncmp(name, "train.v.", 8) == 0;
    double largest = 0.0;
    for (int64_t i = 0; i < idi_store_count(oracle->store); i++) {
        double error;
        double here;
        const bool counts =
            is_moment ? strncmp(idi_store_at(oracle->store, i)->name, name, 8) == 0 : i == index;
        if (!counts) continue;
        measure(oracle, oracle, i, &error, &here);
        largest = fmax(largest, here);
    }
    return largest;
}

static void recogniser(idi_backend *backend)
{
    const double bound = 2e-5;
    idi_backend *cpu;
    idi_tiny_training t[2];
    cr_assert_eq(idi_cpu64_backend_create(backend->memory, true, &cpu), IDI_OK);
    idi_tiny_training_open(&t[0], backend, 0);
    idi_tiny_training_open(&t[1], cpu, 0);
    for (int i = 0; i < 2; i++) {
        idi_tiny_training_set_golden(&t[i]);
        for (int64_t step = 1; step <= STEPS; step++) {
            idi_tiny_training_set_golden_batch(&t[i], step);
            (void)idi_tiny_training_step(&t[i], step);
        }
    }
    for (int64_t i = 0; i < idi_store_count(t[0].store); i++) {
        double error;
        double largest;
        measure(&t[0], &t[1], i, &error, &largest);
        cr_expect_leq(error, bound * scale_of(&t[1], i), "%s is off by %g of %g",
                      idi_store_at(t[0].store, i)->name, error, largest);
    }
    for (int i = 0; i < 2; i++)
        idi_tiny_training_close(&t[i]);
    idi_cpu_backend_destroy(&cpu);
}

Test(cuda_training, a_recogniser_trains_as_on_the_cpu)
{
    check(recogniser);
}
