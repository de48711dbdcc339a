/* SPDX-License-Identifier: Apache-2.0 */
/* support/golden.h - deterministic weights and inputs, the same to the last bit as
 * tests/reference/golden.py, so that fixtures need to store only a network's outputs.
 *
 * A value depends on the tensor's key, its shape and the flat index k in PyTorch's order (weights
 * [out, in, kh, kw], images [N, C, H, W]): offset + scale*u, computed in double and rounded once
 * to float. u is in [-0.5, 0.5). First match wins:
 *
 *   key                                offset  scale
 *   ...running_mean                    0       0.2
 *   ...running_var                     2       0.4
 *   ...num_batches_tracked             0       0
 *   features.weight                    1       0
 *   ...prelu.weight                    0.25    0.2
 *   ....bias                           0       0.2
 *   ....weight, rank 0 or 1            1       0.2
 *   id_proj.weight                     0       2
 *   ...skip_connection.weight          0       1*sqrt(6/fan)     fan = product of dim[1..]
 *   out_conv.weight                    0       0.25*sqrt(6/fan)
 *   ....weight, rank 2 and more        0       2*sqrt(6/fan)
 *   anything else: inputs              0       2 */
#ifndef IDI_TESTS_SUPPORT_GOLDEN_H
#define IDI_TESTS_SUPPORT_GOLDEN_H

#include <stdint.h>

/* The number behind every value: element k of the tensor called `key`. */
double idi_golden_u(const char *key, int64_t k);

/* One value. rank 0 takes dim NULL. */
float idi_golden_value(const char *key, int rank, const int64_t *dim, int64_t k);

/* The whole tensor in PyTorch's order. */
void idi_golden_fill(const char *key, int rank, const int64_t *dim, float *values_out);

/* The same values with dimension 1 moved last: an image NCHW -> NHWC, a convolution's weight
 * [out, in, kh, kw] -> [out, kh, kw, in]. dim stays in PyTorch's order; rank 4 only. */
void idi_golden_fill_channels_last(const char *key, const int64_t dim[4], float *values_out);

/* count unit vectors [count, dim] from the key "identity". */
void idi_golden_identity(int64_t count, int64_t dim, float *values_out);

/* Label maps [count, side, side]: rectangles (even classes) and ellipses (odd ones) over class 0.
 * Classes with (sample + label + seed) % 5 == 3 are absent. The last class, where present, is one
 * pixel at an odd row and column, which no nearest resize samples. side: a power of two, at most
 * 1024. */
void idi_golden_labels(int64_t count, int64_t side, int64_t classes, uint32_t seed,
                       uint8_t *labels_out);

#endif
