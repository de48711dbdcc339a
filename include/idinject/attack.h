/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/attack.h - an injected identity that is searched by gradient, so that recognisers take
 * an image for somebody else while it keeps its look. For judging recognisers and defences. */
#ifndef IDINJECT_ATTACK_H
#define IDINJECT_ATTACK_H

#include "idinject/values.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { IDI_ATTACK_RECOGNISERS = 8 };

/** Fill with idi_attack_options_init(). */
typedef struct idi_attack_options {
    size_t struct_size;
    int64_t steps;  /**< the budget: all are taken; 0: the best of five injection strengths; default
                         60 */
    double rate;    /**< length of a first step, of the vector's own; default 0.1 */
    double ssim;    /**< SSIM that the image keeps at least to the one without injection, -1 to 1;
                         default 0.9 */
    int has_styles; /**< nonzero: style codes are moved besides the identity; default 0 */
    /** Called after each step by the caller's thread; nonzero stops with CANCELLED. May be NULL. */
    int (*progress)(void *user, const char *what, int64_t done, int64_t total);
    void *user;
} idi_attack_options;

IDI_API void idi_attack_options_init(idi_attack_options *options);

/** Two images on the host, and the values that the second is made of. */
typedef struct idi_attack_result idi_attack_result;

/** Searches an attack on one picture. The image with the own identity is the reference. From the
 * best of the injections of strength 0, 1/4, 1/2, 3/4 and 1, identity and styles go `steps` steps
 * of Adam towards the targets; of all images on the way whose SSIM to the reference (both as 8
 * bits) is at or above the floor, the one with the largest mean cosine to the targets is kept.
 * Nothing is random: the same call gives the same image on the same machine. In f32.
 * @param[in] generator CA2-SIS with identity.
 * @param[in] attacked  [attacked_count] recognisers of the generator's context, 1 to
 *            IDI_ATTACK_RECOGNISERS; the generator's own need not be among them.
 * @param[in] targets   [attacked_count] the person to be taken for, as each of them reads it.
 * @param[in] labels    one channel, class numbers; resized as for generation.
 * @param[in] style     the picture's look.
 * @param[in] own       who is in the picture, and
 * @param[in] token     the person to be taken for, both by the generator's recogniser.
 * @param[in] options   NULL: the defaults.
 * @param[out] result_out the caller frees it with idi_attack_result_destroy(), before the context.
 * Thread: any.  Errors: ARG (options, counts, not a recogniser, identities
 * that are opposite, between which no arc is shortest), SHAPE, ENCODER (an identity of
 * another recogniser), UNSUPPORTED (not CA2-SIS with identity), NOMEM, NUMERIC, CANCELLED, DEVICE.
 */
IDI_API IDI_NODISCARD idi_status idi_attack_search(
    const idi_model *generator, const idi_model *const *attacked,
    const idi_identity *const *targets, int64_t attacked_count, const idi_bitmap *labels,
    const idi_style *style, const idi_identity *own, const idi_identity *token,
    const idi_attack_options *options, idi_attack_result **result_out);
/** NULL-safe; nulls the pointer. */
IDI_API void idi_attack_result_destroy(idi_attack_result **result);

/** The image that was found; the result's, as long as it is there. NULL: no result. */
IDI_API const idi_bitmap *idi_attack_result_image(const idi_attack_result *result);
/** The image with the own identity, in the same way. */
IDI_API const idi_bitmap *idi_attack_result_reference(const idi_attack_result *result);
/** The identity that was found; by the generator's recogniser, though no face may have it. The
 * result's. */
IDI_API const idi_identity *idi_attack_result_identity(const idi_attack_result *result);
/** The styles that were found; those of the call unless they are moved. The result's. */
IDI_API const idi_style *idi_attack_result_style(const idi_attack_result *result);
/** SSIM of the two images as 8 bits; NaN: no result. */
IDI_API double idi_attack_result_ssim(const idi_attack_result *result);
/** Cosines to the targets, by each attacked recogniser, of the reference and of the image, both as
 * idi_identity_from_image() reads them. Errors: ARG (NULL, no such recogniser). */
IDI_API IDI_NODISCARD idi_status idi_attack_result_cosine(const idi_attack_result *result,
                                                          int64_t recogniser, double *before_out,
                                                          double *after_out);

#ifdef __cplusplus
}
#endif
#endif
