/* SPDX-License-Identifier: Apache-2.0 */
/* train/validation.h - how well a recogniser in training tells people apart whom it does not train
 * on: thresholds from the impostor pairs of one half of them, genuine pairs of the other
 * (eval/pairs.h). */
#ifndef IDI_TRAIN_VALIDATION_H
#define IDI_TRAIN_VALIDATION_H

#include "train/recipe.h"
#include "train/store.h"

#define IDI_VALIDATION_FAR 1e-2

typedef struct idi_validation idi_validation;

typedef struct idi_validation_result {
    double tar; /* at IDI_VALIDATION_FAR */
    double eer;
} idi_validation_result;

/* On the store's weights, or on their moving averages where it has them. Recipe and store must
 * outlive it. Errors: ARG where there are too few people for the FAR. */
IDI_NODISCARD idi_status idi_validation_create(const idi_recipe *recipe, const idi_store *store,
                                               idi_validation **validation_out);
void idi_validation_destroy(idi_validation **validation);

/* With the tensors as they are now. */
IDI_NODISCARD idi_status idi_validation_run(idi_validation *validation,
                                            idi_validation_result *result_out);

#endif
