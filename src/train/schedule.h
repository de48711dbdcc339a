/* SPDX-License-Identifier: Apache-2.0 */
/* train/schedule.h - a learning rate over the steps of a training: it rises, stays, and falls to 0,
 * all in straight lines. */
#ifndef IDI_TRAIN_SCHEDULE_H
#define IDI_TRAIN_SCHEDULE_H

#include <stdint.h>

typedef struct idi_schedule {
    double rate;          /* where it stays */
    int64_t warmup_steps; /* that rise to it; 0: none */
    int64_t decay_after;  /* steps before it falls */
    int64_t total_steps;  /* the last that has a rate above 0; 0: it never falls */
} idi_schedule;

/* The rate of step `step`, counted from 1. */
double idi_schedule_rate(const idi_schedule *schedule, int64_t step);

#endif
