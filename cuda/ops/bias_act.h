/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/bias_act.h - what a matrix product's own epilogue cannot do, as a pass before or after
 * it: c = act(base + bias). */
#ifndef IDI_CUDA_OPS_BIAS_ACT_H
#define IDI_CUDA_OPS_BIAS_ACT_H

#include "cuda/runtime/call.h"
#include "ops/activation.h"

typedef struct idi_cuda_bias_act_args {
    void *c;          /* batch members of `rows` rows of `columns` numbers */
    const void *base; /* lies as c does; c itself, another matrix, or NULL: zeros */
    const void *bias; /* [columns], or NULL */
    int64_t batch, rows, columns;
    int64_t row_stride, batch_stride, bias_stride; /* in elements */
    idi_act act;
} idi_cuda_bias_act_args;

IDI_NODISCARD idi_status idi_cuda_bias_act(const idi_cuda_call *c,
                                           const idi_cuda_bias_act_args *args);

#endif
