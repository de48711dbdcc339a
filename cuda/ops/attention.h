/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/attention.h - the forward launch that has a file of its own. */
#ifndef IDI_CUDA_OPS_ATTENTION_H
#define IDI_CUDA_OPS_ATTENTION_H

#include "cuda/device/attention.cuh"

namespace idi {

/* attention_mma.cu: for 16-bit storage, heads of 32 or 64 features, compute capability >= 8.0.
 * Enqueues the kernel. */
void launch_attention_mma(const idi_cuda_call *c, const attention_heads &h);

} // namespace idi

#endif
