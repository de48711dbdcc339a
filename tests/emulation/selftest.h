/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/selftest.h - kernels, correct and broken, that the emulation itself is tested
 * with (tests/cuda/emulation.c, emulation_async.c). All memory is the device's; each call enqueues
 * one launch. */
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

/* c [64, columns] = a b by one warpgroup, the sums of the first half of k added to by the second's
 * in a group of its own. All of T (f16 or bf16): a [64, 16*depth]; b in the order of
 * cuda/device/wgmma.cuh, a step of 16 after another, a step's 8 first rows of all columns before
 * the others. columns 32 or 64; depth even. What is wrong on purpose: */
typedef enum idi_selftest_product_fault {
    IDI_SELFTEST_PRODUCT_RIGHT,
    IDI_SELFTEST_PRODUCT_PARITY,    /* waits for the parity that the barrier had before b came */
    IDI_SELFTEST_PRODUCT_ARRIVAL,   /* the barrier counts one thread more than arrives */
    IDI_SELFTEST_PRODUCT_TWICE,     /* or one less */
    IDI_SELFTEST_PRODUCT_UNMADE,    /* there is no barrier */
    IDI_SELFTEST_PRODUCT_ODD,       /* the copy is not of whole 16 bytes */
    IDI_SELFTEST_PRODUCT_FENCE,     /* products begin without a fence */
    IDI_SELFTEST_PRODUCT_COMMIT,    /* the last group is not committed */
    IDI_SELFTEST_PRODUCT_WAIT,      /* nobody waits for the last group */
    IDI_SELFTEST_PRODUCT_MEMORY,    /* b is written to before the wait */
    IDI_SELFTEST_PRODUCT_REGISTERS, /* a is written to before the wait */
    IDI_SELFTEST_PRODUCT_ALONE,     /* a warp leaves a product out */
    IDI_SELFTEST_PRODUCT_BEYOND,    /* b lies beyond the shared memory */
    IDI_SELFTEST_PRODUCT_FAULTS
} idi_selftest_product_fault;
void idi_selftest_product(cudaStream_t stream, bool is_bf16, int columns, int depth, const void *a,
                          const void *b, float *c, idi_selftest_product_fault fault);

/* out = in [rounds, count], through a ring of two places in shared memory that one warp fills and
 * two others empty. count is a multiple of 8. */
void idi_selftest_ring(cudaStream_t stream, int rounds, int count, const float *in, float *out);

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
