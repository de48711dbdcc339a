/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/grouped_linear.cu - a linear layer of its own for each token, and its gradient; contract
 * in ops/grouped_linear.h. The tokens are the batch of one strided product.
 *
 * Shapes     x [N,G,K], weight [G*P,K], bias [G*P], y and dz [N,G,P]; dx, dweight, dbias alike
 * Launch     cuBLASLt's; dbias as row_sum over [N, G*P]
 * Traffic    DRAM G*P*K*size B, the weight: N is small. The gradient reads and writes it once each
 * Reference  src/cpu/grouped_linear.c      Measured  not yet
 */
#include "cuda/ops/row_sum.cuh"

extern "C" {
#include "cuda/runtime/gemm.h"
#include "ops/grouped_linear.h"
}

namespace {

struct sizes {
    int64_t n, g, k, p;
};

sizes sizes_of(const idi_cuda_call *c)
{
    const idi_shape &x = c->exec->in[0].shape;
    const int64_t rows = c->exec->in[1].shape.dim[0];
    return {x.dim[0], x.dim[1], x.dim[2], rows / x.dim[1]};
}

idi_cuda_gemm product(const sizes &s, int64_t m, int64_t n, int64_t k)
{
    idi_cuda_gemm gemm = {};
    gemm.m = m;
    gemm.n = n;
    gemm.k = k;
    gemm.batch = s.g;
    return gemm;
}

/* y_g = act(x_g W_g' + b_g) */
idi_cuda_gemm forward(const idi_cuda_call *c)
{
    const sizes s = sizes_of(c);
    idi_cuda_gemm gemm = product(s, s.n, s.p, s.k);
    gemm.lda = s.g * s.k;
    gemm.stride_a = s.k;
    gemm.stride_b = s.p * s.k;
    gemm.is_b_transposed = true;
    gemm.ldc = s.g * s.p;
    gemm.stride_c = s.p;
    gemm.has_bias = true;
    gemm.stride_bias = s.p;
    gemm.act = static_cast<const idi_grouped_linear_attr *>(c->exec->attr)->act;
    return gemm;
}

/* dx_g = dz_g W_g */
idi_cuda_gemm grad_input(const sizes &s)
{
    idi_cuda_gemm gemm = product(s, s.n, s.k, s.p);
    gemm.lda = s.g * s.p;
    gemm.stride_a = s.p;
    gemm.stride_b = s.p * s.k;
    gemm.ldc = s.g * s.k;
    gemm.stride_c = s.k;
    return gemm;
}

/* dW_g = dz_g' x_g */
idi_cuda_gemm grad_weight(const sizes &s)
{
    idi_cuda_gemm gemm = product(s, s.p, s.k, s.n);
    gemm.is_a_transposed = true;
    gemm.lda = s.g * s.p;
    gemm.stride_a = s.p;
    gemm.ldb = s.g * s.k;
    gemm.stride_b = s.k;
    gemm.stride_c = s.p * s.k;
    return gemm;
}

size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

idi_status run(const idi_cuda_call *c, const idi_cuda_gemm &gemm, const void *a, const void *b,
               const void *bias, void *out)
{
    const idi_cuda_gemm_data data = {a, b, bias, nullptr, out, c->exec->workspace};
    return idi_cuda_gemm_run(c, &gemm, &data);
}

} // namespace

IDI_CUDA_WORKSPACE(grouped_linear)
{
    const idi_cuda_gemm gemm = forward(c);
    return idi_cuda_gemm_workspace(c, &gemm, bytes_out);
}

IDI_CUDA_OP(grouped_linear)
{
    const idi_exec *e = c->exec;
    return run(c, forward(c), e->in[0].data, e->in[1].data, e->in[2].data, e->out[0].data);
}

IDI_CUDA_WORKSPACE(grouped_linear_grad)
{
    const sizes s = sizes_of(c);
    const idi_cuda_gemm input = grad_input(s);
    const idi_cuda_gemm weight = grad_weight(s);
    size_t input_bytes = 0;
    size_t weight_bytes = 0;
    IDI_TRY(idi_cuda_gemm_workspace(c, &input, &input_bytes));
    IDI_TRY(idi_cuda_gemm_workspace(c, &weight, &weight_bytes));
    const size_t bias_bytes = (size_t)idi::sum_rows_partials(c, s.n, s.g * s.p) * sizeof(float);
    *bytes_out = larger(bias_bytes, larger(input_bytes, weight_bytes));
    return IDI_OK;
}

IDI_CUDA_OP(grouped_linear_grad)
{
    const idi_exec *e = c->exec;
    const sizes s = sizes_of(c);
    const void *x = e->in[0].data;
    const void *weight = e->in[1].data;
    const void *dz = e->in[2].data;
    if (e->out[0].data) IDI_TRY(run(c, grad_input(s), dz, weight, nullptr, e->out[0].data));
    if (e->out[1].data) IDI_TRY(run(c, grad_weight(s), dz, x, nullptr, e->out[1].data));
    if (e->out[2].data) idi::sum_rows(c, dz, s.n, s.g * s.p, 2, static_cast<float *>(e->workspace));
    IDI_LAUNCHED();
}
