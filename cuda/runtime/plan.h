/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/plan.h - a library's plan for one problem, and who makes plans for a device. What a
 * plan computes is its problem's affair: conv_plan.h, sdpa_plan.h. cudnn_plan.c implements it with
 * cuDNN, tests/emulation/plan.cpp is a stand-in with plain loops. */
#ifndef IDI_CUDA_RUNTIME_PLAN_H
#define IDI_CUDA_RUNTIME_PLAN_H

#include "core/memory.h"

#include <stddef.h>

/* Plans that want more scratch than this are passed over. */
#define IDI_CUDA_PLAN_WORKSPACE_LIMIT ((size_t)256 << 20)

typedef struct idi_cuda_planner idi_cuda_planner;
typedef struct idi_cuda_plan idi_cuda_plan;

/* device_json: NULL for plans that run on the current device; else a cuDNN device description, and
 * the plans are only to be looked at. Errors: DEVICE (no cuDNN, or it failed). */
IDI_NODISCARD idi_status idi_cuda_planner_open(idi_memory *memory, const char *device_json,
                                               idi_cuda_planner **planner_out);
/* After every plan. */
void idi_cuda_planner_close(idi_cuda_planner **planner);

/* How a plan was found. */
typedef struct idi_cuda_plan_search {
    int candidates; /* engines that the library proposed */
    int tried;      /* of these, looked at until one did */
    int unwanted;   /* of these, passed over for their rounding */
} idi_cuda_plan_search;

idi_cuda_plan_search idi_cuda_plan_search_of(const idi_cuda_plan *plan);
size_t idi_cuda_plan_workspace_bytes(const idi_cuda_plan *plan);
/* NULL-safe. */
void idi_cuda_plan_destroy(idi_cuda_plan **plan);

#endif
