/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/training.c - a training on the CUDA backend: recorded once, replayed while the rates
 * change. */
#include "support/training.h"
#include "cuda/runtime/backend.h"
#include "support/random.h"

#include <criterion/criterion.h>

static void check(void (*body)(idi_backend *backend))
{
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    const idi_cuda_backend_options options = {IDI_F32, false};
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
