/* SPDX-License-Identifier: Apache-2.0 */
/* train/optimiser_run.c - a step: its rates before the run, what it gave after. */
#include "train/optimiser.h"

#include <math.h>

static idi_status set(idi_graph_session *session, idi_value input, const double *values, int count)
{
    float narrow[IDI_ADAM_RATES];
    for (int i = 0; i < count; i++)
        narrow[i] = (float)values[i];
    return idi_graph_session_set_floats(session, input, narrow, count);
}

idi_status idi_optimiser_prepare(const idi_optimiser *optimiser, idi_graph_session *session,
                                 int64_t step)
{
    const idi_optimiser_config *config = &optimiser->config;
    const double slope = 1.0 / optimiser->part_count;
    const double t = (double)step;
    IDI_REQUIRE(step >= 1, IDI_ERR_ARG, "optimiser: step %lld, want 1 or more", (long long)step);
    IDI_TRY(set(session, optimiser->slope, &slope, 1));
    for (int i = 0; i < config->group_count; i++) {
        const idi_optimiser_group *group = &config->groups[i];
        const double rates[IDI_ADAM_RATES] = {idi_schedule_rate(&group->schedule, step),
                                              1.0 - pow(group->adam.beta1, t),
                                              1.0 - pow(group->adam.beta2, t), 1.0};
        IDI_TRY(set(session, optimiser->rates[i], rates, IDI_ADAM_RATES));
    }
    if (optimiser->average_rate == IDI_NONE) return IDI_OK;
    const double rate = 1.0 - fmin(config->average_decay, (1.0 + t) / (10.0 + t));
    return set(session, optimiser->average_rate, &rate, 1);
}

static bool are_finite(const float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

static idi_status scan(const idi_store *store, int64_t index, bool *is_finite_out)
{
    idi_memory *memory = idi_store_backend(store)->memory;
    const int64_t count = idi_shape_count(&idi_store_at(store, index)->shape);
    float *values;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof *values, &values));
    const idi_status st = idi_store_get(store, index, values);
    *is_finite_out = st == IDI_OK && are_finite(values, count);
    idi_free(memory, values);
    return st;
}

/* Fails, in the name of the first tensor that is not finite. */
static idi_status blame(const idi_store *store, int64_t step, const idi_step_report *report)
{
    const char *first = "none";
    int64_t spoilt = 0;
    for (int64_t i = 0; i < idi_store_count(store); i++) {
        bool is_finite = false;
        IDI_TRY(scan(store, i, &is_finite));
        if (is_finite) continue;
        if (spoilt++ == 0) first = idi_store_at(store, i)->name;
    }
    return idi_fail(IDI_ERR_NUMERIC,
                    "step %lld: the loss is %g and the gradient's length %g; %lld of %lld tensors "
                    "are not finite, the first is %s",
                    (long long)step, report->loss, report->gradient_norm, (long long)spoilt,
                    (long long)idi_store_count(store), first);
}

/* Printed, a NaN may have a sign, and not everywhere the same. */
static double unsigned_nan(double x)
{
    return isnan(x) ? (double)NAN : x;
}

idi_status idi_optimiser_check(const idi_optimiser *optimiser, idi_graph_session *session,
                               const idi_store *store, int64_t step, idi_step_report *report_out)
{
    float loss;
    float squares;
    IDI_TRY(idi_graph_session_get_floats(session, optimiser->loss, &loss, 1));
    IDI_TRY(idi_graph_session_get_floats(session, optimiser->squares, &squares, 1));
    *report_out =
        (idi_step_report){unsigned_nan((double)loss), unsigned_nan(sqrt((double)squares))};
    if (isfinite(loss) && isfinite(squares)) return IDI_OK;
    return blame(store, step, report_out);
}
