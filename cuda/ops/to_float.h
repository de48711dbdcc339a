/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/to_float.h - numbers of the storage type as floats, for `widen` and for callers outside
 * of the graph. */
#ifndef IDI_CUDA_OPS_TO_FLOAT_H
#define IDI_CUDA_OPS_TO_FLOAT_H

#include "cuda/runtime/call.h"

/* Enqueues y[i] = x[i] for `count` numbers of the call's storage type; exact. `x` is aligned to 64
 * bytes, `y` as floats are. */
IDI_NODISCARD idi_status idi_cuda_to_float(const idi_cuda_call *c, const void *x, int64_t count,
                                           float *y);

#endif
