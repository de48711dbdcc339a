/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/plan.h - a stand-in for cuDNN at the level of cuda/runtime/plan.h: a plan keeps
 * its problem, and running it is a loop on the stream (conv.cpp, sdpa.cpp). */
#ifndef IDI_TESTS_EMULATION_PLAN_H
#define IDI_TESTS_EMULATION_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern "C" {
#include "cuda/runtime/conv_plan.h"
#include "cuda/runtime/sdpa_plan.h"
}

struct idi_cuda_planner {
    idi_memory *memory;
};

struct idi_cuda_plan {
    idi_memory *memory;
    idi_cuda_conv_problem conv; /* one of the two */
    idi_cuda_sdpa_problem sdpa;
};

namespace idi::emulation {

/* What every plan wants: enough to notice a caller who does not give it. */
constexpr size_t plan_workspace_bytes = 96;

idi_status make_plan(idi_cuda_planner *planner, const idi_cuda_plan &plan,
                     idi_cuda_plan **plan_out);
/* As a plan does with its scratch. */
void use_workspace(void *workspace);

} // namespace idi::emulation

#endif
