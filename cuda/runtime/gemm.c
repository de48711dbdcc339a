/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/gemm.c - see gemm.h. */
#include "cuda/runtime/gemm.h"
#include "cuda/ops/bias_act.h"
#include "cuda/runtime/device.h"
#include "cuda/runtime/gemm_cache.h"

static bool is_empty(const idi_cuda_gemm_key *key)
{
    return key->m == 0 || key->n == 0;
}

idi_status idi_cuda_gemm_workspace(const idi_cuda_call *c, const idi_cuda_gemm *gemm,
                                   size_t *bytes_out)
{
    idi_cuda_gemm_cache *cache = c->device->gemms;
    idi_cuda_gemm_key key;
    *bytes_out = 0;
    IDI_TRY(idi_cuda_gemm_key_of(c, gemm, &key));
    if (is_empty(&key)) return IDI_OK;
    if (!idi_cuda_gemm_cache_find(cache, &key)) {
        idi_cuda_gemm_plan plan;
        IDI_TRY(idi_cuda_gemm_plan_make(idi_cuda_gemm_cache_library(cache),
                                        idi_cuda_gemm_cache_handle(cache), &key, &plan));
        IDI_TRY(idi_cuda_gemm_cache_add(cache, &key, &plan));
    }
    *bytes_out = idi_cuda_gemm_cache_find(cache, &key)->workspace_bytes;
    return IDI_OK;
}

/* c = act(base + bias) */
static idi_status pass(const idi_cuda_call *c, const idi_cuda_gemm_key *key, const void *base,
                       const void *bias, idi_act act, void *result)
{
    const idi_cuda_bias_act_args args = {.c = result,
                                         .base = base,
                                         .bias = bias,
                                         .batch = key->batch,
                                         .rows = key->m,
                                         .columns = key->n,
                                         .row_stride = key->ldc,
                                         .batch_stride = key->stride_c,
                                         .bias_stride = key->stride_bias,
                                         .act = act};
    return idi_cuda_bias_act(c, &args);
}

/* c = a b + `added`, with the library's epilogue if there is one; added may be NULL. */
static idi_status multiply(const idi_cuda_call *c, const idi_cuda_gemm_key *key,
                           const idi_cuda_gemm_plan *plan, const idi_cuda_gemm_data *data,
                           const void *added)
{
    const float alpha = 1.0f;
    const float beta = added ? 1.0f : 0.0f;
    const idi_cublaslt *lt = idi_cuda_gemm_cache_library(c->device->gemms);
    idi_cuda_gemm_descriptors d;
    IDI_TRY(idi_cuda_gemm_describe(lt, key, plan->is_fused, data->bias, &d));
    const cublasStatus_t status =
        lt->Matmul(idi_cuda_gemm_cache_handle(c->device->gemms), &d.product, &alpha, data->b,
                   &d.first, data->a, &d.second, &beta, added ? added : data->c, &d.result, data->c,
                   &d.result, &plan->algorithm, data->workspace, plan->workspace_bytes, c->stream);
    if (status != CUBLAS_STATUS_SUCCESS)
        return idi_cuda_gemm_fail(lt, key, "cublasLtMatmul", status);
    return IDI_OK;
}

static idi_status run_planned(const idi_cuda_call *c, const idi_cuda_gemm_key *key,
                              const idi_cuda_gemm_plan *plan, const idi_cuda_gemm_data *data)
{
    const idi_act act = (idi_act)key->act;
    const void *added = key->has_residual ? data->residual : NULL;
    if (key->has_bias && !plan->is_fused) {
        /* Before the product, which then adds it in float: a 16-bit sum rounds once. */
        IDI_TRY(pass(c, key, added, data->bias, IDI_ACT_NONE, data->c));
        added = data->c;
    }
    IDI_TRY(multiply(c, key, plan, data, added));
    if (act == IDI_ACT_NONE || (act == IDI_ACT_RELU && plan->is_fused)) return IDI_OK;
    return pass(c, key, data->c, NULL, act, data->c);
}

idi_status idi_cuda_gemm_run(const idi_cuda_call *c, const idi_cuda_gemm *gemm,
                             const idi_cuda_gemm_data *data)
{
    idi_cuda_gemm_key key;
    IDI_TRY(idi_cuda_gemm_key_of(c, gemm, &key));
    if (is_empty(&key)) return IDI_OK;
    const idi_cuda_gemm_plan *plan = idi_cuda_gemm_cache_find(c->device->gemms, &key);
    IDI_REQUIRE(plan, IDI_ERR_INTERNAL,
                "gemm: the product [%lld, %lld] x [%lld, %lld] was not planned", (long long)key.m,
                (long long)key.k, (long long)key.k, (long long)key.n);
    return run_planned(c, &key, plan, data);
}
