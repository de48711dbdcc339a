/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_schedule.c - the rates of a schedule, at its corners. */
#include "train/schedule.h"

#include <criterion/criterion.h>

Test(schedule, stays_where_nothing_else_is_said)
{
    const idi_schedule s = {.rate = 0.5};
    cr_expect_eq(idi_schedule_rate(&s, 1), 0.5);
    cr_expect_eq(idi_schedule_rate(&s, 1000000), 0.5);
}

Test(schedule, rises_stays_and_falls)
{
    const idi_schedule s = {.rate = 2.0, .warmup_steps = 4, .decay_after = 10, .total_steps = 20};
    cr_expect_eq(idi_schedule_rate(&s, 1), 0.5);
    cr_expect_eq(idi_schedule_rate(&s, 3), 1.5);
    cr_expect_eq(idi_schedule_rate(&s, 4), 2.0);
    cr_expect_eq(idi_schedule_rate(&s, 11), 2.0);
    cr_expect_float_eq(idi_schedule_rate(&s, 12), 1.8, 1e-15);
    cr_expect_float_eq(idi_schedule_rate(&s, 20), 0.2, 1e-15);
    cr_expect_eq(idi_schedule_rate(&s, 21), 0.0);
}

/* CA2-SIS counts epochs: 50 at the whole rate and 50 that fall, where the 52nd has 0.98 of it and
 * the last 0.02. */
Test(schedule, falls_as_ca2sis_has_it)
{
    const idi_schedule s = {.rate = 1.0, .decay_after = 50, .total_steps = 100};
    cr_expect_eq(idi_schedule_rate(&s, 51), 1.0);
    cr_expect_float_eq(idi_schedule_rate(&s, 52), 0.98, 1e-15);
    cr_expect_float_eq(idi_schedule_rate(&s, 100), 0.02, 1e-15);
}
