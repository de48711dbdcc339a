/* SPDX-License-Identifier: Apache-2.0 */
/* ops/normal_noise.h - standard normal numbers that a seed alone determines.
 *
 * normal_noise(seed) -> y[i] = idi_normal(seed, stream, i) (core/rng.h), i counted over all of y
 *   seed  i32 [4]: low and high word of the seed, low and high word of the stream, as bits
 * The random integers are the same to the bit on all backends; the normal numbers made of them
 * agree within rounding. Has no gradient. */
#ifndef IDI_OPS_NORMAL_NOISE_H
#define IDI_OPS_NORMAL_NOISE_H

#include "ops/ops.h"

enum { IDI_NOISE_WORDS = 4 };

idi_value idi_normal_noise(idi_graph *graph, idi_value seed, idi_shape shape);

#endif
