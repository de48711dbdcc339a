/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/matmul.cu - C = op(A) op(B), batched with rank 3; contract in ops/matmul.h.
 *
 * Shapes     a [B,]M,K or K,M; b [B,]K,P or P,K; c [B,]M,P
 * Launch     cuBLASLt's
 * Traffic    DRAM (M*K + K*P + M*P)*B*size B, 2*B*M*K*P operations; tensor cores but for plain f32
 * Reference  src/cpu/matmul.c      Measured  not yet
 */
#include "cuda/device/op.cuh"

extern "C" {
#include "cuda/runtime/gemm.h"
#include "ops/matmul.h"
}

namespace {

idi_cuda_gemm describe(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_matmul_attr *>(c->exec->attr);
    const idi_shape &a = c->exec->in[0].shape;
    const idi_shape &out = c->exec->out[0].shape;
    const int r = a.rank;
    idi_cuda_gemm gemm = {};
    gemm.m = out.dim[r - 2];
    gemm.n = out.dim[r - 1];
    gemm.k = a.dim[attr->is_a_transposed ? r - 2 : r - 1];
    gemm.is_a_transposed = attr->is_a_transposed;
    gemm.is_b_transposed = attr->is_b_transposed;
    gemm.batch = r == 3 ? a.dim[0] : 1;
    gemm.stride_a = gemm.m * gemm.k;
    gemm.stride_b = gemm.k * gemm.n;
    return gemm;
}

} // namespace

IDI_CUDA_WORKSPACE(matmul)
{
    const idi_cuda_gemm gemm = describe(c);
    return idi_cuda_gemm_workspace(c, &gemm, bytes_out);
}

IDI_CUDA_OP(matmul)
{
    const idi_cuda_gemm gemm = describe(c);
    idi_cuda_gemm_data data = {};
    data.a = c->exec->in[0].data;
    data.b = c->exec->in[1].data;
    data.c = c->exec->out[0].data;
    data.workspace = c->exec->workspace;
    return idi_cuda_gemm_run(c, &gemm, &data);
}
