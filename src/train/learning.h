/* SPDX-License-Identifier: Apache-2.0 */
/* train/learning.h - a recipe's optimiser as the optimiser's groups. */
#ifndef IDI_TRAIN_LEARNING_H
#define IDI_TRAIN_LEARNING_H

#include "train/optimiser.h"
#include "train/recipe.h"

/* The recipe's schedule and Adam at this rate and weight decay. */
idi_optimiser_group idi_learning_group(const idi_recipe *recipe, double rate, double weight_decay);

/* Whether the graph's parameter is a matrix or a kernel, which loses weight; slopes, scales and
 * biases do not. */
bool idi_learning_is_matrix(const idi_graph *graph, const char *parameter);

#endif
