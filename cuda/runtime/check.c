/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/check.c - see check.h. */
#include "cuda/runtime/check.h"

idi_status idi_cuda_fail_at(const char *file, int line, cudaError_t error, const char *expression)
{
    (void)cudaGetLastError();
    const idi_status status = error == cudaErrorMemoryAllocation ? IDI_ERR_NOMEM : IDI_ERR_DEVICE;
    return idi_fail_at(file, line, status, "CUDA: %s: %s (%s)", expression,
                       cudaGetErrorString(error), cudaGetErrorName(error));
}
