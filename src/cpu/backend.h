/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/backend.h - the CPU backends: float with fast versions, float with the plain loops only,
 * and double, the oracle. */
#ifndef IDI_CPU_BACKEND_H
#define IDI_CPU_BACKEND_H

#include "graph/backend.h"

/* Ownership: the caller frees with idi_cpu_backend_destroy. `memory` must outlive the backend.
 * Thread: a backend may be used from several threads; OpenMP's threads are shared. */
IDI_NODISCARD idi_status idi_cpu32_backend_create(idi_memory *memory, bool is_plain,
                                                  idi_backend **backend_out);
IDI_NODISCARD idi_status idi_cpu64_backend_create(idi_memory *memory, bool is_plain,
                                                  idi_backend **backend_out);
/* Lets the float backend with fast versions multiply bf16 where a fast version can, for inference.
 * Only where idi_cpu_has_bf16(). */
bool idi_cpu_has_bf16(void);
void idi_cpu_backend_use_bf16(idi_backend *backend);

void idi_cpu_backend_destroy(idi_backend **backend);

#endif
