/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/thread_ranks.h - ranks that are threads of the test: what processes do together,
 * without a launcher. */
#ifndef IDI_TESTS_THREAD_RANKS_H
#define IDI_TESTS_THREAD_RANKS_H

#include "core/ranks.h"

/* Runs `work` once for each of `count` ranks, each in a thread and with memory of its own, and
 * returns when all are done. What is left in that memory fails the test. */
void idi_with_thread_ranks(int count,
                           void (*work)(void *user, idi_memory *memory, idi_ranks *ranks),
                           void *user);

#endif
