/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/probe.cu - a kernel that is never launched: the runtime can be asked whether the device
 * has code for it, and so for all others, which are compiled for the same architectures.
 *
 * Launch     never
 */
#include "cuda/device/launch.cuh"
#include "cuda/runtime/probe.h"

namespace {

__global__ void probe() {}

} // namespace

cudaError_t idi_cuda_probe(void)
{
    cudaFuncAttributes attributes;
    return cudaFuncGetAttributes(&attributes, reinterpret_cast<const void *>(probe));
}
