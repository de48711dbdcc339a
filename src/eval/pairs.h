/* SPDX-License-Identifier: Apache-2.0 */
/* eval/pairs.h - which photographs are compared: lists that a seed pins, and their hash.
 *
 * A protocol is its pairs: published attack rates that others cannot repeat mostly fail here. The
 * people of a data set are divided by seed into two halves that share nobody:
 *
 *   calibration people  impostor pairs, from which thresholds come
 *   evaluation people   genuine pairs, for TAR at those thresholds, and attack pairs
 *
 * so that no threshold has seen anybody whom it judges. In an attack pair neither person is judged
 * by a photograph that the attack was made from. */
#ifndef IDI_EVAL_PAIRS_H
#define IDI_EVAL_PAIRS_H

#include "core/memory.h"

/* Photographs are numbered by their place in the caller's list. */
typedef struct idi_photo_pair {
    int64_t first, second;
} idi_photo_pair;

typedef struct idi_attack_pair {
    int64_t image;       /* the first person's photograph: its map and styles are used */
    int64_t image_check; /* another photograph of the first person */
    int64_t token;       /* the second person's photograph: its embedding is injected */
    int64_t token_check; /* another photograph of the second person */
} idi_attack_pair;

typedef struct idi_pairs_options {
    uint64_t seed;
    double calibration_share;  /* of the people, in (0, 1) */
    int64_t genuine, impostor; /* how many pairs; 0: all that there are */
    int64_t attack;            /* how many pairs, from 0 */
} idi_pairs_options;

/* Seed 0, half of the people, all genuine and impostor pairs, 600 attack pairs. */
void idi_pairs_init(idi_pairs_options *options);

typedef struct idi_pairs {
    idi_photo_pair *genuine;  /* evaluation people; first < second, in ascending order */
    idi_photo_pair *impostor; /* calibration people; the same */
    idi_attack_pair *attack;  /* evaluation people */
    int64_t genuine_count, impostor_count, attack_count;
    uint64_t hash; /* FNV-1a, 64 bits, of person[] and of all lists: for reports */
} idi_pairs;

/* person [photos]: who is on each photograph, any number.
 *
 * People are put in an order that depends on seed and number alone; the first share of them,
 * rounded to the nearest, calibrate. Genuine and impostor pairs are drawn without replacement.
 * Attack pairs go round: with E evaluation people in random order, the first E pairs have each of
 * them once as first and once as second person, the next E again with other partners, up to all E
 * (E - 1); the four photographs are drawn at random, image and image_check apart, token and
 * token_check apart. Evaluation people with a single photograph take no part. The same on every
 * platform.
 *
 * IDI_ERR_ARG: options out of range, fewer than two people for one half, more pairs wanted than
 * there are. On failure *out is zeroed. Time: one step a candidate pair. */
IDI_NODISCARD idi_status idi_pairs_create(idi_memory *memory, const int64_t *person, int64_t photos,
                                          const idi_pairs_options *options, idi_pairs *pairs_out);
/* NULL-safe on a zeroed struct, which it leaves. */
void idi_pairs_free(idi_memory *memory, idi_pairs *pairs);

#endif
