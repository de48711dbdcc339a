/* SPDX-License-Identifier: Apache-2.0 */
/* tests/graph/test_training.c - forward, backward and a step of Adam in one session, against a
 * computation by hand. */
#include "cpu/backend.h"
#include "support/random.h"
#include "support/training.h"

#include <criterion/criterion.h>

Test(training, a_linear_layer_learns_in_double)
{
    idi_memory *memory = idi_test_memory();
    idi_backend *backend;
    cr_assert_eq(idi_cpu64_backend_create(memory, true, &backend), IDI_OK);
    idi_check_tiny_training(backend, 1e-11);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

Test(training, a_linear_layer_learns_in_float)
{
    idi_memory *memory = idi_test_memory();
    idi_backend *backend;
    cr_assert_eq(idi_cpu32_backend_create(memory, false, &backend), IDI_OK);
    idi_check_tiny_training(backend, 1e-4);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}
