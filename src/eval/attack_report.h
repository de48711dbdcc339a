/* SPDX-License-Identifier: Apache-2.0 */
/* eval/attack_report.h - images of pairs of people, judged by one recogniser and by their look: the
 * rates of eval/attack.h at a recogniser's calibrated thresholds, means, and intervals over people.
 *
 * An image is made of a photograph of a first person (map and styles) and of the identity in one of
 * a second person (the token). What it is compared with stands in eval/pairs.h. */
#ifndef IDI_EVAL_ATTACK_REPORT_H
#define IDI_EVAL_ATTACK_REPORT_H

#include "core/tensor.h"
#include "eval/attack.h"
#include "eval/recogniser_report.h"

/* What a recogniser says of each pair's image: one row of numbers each. */
enum {
    IDI_TO_SECOND, /* cosine to another photograph of the second person than the token's */
    IDI_TO_FIRST,  /* to another photograph of the first person than the one used */
    IDI_TO_TOKEN,  /* to the token's photograph itself: it flatters */
    IDI_TO_IMAGE,  /* to the first person's photograph that was used: reconstruction */
    IDI_RANK1,     /* 1: the second person is the nearest of all, eval/identification.h */
    IDI_ATTACK_ROWS
};

/* Whose the pairs are. */
typedef struct idi_attack_people {
    const int64_t *first, *second; /* [count] 0..people-1 */
    int64_t count, people;
} idi_attack_people;

enum { IDI_OUTCOMES = IDI_OUTCOME_MATCHES_BOTH + 1 };

typedef struct idi_attack_verdict {
    idi_interval mean[IDI_ATTACK_ROWS];
    /* by idi_report_fars and idi_outcome; of FARs that the recogniser's report supports */
    idi_interval outcome[IDI_REPORT_FARS][IDI_OUTCOMES];
} idi_attack_verdict;

/* rows [IDI_ATTACK_ROWS, count]; calibrated: the same recogniser's report, for its thresholds.
 * Errors: those of idi_bootstrap_pairs(). */
IDI_NODISCARD idi_status idi_attack_judge(idi_memory *memory, const idi_attack_people *people,
                                          const double *rows,
                                          const idi_recogniser_report *calibrated,
                                          const idi_bootstrap_options *options,
                                          idi_attack_verdict *verdict_out);

/* How far an image is from another, eval/image_measures.h. */
enum {
    IDI_LOOK_SSIM,
    IDI_LOOK_SSIM_FACE, /* inside the face: skin, nose, glasses, eyes, brows, mouth, lips */
    IDI_LOOK_L1,
    IDI_LOOK_MSE, /* in squares of 1/255: PSNR is to be computed from its mean */
    IDI_LOOK_MSE_FACE,
    IDI_LOOKS
};

/* a, b [side, side, 3]; labels [side, side], celebamask's classes. The two of the face are NaN
 * where there is none (for SSIM: none that is 5 pixels from the border). */
IDI_NODISCARD idi_status idi_look_measure(idi_memory *memory, const idi_tensor *a,
                                          const idi_tensor *b, const uint8_t *labels,
                                          double look_out[IDI_LOOKS]);
/* 10 log10(255^2 / mse); infinity for 0. */
double idi_psnr_of_mse(double mse);

/* The mean over the pairs whose value is a number; *used_out of them. Of none: zeros, IDI_OK. */
IDI_NODISCARD idi_status idi_attack_mean(idi_memory *memory, const idi_attack_people *people,
                                         const double *values, const idi_bootstrap_options *options,
                                         idi_interval *mean_out, int64_t *used_out);

/* A baseline without any network: the first photograph with its skin (face, nose, ears, neck) and
 * its hair moved to the second's mean colours. u8 RGB of `pixels`, labels as above; what one of the
 * two lacks stays. */
void idi_recolour(const uint8_t *first, const uint8_t *first_labels, const uint8_t *second,
                  const uint8_t *second_labels, int64_t pixels, uint8_t *out);

#endif
