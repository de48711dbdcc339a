/* SPDX-License-Identifier: Apache-2.0 */
/* train/discriminator_step.h - a step of the network that tells a generator's images from
 * photographs, by the hinge loss: the images are made anew by the generator as it is, which does
 * not learn from it. As published it follows each step of the generator. */
#ifndef IDI_TRAIN_DISCRIMINATOR_STEP_H
#define IDI_TRAIN_DISCRIMINATOR_STEP_H

#include "nets/adversarial_loss.h"
#include "train/generator_scene.h"
#include "train/optimiser.h"

/* Whether a recipe has one. */
bool idi_recipe_is_adversarial(const idi_recipe *recipe);

/* The scope of its parameters and how their names begin. */
#define IDI_DISCRIMINATOR_SCOPE IDI_STORE_TRAINING
#define IDI_DISCRIMINATOR       IDI_DISCRIMINATOR_SCOPE "discriminator_"

/* The recipe's discriminator, in training mode, behind its scope. */
idi_discriminator idi_recipe_discriminator(idi_graph *graph, const idi_recipe *recipe);

typedef struct idi_discriminator_step {
    const idi_recipe *recipe;
    const idi_teacher *teacher;
    idi_ranks *ranks;
    int part_count;              /* of this rank */
    idi_generator_scene *scenes; /* of the parts */
    idi_discriminator judge;     /* of all of them */
    idi_graph *graph;            /* NULL: there is none */
    idi_graph_session *session;
    idi_store *store;
    idi_optimiser optimiser;
} idi_discriminator_step;

/* Nothing without adversarial losses. The batch comes in the recipe's parts. The store is the
 * generator's step's, which has its weights, and gets the discriminator's. All outlive it. */
IDI_NODISCARD idi_status idi_discriminator_step_open(const idi_recipe *recipe,
                                                     const idi_teacher *teacher, idi_store *store,
                                                     idi_ranks *ranks,
                                                     idi_discriminator_step *step_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_discriminator_step_close(idi_discriminator_step *step);

/* numbers: as idi_generator_scene_set(). As idi_optimiser_check() fails. */
IDI_NODISCARD idi_status idi_discriminator_step_run(idi_discriminator_step *step, int64_t number,
                                                    const idi_batch *batch, float *numbers,
                                                    idi_step_report *report_out);

#endif
