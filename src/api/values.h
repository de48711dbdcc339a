/* SPDX-License-Identifier: Apache-2.0 */
/* api/values.h - making styles and identities, for the functions that give new ones. */
#ifndef IDI_API_VALUES_H
#define IDI_API_VALUES_H

#include "api/objects.h"

/* style.c: codes not filled. */
IDI_NODISCARD idi_status idi_style_create(idi_context *context, int64_t classes, int64_t width,
                                          idi_style **style_out);
/* Whether the code is zeros alone: no other than an absent class's is. */
bool idi_style_is_absent(const float *code, int64_t width);
/* What a generator must be to have styles. */
IDI_NODISCARD idi_status idi_style_require_generator(const idi_model *generator);

/* identity.c: a copy of `data` as it is, and one made unit length in double. */
IDI_NODISCARD idi_status idi_identity_copy(idi_context *context, const float *data, int64_t count,
                                           const char *fingerprint, idi_identity **identity_out);
IDI_NODISCARD idi_status idi_identity_create(idi_context *context, const float *data, int64_t count,
                                             const char *fingerprint, idi_identity **identity_out);
/* ENCODER unless both are of one recogniser, as far as it is known. */
IDI_NODISCARD idi_status idi_identity_require_same(const idi_identity *a, const idi_identity *b);
/* The cosine, within -1 and 1. */
double idi_identity_dot(const idi_identity *a, const idi_identity *b);

#endif
