/* SPDX-License-Identifier: Apache-2.0 */
/* train/vgg.h - VGG-19 as a judge of how alike an image and its photograph look, by a file of the
 * user's with torchvision's names (features.0.weight and so on; what lies behind relu5_1 is not
 * looked at). It is frozen and, with its 13 million numbers, in no checkpoint, which has its
 * fingerprint instead (train/fixed_files.h). */
#ifndef IDI_TRAIN_VGG_H
#define IDI_TRAIN_VGG_H

#include "train/generator_scene.h"

/* The scope of its parameters in a step's graph. */
#define IDI_VGG_SCOPE IDI_STORE_ELSEWHERE "vgg."

typedef struct idi_vgg {
    int64_t width;    /* channels of the first block: 64 as published */
    idi_store *store; /* its numbers, without the scope; NULL: there is none */
    uint64_t fingerprint;
} idi_vgg;

/* path "": none. Errors, by the recipe's member: of reading a safetensors file; WEIGHTS, with the
 * name (a tensor is missing, of another shape, not finite). The backend must outlive it. */
IDI_NODISCARD idi_status idi_vgg_open(idi_backend *backend, const char *path, idi_vgg *vgg_out);
/* May be called on a zeroed struct, which it leaves. */
void idi_vgg_close(idi_vgg *vgg);

/* Where a parameter below the scope lies; NULL for others. */
const void *idi_vgg_find(const idi_vgg *vgg, const char *name, idi_dtype kind);

/* The sum over relu1_1, relu2_1, relu3_1, relu4_1 and relu5_1 of their published weights times the
 * mean absolute difference between image and photograph [1], of the scene's faces with their own
 * identity; IDI_NONE: there are none. As in the published trainings, which multiply it by 10,
 * images go in as they are, -1..1, without ImageNet's mean and deviation. */
idi_value idi_vgg_loss(const idi_generator_scene *scene, const idi_vgg *vgg);

#endif
