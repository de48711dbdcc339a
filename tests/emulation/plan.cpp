/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/plan.cpp - see plan.h. */
#include "plan.h"

#include <cstring>

idi_status idi::emulation::make_plan(idi_cuda_planner *planner, const idi_cuda_plan &plan,
                                     idi_cuda_plan **plan_out)
{
    IDI_TRY(idi_alloc(planner->memory, IDI_TAG_GENERAL, sizeof **plan_out, plan_out));
    **plan_out = plan;
    (*plan_out)->memory = planner->memory;
    return IDI_OK;
}

void idi::emulation::use_workspace(void *workspace)
{
    std::memset(workspace, 0x5a, plan_workspace_bytes);
}

extern "C" {

idi_status idi_cuda_planner_open(idi_memory *memory, const char *, idi_cuda_planner **planner_out)
{
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, sizeof **planner_out, planner_out));
    (*planner_out)->memory = memory;
    return IDI_OK;
}

void idi_cuda_planner_close(idi_cuda_planner **planner)
{
    if (*planner) idi_free((*planner)->memory, *planner);
    *planner = nullptr;
}

void idi_cuda_plan_destroy(idi_cuda_plan **plan)
{
    if (*plan) idi_free((*plan)->memory, *plan);
    *plan = nullptr;
}

size_t idi_cuda_plan_workspace_bytes(const idi_cuda_plan *)
{
    return idi::emulation::plan_workspace_bytes;
}

idi_cuda_plan_search idi_cuda_plan_search_of(const idi_cuda_plan *)
{
    return {1, 1, 0};
}

} // extern "C"
