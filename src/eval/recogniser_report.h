/* SPDX-License-Identifier: Apache-2.0 */
/* eval/recogniser_report.h - a recogniser judged by people whom it does not know: from one
 * embedding a photograph to TAR at FARs, EER, AUC, rank-1, each with its interval.
 *
 * Thresholds come from impostor pairs of the calibration people, TAR from genuine pairs of the
 * others (eval/pairs.h); EER and AUC put the same two lists against each other. Rank-1 is closed
 * set: the gallery is the first photograph of each evaluation person, all their others are probes.
 * Intervals resample people. That of a TAR holds the threshold fixed: it is about the people who
 * are judged, not about those who calibrated. */
#ifndef IDI_EVAL_RECOGNISER_REPORT_H
#define IDI_EVAL_RECOGNISER_REPORT_H

#include "eval/confidence.h"
#include "eval/pairs.h"
#include "eval/verification.h"

enum { IDI_REPORT_FARS = 3 };
extern const double idi_report_fars[IDI_REPORT_FARS]; /* 1e-2, 1e-3, 1e-4 */

/* Photographs as a recogniser sees them. */
typedef struct idi_embedded {
    const float *embeddings; /* [photos, dim] */
    const int64_t *person;   /* [photos] 0..people-1 */
    int64_t photos, dim, people;
} idi_embedded;

typedef struct idi_report_options {
    uint64_t seed;                       /* of the pair lists */
    double calibration_share;            /* of the people, in (0, 1) */
    int64_t most_genuine, most_impostor; /* pairs; 0: all that there are */
    int64_t attack;                      /* pairs at most, from 0; for eval/attack_report.h */
    idi_bootstrap_options bootstrap;
} idi_report_options;

/* Seed 0, half of the people, at most 200,000 pairs of a kind, no attacks, the bootstrap's
 * defaults. */
void idi_report_options_init(idi_report_options *options);

/* idi_pairs_create() with no more pairs than there are. */
IDI_NODISCARD idi_status idi_report_pairs(idi_memory *memory, const int64_t *person, int64_t photos,
                                          const idi_report_options *options, idi_pairs *pairs_out);

typedef struct idi_tar_at_far {
    bool is_supported; /* by the number of impostors; nothing below is set otherwise */
    idi_threshold threshold;
    idi_interval tar;
} idi_tar_at_far;

typedef struct idi_recogniser_report {
    double *genuine, *impostor; /* the pairs' cosines, in their order */
    int64_t genuine_count, impostor_count;
    idi_tar_at_far at[IDI_REPORT_FARS]; /* of idi_report_fars */
    idi_interval auc, eer, rank1;
    int64_t probes, gallery; /* of rank1; 0 probes: nobody has a second photograph */
} idi_recogniser_report;

/* pairs: of idi_report_pairs() with the same photographs and options. Errors: ARG (no genuine
 * pairs; numbers out of range), NUMERIC (an embedding without length). On failure *out is zeroed.
 */
IDI_NODISCARD idi_status idi_recogniser_report_create(idi_memory *memory,
                                                      const idi_embedded *embedded,
                                                      const idi_pairs *pairs,
                                                      const idi_report_options *options,
                                                      idi_recogniser_report *report_out);
/* NULL-safe on a zeroed struct, which it leaves. */
void idi_recogniser_report_free(idi_memory *memory, idi_recogniser_report *report);

#endif
