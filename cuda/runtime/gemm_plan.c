/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/gemm_plan.c - see gemm_plan.h. */
#include "cuda/runtime/gemm_plan.h"

#include <limits.h>
#include <stdio.h>

/* Of every address that a product is given. */
enum { ALIGNMENT_BYTES = 16 };

#define TRY_LT(lt, key, name, ...)                                                                 \
    do {                                                                                           \
        const cublasStatus_t lt_status_ = (lt)->name(__VA_ARGS__);                                 \
        if (lt_status_ != CUBLAS_STATUS_SUCCESS)                                                   \
            return idi_cuda_gemm_fail((lt), (key), "cublasLt" #name, lt_status_);                  \
    } while (0)

idi_status idi_cuda_gemm_fail(const idi_cublaslt *lt, const idi_cuda_gemm_key *key,
                              const char *function, cublasStatus_t status)
{
    return idi_fail(IDI_ERR_DEVICE,
                    "cuBLASLt: %s: %s for %s%s [%lld, %lld] x [%lld, %lld]%s%s, batch %lld, rows "
                    "of %lld, %lld and %lld, activation %d",
                    function, lt->GetStatusName(status), key->is_tf32 ? "tf32 of " : "",
                    idi_dtype_name((idi_dtype)key->storage), (long long)key->m, (long long)key->k,
                    (long long)key->k, (long long)key->n, key->has_bias ? " + bias" : "",
                    key->has_residual ? " + residual" : "", (long long)key->batch,
                    (long long)key->lda, (long long)key->ldb, (long long)key->ldc, (int)key->act);
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value ? value : otherwise;
}

static idi_status check_key(const idi_cuda_gemm_key *key)
{
    const int64_t a_columns = key->is_a_transposed ? key->m : key->k;
    const int64_t b_columns = key->is_b_transposed ? key->k : key->n;
    IDI_REQUIRE(key->m >= 0 && key->n >= 0 && key->k >= 1 && key->batch >= 1 &&
                    key->batch <= INT_MAX,
                IDI_ERR_SHAPE, "gemm: m %lld, n %lld, k %lld, batch %lld", (long long)key->m,
                (long long)key->n, (long long)key->k, (long long)key->batch);
    IDI_REQUIRE(key->lda >= a_columns && key->ldb >= b_columns && key->ldc >= key->n, IDI_ERR_SHAPE,
                "gemm: rows of %lld, %lld and %lld elements, want at least %lld, %lld and %lld",
                (long long)key->lda, (long long)key->ldb, (long long)key->ldc, (long long)a_columns,
                (long long)b_columns, (long long)key->n);
    IDI_ENSURE(!key->has_residual || key->act == IDI_ACT_NONE);
    return IDI_OK;
}

idi_status idi_cuda_gemm_key_of(const idi_cuda_call *c, const idi_cuda_gemm *gemm,
                                idi_cuda_gemm_key *key_out)
{
    const bool is_batched = gemm->batch > 1; /* strides of one member mean nothing */
    const int64_t ldc = or_default(gemm->ldc, gemm->n);
    *key_out = (idi_cuda_gemm_key){
        .m = gemm->m,
        .n = gemm->n,
        .k = gemm->k,
        .batch = or_default(gemm->batch, 1),
        .lda = or_default(gemm->lda, gemm->is_a_transposed ? gemm->m : gemm->k),
        .ldb = or_default(gemm->ldb, gemm->is_b_transposed ? gemm->k : gemm->n),
        .ldc = ldc,
        .stride_a = is_batched ? gemm->stride_a : 0,
        .stride_b = is_batched ? gemm->stride_b : 0,
        .stride_c = is_batched ? or_default(gemm->stride_c, gemm->m * ldc) : 0,
        .stride_bias = is_batched && gemm->has_bias ? gemm->stride_bias : 0,
        .is_a_transposed = gemm->is_a_transposed,
        .is_b_transposed = gemm->is_b_transposed,
        .has_bias = gemm->has_bias,
        .has_residual = gemm->has_residual,
        .act = gemm->act,
        .storage = c->storage,
        .is_tf32 = c->storage == IDI_F32 && c->allows_tf32,
    };
    return check_key(key_out);
}

static cudaDataType_t type_of(const idi_cuda_gemm_key *key)
{
    if (key->storage == IDI_F16) return CUDA_R_16F;
    return key->storage == IDI_BF16 ? CUDA_R_16BF : CUDA_R_32F;
}

/* A row-major [rows, columns] matrix is cuBLASLt's columns x rows. */
static idi_status describe_matrix(const idi_cublaslt *lt, const idi_cuda_gemm_key *key,
                                  int64_t rows, int64_t columns, int64_t row_stride,
                                  int64_t batch_stride, cublasLtMatrixLayoutOpaque_t *layout)
{
    TRY_LT(lt, key, MatrixLayoutInit_internal, layout, sizeof *layout, type_of(key),
           (uint64_t)columns, (uint64_t)rows, row_stride);
    const int32_t batch = (int32_t)key->batch;
    if (batch == 1) return IDI_OK;
    TRY_LT(lt, key, MatrixLayoutSetAttribute, layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batch,
           sizeof batch);
    TRY_LT(lt, key, MatrixLayoutSetAttribute, layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
           &batch_stride, sizeof batch_stride);
    return IDI_OK;
}

static idi_status describe_epilogue(const idi_cublaslt *lt, const idi_cuda_gemm_key *key,
                                    const void *bias, cublasLtMatmulDescOpaque_t *product)
{
    const bool is_relu = key->act == IDI_ACT_RELU;
    const uint32_t plain = is_relu ? CUBLASLT_EPILOGUE_RELU : CUBLASLT_EPILOGUE_DEFAULT;
    const uint32_t biased = is_relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS;
    const uint32_t epilogue = key->has_bias ? biased : plain;
    TRY_LT(lt, key, MatmulDescSetAttribute, product, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue,
           sizeof epilogue);
    if (!key->has_bias) return IDI_OK;
    TRY_LT(lt, key, MatmulDescSetAttribute, product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias,
           sizeof bias);
    if (key->batch == 1) return IDI_OK;
    TRY_LT(lt, key, MatmulDescSetAttribute, product, CUBLASLT_MATMUL_DESC_BIAS_BATCH_STRIDE,
           &key->stride_bias, sizeof key->stride_bias);
    return IDI_OK;
}

static idi_status describe_product(const idi_cublaslt *lt, const idi_cuda_gemm_key *key,
                                   cublasLtMatmulDescOpaque_t *product)
{
    const cublasComputeType_t compute =
        key->is_tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    const int32_t first = key->is_b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    const int32_t second = key->is_a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    TRY_LT(lt, key, MatmulDescInit_internal, product, sizeof *product, compute, CUDA_R_32F);
    TRY_LT(lt, key, MatmulDescSetAttribute, product, CUBLASLT_MATMUL_DESC_TRANSA, &first,
           sizeof first);
    TRY_LT(lt, key, MatmulDescSetAttribute, product, CUBLASLT_MATMUL_DESC_TRANSB, &second,
           sizeof second);
    return IDI_OK;
}

idi_status idi_cuda_gemm_describe(const idi_cublaslt *lt, const idi_cuda_gemm_key *key,
                                  bool is_fused, const void *bias,
                                  idi_cuda_gemm_descriptors *descriptors_out)
{
    idi_cuda_gemm_descriptors *d = descriptors_out;
    const bool ta = key->is_a_transposed;
    const bool tb = key->is_b_transposed;
    IDI_TRY(describe_product(lt, key, &d->product));
    if (is_fused) IDI_TRY(describe_epilogue(lt, key, bias, &d->product));
    IDI_TRY(describe_matrix(lt, key, tb ? key->n : key->k, tb ? key->k : key->n, key->ldb,
                            key->stride_b, &d->first));
    IDI_TRY(describe_matrix(lt, key, ta ? key->k : key->m, ta ? key->m : key->k, key->lda,
                            key->stride_a, &d->second));
    return describe_matrix(lt, key, key->m, key->n, key->ldc, key->stride_c, &d->result);
}

/* What all members of a batch are aligned to, in bytes. */
static uint32_t alignment(const idi_cuda_gemm_key *key, int64_t stride)
{
    const uint64_t bytes = (uint64_t)stride * idi_dtype_bytes((idi_dtype)key->storage);
    const uint64_t both = bytes | ALIGNMENT_BYTES;
    return (uint32_t)(both & (~both + 1)); /* the lowest bit */
}

static idi_status describe_preference(const idi_cublaslt *lt, const idi_cuda_gemm_key *key,
                                      cublasLtMatmulPreferenceOpaque_t *preference)
{
    /* Parts of a sum are added in float: neither in 16 bits nor in the order of arrival. */
    const uint32_t reductions = CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE;
    const uint64_t workspace = IDI_CUDA_GEMM_WORKSPACE_MAX;
    const struct {
        cublasLtMatmulPreferenceAttributes_t attribute;
        uint32_t value;
    } values[] = {
        {CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, reductions},
        {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment(key, key->stride_b)},
        {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment(key, key->stride_a)},
        {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment(key, key->stride_c)},
        {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment(key, key->stride_c)},
    };
    TRY_LT(lt, key, MatmulPreferenceInit_internal, preference, sizeof *preference);
    TRY_LT(lt, key, MatmulPreferenceSetAttribute, preference,
           CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &workspace, sizeof workspace);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        TRY_LT(lt, key, MatmulPreferenceSetAttribute, preference, values[i].attribute,
               &values[i].value, sizeof values[i].value);
    return IDI_OK;
}

/* *status_out: NOT_SUPPORTED if there is no algorithm. */
static idi_status choose(const idi_cublaslt *lt, cublasLtHandle_t handle,
                         const idi_cuda_gemm_key *key, bool is_fused, idi_cuda_gemm_plan *plan,
                         cublasStatus_t *status_out)
{
    idi_cuda_gemm_descriptors d;
    cublasLtMatmulPreferenceOpaque_t preference;
    cublasLtMatmulHeuristicResult_t result = {.state = CUBLAS_STATUS_NOT_SUPPORTED};
    int count = 0;
    /* Only the alignment of the bias's address is looked at. */
    const void *bias = (const void *)(uintptr_t)alignment(key, key->stride_bias);
    IDI_TRY(idi_cuda_gemm_describe(lt, key, is_fused, bias, &d));
    IDI_TRY(describe_preference(lt, key, &preference));
    *status_out = lt->MatmulAlgoGetHeuristic(handle, &d.product, &d.first, &d.second, &d.result,
                                             &d.result, &preference, 1, &result, &count);
    if (*status_out == CUBLAS_STATUS_SUCCESS)
        *status_out = count == 1 ? result.state : CUBLAS_STATUS_NOT_SUPPORTED;
    *plan = (idi_cuda_gemm_plan){result.algo, result.workspaceSize, is_fused};
    return IDI_OK;
}

idi_status idi_cuda_gemm_plan_make(const idi_cublaslt *lt, cublasLtHandle_t handle,
                                   const idi_cuda_gemm_key *key, idi_cuda_gemm_plan *plan_out)
{
    cublasStatus_t status = CUBLAS_STATUS_NOT_SUPPORTED;
    const bool has_epilogue = key->has_bias || key->act == IDI_ACT_RELU;
    if (has_epilogue) IDI_TRY(choose(lt, handle, key, true, plan_out, &status));
    /* Some shapes have no algorithm with an epilogue. */
    if (status != CUBLAS_STATUS_SUCCESS) IDI_TRY(choose(lt, handle, key, false, plan_out, &status));
    if (status == CUBLAS_STATUS_SUCCESS) return IDI_OK;
    return idi_cuda_gemm_fail(lt, key, "cublasLtMatmulAlgoGetHeuristic", status);
}
