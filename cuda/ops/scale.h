/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/scale.h - launcher of scale.cu. */
#ifndef IDI_CUDA_OPS_SCALE_H
#define IDI_CUDA_OPS_SCALE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Device pointers; enqueued on `stream` (a cudaStream_t). Returns a cudaError_t. */
int idi_cuda_scale(const float *x, float factor, float *y, int64_t count, void *stream);

#ifdef __cplusplus
}
#endif
#endif
