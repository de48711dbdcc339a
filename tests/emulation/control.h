/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/control.h - what a test can ask of the emulated runtime, and tell it. */
#ifndef IDI_TESTS_EMULATION_CONTROL_H
#define IDI_TESTS_EMULATION_CONTROL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Calls since the process began. */
typedef struct idi_emulation_counters {
    int64_t launches;         /* kernels enqueued one by one, outside graphs */
    int64_t graph_launches;   /* graphs enqueued */
    int64_t allocations;      /* device and pinned memory, all kinds */
    int64_t live_allocations; /* of these, not freed yet */
    int64_t synchronizations; /* waits of the host, blocking copies included */
    int64_t captures;
} idi_emulation_counters;

idi_emulation_counters idi_emulation_count(void);

/* From here on the machine has `device_count` devices of `memory_bytes` each. At first: 1 device of
 * 16 GiB, of compute capability 9.0. */
void idi_emulation_set_devices(int device_count, size_t memory_bytes);

#ifdef __cplusplus
}
#endif

#endif
