/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_leverage.h - what carries the person: images of pairs in which one thing alone comes
 * from the second person, held against the image that is the first person's whole. Rows: nothing
 * exchanged, each class's style, all styles, the identity (of generators that have one).
 *
 * attack_leverage.c has the order of things and the recognisers, attack_leverage_images.c makes a
 * pair's pictures, attack_leverage_json.c says what they come to. */
#ifndef IDI_API_ATTACK_LEVERAGE_H
#define IDI_API_ATTACK_LEVERAGE_H

#include "api/evaluate_attack.h"

enum { IDI_LEVERAGE_NOTHING, IDI_LEVERAGE_CLASS }; /* the first class's row; others follow */
enum { IDI_LEVERAGE_FIRST, IDI_LEVERAGE_SECOND, IDI_LEVERAGE_SIDES };

typedef struct idi_leverage {
    const idi_attack_run *run;
    int64_t pairs, classes, row_count, batch;
    idi_batch_network stylist; /* of two: first person, second person */
    idi_batch_network judges[IDI_EVALUATE_RECOGNISERS];
    idi_session *session;
    uint8_t *photos;    /* [2, size, size, 3] */
    uint8_t *labels;    /* [batch, size, size] the first person's, over and over */
    uint8_t *second;    /* [size, size] the second person's label map */
    uint8_t *pictures;  /* [rows, size, size, 3] of one pair */
    bool *is_exchanged; /* [rows, pairs] */
    double *area;       /* [rows, pairs] that the exchanged classes have of the first's map, 0..1 */
    double *ssim;       /* [rows, pairs] against row 0 */
    double *cosines;    /* [rows, recognisers, IDI_LEVERAGE_SIDES, pairs] to other photographs */
} idi_leverage;

static inline int64_t idi_leverage_all_styles(const idi_leverage *l)
{
    return IDI_LEVERAGE_CLASS + l->classes;
}

static inline bool idi_leverage_is_identity(const idi_leverage *l, int64_t row)
{
    return row == idi_leverage_all_styles(l) + 1;
}

static inline double *idi_leverage_cosines(const idi_leverage *l, int64_t row, int64_t recogniser,
                                           int side)
{
    return l->cosines +
           ((row * l->run->recogniser_count + recogniser) * IDI_LEVERAGE_SIDES + side) * l->pairs;
}

/* attack_leverage_images.c: reads a pair, notes which classes both have, and makes all rows'
 * pictures. */
IDI_NODISCARD idi_status idi_leverage_make(idi_leverage *leverage, int64_t pair);

/* attack_leverage_json.c: appends an object a row, but for the first. */
IDI_NODISCARD idi_status idi_leverage_json(const idi_leverage *leverage, json_t *list);

#endif
