/* SPDX-License-Identifier: Apache-2.0 */
/* tests/eval/expect.h - what the tests of this room share: comparisons and random inputs. */
#ifndef IDI_TESTS_EVAL_EXPECT_H
#define IDI_TESTS_EVAL_EXPECT_H

#include "core/rng.h"
#include "core/status.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* One seed a test, which a failure names. */
static inline uint64_t test_seed(void)
{
    static uint64_t seed;
    if (!seed) seed = idi_test_seed();
    return seed;
}

/* Numbers of a stream of their own: uniform in [0, 1), and standard normal. */
static inline double fresh(uint64_t stream, int64_t index)
{
    return idi_uniform(test_seed(), stream, (uint64_t)index);
}

static inline double fresh_normal(uint64_t stream, int64_t index)
{
    return idi_normal(test_seed(), stream, (uint64_t)index);
}

#define expect_ok(call) cr_assert((call) == IDI_OK, "%s: %s", #call, idi_last_error())

/* The status, and what the sentence contains. */
#define expect_refused(call, wanted, words)                                                        \
    do {                                                                                           \
        cr_assert((call) == (wanted), "%s is not refused", #call);                                 \
        cr_assert(strstr(idi_last_error(), words), "\"%s\" lacks \"%s\"", idi_last_error(),        \
                  words);                                                                          \
    } while (0)

#define expect_near(got, wanted, tolerance)                                                        \
    do {                                                                                           \
        const double got_ = (got), wanted_ = (wanted);                                             \
        cr_assert(fabs(got_ - wanted_) <= (tolerance),                                             \
                  "%s: %.17g, want %.17g (IDI_TEST_SEED=%llu)", #got, got_, wanted_,               \
                  (unsigned long long)test_seed());                                                \
    } while (0)

#define expect_true(condition)                                                                     \
    cr_assert(condition, "%s (IDI_TEST_SEED=%llu)", #condition, (unsigned long long)test_seed())

#endif
