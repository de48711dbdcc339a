/* SPDX-License-Identifier: Apache-2.0 */
/* train/learning.h - what trainings have in common: the graph that they learn in, and a recipe's
 * optimiser as the optimiser's groups. */
#ifndef IDI_TRAIN_LEARNING_H
#define IDI_TRAIN_LEARNING_H

#include "train/optimiser.h"
#include "train/recipe.h"

/* An empty graph for what a store's tensors are trained or tried in. On a backend whose reals are
 * too coarse for weights it mixes kinds (idi_graph_mix): weights, moments, averages, running
 * statistics and losses are then floats, what the network makes between them are the backend's
 * reals. */
IDI_NODISCARD idi_status idi_learning_graph(const idi_backend *backend, idi_graph **graph_out);

/* The recipe's schedule and Adam at this rate and weight decay. */
idi_optimiser_group idi_learning_group(const idi_recipe *recipe, double rate, double weight_decay);

/* Whether the graph's parameter is a matrix or a kernel, which loses weight; slopes, scales and
 * biases do not. */
bool idi_learning_is_matrix(const idi_graph *graph, const char *parameter);

#endif
