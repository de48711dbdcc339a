/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/cudnn_plan.h - plan.h with cuDNN: from an operation graph to the first engine that
 * does, and its execution. */
#ifndef IDI_CUDA_RUNTIME_CUDNN_PLAN_H
#define IDI_CUDA_RUNTIME_CUDNN_PLAN_H

#include "core/tensor.h"
#include "cuda/runtime/cudnn.h"
#include "cuda/runtime/plan.h"

enum { IDI_CUDNN_PLAN_TENSORS = 8 };

struct idi_cuda_planner {
    idi_memory *memory;
    idi_cudnn dnn;
    cudnnHandle_t handle;            /* NULL without a device */
    cudnnBackendDescriptor_t device; /* the described device, else NULL */
    idi_cudnn_pile pile;             /* holds `device` */
};

struct idi_cuda_plan {
    idi_cuda_planner *planner;
    idi_cudnn_pile pile;
    cudnnBackendDescriptor_t plan;
    size_t workspace_bytes;
    idi_cuda_plan_search search;
    int64_t names[IDI_CUDNN_PLAN_TENSORS]; /* of the graph's stored tensors, from 0 */
    int name_count;
};

/* What is asked for. */
typedef struct idi_cudnn_plan_request {
    const void *problem;
    /* Puts the graph on the plan's pile and names its tensors. UNSUPPORTED: there is none. */
    idi_status (*add_graph)(idi_cuda_plan *plan, const void *problem,
                            cudnnBackendDescriptor_t *graph_out);
    /* Whether an engine of which cuDNN says this may compute the problem. */
    bool (*is_wanted)(const void *problem, cudnnBackendNumericalNote_t note);
} idi_cudnn_plan_request;

/* *plan_out NULL if cuDNN has no engine that is wanted. */
IDI_NODISCARD idi_status idi_cudnn_plan_build(idi_cuda_planner *planner,
                                              const idi_cudnn_plan_request *request,
                                              idi_cuda_plan **plan_out);

/* The graph of these operations, on the plan's pile. */
IDI_NODISCARD idi_status idi_cudnn_plan_add_graph(idi_cuda_plan *plan,
                                                  const cudnnBackendDescriptor_t *operations,
                                                  int count, cudnnBackendDescriptor_t *graph_out);

/* tensors[name] for each of the plan's names; of those that the graph has by value, where the value
 * lies on the host. */
IDI_NODISCARD idi_status idi_cudnn_plan_run(idi_cuda_planner *planner, const idi_cuda_plan *plan,
                                            void *const *tensors, void *workspace,
                                            cudaStream_t stream);

cudnnDataType_t idi_cudnn_data_type(idi_dtype storage);

#endif
