/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/launch.cuh - launching and shared memory, in words that the host emulation
 * (tests/emulation/) can redefine. Kernels use these instead of <<<>>> and __shared__. */
#ifndef IDI_CUDA_DEVICE_LAUNCH_CUH
#define IDI_CUDA_DEVICE_LAUNCH_CUH

#ifdef IDI_EMULATION
#include "emulation.h"
#else
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

/* IDI_LAUNCH((kernel<T, 4>), grid, block, shared_bytes, stream, arguments...) */
#define IDI_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                                 \
    (kernel)<<<(grid), (block), (shared_bytes), (stream)>>>(__VA_ARGS__)

/* IDI_SHARED(float, tile, [32][33]); */
#define IDI_SHARED(type, name, extent) __shared__ type name extent

/* The launch's dynamic shared memory as an array, aligned to 16 bytes. */
#define IDI_SHARED_DYNAMIC(type, name)                                                             \
    extern __shared__ __align__(16) unsigned char idi_dynamic_shared[];                            \
    type *const name = reinterpret_cast<type *>(idi_dynamic_shared)
#endif

#endif
