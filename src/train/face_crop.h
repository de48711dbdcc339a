/* SPDX-License-Identifier: Apache-2.0 */
/* train/face_crop.h - idi_recogniser_crop() on the host, for faces of one size: both of its means
 * as one matrix for rows and one for columns. A training reads its crops this way, since the
 * network's own op first makes 256 x 256 pixels of each face. */
#ifndef IDI_TRAIN_FACE_CROP_H
#define IDI_TRAIN_FACE_CROP_H

#include "core/memory.h"

typedef struct idi_face_crop {
    int64_t size, side; /* of the faces, of the crops */
    float *rows;        /* [side, size] */
    float *columns;     /* [side, size] */
} idi_face_crop;

IDI_NODISCARD idi_status idi_face_crop_create(idi_memory *memory, int64_t size, int64_t side,
                                              idi_face_crop *crop_out);
/* NULL-safe on a zeroed struct, which it leaves. */
void idi_face_crop_free(idi_memory *memory, idi_face_crop *crop);

/* face [size, size, 3] -> out [side, side, 3]; scratch [side, size, 3]. Thread: any. */
void idi_face_crop_apply(const idi_face_crop *crop, const float *face, float *scratch, float *out);

#endif
