/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/gemm.h - matrix products through cuBLASLt.
 *
 *   C[m, n] = act(op(A) op(B) + bias[n]) + residual[m, n]
 *
 * All matrices are row-major and hold the call's storage type; sums are in float. f32 factors are
 * rounded to TF32 where the call allows it. Results repeat to the bit.
 *
 * A product is described first, which asks cuBLASLt for an algorithm and keeps the answer with the
 * device (idi_cuda_gemm_workspace, while planning), and run as often as wanted
 * (idi_cuda_gemm_run), which neither allocates nor asks. */
#ifndef IDI_CUDA_RUNTIME_GEMM_H
#define IDI_CUDA_RUNTIME_GEMM_H

#include "cuda/runtime/call.h"
#include "ops/activation.h"

#include <stdint.h>

/* What workspace an algorithm may ask for. */
#define IDI_CUDA_GEMM_WORKSPACE_MAX ((size_t)32 << 20)

typedef struct idi_cuda_gemm {
    int64_t m, n, k; /* m, n >= 0, k >= 1 */
    int64_t batch;   /* 0 counts as 1 */
    /* Elements from row to row; 0: dense. The residual lies as C does. */
    int64_t lda, ldb, ldc;
    /* Elements from one batch member to the next; 0: all share it, but for C: dense. */
    int64_t stride_a, stride_b, stride_c, stride_bias;
    bool is_a_transposed; /* A is stored [k, m] */
    bool is_b_transposed; /* B is stored [n, k], as PyTorch's weights are */
    bool has_bias;
    bool has_residual; /* then act is IDI_ACT_NONE */
    idi_act act;       /* output based */
} idi_cuda_gemm;

/* Device addresses, aligned to 16 bytes. C overlaps nothing but the residual, which may be C. */
typedef struct idi_cuda_gemm_data {
    const void *a;
    const void *b;
    const void *bias;
    const void *residual;
    void *c;
    void *workspace;
} idi_cuda_gemm_data;

/* Chooses the algorithm and tells what workspace it wants. Uses no data.
 * Errors: SHAPE (k is 0, a row stride is less than a row), DEVICE (cuBLASLt cannot do it). */
IDI_NODISCARD idi_status idi_cuda_gemm_workspace(const idi_cuda_call *c, const idi_cuda_gemm *gemm,
                                                 size_t *bytes_out);

/* Enqueues a product that idi_cuda_gemm_workspace has seen, on this device. */
IDI_NODISCARD idi_status idi_cuda_gemm_run(const idi_cuda_call *c, const idi_cuda_gemm *gemm,
                                           const idi_cuda_gemm_data *data);

#endif
