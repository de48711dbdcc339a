/* SPDX-License-Identifier: Apache-2.0 */
/* eval/confidence.h - how sure is a number: Wilson's interval, and bootstrap intervals by seed.
 *
 * Pairs that share a person are not independent: somebody who is easy to imitate is so in all of
 * their pairs. 600 pairs of 150 people tell less than 600 pairs of 1200, and an interval that does
 * not know is too narrow. So rates over pairs are resampled by people (idi_bootstrap_pairs). */
#ifndef IDI_EVAL_CONFIDENCE_H
#define IDI_EVAL_CONFIDENCE_H

#include "eval/scores.h"

typedef struct idi_interval {
    double estimate;
    double low, high;
} idi_interval;

/* For a rate of independent trials: Wilson's score interval (1927),
 *   (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n),   z the (1+level)/2 normal quantile,
 * inside 0..1 and sensible at rates of 0 and 1. IDI_ERR_ARG: trials < 1, successes outside
 * 0..trials, level not in (0, 1). */
IDI_NODISCARD idi_status idi_wilson(int64_t successes, int64_t trials, double level,
                                    idi_interval *interval_out);

typedef struct idi_bootstrap_options {
    uint64_t seed;      /* the same seed gives the same interval */
    int64_t replicates; /* 100 to 10^6 */
    double level;       /* of the interval, in (0, 1) */
} idi_bootstrap_options;

/* Seed 0, 2000 replicates, level 0.95. */
void idi_bootstrap_init(idi_bootstrap_options *options);

/* A number computed from units (people, pairs, images), of which unit i was drawn times[i] times.
 * Not finite: not defined on this draw, which is then drawn anew. */
typedef double (*idi_statistic)(const uint32_t *times, void *user);

/* Efron's percentile interval: `units` draws with replacement a replicate, by Philox from (seed,
 * replicate) alone; the interval's ends are the (1-level)/2 and (1+level)/2 quantiles of the
 * replicates, linear between order statistics (Hyndman and Fan's definition 7). The estimate is the
 * statistic with every unit once.
 * IDI_ERR_ARG: options out of range, units < 2 or >= 2^32. IDI_ERR_NUMERIC: the statistic is
 * not finite with every unit once, or on 100 draws in a row. */
IDI_NODISCARD idi_status idi_bootstrap(idi_memory *memory, const idi_bootstrap_options *options,
                                       int64_t units, idi_statistic statistic, void *user,
                                       idi_interval *interval_out);

/* The mean of independent values: units are the values. */
IDI_NODISCARD idi_status idi_bootstrap_mean(idi_memory *memory,
                                            const idi_bootstrap_options *options, idi_scores values,
                                            idi_interval *interval_out);

/* Values of pairs of people: scores, outcomes of 0 and 1, or the differences of two systems'
 * outcomes on the same pairs, which show whether one is better where two intervals overlap. */
typedef struct idi_pair_values {
    const double *values;
    const int64_t *first, *second; /* [count] the people, 0..people-1; equal: a genuine pair */
    int64_t count, people;
} idi_pair_values;

/* The mean over pairs, people resampled: with w the times that a person was drawn, a pair of two
 * people counts w(first) w(second) times, a genuine pair w(first) times, and the mean is over what
 * is there (the pigeonhole bootstrap, Owen 2007, with both roles drawn at once; the subsets
 * bootstrap of Bolle et al. 2004 for genuine pairs). A little wide rather than too narrow, except
 * at rates of 0 and 1, where resampling finds no doubt and idi_wilson() is the answer. People
 * without a pair are not drawn. IDI_ERR_ARG: no pairs, a value not finite, a person out of range,
 * fewer than two people. */
IDI_NODISCARD idi_status idi_bootstrap_pairs(idi_memory *memory,
                                             const idi_bootstrap_options *options,
                                             const idi_pair_values *pairs,
                                             idi_interval *interval_out);

/* AUC and EER (eval/verification.h) of genuine and impostor scores, people resampled together: a
 * genuine pair counts as often as its person was drawn, an impostor pair the product of its two
 * people's times. Estimates are those of idi_verification_auc() and _eer(), to the bit. Both lists
 * number people alike, 0..people-1, and name the same count of them. IDI_ERR_ARG as
 * idi_bootstrap_pairs(). Time: one step a score and replicate. */
IDI_NODISCARD idi_status idi_bootstrap_verification(idi_memory *memory,
                                                    const idi_bootstrap_options *options,
                                                    const idi_pair_values *genuine,
                                                    const idi_pair_values *impostor,
                                                    idi_interval *auc_out, idi_interval *eer_out);

#endif
