/* SPDX-License-Identifier: Apache-2.0 */
/* eval/confidence_verification.c - the bootstrap of whole curves; see confidence.h. */
#include "eval/confidence.h"

#include <math.h>
#include <stdlib.h>

/* A score, whose it is, and its kind. */
typedef struct entry {
    double score;
    uint32_t first, second;
    bool is_genuine;
} entry;

typedef struct curve {
    entry *entries; /* [count] descending */
    int64_t count, people;
} curve;

static int descending(const void *a, const void *b)
{
    const double x = ((const entry *)a)->score, y = ((const entry *)b)->score;
    return (x < y) - (x > y);
}

static double weight_of(const entry *e, const uint32_t *times)
{
    return e->is_genuine ? (double)times[e->first]
                         : (double)times[e->first] * (double)times[e->second];
}

/* Accepted genuine and impostor pairs while the threshold comes down; weights are counts. */
typedef struct descent {
    int64_t next;
    double genuine, impostor;
} descent;

static bool descend(const curve *c, const uint32_t *times, descent *at)
{
    if (at->next == c->count) return false;
    const double score = c->entries[at->next].score;
    for (; at->next < c->count && c->entries[at->next].score >= score; at->next++) {
        const entry *e = &c->entries[at->next];
        *(e->is_genuine ? &at->genuine : &at->impostor) += weight_of(e, times);
    }
    return true;
}

static descent whole(const curve *c, const uint32_t *times)
{
    descent all = {0};
    while (descend(c, times, &all)) {
    }
    return all;
}

static double weighted_auc(const uint32_t *times, void *user)
{
    const curve *const c = user;
    double doubled = 0.0;
    descent at = {0}, before = {0};
    while (descend(c, times, &at)) {
        doubled += (at.impostor - before.impostor) * (at.genuine + before.genuine);
        before = at;
    }
    if (at.genuine <= 0.0 || at.impostor <= 0.0) return (double)NAN;
    return doubled / 2.0 / at.genuine / at.impostor;
}

static double weighted_eer(const uint32_t *times, void *user)
{
    const curve *const c = user;
    const descent all = whole(c, times);
    descent at = {0};
    double far = 0.0, gap = -1.0; /* FAR and FAR - FRR, both rising to 1 */
    if (all.genuine <= 0.0 || all.impostor <= 0.0) return (double)NAN;
    while (descend(c, times, &at)) {
        const double next = at.impostor / all.impostor;
        const double next_gap = next - (all.genuine - at.genuine) / all.genuine;
        if (next_gap >= 0.0) return far + (next - far) * (-gap / (next_gap - gap));
        far = next;
        gap = next_gap;
    }
    return far;
}

static idi_status check(const idi_pair_values *pairs, const char *what)
{
    IDI_TRY(idi_scores_check((idi_scores){pairs->values, pairs->count}, what));
    for (int64_t i = 0; i < pairs->count; i++)
        IDI_REQUIRE(pairs->first[i] >= 0 && pairs->first[i] < pairs->people &&
                        pairs->second[i] >= 0 && pairs->second[i] < pairs->people,
                    IDI_ERR_ARG, "%s pair %lld is of people %lld and %lld, but people are 0..%lld",
                    what, (long long)i, (long long)pairs->first[i], (long long)pairs->second[i],
                    (long long)pairs->people - 1);
    return IDI_OK;
}

/* Adds a list with its people renumbered in the order in which they turn up. */
static void add(curve *c, const idi_pair_values *pairs, const int64_t *number, bool is_genuine)
{
    for (int64_t i = 0; i < pairs->count; i++)
        c->entries[c->count++] = (entry){pairs->values[i], (uint32_t)number[pairs->first[i]],
                                         (uint32_t)number[pairs->second[i]], is_genuine};
}

static void mark(const idi_pair_values *pairs, int64_t *number)
{
    for (int64_t i = 0; i < pairs->count; i++)
        number[pairs->first[i]] = number[pairs->second[i]] = 1;
}

static idi_status build(idi_memory *memory, const idi_pair_values *genuine,
                        const idi_pair_values *impostor, curve *c)
{
    int64_t *number;
    const size_t count = (size_t)genuine->count + (size_t)impostor->count;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, count * sizeof *c->entries, &c->entries));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)genuine->people, sizeof *number,
                             &number));
    mark(genuine, number);
    mark(impostor, number);
    for (int64_t k = 0; k < genuine->people; k++)
        number[k] = number[k] ? c->people++ : -1;
    add(c, genuine, number, true);
    add(c, impostor, number, false);
    idi_free(memory, number);
    qsort(c->entries, (size_t)c->count, sizeof *c->entries, descending);
    return IDI_OK;
}

idi_status idi_bootstrap_verification(idi_memory *memory, const idi_bootstrap_options *options,
                                      const idi_pair_values *genuine,
                                      const idi_pair_values *impostor, idi_interval *auc_out,
                                      idi_interval *eer_out)
{
    idi_status st = IDI_OK;
    curve c = {0};
    *auc_out = *eer_out = (idi_interval){0};
    IDI_REQUIRE(genuine->people == impostor->people, IDI_ERR_ARG,
                "genuine pairs of %lld people and impostor pairs of %lld: want one numbering",
                (long long)genuine->people, (long long)impostor->people);
    IDI_TRY(check(genuine, "genuine"));
    IDI_TRY(check(impostor, "impostor"));
    IDI_TRY_TO(done, build(memory, genuine, impostor, &c));
    IDI_TRY_TO(done, idi_bootstrap(memory, options, c.people, weighted_auc, &c, auc_out));
    IDI_TRY_TO(done, idi_bootstrap(memory, options, c.people, weighted_eer, &c, eer_out));
done:
    idi_free(memory, c.entries);
    return st;
}
