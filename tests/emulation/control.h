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

/* What the emulated machine is; a test changes it before the library looks. */
typedef struct idi_emulation_machine {
    int device_count;       /* 1 */
    size_t memory_bytes;    /* of each device; 16 GiB */
    int compute_capability; /* 90 */
    int has_pools;          /* 1: stream-ordered memory */
    int has_pinning;        /* 1: host memory can be registered */
    int has_kernels;        /* 1: the program's kernels suit the device */
    int driver_error;       /* 0; a cudaError_t that every question about devices answers with */
    int failing_captures;   /* 0; so many next captures fail when they end */
} idi_emulation_machine;

idi_emulation_machine *idi_emulation_get_machine(void);

#ifdef __cplusplus
}
#endif

#endif
