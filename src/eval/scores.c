/* SPDX-License-Identifier: Apache-2.0 */
/* eval/scores.c - see scores.h. */
#include "eval/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* far * count is a whole number of pairs when it is one to this relative error: decimal fractions
 * are not exact in binary. */
static const double DECIMAL = 1e-12;

idi_status idi_cosine(const float *a, const float *b, int64_t dim, double *cosine_out)
{
    double dot = 0.0, aa = 0.0, bb = 0.0;
    for (int64_t i = 0; i < dim; i++) {
        dot += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    *cosine_out = 0.0;
    IDI_REQUIRE(isfinite(aa) && isfinite(bb) && aa > 0.0 && bb > 0.0, IDI_ERR_NUMERIC,
                "the cosine of embeddings of lengths %g and %g: want positive numbers", sqrt(aa),
                sqrt(bb));
    /* Rounding may lead a hair outside. */
    *cosine_out = fmax(-1.0, fmin(1.0, dot / (sqrt(aa) * sqrt(bb))));
    return IDI_OK;
}

idi_status idi_scores_check(idi_scores scores, const char *what)
{
    IDI_REQUIRE(scores.count > 0, IDI_ERR_ARG, "%s: no scores", what);
    for (int64_t i = 0; i < scores.count; i++)
        IDI_REQUIRE(isfinite(scores.values[i]), IDI_ERR_ARG, "%s: score %lld is %g, not finite",
                    what, (long long)i, scores.values[i]);
    return IDI_OK;
}

static int order(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void idi_sort(double *values, int64_t count)
{
    qsort(values, (size_t)count, sizeof *values, order);
}

idi_status idi_scores_sort(idi_memory *memory, idi_scores scores, const char *what,
                           double **sorted_out)
{
    *sorted_out = NULL;
    IDI_TRY(idi_scores_check(scores, what));
    const size_t bytes = (size_t)scores.count * sizeof **sorted_out;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, bytes, sorted_out));
    memcpy(*sorted_out, scores.values, bytes);
    idi_sort(*sorted_out, scores.count);
    return IDI_OK;
}

int64_t idi_sorted_accepted(const double *sorted, int64_t count, double threshold)
{
    int64_t below = 0, end = count; /* the first score >= threshold lies in [below, end] */
    while (below < end) {
        const int64_t middle = below + (end - below) / 2;
        if (sorted[middle] >= threshold)
            end = middle;
        else
            below = middle + 1;
    }
    return count - below;
}

int64_t idi_impostors_needed(double far)
{
    return (int64_t)ceil(fmin(1.0 / far, 0x1p62) * (1.0 - DECIMAL));
}

idi_status idi_threshold_of_sorted(const double *sorted, int64_t count, double far,
                                   idi_threshold *threshold_out)
{
    *threshold_out = (idi_threshold){0};
    IDI_REQUIRE(far > 0.0 && far < 1.0, IDI_ERR_ARG, "a FAR of %g: want a number between 0 and 1",
                far);
    int64_t allowed = (int64_t)floor(far * (double)count * (1.0 + DECIMAL));
    IDI_REQUIRE(allowed >= 1, IDI_ERR_ARG,
                "a FAR of %g needs at least %lld impostor scores: there are %lld", far,
                (long long)idi_impostors_needed(far), (long long)count);
    if (allowed > count - 1) allowed = count - 1;
    const double value = nextafter(sorted[count - 1 - allowed], INFINITY);
    const int64_t accepted = idi_sorted_accepted(sorted, count, value);
    *threshold_out = (idi_threshold){.far = far,
                                     .value = value,
                                     .measured_far = (double)accepted / (double)count,
                                     .impostors = count,
                                     .accepted = accepted};
    return IDI_OK;
}

idi_status idi_threshold_calibrate(idi_memory *memory, idi_scores impostors, double far,
                                   idi_threshold *threshold_out)
{
    double *sorted = NULL;
    *threshold_out = (idi_threshold){0};
    IDI_TRY(idi_scores_sort(memory, impostors, "impostors", &sorted));
    const idi_status st = idi_threshold_of_sorted(sorted, impostors.count, far, threshold_out);
    idi_free(memory, sorted);
    return st;
}
