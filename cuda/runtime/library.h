/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/library.h - NVIDIA's libraries, looked for when they are needed instead of linked,
 * so that the program starts on machines that lack them. */
#ifndef IDI_CUDA_RUNTIME_LIBRARY_H
#define IDI_CUDA_RUNTIME_LIBRARY_H

#include "core/status.h"

/* Opens the first of `names` that can be had; the list ends with NULL. IDI_ERR_DEVICE, with
 * `what`, the names and the loader's reason, if none can.
 * Ownership: the caller closes it, after the last call into it. */
IDI_NODISCARD idi_status idi_cuda_library_open(const char *what, const char *const *names,
                                               void **library_out);
/* NULL-safe; nulls the caller's handle. */
void idi_cuda_library_close(void **library);

/* Writes the symbol's address to *function_out, which is a pointer to any function. */
IDI_NODISCARD idi_status idi_cuda_library_function(const char *what, void *library,
                                                   const char *name, void *function_out);

#endif
