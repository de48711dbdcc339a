/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/check.h - CUDA runtime errors as statuses with a sentence. */
#ifndef IDI_CUDA_RUNTIME_CHECK_H
#define IDI_CUDA_RUNTIME_CHECK_H

#include "core/status.h"

#include <cuda_runtime_api.h>

/* Records "<call>: <CUDA's name and text>"; IDI_ERR_NOMEM for lack of memory, else
 * IDI_ERR_DEVICE. Clears the runtime's own last error. */
IDI_NODISCARD idi_status idi_cuda_fail_at(const char *file, int line, cudaError_t error,
                                          const char *expression);

#define IDI_TRY_CUDA(expression)                                                                   \
    do {                                                                                           \
        const cudaError_t cuda_error_ = (expression);                                              \
        if (cuda_error_ != cudaSuccess)                                                            \
            return idi_cuda_fail_at(__FILE__, __LINE__, cuda_error_, #expression);                 \
    } while (0)

#endif
