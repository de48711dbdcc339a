/* SPDX-License-Identifier: Apache-2.0 */
/* eval/confidence_pairs.c - the bootstrap of pairs that share people; see confidence.h. */
#include "eval/confidence.h"

#include <math.h>

/* The pairs with their people renumbered, so that those without a pair are not drawn. */
typedef struct members {
    const double *values;
    int64_t *first, *second; /* [count] 0..people-1 */
    int64_t *number;         /* [people asked for] the new number, or -1 */
    int64_t count, people;
} members;

static idi_status check(const idi_pair_values *pairs)
{
    IDI_TRY(idi_scores_check((idi_scores){pairs->values, pairs->count}, "bootstrap of pairs"));
    for (int64_t i = 0; i < pairs->count; i++)
        IDI_REQUIRE(pairs->first[i] >= 0 && pairs->first[i] < pairs->people &&
                        pairs->second[i] >= 0 && pairs->second[i] < pairs->people,
                    IDI_ERR_ARG, "pair %lld is of people %lld and %lld, but people are 0..%lld",
                    (long long)i, (long long)pairs->first[i], (long long)pairs->second[i],
                    (long long)pairs->people - 1);
    return IDI_OK;
}

/* In the order of their numbers: the order of the pairs is not to matter. */
static void renumber(const idi_pair_values *pairs, members *m)
{
    for (int64_t k = 0; k < pairs->people; k++)
        m->number[k] = -1;
    for (int64_t i = 0; i < pairs->count; i++)
        m->number[pairs->first[i]] = m->number[pairs->second[i]] = 0;
    for (int64_t k = 0; k < pairs->people; k++)
        if (m->number[k] == 0) m->number[k] = m->people++;
    for (int64_t i = 0; i < pairs->count; i++) {
        m->first[i] = m->number[pairs->first[i]];
        m->second[i] = m->number[pairs->second[i]];
    }
}

static double mean_of_pairs(const uint32_t *times, void *user)
{
    const members *const m = user;
    double sum = 0.0, weights = 0.0;
    for (int64_t i = 0; i < m->count; i++) {
        const double first = times[m->first[i]];
        const double weight = m->first[i] == m->second[i] ? first : first * times[m->second[i]];
        sum += weight * m->values[i];
        weights += weight;
    }
    return weights > 0.0 ? sum / weights : (double)NAN;
}

idi_status idi_bootstrap_pairs(idi_memory *memory, const idi_bootstrap_options *options,
                               const idi_pair_values *pairs, idi_interval *interval_out)
{
    idi_status st = IDI_OK;
    members m = {.values = pairs->values, .count = pairs->count};
    *interval_out = (idi_interval){0};
    IDI_TRY(check(pairs));
    const size_t room = (size_t)(2 * pairs->count + pairs->people) * sizeof *m.first;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, room, &m.first));
    m.second = m.first + pairs->count;
    m.number = m.second + pairs->count;
    renumber(pairs, &m);
    IDI_TRY_TO(done, idi_bootstrap(memory, options, m.people, mean_of_pairs, &m, interval_out));
done:
    idi_free(memory, m.first);
    return st;
}
