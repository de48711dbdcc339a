/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/values.h - who and how: identities and styles, made once and used often. */
#ifndef IDINJECT_VALUES_H
#define IDINJECT_VALUES_H

#include "idinject/bitmap.h"
#include "idinject/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A unit vector of a recogniser, with the recogniser's fingerprint. Immutable. */
typedef struct idi_identity idi_identity;

/** Embeds an aligned face (FFHQ or CelebA-HQ framing; any square size, resized to 256).
 * @param[in] recogniser a recogniser model.
 * @param[in] face RGB.
 * @param[out] identity_out destroy with idi_identity_destroy().
 * Thread: any, but plans and runs a network: not for hot loops.  Errors: ARG (not a recogniser),
 * SHAPE (not square), NUMERIC, NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_identity_from_image(const idi_model *recogniser,
                                                         const idi_bitmap *face,
                                                         idi_identity **identity_out);
/** From numbers, normalised here. @param[in] fingerprint of the recogniser that made them, or
 * NULL for unknown: then no check is made later. Errors: ARG (zero or not finite). */
IDI_API IDI_NODISCARD idi_status idi_identity_from_array(idi_context *context, const float *data,
                                                         int64_t count, const char *fingerprint,
                                                         idi_identity **identity_out);
IDI_API void idi_identity_destroy(idi_identity **identity);
/** The unit vector; the identity's, lives as long. */
IDI_API const float *idi_identity_data(const idi_identity *identity, int64_t *count_out);
IDI_API const char *idi_identity_fingerprint(const idi_identity *identity);
/** Cosine of the angle, -1 to 1. Errors: ENCODER (made by different recognisers; names both). */
IDI_API IDI_NODISCARD idi_status idi_identity_similarity(const idi_identity *a,
                                                         const idi_identity *b, double *cosine_out);
/** Spherical interpolation: 0 gives a, 1 gives b, above 1 goes on along the arc.
 * Errors: ENCODER, ARG (t not finite, or a and b opposite). */
IDI_API IDI_NODISCARD idi_status idi_identity_slerp(const idi_identity *a, const idi_identity *b,
                                                    double t, idi_identity **identity_out);

/** One style code a class, of a generator. Immutable. */
typedef struct idi_style idi_style;

/** Encodes the look of each region.
 * @param[in] photo RGB and labels one channel, both square; resized to the model's size.
 * Thread and errors as idi_identity_from_image(), and LABELS (a value of classes or more). */
IDI_API IDI_NODISCARD idi_status idi_style_from_image(const idi_model *generator,
                                                      const idi_bitmap *photo,
                                                      const idi_bitmap *labels,
                                                      idi_style **style_out);
/** [classes, width] row-major numbers, as idi_style_data() gives them. */
IDI_API IDI_NODISCARD idi_status idi_style_from_array(idi_context *context, const float *data,
                                                      int64_t classes, int64_t width,
                                                      idi_style **style_out);
/** A copy of `style` whose codes of zeros alone are `mean`'s: SEAN's style encoder gives zeros for
 * classes that the photograph lacks, and looks best with the mean of many photographs' codes there.
 * Errors: ARG, SHAPE (of another size), NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_style_complete(const idi_style *style, const idi_style *mean,
                                                    idi_style **style_out);
IDI_API void idi_style_destroy(idi_style **style);
IDI_API const float *idi_style_data(const idi_style *style, int64_t *classes_out,
                                    int64_t *width_out);

#ifdef __cplusplus
}
#endif
#endif
