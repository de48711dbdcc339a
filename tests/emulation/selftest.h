/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/selftest.h - kernels, correct and broken, that the emulation itself is tested
 * with (tests/cuda/emulation.c). All memory is the device's; each call enqueues one launch. */
#ifndef IDI_TESTS_EMULATION_SELFTEST_H
#define IDI_TESTS_EMULATION_SELFTEST_H

#include <cuda_runtime_api.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    IDI_SELFTEST_THREADS = 128, /* a block, where nothing else is said */
    IDI_SELFTEST_LANES = 32,
    IDI_SELFTEST_SHUFFLES = 8 /* rows of idi_selftest_shuffles() */
};

/* out[i] = THREADS - 1 - i, by way of shared memory. */
void idi_selftest_reverse(cudaStream_t stream, bool has_barrier, float *out);

/* out[i] = THREADS: sums over the block of 1 and then of 2 through the same shared memory, the
 * first stored; the barrier is the one between the two sums. */
void idi_selftest_sum_twice(cudaStream_t stream, bool has_barrier, float *out);

/* out[i] = shared memory that nobody wrote, static or dynamic. */
void idi_selftest_read_unwritten(cudaStream_t stream, bool is_dynamic, float *out);

/* One warp; out [SHUFFLES][LANES], of values 100 + lane:
 *   up by 3, width 8; down by 3, width 8; xor 5; xor 12, width 8; from lane 11, width 8; from lane
 *   -1; ballot of lane % 3 == 0; any(lane == 7) + 2 all(lane < 32) + 4 any(false) + 8 all(lane > 0)
 */
void idi_selftest_shuffles(cudaStream_t stream, int *out);

/* One warp; out[lane] = the sum of the lanes of its half, found among that half alone, plus 31 from
 * lane 31 in a shuffle of the whole warp, which half `early` meets for after its sum, the other
 * before. */
void idi_selftest_halves(cudaStream_t stream, int early, int *out);

/* Undefined on a device, each in its way. */
typedef enum idi_selftest_fault {
    IDI_SELFTEST_TWO_COLLECTIVES, /* odd lanes vote, even lanes shuffle */
    IDI_SELFTEST_LANE_ENDED,      /* lane 0 has returned, the others sync with it */
    IDI_SELFTEST_OUTSIDE_MASK,    /* a lane takes part that the mask does not name */
    IDI_SELFTEST_FROM_OUTSIDE,    /* a shuffle reads a lane that the mask does not name */
    IDI_SELFTEST_STUCK_BARRIER,   /* thread 0 waits for its warp, all others for the block */
    IDI_SELFTEST_FAULTS
} idi_selftest_fault;
void idi_selftest_break(cudaStream_t stream, idi_selftest_fault fault);
/* What the emulation calls the kernel. */
extern const char *const idi_selftest_fault_names[IDI_SELFTEST_FAULTS];

/* out[0] = 1 with that much dynamic shared memory, and 1 KiB that is static; with `asks`, after
 * cudaFuncSetAttribute. */
cudaError_t idi_selftest_use_shared(cudaStream_t stream, size_t dynamic_bytes, bool asks,
                                    float *out);

/* Adds 1 to every counter, one a thread: grid*block of them. */
void idi_selftest_count(cudaStream_t stream, unsigned grid, unsigned block, int *counters);

#ifdef __cplusplus
}
#endif

#endif
