/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/table.h - every op's launcher and workspace function, by idi_op_id. */
#ifndef IDI_CUDA_RUNTIME_TABLE_H
#define IDI_CUDA_RUNTIME_TABLE_H

#include "cuda/runtime/call.h"
#include "ops/ops.h"

/* NULL for views. */
extern const idi_cuda_function idi_cuda_functions[idi_op_count];
/* NULL for ops without scratch. */
extern const idi_cuda_workspace idi_cuda_workspaces[idi_op_count];

#endif
