/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/sdpa_plan.h - what sdpa.c asks of cuDNN: an engine for a problem, and to run it.
 * tests/emulation/sdpa.cpp is a stand-in with plain loops. */
#ifndef IDI_CUDA_RUNTIME_SDPA_PLAN_H
#define IDI_CUDA_RUNTIME_SDPA_PLAN_H

#include "cuda/runtime/plan.h"
#include "cuda/runtime/sdpa.h"

/* One fused plan, repeatable to the bit and with float sums; *plan_out NULL if there is none.
 * Thread: one at a time. */
IDI_NODISCARD idi_status idi_cuda_sdpa_plan_build(idi_cuda_planner *planner,
                                                  const idi_cuda_sdpa_problem *problem,
                                                  idi_cuda_plan **plan_out);

/* data: an idi_cuda_sdpa_data. Thread: one at a time. */
IDI_NODISCARD idi_status idi_cuda_sdpa_plan_run(idi_cuda_planner *planner,
                                                const idi_cuda_plan *plan, const void *data,
                                                cudaStream_t stream);

#endif
