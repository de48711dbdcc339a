/* SPDX-License-Identifier: Apache-2.0 */
/* eval/verification.c - see verification.h. */
#include "eval/verification.h"
#include "eval/normal.h"

#include <math.h>

idi_status idi_verification_create(idi_memory *memory, idi_scores genuine, idi_scores impostor,
                                   idi_verification *verification_out)
{
    idi_verification *const v = verification_out;
    *v = (idi_verification){.genuine_count = genuine.count, .impostor_count = impostor.count};
    idi_status st = idi_scores_sort(memory, genuine, "genuine", &v->genuine);
    if (st == IDI_OK) st = idi_scores_sort(memory, impostor, "impostors", &v->impostor);
    if (st != IDI_OK) idi_verification_free(memory, v);
    return st;
}

void idi_verification_free(idi_memory *memory, idi_verification *verification)
{
    idi_free(memory, verification->genuine);
    idi_free(memory, verification->impostor);
    *verification = (idi_verification){0};
}

idi_operating_point idi_verification_at(const idi_verification *verification, double threshold)
{
    const idi_verification *const v = verification;
    const int64_t impostors = idi_sorted_accepted(v->impostor, v->impostor_count, threshold);
    const int64_t genuine = idi_sorted_accepted(v->genuine, v->genuine_count, threshold);
    return (idi_operating_point){threshold, (double)impostors / (double)v->impostor_count,
                                 (double)genuine / (double)v->genuine_count};
}

idi_status idi_verification_at_far(const idi_verification *verification, double far,
                                   idi_operating_point *point_out)
{
    idi_threshold threshold;
    *point_out = (idi_operating_point){0};
    IDI_TRY(idi_threshold_of_sorted(verification->impostor, verification->impostor_count, far,
                                    &threshold));
    *point_out = idi_verification_at(verification, threshold.value);
    return IDI_OK;
}

/* The threshold coming down: how many of both kinds are accepted so far. */
typedef struct descent {
    double threshold;
    int64_t genuine, impostor;
} descent;

/* The largest score below those that are accepted; false when all are. */
static bool descend(const idi_verification *v, descent *at)
{
    const int64_t g = v->genuine_count - at->genuine, i = v->impostor_count - at->impostor;
    if (g == 0 && i == 0) return false;
    if (g == 0)
        at->threshold = v->impostor[i - 1];
    else if (i == 0)
        at->threshold = v->genuine[g - 1];
    else
        at->threshold = fmax(v->genuine[g - 1], v->impostor[i - 1]);
    while (at->genuine < v->genuine_count &&
           v->genuine[v->genuine_count - 1 - at->genuine] == at->threshold)
        at->genuine++;
    while (at->impostor < v->impostor_count &&
           v->impostor[v->impostor_count - 1 - at->impostor] == at->threshold)
        at->impostor++;
    return true;
}

double idi_verification_auc(const idi_verification *verification)
{
    /* Counts of couples, and so exact to 2^52 of them; trapezia give ties their half. */
    double doubled = 0.0;
    descent at = {0}, before = {0};
    while (descend(verification, &at)) {
        doubled += (double)(at.impostor - before.impostor) * (double)(at.genuine + before.genuine);
        before = at;
    }
    return doubled / 2.0 / (double)verification->genuine_count /
           (double)verification->impostor_count;
}

double idi_verification_eer(const idi_verification *verification)
{
    descent at = {0};
    double far = 0.0, gap = -1.0; /* FAR and FAR - FRR, both rising to 1 */
    while (descend(verification, &at)) {
        const double next = (double)at.impostor / (double)verification->impostor_count;
        const double frr = (double)(verification->genuine_count - at.genuine) /
                           (double)verification->genuine_count;
        const double next_gap = next - frr;
        if (next_gap >= 0.0) return far + (next - far) * (-gap / (next_gap - gap));
        far = next;
        gap = next_gap;
    }
    return far; /* not reached: the last gap is 1 */
}

idi_status idi_verification_roc(idi_memory *memory, const idi_verification *verification,
                                idi_operating_point **points_out, int64_t *count_out)
{
    const idi_verification *const v = verification;
    int64_t count = 1;
    *points_out = NULL;
    *count_out = 0;
    for (descent at = {0}; descend(v, &at);)
        count++;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof **points_out, points_out));
    descent at = {.threshold = INFINITY};
    do {
        (*points_out)[(*count_out)++] =
            (idi_operating_point){at.threshold, (double)at.impostor / (double)v->impostor_count,
                                  (double)at.genuine / (double)v->genuine_count};
    } while (descend(v, &at));
    return IDI_OK;
}

idi_det_point idi_det_of(idi_operating_point point)
{
    return (idi_det_point){idi_normal_quantile(point.far), idi_normal_quantile(1.0 - point.tar)};
}
