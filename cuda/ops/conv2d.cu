/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/conv2d.cu - the 2-D convolution and its two gradients; contract in ops/conv2d.h.
 *
 * Who computes (idi_cuda_conv_choose): depthwise and narrow groups our own kernels, all else cuDNN
 * (runtime/conv.h). The direct kernels also stand in for cuDNN where it has no engine, as for odd
 * channel counts in 16 bits or padding beyond the kernel.
 *
 * Traffic    DRAM (x + weight + y + residual) * size B; a plan without its epilogue fused, y twice
 *            more
 * Compute    N*H'*W' * C/groups*O * kh*kw products
 * Reference  src/cpu/conv2d.c      Measured  not yet
 */
#include "cuda/ops/conv2d.cuh"

extern "C" {
#include "cuda/runtime/device.h"
}

namespace {

bool is_present(const idi_tensor &tensor)
{
    return tensor.shape.rank != 0;
}

/* Where each kind's x, weight and y stand among the node's tensors. */
idi_cuda_conv_problem describe(const idi_cuda_call *c, idi_cuda_conv_kind kind)
{
    const idi_exec *e = c->exec;
    const auto *attr = static_cast<const idi_conv2d_attr *>(e->attr);
    const bool is_forward = kind == IDI_CUDA_CONV_FORWARD;
    const idi_tensor &x = is_forward                         ? e->in[0]
                          : kind == IDI_CUDA_CONV_GRAD_INPUT ? e->out[0]
                                                             : e->in[1];
    const idi_tensor &weight = kind == IDI_CUDA_CONV_GRAD_WEIGHT ? e->out[0] : e->in[1];
    const idi_tensor &y = is_forward ? e->out[0] : e->in[0];
    idi_cuda_conv_problem p =
        idi_cuda_conv_problem_of(kind, &x.shape, &weight.shape, &y.shape, attr);
    p.storage = c->storage;
    p.allows_tf32 = c->allows_tf32;
    if (!is_forward) return p;
    p.has_bias = is_present(e->in[2]);
    p.has_residual = is_present(e->in[3]);
    p.act = attr->act;
    return p;
}

idi_cuda_conv_data data_of(const idi_cuda_call *c, idi_cuda_conv_kind kind)
{
    const idi_exec *e = c->exec;
    switch (kind) {
    case IDI_CUDA_CONV_GRAD_INPUT:
        return {e->out[0].data, e->in[1].data, e->in[0].data, nullptr, nullptr, e->workspace};
    case IDI_CUDA_CONV_GRAD_WEIGHT:
        return {e->in[1].data, e->out[0].data, e->in[0].data, nullptr, nullptr, e->workspace};
    default:
        return {e->in[0].data, e->in[1].data, e->out[0].data,
                e->in[2].data, e->in[3].data, e->workspace};
    }
}

/* The plan, if the library computes the problem and has one; else NULL. */
idi_status find_plan(const idi_cuda_call *c, const idi_cuda_conv_problem &p,
                     const idi_cuda_conv **conv_out)
{
    *conv_out = nullptr;
    if (idi_cuda_conv_choose(&p) != IDI_CUDA_CONV_LIBRARY) return IDI_OK;
    return idi_cuda_conv_find(c->device->plans, &p, conv_out);
}

idi_status find_workspace(const idi_cuda_call *c, idi_cuda_conv_kind kind, size_t *bytes_out)
{
    const idi_cuda_conv_problem p = describe(c, kind);
    const idi_cuda_conv *conv;
    *bytes_out = 0;
    IDI_TRY_CUDA(cudaSetDevice(c->device->ordinal)); /* cuDNN's handle is the current device's */
    IDI_TRY(find_plan(c, p, &conv));
    if (conv)
        *bytes_out = idi_cuda_conv_workspace_bytes(conv);
    else if (kind == IDI_CUDA_CONV_GRAD_WEIGHT)
        *bytes_out = idi_cuda_conv_direct_weight_bytes(&p);
    return IDI_OK;
}

idi_status run(const idi_cuda_call *c, idi_cuda_conv_kind kind)
{
    const idi_cuda_conv_problem p = describe(c, kind);
    const idi_cuda_conv_data d = data_of(c, kind);
    const idi_cuda_conv *conv;
    IDI_TRY(find_plan(c, p, &conv));
    if (conv) return idi_cuda_conv_run(c->device->plans, conv, &d, c->stream);
    if (kind == IDI_CUDA_CONV_GRAD_WEIGHT) return idi_cuda_conv_direct_weight(&p, &d, c->stream);
    if (idi_cuda_conv_choose(&p) == IDI_CUDA_CONV_DEPTHWISE)
        return idi_cuda_conv_depthwise(&p, &d, c->stream);
    return idi_cuda_conv_direct(&p, &d, c->stream);
}

} // namespace

IDI_CUDA_WORKSPACE(conv2d)
{
    return find_workspace(c, IDI_CUDA_CONV_FORWARD, bytes_out);
}

IDI_CUDA_OP(conv2d)
{
    return run(c, IDI_CUDA_CONV_FORWARD);
}

IDI_CUDA_WORKSPACE(conv2d_grad_input)
{
    return find_workspace(c, IDI_CUDA_CONV_GRAD_INPUT, bytes_out);
}

IDI_CUDA_OP(conv2d_grad_input)
{
    return run(c, IDI_CUDA_CONV_GRAD_INPUT);
}

IDI_CUDA_WORKSPACE(conv2d_grad_weight)
{
    return find_workspace(c, IDI_CUDA_CONV_GRAD_WEIGHT, bytes_out);
}

IDI_CUDA_OP(conv2d_grad_weight)
{
    return run(c, IDI_CUDA_CONV_GRAD_WEIGHT);
}
