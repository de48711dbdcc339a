/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/conv2d.cuh - what the convolution kernels of our own share, and their launchers.
 *
 * Forward and the gradient of the input are one computation, seen from the side that is written:
 * each output pixel gathers a window of taps. Forward steps `step` = stride pixels over the input.
 * The gradient steps 1 over the input with stride - 1 zeros between its pixels (`spread` = stride),
 * the taps and the two sides of the weight reversed. */
#ifndef IDI_CUDA_OPS_CONV2D_CUH
#define IDI_CUDA_OPS_CONV2D_CUH

#include "cuda/device/act.cuh"

extern "C" {
#include "cuda/runtime/conv.h"

/* conv2d_depthwise.cu: groups = c = o, forward or input gradient. */
idi_status idi_cuda_conv_depthwise(const idi_cuda_conv_problem *problem,
                                   const idi_cuda_conv_data *data, cudaStream_t stream);
/* conv2d_direct.cu: forward or input gradient. */
idi_status idi_cuda_conv_direct(const idi_cuda_conv_problem *problem,
                                const idi_cuda_conv_data *data, cudaStream_t stream);
/* conv2d_direct_weight.cu: weight gradient, also for groups = c = o. */
size_t idi_cuda_conv_direct_weight_bytes(const idi_cuda_conv_problem *problem);
idi_status idi_cuda_conv_direct_weight(const idi_cuda_conv_problem *problem,
                                       const idi_cuda_conv_data *data, cudaStream_t stream);
}

namespace idi::conv {

struct view {
    int n, groups;
    int in_channels, out_channels; /* of all groups */
    int in_group, out_group;       /* channels of a group */
    int in_h, in_w, out_h, out_w;
    int kh, kw;
    int step, spread;
    int pad_y, pad_x;
    bool is_reversed;
};

static inline view forward_view(const idi_cuda_conv_problem &p)
{
    view v = {};
    v.n = (int)p.n, v.groups = (int)p.groups;
    v.in_channels = (int)p.c, v.out_channels = (int)p.o;
    v.in_h = (int)p.h, v.in_w = (int)p.w, v.out_h = (int)p.out_h, v.out_w = (int)p.out_w;
    v.kh = (int)p.kh, v.kw = (int)p.kw;
    v.step = (int)p.stride, v.spread = 1;
    v.pad_y = v.pad_x = (int)p.pad;
    v.in_group = v.in_channels / v.groups, v.out_group = v.out_channels / v.groups;
    return v;
}

static inline view gradient_view(const idi_cuda_conv_problem &p)
{
    view v = {};
    v.n = (int)p.n, v.groups = (int)p.groups;
    v.in_channels = (int)p.o, v.out_channels = (int)p.c;
    v.in_h = (int)p.out_h, v.in_w = (int)p.out_w, v.out_h = (int)p.h, v.out_w = (int)p.w;
    v.kh = (int)p.kh, v.kw = (int)p.kw;
    v.step = 1, v.spread = (int)p.stride;
    v.pad_y = v.kh - 1 - (int)p.pad, v.pad_x = v.kw - 1 - (int)p.pad;
    v.in_group = v.in_channels / v.groups, v.out_group = v.out_channels / v.groups;
    v.is_reversed = true;
    return v;
}

static inline view view_of(const idi_cuda_conv_problem &p)
{
    return p.kind == IDI_CUDA_CONV_FORWARD ? forward_view(p) : gradient_view(p);
}

/* Where the weight of output channel o and input channel c (both in the group) lies. */
__device__ static inline int64_t weight_index(const view &v, int group, int o, int tap, int c)
{
    const int taps = v.kh * v.kw;
    if (v.is_reversed)
        return ((int64_t)(group * v.in_group + c) * taps + (taps - 1 - tap)) * v.out_group + o;
    return ((int64_t)(group * v.out_group + o) * taps + tap) * v.in_group + c;
}

/* The input coordinate of a window's coordinate `at`; -1 for zeros. */
__device__ static inline int input_at(int at, int spread, int size)
{
    if (at < 0) return -1;
    if (spread > 1) {
        if (at % spread) return -1;
        at /= spread;
    }
    return at < size ? at : -1;
}

/* act(sum + bias) + residual */
template <typename T>
struct finish {
    const T *bias;     /* or NULL */
    const T *residual; /* or NULL */
    idi_act act;

    __device__ float value(float sum, int channel, int64_t at) const
    {
        if (bias) sum += to_float(bias[channel]);
        sum = act_value(act, sum);
        return residual ? sum + to_float(residual[at]) : sum;
    }
};

template <typename T>
static inline finish<T> finish_of(const idi_cuda_conv_problem &p, const idi_cuda_conv_data &d)
{
    return {static_cast<const T *>(d.bias), static_cast<const T *>(d.residual), p.act};
}

} // namespace idi::conv

#endif
