/* SPDX-License-Identifier: Apache-2.0 */
/* train/surrogates.h - further frozen recognisers, which judge whom an image shows besides the
 * teacher: what several agree on, one that was never asked is likelier to see too. Nothing else is
 * theirs: identities, features and figures are the teacher's. */
#ifndef IDI_TRAIN_SURROGATES_H
#define IDI_TRAIN_SURROGATES_H

#include "train/generator_scene.h"

typedef struct idi_surrogates {
    idi_teacher at[IDI_RECIPE_SURROGATES];
    int count;
} idi_surrogates;

/* The recipe's, in its order. As idi_teacher_open() fails. */
IDI_NODISCARD idi_status idi_surrogates_open(idi_memory *memory, const idi_recipe *recipe,
                                             idi_surrogates *surrogates_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_surrogates_close(idi_surrogates *surrogates);

/* Their weights into a store that has their parameters. */
IDI_NODISCARD idi_status idi_surrogates_place(const idi_surrogates *surrogates, idi_store *store);

/* Identity losses of a scene with a teacher, each the mean over all recognisers: of the faces with
 * their own identity, and of the others; IDI_NONE: there are none. `seen` is the teacher's
 * embedding of `images`, the scene's or views of them. */
void idi_identity_losses(const idi_generator_scene *scene, const idi_surrogates *surrogates,
                         idi_value images, idi_value seen, idi_value *own_out,
                         idi_value *swapped_out);

#endif
