/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/edit.h - editing: new values made of values. Where (label maps), how (styles) and who
 * (identities) are mixed before a session sees them, each sample of a batch as one likes; the same
 * numbers in give the same bits out. */
#ifndef IDINJECT_EDIT_H
#define IDINJECT_EDIT_H

#include "idinject/values.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The number of a class by its name in the order "celebamask" ("background", "skin", "nose",
 * "eye_g", "l_eye", ... "hair", "hat", "cloth"), or -1. Thread: any. */
IDI_API int64_t idi_class_index(const char *name);
/** Its name, static; NULL outside 0..18. Thread: any. */
IDI_API const char *idi_class_name(int64_t index);
/** The colour that people see it in, CelebAMask-HQ's: red, green, blue, static; NULL outside 0..18.
 * Thread: any. */
IDI_API const uint8_t *idi_class_colour(int64_t index);

/** Takes `other`'s look class by class.
 * @param[in] amounts [classes]: how much of the class's code is `other`'s. 0 is `base`'s code and 1
 *            `other`'s, both bit for bit; between lies the straight line, outside what lies beyond.
 * @param[in] classes as many as both styles have.
 * @param[out] style_out destroy with idi_style_destroy().
 * Thread: any.  Errors: ARG (an amount is not finite), SHAPE (styles or `classes` of another size),
 * NUMERIC (too far beyond: a code is no longer finite), NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_style_mix(const idi_style *base, const idi_style *other,
                                               const double *amounts, int64_t classes,
                                               idi_style **style_out);

/** Styles for a batch from a table of sources: sample n's code of class c is, bit for bit, that of
 * pool[table[n*classes + c]].
 * @param[in] pool styles of one size.
 * @param[in] table [samples, classes] places in the pool, 0 to pool_count - 1.
 * @param[out] styles_out [samples]; destroy each. After an error all are NULL.
 * Thread: any.  Errors: ARG (a place that the pool lacks, with sample and class), SHAPE, NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_style_table(const idi_style *const *pool, int64_t pool_count,
                                                 const int32_t *table, int64_t samples,
                                                 int64_t classes, idi_style **styles_out);

/** The mean of each class's codes, for idi_style_complete(). Codes of zeros alone (SEAN: the
 * photograph lacks the class) do not count; a class that all lack stays zeros. Of one style:
 * itself, bit for bit.
 * @param[in] styles [count], of one size.
 * Thread: any.  Errors: ARG (count), SHAPE, NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_style_average(const idi_style *const *styles, int64_t count,
                                                   idi_style **style_out);

/** A look that nobody has: of a model with a mapping network (CA2-SIS; early public checkpoints
 * have none), from normal noise. Classes that the label map lacks get zeros, as published.
 * @param[in] seed the same seed gives the same noise.
 * @param[in] labels square, resized to the model's size.
 * Thread: any, but plans and runs a network.  Errors: ARG (not a generator, or takes no style),
 * UNSUPPORTED (no mapping network), LABELS, SHAPE, NUMERIC, NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_style_from_noise(const idi_model *generator, uint64_t seed,
                                                      const idi_bitmap *labels,
                                                      idi_style **style_out);

/** Several people in one: the point of the sphere from which the arcs to all of them, each times
 * its weight, cancel. Of two it is idi_identity_slerp() at w1/(w0 + w1), and where one weight alone
 * is not 0 it is that identity, both bit for bit. To go beyond, use idi_identity_slerp().
 * @param[in] weights [count], 0 or more; only their ratios count. NULL: equal.
 * Thread: any.  Errors: ENCODER (made by different recognisers), ARG (a weight is negative or not
 * finite, all are 0, or the people are so far apart that there is no such point). */
IDI_API IDI_NODISCARD idi_status idi_identity_mix(const idi_identity *const *identities,
                                                  const double *weights, int64_t count,
                                                  idi_identity **identity_out);

/** One person from several photographs: the equal mix (idi_identity_mix()) of those that agree. A
 * photograph agrees if at least half of the others are near it; the rest are outliers, such as
 * somebody else's face or a spoilt crop. What is left out is told by `is_kept_out` and logged.
 * @param[in] least_similarity the cosine from which two are near, -1 to 1; -1 keeps all.
 * Recognisers of the ArcFace kind hold different people near 0: 0.2 leaves out strangers.
 * @param[out] is_kept_out [count], 1 or 0; or NULL. Filled where nobody agrees, too.
 * @param[out] similarity_out [count] cosine to the result, of the outliers as well; or NULL.
 * Of one photograph: that identity, bit for bit.
 * Thread: any.  Errors: ENCODER, ARG (count, least_similarity, or no two agree: the sentence has
 * the nearest two). */
IDI_API IDI_NODISCARD idi_status idi_identity_average(const idi_identity *const *identities,
                                                      int64_t count, double least_similarity,
                                                      int *is_kept_out, double *similarity_out,
                                                      idi_identity **identity_out);

/** Gives `base` parts of another person's label map, at their places in that map. Pixels of the
 * classes in `other` are painted over `base`; where `base` had one of these classes and `other`
 * does not, the hole takes the label of the nearest pixel that is left (in steps to the four
 * neighbours; of equally near ones that of the first in reading order). All classes: `other`; the
 * same map twice: itself.
 * @param[in] base, other label maps of one size, in one class order.
 * @param[in] classes [count] numbers from 0 to 255.
 * @param[out] labels_out free with idi_bitmap_free().
 * Thread: any.  Errors: ARG (not label maps; a class out of range), SHAPE (sizes differ), NOMEM. */
IDI_API IDI_NODISCARD idi_status idi_labels_take(idi_context *context, const idi_bitmap *base,
                                                 const idi_bitmap *other, const int64_t *classes,
                                                 int64_t count, idi_bitmap *labels_out);

#ifdef __cplusplus
}
#endif
#endif
