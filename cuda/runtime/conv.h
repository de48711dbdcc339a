/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/conv.h - convolutions as typed problems, and the library's plans for them.
 *
 * A problem says everything that a plan depends on. conv2d.cu chooses who computes it
 * (idi_cuda_conv_choose); what cuDNN computes has a plan in the device's cache, made when a session
 * is planned and found again when it runs. */
#ifndef IDI_CUDA_RUNTIME_CONV_H
#define IDI_CUDA_RUNTIME_CONV_H

#include "cuda/runtime/call.h"
#include "cuda/runtime/plan_cache.h"
#include "ops/conv2d.h"

typedef enum idi_cuda_conv_kind {
    IDI_CUDA_CONV_FORWARD,     /* y from x and w, then bias, activation or residual */
    IDI_CUDA_CONV_GRAD_INPUT,  /* x from y and w */
    IDI_CUDA_CONV_GRAD_WEIGHT, /* w from y and x */
    IDI_CUDA_CONV_KIND_COUNT
} idi_cuda_conv_kind;

/* x [n, h, w, c], weight [o, kh, kw, c/groups], y [n, out_h, out_w, o], all of `storage`. */
typedef struct idi_cuda_conv_problem {
    idi_cuda_conv_kind kind;
    int64_t n, h, w, c;
    int64_t o, kh, kw;
    int64_t out_h, out_w;
    int64_t stride, pad, groups;
    idi_dtype storage; /* IDI_F32, IDI_F16 or IDI_BF16 */
    bool allows_tf32;
    bool has_bias; /* these three only forward */
    bool has_residual;
    idi_act act;
} idi_cuda_conv_problem;

/* The tensors of the problem's header; the kind says which one is written. */
typedef struct idi_cuda_conv_data {
    void *x;
    void *weight;
    void *y;
    void *bias;     /* [o] or NULL */
    void *residual; /* as y, or NULL */
    void *workspace;
} idi_cuda_conv_data;

/* The problem of shapes x, weight and y, without bias, residual and activation. */
idi_cuda_conv_problem idi_cuda_conv_problem_of(idi_cuda_conv_kind kind, const idi_shape *x,
                                               const idi_shape *weight, const idi_shape *y,
                                               const idi_conv2d_attr *attr);

/* Who computes a problem. */
typedef enum idi_cuda_conv_route {
    IDI_CUDA_CONV_LIBRARY,   /* cuDNN; where that has no engine, the direct kernels */
    IDI_CUDA_CONV_DEPTHWISE, /* conv2d_depthwise.cu */
    IDI_CUDA_CONV_DIRECT     /* conv2d_direct.cu, conv2d_direct_weight.cu */
} idi_cuda_conv_route;

/* The largest kernel, in taps, of conv2d_depthwise.cu. */
enum { IDI_CUDA_CONV_DEPTHWISE_TAPS = 192 };

idi_cuda_conv_route idi_cuda_conv_choose(const idi_cuda_conv_problem *problem);

/* A plan as the cache holds it. */
typedef struct idi_cuda_conv idi_cuda_conv;

/* The plan of a problem, from the cache or made now; NULL if cuDNN has no engine for it.
 * Ownership: stays with the cache. Errors: DEVICE (no cuDNN, or it failed). */
IDI_NODISCARD idi_status idi_cuda_conv_find(idi_cuda_plan_cache *cache,
                                            const idi_cuda_conv_problem *problem,
                                            const idi_cuda_conv **conv_out);
size_t idi_cuda_conv_workspace_bytes(const idi_cuda_conv *conv);
idi_cuda_plan_search idi_cuda_conv_search_of(const idi_cuda_conv *conv);
/* Whether bias, activation and residual are part of the plan; else a kernel of ours follows. */
bool idi_cuda_conv_is_fused(const idi_cuda_conv *conv);

/* Enqueues the problem. */
IDI_NODISCARD idi_status idi_cuda_conv_run(idi_cuda_plan_cache *cache, const idi_cuda_conv *conv,
                                           const idi_cuda_conv_data *data, cudaStream_t stream);

/* y = act(y + bias) + residual, in place (conv2d_epilogue.cu). */
IDI_NODISCARD idi_status idi_cuda_conv_epilogue(const idi_cuda_conv_problem *problem,
                                                const idi_cuda_conv_data *data,
                                                cudaStream_t stream);

#endif
