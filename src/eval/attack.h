/* SPDX-License-Identifier: Apache-2.0 */
/* eval/attack.h - what an injected identity achieves against one recogniser.
 *
 * A pair is (first person, second person): an image is made of the first with the second's identity
 * injected, and compared
 *   to_second  with ANOTHER photograph of the second person than the one that gave the token (the
 *              one that gave it flatters: the attack was made to match just that embedding),
 *   to_first   with another photograph of the first person than the one that gave map and styles.
 * Accepted means a score >= threshold, calibrated on impostors of other people
 * (idi_threshold_calibrate; eval/pairs.h draws such lists).
 *
 *   success       accepted as the second person: impersonation, ASR
 *   passes        accepted as the first person: "still looks like"
 *   dodges        not accepted as the first person, 1 - passes
 *   matches_both  both at once: of a morph of two people, MMPMR (Scherhag et al. 2017)
 *
 * A rate says nothing without the same rate of images to which nothing was done: run those through
 * the same functions. */
#ifndef IDI_EVAL_ATTACK_H
#define IDI_EVAL_ATTACK_H

#include "eval/scores.h"

typedef struct idi_attack {
    const double *to_second; /* [count] */
    const double *to_first;  /* [count]; NULL where only success is asked for */
    int64_t count;
} idi_attack;

typedef enum idi_outcome {
    IDI_OUTCOME_SUCCESS,
    IDI_OUTCOME_PASSES,
    IDI_OUTCOME_DODGES,
    IDI_OUTCOME_MATCHES_BOTH
} idi_outcome;

/* 1 or 0 for each pair: what idi_bootstrap_pairs() (eval/confidence.h) takes. IDI_ERR_ARG: no
 * pairs, a score or the threshold not finite, or to_first missing where the outcome needs it. */
IDI_NODISCARD idi_status idi_attack_outcomes(const idi_attack *attack, idi_outcome outcome,
                                             double threshold, double *outcomes_out);

/* How many pairs have the outcome; the rate is this over attack->count. */
IDI_NODISCARD idi_status idi_attack_count(const idi_attack *attack, idi_outcome outcome,
                                          double threshold, int64_t *count_out);

#endif
