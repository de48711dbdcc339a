/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/train.h - training networks from nothing, in a folder that a training can be stopped in
 * and gone on with. */
#ifndef IDINJECT_TRAIN_H
#define IDINJECT_TRAIN_H

#include "idinject/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where a training stands. */
typedef struct idi_training_progress {
    size_t struct_size;
    int64_t step, steps;      /**< done, and of all */
    int64_t first_step;       /**< done before this call: 0, or where it went on from */
    double loss;              /**< of this step; NaN before the first one */
    double gradient_norm;     /**< before clipping */
    double images_per_second; /**< in this call */
    double seconds_left;      /**< at this rate */
    int is_validated;         /**< nonzero: what follows was measured after this step, of people
                                   who are not trained on; NaN what a network of the kind has not */
    int is_silent;            /**< nonzero: one of several processes that train together (see
                                   idi_train()), and another one has the same to tell */
    double tar;               /**< recogniser: true acceptance rate at a false one of 0.01 */
    double eer;               /**< recogniser: equal error rate */
    double own_similarity;    /**< generator: mean cosine between the recogniser's embeddings of its
                                   image with a person's own identity and of another photograph of
                                   that person */
    double injected_similarity; /**< generator: the same with somebody else's identity injected, and
                                   of another photograph of that somebody else */
} idi_training_progress;

/** Fill with idi_training_options_init(). */
typedef struct idi_training_options {
    size_t struct_size;
    const char *recipe;  /**< a JSON file: see docs/recipes.md */
    const char *network; /**< "recogniser" or "generator", which the recipe then has to be of;
                              NULL: either */
    const char *folder;  /**< made if it is missing, but not what it lies in */
    /** Before the first step and after each, from the caller's thread. Nonzero: writes a checkpoint
     * and stops, in all processes that train together. May be NULL. */
    int (*progress)(void *user, const idi_training_progress *progress);
    void *user;
} idi_training_options;

IDI_API void idi_training_options_init(idi_training_options *options);

/** Trains the network of a recipe. The folder gets checkpoint.safetensors (from time to time, whole
 * or not at all), log.csv, of a generator sample_<step>.png, and at the end model.safetensors and
 * loss.svg. Called again with the same recipe it goes on from the checkpoint; on the CPU the files
 * are then the same to the bit as those of a training that nothing interrupted (on the same machine
 * with the same number of threads). A finished training writes its model and curve again.
 *
 * Where a launcher of MPI (mpirun, srun) has started several processes and each calls this, they
 * train one network together, each on its part of every batch; the first one alone has the folder.
 * They end together, with one status. MPI begins and ends here, unless the program has begun it:
 * then once a process.
 * @param[in]  context  its device trains, at precision f32 or, on a GPU, tf32 or bf16: weights,
 *                      moments, averages, statistics and losses are floats in each of them, so that
 *                      a checkpoint goes on in any
 * @param[out] report may be NULL; where the training stands, on failure too, as far as it came.
 * Thread: any; nothing else of the context may be called meanwhile.
 * Errors: CANCELLED (`progress` stopped it; the checkpoint is written), STATE (the folder holds a
 * training of another recipe, or a process at work), NUMERIC (the loss is not finite; sentence
 * names step and tensor, and the last checkpoint remains), FORMAT and ARG (recipe), UNSUPPORTED
 * (precision; a build without MPI, or a GPU, where there are several processes), IO, NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_train(idi_context *context,
                                           const idi_training_options *options,
                                           idi_training_progress *report);

#ifdef __cplusplus
}
#endif
#endif
