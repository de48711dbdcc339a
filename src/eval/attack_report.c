/* SPDX-License-Identifier: Apache-2.0 */
/* eval/attack_report.c - see attack_report.h. */
#include "eval/attack_report.h"

#include <math.h>

static idi_status mean_of(idi_memory *memory, const idi_attack_people *p, const double *values,
                          const idi_bootstrap_options *options, idi_interval *mean_out)
{
    const idi_pair_values pairs = {values, p->first, p->second, p->count, p->people};
    return idi_bootstrap_pairs(memory, options, &pairs, mean_out);
}

static idi_status rate_outcomes(idi_memory *memory, const idi_attack_people *p, const double *rows,
                                double threshold, const idi_bootstrap_options *options,
                                double *outcomes, idi_interval out[IDI_OUTCOMES])
{
    const idi_attack attack = {rows + IDI_TO_SECOND * p->count, rows + IDI_TO_FIRST * p->count,
                               p->count};
    for (int o = 0; o < IDI_OUTCOMES; o++) {
        IDI_TRY(idi_attack_outcomes(&attack, (idi_outcome)o, threshold, outcomes));
        IDI_TRY(mean_of(memory, p, outcomes, options, &out[o]));
    }
    return IDI_OK;
}

idi_status idi_attack_judge(idi_memory *memory, const idi_attack_people *people, const double *rows,
                            const idi_recogniser_report *calibrated,
                            const idi_bootstrap_options *options, idi_attack_verdict *verdict_out)
{
    idi_status st = IDI_OK;
    double *outcomes;
    *verdict_out = (idi_attack_verdict){0};
    IDI_TRY(
        idi_alloc(memory, IDI_TAG_GENERAL, (size_t)people->count * sizeof *outcomes, &outcomes));
    for (int r = 0; r < IDI_ATTACK_ROWS; r++)
        IDI_TRY_TO(done, mean_of(memory, people, rows + r * people->count, options,
                                 &verdict_out->mean[r]));
    for (int i = 0; i < IDI_REPORT_FARS; i++)
        if (calibrated->at[i].is_supported)
            IDI_TRY_TO(done, rate_outcomes(memory, people, rows, calibrated->at[i].threshold.value,
                                           options, outcomes, verdict_out->outcome[i]));
done:
    idi_free(memory, outcomes);
    return st;
}

idi_status idi_attack_mean(idi_memory *memory, const idi_attack_people *people,
                           const double *values, const idi_bootstrap_options *options,
                           idi_interval *mean_out, int64_t *used_out)
{
    idi_status st = IDI_OK;
    double *kept = NULL;
    int64_t *owners = NULL, used = 0;
    const size_t count = (size_t)people->count;
    *mean_out = (idi_interval){0};
    *used_out = 0;
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, count * sizeof *kept, &kept));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, 2 * count * sizeof *owners, &owners));
    for (int64_t i = 0; i < people->count; i++) {
        if (isnan(values[i])) continue;
        kept[used] = values[i];
        owners[used] = people->first[i];
        owners[people->count + used++] = people->second[i];
    }
    const idi_attack_people some = {owners, owners + people->count, used, people->people};
    if (used > 0) IDI_TRY_TO(done, mean_of(memory, &some, kept, options, mean_out));
    *used_out = used;
done:
    idi_free(memory, owners);
    idi_free(memory, kept);
    return st;
}
