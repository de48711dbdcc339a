/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/pending.c - answers for ops whose launcher is not written yet. The file goes when
 * the last one is. */
#include "cuda/runtime/call.h"

#define IDI_OP(name, inputs, outputs)                                                              \
    __attribute__((weak)) idi_status idi_cuda_##name(const idi_cuda_call *c);                      \
    __attribute__((weak)) idi_status idi_cuda_##name(const idi_cuda_call *c)                       \
    {                                                                                              \
        (void)c;                                                                                   \
        return idi_fail(IDI_ERR_UNSUPPORTED, "CUDA: " #name " is not written yet");                \
    }
#define IDI_OP_LEAF IDI_OP
#define IDI_OP_VIEW(name)
#include "ops/ops.def"
