/* SPDX-License-Identifier: Apache-2.0 */
/* train/seeds.h - the streams of random numbers that share a recipe's seed. */
#ifndef IDI_TRAIN_SEEDS_H
#define IDI_TRAIN_SEEDS_H

#include "train/recipe.h"

/* 0 is that of first weights. */
typedef enum idi_seed_purpose {
    IDI_SEED_AUGMENTATION = 1,
    IDI_SEED_ORDER = 2,
    IDI_SEED_VIEWS = 3,
    IDI_SEED_ATTACKS = 4
} idi_seed_purpose;

static inline uint64_t idi_seed_of(const idi_recipe *recipe, idi_seed_purpose purpose)
{
    return (uint64_t)recipe->seed * 8 + (uint64_t)purpose;
}

#endif
