/* SPDX-License-Identifier: Apache-2.0 */
/* train/generator_scene.h - what a step of a generator and one of its discriminator both look at: a
 * batch of photographs with label maps, or a part of one, and the generator's images of them.
 *
 * Each face gives its label map and its styles. The first ones give their identity too; the last
 * ones (idi_recipe_swapped) get the next one's of them, in a ring: those images shall be seen as
 * somebody else. */
#ifndef IDI_TRAIN_GENERATOR_SCENE_H
#define IDI_TRAIN_GENERATOR_SCENE_H

#include "data/loader.h"
#include "graph/session.h"
#include "train/generator_losses.h"
#include "train/recipe.h"
#include "train/teacher.h"

typedef struct idi_generator_scene {
    idi_graph *graph;
    const idi_recipe *recipe;
    int64_t first;                    /* row of the whole batch that it begins with */
    int64_t batch, own, swapped;      /* rows; own + swapped = batch */
    idi_value faces, labels;          /* inputs: [batch, S, S, 3], u8 [batch, S, S] */
    bool has_teacher;                 /* what follows is there */
    idi_view wanted;                  /* of the photographs */
    idi_value identity;               /* [batch, E] of each image */
    idi_value images;                 /* [batch, S, S, 3] */
    idi_value scores[IDI_MAX_BLOCKS]; /* where recipe->weights.attention is above 0 */
} idi_generator_scene;

/* Appends part `part` of a batch. The recipe is checked; both outlive the scene. */
void idi_generator_scene_build(idi_graph *graph, const idi_recipe *recipe,
                               const idi_teacher *teacher, int part,
                               idi_generator_scene *scene_out);

/* Rows start..start + count - 1 of a value of the batch. */
idi_value idi_generator_scene_rows(const idi_generator_scene *scene, idi_value x, int64_t start,
                                   int64_t count);

/* Of what is each face's own, what its image gets: with the last rows moved on by one. */
idi_value idi_generator_scene_exchange(const idi_generator_scene *scene, idi_value x);

/* Sets the inputs to the scene's rows of the batch. numbers: room for their faces as floats. */
IDI_NODISCARD idi_status idi_generator_scene_set(const idi_generator_scene *scene,
                                                 idi_graph_session *session, const idi_batch *batch,
                                                 float *numbers);

#endif
