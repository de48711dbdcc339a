/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/conv_plan.h - what conv.c asks of cuDNN: an engine for a problem, and to run it.
 * tests/emulation/conv.cpp is a stand-in with plain loops. */
#ifndef IDI_CUDA_RUNTIME_CONV_PLAN_H
#define IDI_CUDA_RUNTIME_CONV_PLAN_H

#include "cuda/runtime/conv.h"

/* Plans that want more scratch than this are passed over. */
#define IDI_CUDA_CONV_WORKSPACE_LIMIT ((size_t)256 << 20)

typedef struct idi_cuda_conv_planner idi_cuda_conv_planner;
typedef struct idi_cuda_conv_plan idi_cuda_conv_plan;

/* device_json as in idi_cuda_conv_cache_create. Errors: DEVICE (no cuDNN, or it failed). */
IDI_NODISCARD idi_status idi_cuda_conv_planner_open(idi_memory *memory, const char *device_json,
                                                    idi_cuda_conv_planner **planner_out);
/* After every plan. */
void idi_cuda_conv_planner_close(idi_cuda_conv_planner **planner);

/* One plan that computes the whole problem, bias, activation and residual included, repeatably to
 * the bit and with float sums; *plan_out NULL if there is none. Thread: one at a time. */
IDI_NODISCARD idi_status idi_cuda_conv_plan_build(idi_cuda_conv_planner *planner,
                                                  const idi_cuda_conv_problem *problem,
                                                  idi_cuda_conv_plan **plan_out);
void idi_cuda_conv_plan_destroy(idi_cuda_conv_plan **plan);
size_t idi_cuda_conv_plan_workspace_bytes(const idi_cuda_conv_plan *plan);
idi_cuda_conv_search idi_cuda_conv_plan_search(const idi_cuda_conv_plan *plan);

/* Thread: one at a time. */
IDI_NODISCARD idi_status idi_cuda_conv_plan_run(idi_cuda_conv_planner *planner,
                                                const idi_cuda_conv_plan *plan,
                                                const idi_cuda_conv_data *data,
                                                cudaStream_t stream);

#endif
