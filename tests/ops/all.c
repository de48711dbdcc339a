/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/all.c - one test an op, from ops.def: an op without a suite does not link. */
#include "cpu/backend.h"
#include "support/op_check.h"

#include <criterion/criterion.h>

#define IDI_OP(name, inputs, outputs)                                                              \
    extern const idi_op_suite idi_suite_##name;                                                    \
    Test(ops, name)                                                                                \
    {                                                                                              \
        idi_op_check(#name, &idi_suite_##name, idi_cpu_targets, 2, true);                          \
    }
#define IDI_OP_LEAF(name, inputs, outputs) /* held by its op's gradient */
#define IDI_OP_FORWARD                     IDI_OP
#define IDI_OP_VIEW(name)                  IDI_OP(name, 1, 1)
#include "ops/ops.def"

#define IDI_FAST(name)                                                                             \
    Test(ops_bf16, name)                                                                           \
    {                                                                                              \
        if (!idi_cpu_has_bf16()) cr_skip_test("this processor has no AVX512_BF16");                \
        idi_op_check(#name, &idi_suite_##name, &idi_cpu_bf16_target, 1, false);                    \
    }
#define IDI_FAST_WITH_WORKSPACE IDI_FAST
#include "cpu/fast/bf16.def"
