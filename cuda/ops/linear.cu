/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/linear.cu - y = act(x weight' + bias) + residual; contract in ops/linear.h.
 *
 * Shapes     x [M,K] as rows, weight [P,K], bias [P], residual and y [M,P]
 * Launch     cuBLASLt's, with bias, ReLU and residual in its epilogue; the other activations are a
 *            pass over y (bias_act.cu)
 * Traffic    DRAM (M*K + P*K + M*P)*size B, and M*P*size for a residual, 2*M*P*size for that pass
 * Reference  src/cpu/linear.c      Measured  not yet
 */
#include "cuda/device/op.cuh"

extern "C" {
#include "cuda/runtime/gemm.h"
#include "ops/linear.h"
}

namespace {

idi_cuda_gemm describe(const idi_cuda_call *c)
{
    const idi_exec *e = c->exec;
    idi_cuda_gemm gemm = {};
    gemm.m = idi_shape_rows(&e->in[0].shape);
    gemm.n = e->in[1].shape.dim[0];
    gemm.k = e->in[1].shape.dim[1];
    gemm.is_b_transposed = true;
    gemm.has_bias = e->in[2].shape.rank != 0; /* data are not there yet while planning */
    gemm.has_residual = e->in[3].shape.rank != 0;
    gemm.act = static_cast<const idi_linear_attr *>(e->attr)->act;
    return gemm;
}

} // namespace

IDI_CUDA_WORKSPACE(linear)
{
    const idi_cuda_gemm gemm = describe(c);
    return idi_cuda_gemm_workspace(c, &gemm, bytes_out);
}

IDI_CUDA_OP(linear)
{
    const idi_exec *e = c->exec;
    const idi_cuda_gemm gemm = describe(c);
    idi_cuda_gemm_data data = {};
    data.a = e->in[0].data;
    data.b = e->in[1].data;
    data.bias = e->in[2].data;
    data.residual = e->in[3].data;
    data.c = e->out[0].data;
    data.workspace = e->workspace;
    return idi_cuda_gemm_run(c, &gemm, &data);
}
