/* SPDX-License-Identifier: Apache-2.0 */
/* train/views.h - generated images as other cameras might have taken them, on their way to the
 * identity losses: who is to be seen in every such view cannot be a pattern that one crop of one
 * picture alone has. Drawn as train/augment.h draws a face's, with gradients. */
#ifndef IDI_TRAIN_VIEWS_H
#define IDI_TRAIN_VIEWS_H

#include "graph/session.h"
#include "train/recipe.h"

typedef struct idi_views {
    const idi_recipe *recipe;         /* which outlives it */
    int64_t first, count;             /* rows of the rank's batch */
    idi_value maps, matrices, noises; /* inputs; IDI_NONE: this is left as it is */
} idi_views;

/* The images [count, S, S, 3] of part `part` of a batch as they are seen; themselves where the
 * recipe has no views. */
idi_value idi_views_build(idi_graph *graph, const idi_recipe *recipe, int part, idi_value images,
                          idi_views *views_out);

/* Sets the inputs to what is drawn for the step: by row of the whole batch, of which the rank's
 * begin at `rank_first`, whatever parts and ranks there are. numbers: room for `count` images. */
IDI_NODISCARD idi_status idi_views_set(const idi_views *views, idi_graph_session *session,
                                       int64_t step, int64_t rank_first, float *numbers);

#endif
