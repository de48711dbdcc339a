/* SPDX-License-Identifier: Apache-2.0 */
/* train/generator_step.h - a recipe's generator, losses and optimiser as a graph on a device, and
 * one step of it; with adversarial losses followed by one of the discriminator. */
#ifndef IDI_TRAIN_GENERATOR_STEP_H
#define IDI_TRAIN_GENERATOR_STEP_H

#include "train/cycle.h"
#include "train/discriminator_step.h"
#include "train/surrogates.h"
#include "train/vgg.h"
#include "train/views.h"

/* What a step's loss is made of, before weights; NaN: not there. */
typedef enum idi_generator_term {
    IDI_TERM_PIXEL,
    IDI_TERM_PIXEL_SWAPPED,
    IDI_TERM_PERCEPTUAL,
    IDI_TERM_VGG,      /* of own identities */
    IDI_TERM_IDENTITY, /* of own identities */
    IDI_TERM_IDENTITY_SWAPPED,
    IDI_TERM_CYCLE, /* of the others */
    IDI_TERM_ATTENTION,
    IDI_TERM_ADVERSARIAL,
    IDI_TERM_FEATURE_MATCHING, /* of own identities */
    IDI_TERM_DISCRIMINATOR,    /* the discriminator's own loss, which is in no sum */
    IDI_TERM_COUNT
} idi_generator_term;

/* A part of the batch on its way to a loss. */
typedef struct idi_generator_part {
    idi_generator_scene scene;
    idi_views views;
    idi_cycle cycle;
    idi_value terms[IDI_TERM_COUNT];
} idi_generator_part;

typedef struct idi_generator_step {
    const idi_recipe *recipe;
    idi_memory *memory;
    idi_ranks *ranks;
    int64_t batch; /* images of this rank */
    idi_teacher teacher;
    idi_surrogates surrogates;
    idi_vgg vgg;
    int part_count; /* of this rank */
    idi_generator_part *parts;
    idi_discriminator judge; /* of all parts: a graph opens one once */
    idi_graph *graph;
    idi_store *store;
    idi_graph_session *session;
    idi_optimiser optimiser;
    idi_discriminator_step discriminator;
    float *numbers; /* a part's faces as floats */
} idi_generator_step;

/* First weights by the recipe's seed, but 0 where the published training begins with 0: the last
 * layers of residual and transformer blocks. The recipe is divided among the ranks; it, the backend
 * and the ranks (NULL: this process alone) must outlive the step. */
IDI_NODISCARD idi_status idi_generator_step_open(idi_backend *backend, const idi_recipe *recipe,
                                                 idi_ranks *ranks, idi_generator_step *step_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_generator_step_close(idi_generator_step *step);

/* On this rank's part of a batch; what it gives are means over all ranks. As idi_optimiser_check()
 * fails. */
IDI_NODISCARD idi_status idi_generator_step_run(idi_generator_step *step, int64_t number,
                                                const idi_batch *batch, idi_step_report *report_out,
                                                double terms_out[IDI_TERM_COUNT]);

#endif
