/* SPDX-License-Identifier: Apache-2.0 */
/* eval/scores.h - similarity scores: who is accepted at a threshold, and the threshold of a FAR.
 *
 * A score is larger the more alike two faces are. A pair is accepted at threshold t when its score
 * is >= t. FAR(t), the false acceptance (match) rate, is the share of impostor pairs, photographs
 * of two people, that are accepted; TAR(t) that of genuine pairs; FRR = 1 - TAR. Terms as in
 * ISO/IEC 19795-1.
 *
 * Scores that are not finite numbers are refused everywhere in this room: a NaN is a face that was
 * not found or an embedding that broke, and belongs in the report, not in a rate. */
#ifndef IDI_EVAL_SCORES_H
#define IDI_EVAL_SCORES_H

#include "core/memory.h"

typedef struct idi_scores {
    const double *values;
    int64_t count;
} idi_scores;

/* a . b / (|a| |b|) in double, -1..1. IDI_ERR_NUMERIC if a length is 0 or not finite. */
IDI_NODISCARD idi_status idi_cosine(const float *a, const float *b, int64_t dim,
                                    double *cosine_out);

/* IDI_ERR_ARG, naming `what` and the index, unless there is a score and all are finite. */
IDI_NODISCARD idi_status idi_scores_check(idi_scores scores, const char *what);
/* A copy in ascending order, after that check. The caller frees it with idi_free. */
IDI_NODISCARD idi_status idi_scores_sort(idi_memory *memory, idi_scores scores, const char *what,
                                         double **sorted_out);
/* Ascending, in place; no NaN. */
void idi_sort(double *values, int64_t count);
/* How many of `count` ascending scores are >= threshold. */
int64_t idi_sorted_accepted(const double *sorted, int64_t count, double threshold);

/* A threshold and where it comes from. */
typedef struct idi_threshold {
    double far;          /* asked for */
    double value;        /* accept scores >= value */
    double measured_far; /* accepted / impostors: <= far, and below it where scores tie */
    int64_t impostors;
    int64_t accepted;
} idi_threshold;

/* How many impostor scores a FAR needs at least: one false acceptance must be possible, so 1/far.
 * (An estimate worth printing wants ten times as many: with ten acceptances expected, the relative
 * standard error of the FAR at the threshold is still about a third.) */
int64_t idi_impostors_needed(double far);

/* The smallest number t with FAR(t) <= far on these scores. So TAR at t is the largest TAR that any
 * threshold of such a FAR has. With k = floor(far * count), t is the next double above the
 * (k+1)-th largest score: impostors that tie with it are all rejected, and measured_far is then
 * below far. far * count counts as whole when it is so to 12 digits (0.29 * 100).
 * Digits matter: a threshold written with fewer than 17 may accept that score again.
 *
 * IDI_ERR_ARG: far not in (0, 1), no scores, a score not finite, fewer than 1/far scores. */
IDI_NODISCARD idi_status idi_threshold_calibrate(idi_memory *memory, idi_scores impostors,
                                                 double far, idi_threshold *threshold_out);
/* The same on scores that are sorted (ascending) and finite. */
IDI_NODISCARD idi_status idi_threshold_of_sorted(const double *sorted, int64_t count, double far,
                                                 idi_threshold *threshold_out);

#endif
