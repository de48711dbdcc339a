/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/random.h - fresh random inputs, and a memory that poisons. */
#ifndef IDI_TESTS_RANDOM_H
#define IDI_TESTS_RANDOM_H

#include "core/memory.h"

/* This process's seed: from IDI_TEST_SEED, else from the clock. Printed by a failing check. */
uint64_t idi_test_seed(void);

/* A memory whose blocks are filled with 0xFF (NaN as float and double) when they are made. */
idi_memory *idi_test_memory(void);

/* A memory that fails the n-th allocation (0 based) and all later ones; n < 0: never. */
idi_memory *idi_test_failing_memory(int64_t n);

/* Fails the test if blocks are still allocated, then destroys. */
void idi_test_memory_close(idi_memory **memory);

#endif
