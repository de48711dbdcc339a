/* SPDX-License-Identifier: Apache-2.0 */
/* train/augment.h - a face as another camera might have taken it: moved, brighter, tinted, noisy.
 * What happens to a face follows from the seed and its number in the training alone. */
#ifndef IDI_TRAIN_AUGMENT_H
#define IDI_TRAIN_AUGMENT_H

#include <stdbool.h>
#include <stdint.h>

/* How far each goes at most, drawn evenly from both sides; 0: not at all. */
typedef struct idi_augmentation {
    double shift;         /* of the side, in x and y */
    double zoom;          /* 0.06: 0.94 to 1.06 times as large */
    double roll;          /* radians */
    double gain;          /* 0.2: 0.8 to 1.2 times as bright */
    double bias;          /* of the whole range 0..1 */
    double white_balance; /* gain of red, and of blue, besides */
    double noise;         /* standard deviation, of the range 0..1; drawn from 0 up to it */
    double grey;          /* the share of faces that lose their colour */
} idi_augmentation;

/* rgb u8 [size, size, 3] -> out [size, size, 3] in -1..1 (a little beyond it with noise). What lies
 * outside the picture is its nearest edge. number: of the face in the training. */
void idi_augment(const idi_augmentation *augmentation, uint64_t seed, uint64_t number,
                 const uint8_t *rgb, int64_t size, float *out);

/* The same in numbers, for faces in -1..1 that are no bytes: where each pixel comes from
 * (ops/affine_sample.h), then its colour (ops/color_mix.h), then what is added to it, [size, size,
 * 3]. Brightness ends at no white or black here, where there would be no slope. */
bool idi_augmentation_moves(const idi_augmentation *augmentation);
void idi_augment_map(const idi_augmentation *augmentation, uint64_t seed, uint64_t number,
                     float map[6]);
bool idi_augmentation_tints(const idi_augmentation *augmentation);
void idi_augment_matrix(const idi_augmentation *augmentation, uint64_t seed, uint64_t number,
                        float matrix[12]);
void idi_augment_noise(const idi_augmentation *augmentation, uint64_t seed, uint64_t number,
                       int64_t size, float *out);

#endif
