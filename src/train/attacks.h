/* SPDX-License-Identifier: Apache-2.0 */
/* train/attacks.h - attacks among the faces that a recogniser is trained on, still under the name
 * of the person whose photograph they were made of: so that it learns to see through them.
 *
 * An attack is the generator's image of a face with the face's own label map and style, and an
 * identity on the arc from its own to that of somebody else in the batch. It takes the photograph's
 * place before augmentation: an attack is a picture too, that a camera then sees as it sees all
 * others; were it made afterwards, the augmentation would tell the two apart. */
#ifndef IDI_TRAIN_ATTACKS_H
#define IDI_TRAIN_ATTACKS_H

#include "core/ranks.h"
#include "data/loader.h"
#include "train/attacker.h"

typedef struct idi_attack {
    int64_t row, giver; /* of the batch: whose place it takes, who gives the identity */
    double strength;    /* how far from the own identity to the giver's */
} idi_attack;

typedef struct idi_attacks {
    const idi_recipe *recipe;
    int rank, ranks;
    int64_t faces, count; /* of a batch of this rank; how many become attacks */
    idi_attacker attacker;
    idi_attack *plan;    /* [count], of the last batch */
    uint8_t *rgb;        /* [faces, size, size, 3] */
    float *numbers;      /* [IDI_ATTACKER_GROUP, size, size, 3] */
    uint8_t *labels;     /* [IDI_ATTACKER_GROUP, size, size] */
    float *own, *givers; /* [IDI_ATTACKER_GROUP, identity_dim] */
} idi_attacks;

/* With a share of 0 nothing is opened, and running does nothing. The recipe is divided among the
 * ranks; it and the backend outlive the attacks. As idi_attacker_open() fails. */
IDI_NODISCARD idi_status idi_attacks_open(idi_backend *backend, const idi_recipe *recipe,
                                          idi_ranks *ranks, idi_fixed_files *files,
                                          idi_attacks *attacks_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_attacks_close(idi_attacks *attacks);

/* Attack `index`, 0..count-1, of a batch: from the recipe's seed and the batch's number alone. No
 * row is taken twice; the giver is any face of any other person. */
idi_attack idi_attack_of(const idi_attacks *attacks, const idi_batch *batch, int64_t index);

/* From here on batch->rgb has the attacks in their places; it is valid until the next run. */
IDI_NODISCARD idi_status idi_attacks_run(idi_attacks *attacks, idi_batch *batch);

#endif
