/* SPDX-License-Identifier: Apache-2.0 */
/* train/recogniser_step.h - a recipe's network, loss and optimiser as a graph on a device, and one
 * step of it. */
#ifndef IDI_TRAIN_RECOGNISER_STEP_H
#define IDI_TRAIN_RECOGNISER_STEP_H

#include "train/optimiser.h"
#include "train/recipe.h"
#include "train/statistics.h"

typedef struct idi_recogniser_step {
    const idi_recipe *recipe;
    idi_memory *memory;
    idi_ranks *ranks;
    int64_t batch; /* faces of this rank */
    idi_graph *graph;
    idi_store *store;
    idi_graph_session *session;
    idi_optimiser optimiser;
    idi_value crops, classes, margins; /* inputs */
    idi_statistics statistics;         /* of batch normalisation, and of AdaFace */
    int32_t *class_of;                 /* [batch] */
    float *margin_of;                  /* [batch, 2] */
} idi_recogniser_step;

/* Weights of the recipe's seed. The recipe is divided among the ranks; it, the backend and the
 * ranks (NULL: this process alone) must outlive the step. */
IDI_NODISCARD idi_status idi_recogniser_step_open(idi_backend *backend, const idi_recipe *recipe,
                                                  idi_ranks *ranks, int64_t class_count,
                                                  idi_recogniser_step *step_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_recogniser_step_close(idi_recogniser_step *step);

/* The margin of step `step`, counted from 1, within its ramp. */
double idi_recogniser_margin(const idi_recipe *recipe, int64_t step);

/* crops [batch, side, side, 3], identities [batch]. Each rank normalises its own faces; running
 * statistics are the means of all ranks'. As idi_optimiser_check() fails. */
IDI_NODISCARD idi_status idi_recogniser_step_run(idi_recogniser_step *step, int64_t number,
                                                 const float *crops, const int64_t *identities,
                                                 idi_step_report *report_out);

#endif
