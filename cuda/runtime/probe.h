/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/probe.h - whether this program's kernels suit the current device. */
#ifndef IDI_CUDA_RUNTIME_PROBE_H
#define IDI_CUDA_RUNTIME_PROBE_H

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* cudaErrorNoKernelImageForDevice if it was compiled for other architectures only. */
cudaError_t idi_cuda_probe(void);

#ifdef __cplusplus
}
#endif

#endif
