/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/easy.h - files in, file out, in one call. */
#ifndef IDINJECT_EASY_H
#define IDINJECT_EASY_H

#include "idinject/session.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Paths; fill with idi_generate_file_init(). */
typedef struct idi_generate_file_options {
    size_t struct_size;
    const char *model;        /**< generator */
    const char *labels;       /**< where: label map */
    const char *style;        /**< how: photograph; NULL for a model that takes none ("spade") */
    const char *style_labels; /**< label map of the photograph; NULL: `labels` */
    const char *scheme;       /**< class order of the label maps; NULL: "celebamask" */
    const char *identity;     /**< who: photograph, or .npy embedding (which carries no fingerprint:
                                   its recogniser is not checked); NULL: the style photograph */
    const char *recogniser;   /**< NULL: the one that the model file names, beside the model file */
    double identity_strength; /**< 0: the style photograph's own, 1: `identity`; slerp; default 1 */
    const char *precision;    /**< of the session; NULL: the context's */
    const char *out;          /**< .png, or .npy: float32 [1, 3, H, W], -1..1 */
    unsigned save_flags;      /**< idi_save_flags */
    int is_plain;             /**< of the session: idi_session_options.is_plain */
    int has_noise;            /**< of the session: idi_session_options.has_noise */
    uint64_t noise_seed;
    const char *mean_style; /**< .npy [classes, width] for idi_batch_options.mean_style; or NULL */
} idi_generate_file_options;

IDI_API void idi_generate_file_init(idi_generate_file_options *options);

/** Errors: those of the steps, each sentence naming the file. No half-written file is left.
 * Thread: any. */
IDI_API IDI_NODISCARD idi_status idi_generate_file(idi_context *context,
                                                   const idi_generate_file_options *options);

#ifdef __cplusplus
}
#endif
#endif
