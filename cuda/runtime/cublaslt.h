/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/cublaslt.h - cuBLASLt as a table of functions. */
#ifndef IDI_CUDA_RUNTIME_CUBLASLT_H
#define IDI_CUDA_RUNTIME_CUBLASLT_H

#include "core/status.h"

#include <cublasLt.h> /* types; nothing of it is linked */
#include <stdint.h>

#define IDI_CUBLASLT(result, name, parameters) result(*name) parameters;
typedef struct idi_cublaslt {
    void *library;
#include "cuda/runtime/cublaslt.def"
} idi_cublaslt;
#undef IDI_CUBLASLT

/* IDI_ERR_DEVICE, with what was looked for, if the library or a function is missing.
 * Ownership: the caller closes it. */
IDI_NODISCARD idi_status idi_cublaslt_open(idi_cublaslt *lt_out);
void idi_cublaslt_close(idi_cublaslt *lt);

#endif
