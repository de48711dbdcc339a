/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/gemm_plan.h - a matrix product in cuBLASLt's words, and the algorithm for it.
 *
 * cuBLASLt's matrices are column-major, so a row-major C[m, n] is its n x m matrix C', and
 * C' = op(B)' op(A)': our B is its first factor and our A its second. */
#ifndef IDI_CUDA_RUNTIME_GEMM_PLAN_H
#define IDI_CUDA_RUNTIME_GEMM_PLAN_H

#include "cuda/runtime/cublaslt.h"
#include "cuda/runtime/gemm.h"

/* A product with all defaults filled in: what plans are found by. Numbers of one size, so that
 * keys are compared as bytes. */
typedef struct idi_cuda_gemm_key {
    int64_t m, n, k, batch;
    int64_t lda, ldb, ldc;
    int64_t stride_a, stride_b, stride_c, stride_bias;
    int64_t is_a_transposed, is_b_transposed, has_bias, has_residual, act;
    int64_t storage, is_tf32;
} idi_cuda_gemm_key;

typedef struct idi_cuda_gemm_plan {
    cublasLtMatmulAlgo_t algorithm;
    size_t workspace_bytes;
    bool is_fused; /* bias and ReLU are the product's own; else they take passes */
} idi_cuda_gemm_plan;

/* What cublasLtMatmul is told besides addresses. `first` is our B, `second` our A. */
typedef struct idi_cuda_gemm_descriptors {
    cublasLtMatmulDescOpaque_t product;
    cublasLtMatrixLayoutOpaque_t first, second, result;
} idi_cuda_gemm_descriptors;

IDI_NODISCARD idi_status idi_cuda_gemm_key_of(const idi_cuda_call *c, const idi_cuda_gemm *gemm,
                                              idi_cuda_gemm_key *key_out);

/* `bias` may be any address with the alignment of the one to come, while planning. */
IDI_NODISCARD idi_status idi_cuda_gemm_describe(const idi_cublaslt *lt,
                                                const idi_cuda_gemm_key *key, bool is_fused,
                                                const void *bias,
                                                idi_cuda_gemm_descriptors *descriptors_out);

IDI_NODISCARD idi_status idi_cuda_gemm_plan_make(const idi_cublaslt *lt, cublasLtHandle_t handle,
                                                 const idi_cuda_gemm_key *key,
                                                 idi_cuda_gemm_plan *plan_out);

/* IDI_ERR_DEVICE: what failed, cuBLASLt's name for it, and the product. */
IDI_NODISCARD idi_status idi_cuda_gemm_fail(const idi_cublaslt *lt, const idi_cuda_gemm_key *key,
                                            const char *function, cublasStatus_t status);

#endif
