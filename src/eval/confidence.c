/* SPDX-License-Identifier: Apache-2.0 */
/* eval/confidence.c - see confidence.h: Wilson's interval and the bootstrap's draws. */
#include "eval/confidence.h"
#include "core/rng.h"
#include "eval/normal.h"

#include <math.h>

enum { MIN_REPLICATES = 100, MAX_REPLICATES = 1000000, MAX_ATTEMPTS = 100 };

idi_status idi_wilson(int64_t successes, int64_t trials, double level, idi_interval *interval_out)
{
    *interval_out = (idi_interval){0};
    IDI_REQUIRE(trials >= 1 && successes >= 0 && successes <= trials, IDI_ERR_ARG,
                "a rate of %lld in %lld trials", (long long)successes, (long long)trials);
    IDI_REQUIRE(level > 0.0 && level < 1.0, IDI_ERR_ARG,
                "an interval of level %g: want a number between 0 and 1", level);
    const double n = (double)trials, p = (double)successes / n;
    const double z = -idi_normal_quantile((1.0 - level) / 2.0), zz = z * z / n;
    const double centre = (p + zz / 2.0) / (1.0 + zz);
    const double half = sqrt(p * (1.0 - p) * zz + zz * zz / 4.0) / (1.0 + zz);
    /* At 0 and 1 the ends are the rate itself, which rounding would miss. */
    *interval_out = (idi_interval){p, successes == 0 ? 0.0 : fmax(0.0, centre - half),
                                   successes == trials ? 1.0 : fmin(1.0, centre + half)};
    return IDI_OK;
}

void idi_bootstrap_init(idi_bootstrap_options *options)
{
    *options = (idi_bootstrap_options){.seed = 0, .replicates = 2000, .level = 0.95};
}

static idi_status check(const idi_bootstrap_options *options, int64_t units)
{
    IDI_REQUIRE(options->replicates >= MIN_REPLICATES && options->replicates <= MAX_REPLICATES,
                IDI_ERR_ARG, "a bootstrap of %lld replicates: want %d to %d",
                (long long)options->replicates, (int)MIN_REPLICATES, (int)MAX_REPLICATES);
    IDI_REQUIRE(options->level > 0.0 && options->level < 1.0, IDI_ERR_ARG,
                "a bootstrap interval of level %g: want a number between 0 and 1", options->level);
    IDI_REQUIRE(units >= 2 && units <= (int64_t)UINT32_MAX, IDI_ERR_ARG,
                "a bootstrap over %lld units: want at least two", (long long)units);
    return IDI_OK;
}

/* 0..units-1 from 53 random bits. */
static int64_t pick(uint32_t high, uint32_t low, int64_t units)
{
    const double u = ((double)high * 0x1p21 + (double)(low >> 11)) * 0x1p-53;
    const int64_t unit = (int64_t)(u * (double)units);
    return unit < units ? unit : units - 1;
}

/* `units` draws; two of them a Philox block. */
static void draw(uint64_t seed, int64_t replicate, int64_t attempt, int64_t units, uint32_t *times)
{
    const int64_t blocks = (units + 1) / 2;
    for (int64_t i = 0; i < units; i++)
        times[i] = 0;
    for (int64_t b = 0; b < blocks; b++) {
        uint32_t word[4];
        idi_philox(seed, (uint64_t)replicate, (uint64_t)(attempt * blocks + b), word);
        times[pick(word[0], word[1], units)]++;
        if (2 * b + 1 < units) times[pick(word[2], word[3], units)]++;
    }
}

static double quantile(const double *sorted, int64_t count, double p)
{
    const double at = p * (double)(count - 1);
    const int64_t i = (int64_t)at;
    if (i >= count - 1) return sorted[count - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

static idi_status replicate(const idi_bootstrap_options *options, int64_t r, int64_t units,
                            idi_statistic statistic, void *user, uint32_t *times, double *value_out)
{
    for (int64_t attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        draw(options->seed, r, attempt, units, times);
        *value_out = statistic(times, user);
        if (isfinite(*value_out)) return IDI_OK;
    }
    return idi_fail(IDI_ERR_NUMERIC,
                    "a bootstrap over %lld units: %d draws in a row leave nothing to compute from",
                    (long long)units, (int)MAX_ATTEMPTS);
}

idi_status idi_bootstrap(idi_memory *memory, const idi_bootstrap_options *options, int64_t units,
                         idi_statistic statistic, void *user, idi_interval *interval_out)
{
    idi_status st = IDI_OK;
    uint32_t *times = NULL;
    double *values = NULL;
    const int64_t count = options->replicates;
    *interval_out = (idi_interval){0};
    IDI_TRY(check(options, units));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, (size_t)units * sizeof *times, &times));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof *values, &values));
    for (int64_t i = 0; i < units; i++)
        times[i] = 1;
    const double estimate = statistic(times, user);
    IDI_REQUIRE_TO(done, isfinite(estimate), IDI_ERR_NUMERIC,
                   "a bootstrap of a number that is %g on all %lld units", estimate,
                   (long long)units);
    for (int64_t r = 0; r < count; r++)
        IDI_TRY_TO(done, replicate(options, r, units, statistic, user, times, &values[r]));
    idi_sort(values, count);
    *interval_out = (idi_interval){estimate, quantile(values, count, (1.0 - options->level) / 2.0),
                                   quantile(values, count, (1.0 + options->level) / 2.0)};
done:
    idi_free(memory, times);
    idi_free(memory, values);
    return st;
}

static double weighted_mean(const uint32_t *times, void *user)
{
    const idi_scores *const scores = user;
    double sum = 0.0;
    for (int64_t i = 0; i < scores->count; i++)
        sum += times[i] * scores->values[i];
    return sum / (double)scores->count;
}

idi_status idi_bootstrap_mean(idi_memory *memory, const idi_bootstrap_options *options,
                              idi_scores values, idi_interval *interval_out)
{
    *interval_out = (idi_interval){0};
    IDI_TRY(idi_scores_check(values, "bootstrap"));
    return idi_bootstrap(memory, options, values.count, weighted_mean, &values, interval_out);
}
