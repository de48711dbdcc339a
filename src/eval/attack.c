/* SPDX-License-Identifier: Apache-2.0 */
/* eval/attack.c - see attack.h. */
#include "eval/attack.h"

#include <math.h>

static idi_status check(const idi_attack *attack, idi_outcome outcome, double threshold)
{
    IDI_REQUIRE(isfinite(threshold), IDI_ERR_ARG, "an attack at threshold %g, which is not finite",
                threshold);
    IDI_TRY(idi_scores_check((idi_scores){attack->to_second, attack->count},
                             "attack, similarity to the second person"));
    if (outcome == IDI_OUTCOME_SUCCESS) return IDI_OK;
    IDI_REQUIRE(attack->to_first, IDI_ERR_ARG,
                "this outcome of an attack needs the similarities to the first person");
    return idi_scores_check((idi_scores){attack->to_first, attack->count},
                            "attack, similarity to the first person");
}

static bool has_outcome(const idi_attack *attack, int64_t i, idi_outcome outcome, double threshold)
{
    switch (outcome) {
    case IDI_OUTCOME_SUCCESS:
        return attack->to_second[i] >= threshold;
    case IDI_OUTCOME_PASSES:
        return attack->to_first[i] >= threshold;
    case IDI_OUTCOME_DODGES:
        return attack->to_first[i] < threshold;
    case IDI_OUTCOME_MATCHES_BOTH:
        return attack->to_second[i] >= threshold && attack->to_first[i] >= threshold;
    }
    return false;
}

idi_status idi_attack_outcomes(const idi_attack *attack, idi_outcome outcome, double threshold,
                               double *outcomes_out)
{
    IDI_TRY(check(attack, outcome, threshold));
    for (int64_t i = 0; i < attack->count; i++)
        outcomes_out[i] = has_outcome(attack, i, outcome, threshold) ? 1.0 : 0.0;
    return IDI_OK;
}

idi_status idi_attack_count(const idi_attack *attack, idi_outcome outcome, double threshold,
                            int64_t *count_out)
{
    *count_out = 0;
    IDI_TRY(check(attack, outcome, threshold));
    for (int64_t i = 0; i < attack->count; i++)
        *count_out += has_outcome(attack, i, outcome, threshold);
    return IDI_OK;
}
