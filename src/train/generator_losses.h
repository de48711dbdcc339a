/* SPDX-License-Identifier: Apache-2.0 */
/* train/generator_losses.h - what a generator is trained towards, as graph builders: the photograph
 * and the identity of each image, through the eyes of a frozen recogniser. Each loss is [1]. */
#ifndef IDI_TRAIN_GENERATOR_LOSSES_H
#define IDI_TRAIN_GENERATOR_LOSSES_H

#include "nets/recogniser.h"

/* Whom a recogniser sees in faces, and what it sees in them. */
typedef struct idi_view {
    idi_value embedding; /* [N, embedding_dim], of unit length */
    idi_value stages[IDI_RECOGNISER_STAGES];
} idi_view;

/* faces [N, S, S, 3] in -1..1. The recogniser's parameters stand behind `scope`: batch
 * normalisation by its running statistics, so that a face's view depends on no other face. */
idi_view idi_view_of(idi_graph *graph, const idi_recogniser_config *config, const char *scope,
                     idi_value faces);

/* The view of rows start..start + count - 1. */
idi_view idi_view_rows(idi_graph *graph, const idi_view *view, int64_t start, int64_t count);

/* Mean of 1 - cosine between rows of unit length, 0..2: half of their squared distance. */
idi_value idi_identity_loss(idi_graph *graph, idi_value embedding, idi_value target);

/* How different two views are: at each place of a stage's maps the squared distance between the
 * features brought to unit length, averaged over places, faces and stages, 0..4 (the distance of
 * Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", 2018,
 * with all of its weights 1). */
idi_value idi_view_distance(idi_graph *graph, const idi_view *view, const idi_view *target);

/* A weighted sum, one term after the other; terms of weight 0 are left out. */
typedef struct idi_loss_sum {
    idi_graph *graph;
    idi_value total; /* IDI_NONE before the first */
} idi_loss_sum;
void idi_loss_sum_add(idi_loss_sum *sum, idi_value loss, double weight);

#endif
