/* SPDX-License-Identifier: Apache-2.0 */
/* tests/api/test_product_rate.c - the rate of bare products: in bounds that no machine leaves,
 * nothing left behind, and what is refused. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <time.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(product_rate);

static void (*const open_world)(void) = idi_test_open_people;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Five runs of four products are part of the call: it cannot have been faster than its rate. */
IDI_TEST(product_rate, no_faster_than_the_call_itself)
{
    enum { SIDE = 192, PRODUCTS = 20 };
    idi_memory_report before = {.struct_size = sizeof before};
    idi_memory_report after = before;
    double flops;
    OK(idi_context_memory(world.context, &before));
    const double start = now();
    OK(idi_context_product_rate(world.context, NULL, SIDE, &flops));
    const double seconds = now() - start;
    OK(idi_context_memory(world.context, &after));
    cr_expect_eq(before.current_bytes, after.current_bytes);
    const double slowest = 2.0 * PRODUCTS * SIDE * SIDE * SIDE / seconds;
    cr_expect(flops > slowest && flops < 1e15, "%g, the call's own rate is %g", flops, slowest);
}

IDI_TEST(product_rate, what_is_no_matrix_or_no_number_type_is_refused)
{
    double flops = -1.0;
    IDI_REFUSED(idi_context_product_rate(world.context, "f32", 8, &flops), IDI_ERR_ARG, "side 8",
                "16 to 16384");
    cr_expect_eq(flops, 0.0);
    IDI_REFUSED(idi_context_product_rate(world.context, "fp4", 64, &flops), IDI_ERR_UNSUPPORTED,
                "fp4");
    IDI_REFUSED(idi_context_product_rate(world.context, "f32", 64, NULL), IDI_ERR_ARG, "no place");
    IDI_REFUSED(idi_context_product_rate(NULL, "f32", 64, &flops), IDI_ERR_ARG, "no context");
}
