/* SPDX-License-Identifier: Apache-2.0 */
/* eval/identification.c - see identification.h. */
#include "eval/identification.h"

#include <math.h>

static idi_status check(const idi_identification *in)
{
    IDI_REQUIRE(in->probes > 0 && in->gallery > 0, IDI_ERR_ARG,
                "identification of %lld probes in a gallery of %lld: want at least one of each",
                (long long)in->probes, (long long)in->gallery);
    for (int64_t g = 0; g < in->gallery; g++)
        IDI_REQUIRE(in->gallery_person[g] >= 0 && in->gallery_person[g] < in->people, IDI_ERR_ARG,
                    "gallery entry %lld is person %lld, but people are 0..%lld", (long long)g,
                    (long long)in->gallery_person[g], (long long)in->people - 1);
    for (int64_t p = 0; p < in->probes; p++) {
        IDI_REQUIRE(in->probe_person[p] >= 0 && in->probe_person[p] < in->people, IDI_ERR_ARG,
                    "probe %lld is person %lld, but people are 0..%lld", (long long)p,
                    (long long)in->probe_person[p], (long long)in->people - 1);
        IDI_REQUIRE(!in->skipped || (in->skipped[p] >= -1 && in->skipped[p] < in->gallery),
                    IDI_ERR_ARG, "probe %lld skips gallery entry %lld, but the gallery has %lld",
                    (long long)p, (long long)in->skipped[p], (long long)in->gallery);
    }
    return IDI_OK;
}

/* best [people]: -infinity for people without a photograph. */
static idi_status rank(const idi_identification *in, int64_t probe, double *best, int64_t *rank_out)
{
    const double *const row = in->similarity + probe * in->gallery;
    const int64_t skipped = in->skipped ? in->skipped[probe] : -1;
    for (int64_t k = 0; k < in->people; k++)
        best[k] = -INFINITY;
    for (int64_t g = 0; g < in->gallery; g++) {
        IDI_REQUIRE(isfinite(row[g]), IDI_ERR_ARG,
                    "the similarity of probe %lld to gallery entry %lld is %g, not finite",
                    (long long)probe, (long long)g, row[g]);
        double *const person = &best[in->gallery_person[g]];
        if (g != skipped) *person = fmax(*person, row[g]);
    }
    const int64_t right = in->probe_person[probe];
    IDI_REQUIRE(!isinf(best[right]), IDI_ERR_ARG,
                "probe %lld: person %lld has no other photograph in the gallery", (long long)probe,
                (long long)right);
    *rank_out = 1;
    for (int64_t k = 0; k < in->people; k++)
        if (k != right && best[k] >= best[right]) ++*rank_out;
    return IDI_OK;
}

idi_status idi_identification_ranks(idi_memory *memory, const idi_identification *identification,
                                    int64_t *ranks_out)
{
    idi_status st = IDI_OK;
    double *best = NULL;
    IDI_TRY(check(identification));
    IDI_TRY(
        idi_alloc(memory, IDI_TAG_GENERAL, (size_t)identification->people * sizeof *best, &best));
    for (int64_t p = 0; p < identification->probes; p++)
        IDI_TRY_TO(done, rank(identification, p, best, &ranks_out[p]));
done:
    idi_free(memory, best);
    return st;
}

double idi_rank_rate(const int64_t *ranks, int64_t count, int64_t n)
{
    int64_t within = 0;
    for (int64_t i = 0; i < count; i++)
        within += ranks[i] <= n;
    return count > 0 ? (double)within / (double)count : (double)NAN;
}
