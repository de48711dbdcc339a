/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/conv_route.c - conv.h: a convolution as a problem, and who computes it. */
#include "cuda/runtime/conv.h"

idi_cuda_conv_problem idi_cuda_conv_problem_of(idi_cuda_conv_kind kind, const idi_shape *x,
                                               const idi_shape *weight, const idi_shape *y,
                                               const idi_conv2d_attr *attr)
{
    return (idi_cuda_conv_problem){.kind = kind,
                                   .n = x->dim[0],
                                   .h = x->dim[1],
                                   .w = x->dim[2],
                                   .c = x->dim[3],
                                   .o = weight->dim[0],
                                   .kh = weight->dim[1],
                                   .kw = weight->dim[2],
                                   .out_h = y->dim[1],
                                   .out_w = y->dim[2],
                                   .stride = attr->stride,
                                   .pad = attr->pad,
                                   .groups = attr->groups};
}

/* A tensor core's product is at least 16 deep and, in the library's engines, 32 to 64 wide: of a
 * group with fewer channels most of it multiplies zeros, and the engines first spread the channels
 * out in 50 to 100 MB of scratch (measured for the style encoder's 19 groups, 8 -> 16 channels:
 * 50 us of traffic at 4 TB/s). The direct kernels do C/groups * O/groups products a pixel and group
 * without either. They lose where a group is wide enough to fill a tensor core. */
enum { NARROW = 64 };

static bool is_narrow(const idi_cuda_conv_problem *p)
{
    return p->c / p->groups <= NARROW && p->o / p->groups <= NARROW;
}

idi_cuda_conv_route idi_cuda_conv_choose(const idi_cuda_conv_problem *p)
{
    /* A product a tap and number read: bound by memory. */
    const bool is_depthwise = p->groups > 1 && p->groups == p->c && p->groups == p->o;
    if (is_depthwise && p->kh * p->kw <= IDI_CUDA_CONV_DEPTHWISE_TAPS)
        return IDI_CUDA_CONV_DEPTHWISE;
    if (p->groups > 1 && is_narrow(p)) return IDI_CUDA_CONV_DIRECT;
    return IDI_CUDA_CONV_LIBRARY;
}
