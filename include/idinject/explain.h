/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/explain.h - which tokens a generator's cross-attention draws on, and where: each class's
 * style, and the identity. */
#ifndef IDINJECT_EXPLAIN_H
#define IDINJECT_EXPLAIN_H

#include "idinject/values.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One image and its attention at every resolution, on the host. */
typedef struct idi_explanation idi_explanation;

/** Generates one image and keeps how much of each pixel's attention goes to each token: a share
 * from 0 to 1, the mean of the heads; the shares of a pixel add up to 1. Tokens are the classes in
 * their order, then the identity if the model has one. The network runs as published (nothing
 * folded), in f32.
 * @param[in] generator CA2-SIS, with or without identity.
 * @param[in] labels    one channel, class numbers; resized as for generation.
 * @param[in] identity  NULL for a model without; its fingerprint is checked as for generation.
 * @param[out] explanation_out  the caller frees it with idi_explanation_destroy(), before the
 * context. Thread: any.  Errors: ARG, SHAPE (another model's style), ENCODER (an identity of
 * another recogniser), UNSUPPORTED (SPADE and SEAN have no attention), NOMEM, NUMERIC, DEVICE. */
IDI_API IDI_NODISCARD idi_status idi_explain(const idi_model *generator, const idi_bitmap *labels,
                                             const idi_style *style, const idi_identity *identity,
                                             idi_explanation **explanation_out);
/** NULL-safe; nulls the pointer. */
IDI_API void idi_explanation_destroy(idi_explanation **explanation);

typedef struct idi_explanation_info {
    size_t struct_size;
    int64_t size;    /**< side of the image */
    int64_t blocks;  /**< resolutions */
    int64_t classes; /**< of the label map */
    int64_t tokens;  /**< classes, and 1 if there is an identity */
} idi_explanation_info;

/** Errors: ARG (NULL, struct_size). */
IDI_API IDI_NODISCARD idi_status idi_explanation_get_info(const idi_explanation *explanation,
                                                          idi_explanation_info *info);
/** The image; the explanation's, as long as it is there. NULL: no explanation. */
IDI_API const idi_bitmap *idi_explanation_image(const idi_explanation *explanation);
/** Block's shares [side, side, tokens], row-major; the explanation's. NULL: no such block.
 * @param[out] side_out may be NULL. */
IDI_API const float *idi_explanation_map(const idi_explanation *explanation, int64_t block,
                                         int64_t *side_out);
/** What each region draws on: the block's shares [classes, tokens], averaged over the pixels of a
 * class; the identity's column is the leverage that an injected identity has over a region. NaN in
 * rows of classes that the map lacks at that resolution. The explanation's. NULL: no such block. */
IDI_API const float *idi_explanation_regions(const idi_explanation *explanation, int64_t block);

#ifdef __cplusplus
}
#endif
#endif
