/* SPDX-License-Identifier: Apache-2.0 */
/* eval/verification.h - a recogniser as a verifier: ROC, DET, AUC, EER, TAR at a FAR.
 *
 * Everything follows from two sets of scores, genuine and impostor, and from "accepted when >=
 * threshold" (scores.h, with the policy for NaN). The operating points are those of all distinct
 * scores; between neighbouring points, where scores of both kinds tie, curves are straight lines
 * (Fawcett, "An introduction to ROC analysis", 2006). */
#ifndef IDI_EVAL_VERIFICATION_H
#define IDI_EVAL_VERIFICATION_H

#include "eval/scores.h"

typedef struct idi_verification {
    double *genuine;  /* [genuine_count] ascending */
    double *impostor; /* [impostor_count] ascending */
    int64_t genuine_count, impostor_count;
} idi_verification;

/* Copies and sorts. IDI_ERR_ARG: a set is empty, or a score not finite. On failure *out is zeroed.
 */
IDI_NODISCARD idi_status idi_verification_create(idi_memory *memory, idi_scores genuine,
                                                 idi_scores impostor,
                                                 idi_verification *verification_out);
/* NULL-safe on a zeroed struct, which it leaves. */
void idi_verification_free(idi_memory *memory, idi_verification *verification);

/* Rates in 0..1 of pairs with scores >= threshold. FRR is 1 - tar. */
typedef struct idi_operating_point {
    double threshold;
    double far, tar;
} idi_operating_point;

idi_operating_point idi_verification_at(const idi_verification *verification, double threshold);

/* TAR at a FAR: the point at the threshold that the impostors of this very set give
 * (idi_threshold_calibrate), so point_out->far is <= far. To calibrate on other people's pairs,
 * calibrate there and use idi_verification_at(). Refuses as idi_threshold_calibrate() does. */
IDI_NODISCARD idi_status idi_verification_at_far(const idi_verification *verification, double far,
                                                 idi_operating_point *point_out);

/* The area under the ROC, 0..1: the probability that a random genuine pair scores above a random
 * impostor pair, ties counting half (Mann and Whitney's U over the number of such couples). */
double idi_verification_auc(const idi_verification *verification);

/* The equal error rate, 0..1: FAR where the line through neighbouring operating points meets
 * FAR = FRR. Exchanging the sets and negating all scores does not change it. */
double idi_verification_eer(const idi_verification *verification);

/* The whole ROC, from (far 0, tar 0), whose threshold is +infinity, to (1, 1): one point a distinct
 * score and that first one, thresholds descending. The caller frees *points_out. */
IDI_NODISCARD idi_status idi_verification_roc(idi_memory *memory,
                                              const idi_verification *verification,
                                              idi_operating_point **points_out, int64_t *count_out);

/* A point of the detection error trade-off curve (Martin et al., Eurospeech 1997): both error rates
 * as normal deviates, so that normal scores give a straight line. Rates of 0 and 1 are -infinity
 * and +infinity: plots leave them out. */
typedef struct idi_det_point {
    double far, frr; /* quantiles of the standard normal distribution */
} idi_det_point;

idi_det_point idi_det_of(idi_operating_point point);

#endif
