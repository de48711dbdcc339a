/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_frechet.c - how far the pictures of a condition are from the photographs as a set. */
#include "api/evaluate_attack.h"
#include "eval/frechet.h"

idi_status idi_attack_frechet(const idi_attack_run *run, int64_t condition, int64_t recogniser,
                              double *distance_out)
{
    idi_status st = IDI_OK;
    idi_moments photographs = {0}, made = {0};
    const int64_t count = run->pairs.attack_count;
    const int64_t dim = run->recognisers[recogniser]->config.recogniser.embedding_dim;
    const float *const seen = run->seen[recogniser];
    IDI_TRY_TO(done, idi_moments_create(run->memory, seen, count, dim, &photographs));
    IDI_TRY_TO(done,
               idi_moments_create(run->memory, seen + condition * count * dim, count, dim, &made));
    st = idi_frechet_distance(run->memory, &photographs, &made, distance_out);
done:
    idi_moments_free(run->memory, &made);
    idi_moments_free(run->memory, &photographs);
    return st;
}
