/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/table.c - made of ops.def and workspace.def: an op without its launcher does not
 * link. */
#include "cuda/runtime/table.h"

#define IDI_OP(name, inputs, outputs) idi_status idi_cuda_##name(const idi_cuda_call *c);
#define IDI_OP_LEAF                   IDI_OP
#define IDI_OP_VIEW(name)
#include "ops/ops.def"
#undef IDI_OP
#undef IDI_OP_LEAF
#undef IDI_OP_VIEW

#define IDI_OP(name, inputs, outputs) [idi_op_##name] = idi_cuda_##name,
#define IDI_OP_LEAF                   IDI_OP
#define IDI_OP_VIEW(name)             [idi_op_##name] = NULL,
const idi_cuda_function idi_cuda_functions[idi_op_count] = {
#include "ops/ops.def"
};

#define IDI_CUDA_HAS_WORKSPACE(name)                                                               \
    idi_status idi_cuda_##name##_workspace(const idi_cuda_call *c, size_t *bytes_out);
#include "cuda/ops/workspace.def"
#undef IDI_CUDA_HAS_WORKSPACE

#define IDI_CUDA_HAS_WORKSPACE(name) [idi_op_##name] = idi_cuda_##name##_workspace,
const idi_cuda_workspace idi_cuda_workspaces[idi_op_count] = {
    [idi_op_reshape] = NULL,
#include "cuda/ops/workspace.def"
};
