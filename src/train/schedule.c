/* SPDX-License-Identifier: Apache-2.0 */
/* train/schedule.c - see schedule.h. */
#include "train/schedule.h"

double idi_schedule_rate(const idi_schedule *schedule, int64_t step)
{
    const idi_schedule *s = schedule;
    double rate = s->rate;
    if (step < s->warmup_steps) rate *= (double)step / (double)s->warmup_steps;
    if (s->total_steps == 0 || step <= s->decay_after) return rate;
    if (step > s->total_steps) return 0.0;
    return rate * (double)(s->total_steps - step + 1) / (double)(s->total_steps - s->decay_after);
}
