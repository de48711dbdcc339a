/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/ops.c - every op's cases on the CUDA backend, in every precision, against the double
 * oracle: on the emulated device, or on a real one. */
#include "cuda/runtime/backend.h"
#include "support/network_run.h"
#include "support/op_check.h"

#include <criterion/criterion.h>

static idi_cuda_device *device; /* a process runs one test */

static idi_status open_at(idi_memory *memory, idi_dtype storage, bool allows_tf32,
                          idi_backend **backend_out)
{
    const idi_cuda_backend_options options = {storage, allows_tf32};
    IDI_TRY(idi_cuda_device_open(memory, 0, &device));
    return idi_cuda_backend_create(device, &options, backend_out);
}

static idi_status open_f32(idi_memory *memory, idi_backend **backend_out)
{
    return open_at(memory, IDI_F32, false, backend_out);
}

static idi_status open_tf32(idi_memory *memory, idi_backend **backend_out)
{
    return open_at(memory, IDI_F32, true, backend_out);
}

static idi_status open_bf16(idi_memory *memory, idi_backend **backend_out)
{
    return open_at(memory, IDI_BF16, false, backend_out);
}

static idi_status open_f16(idi_memory *memory, idi_backend **backend_out)
{
    return open_at(memory, IDI_F16, false, backend_out);
}

static void close_backend(idi_backend **backend)
{
    idi_cuda_backend_destroy(backend);
    idi_cuda_device_close(&device);
}

static const idi_op_target targets[] = {
    {"f32", open_f32, close_backend, 23, 23},
    {"tf32", open_tf32, close_backend, 10, 23},
    {"bf16", open_bf16, close_backend, 7, 7},
    {"f16", open_f16, close_backend, 10, 10},
};

/* A sanitizer looks for wrong accesses, which f32 and bf16 share with tf32 and f16. */
static bool is_left_out(const idi_op_target *target)
{
    return IDI_TEST_IS_SANITIZED && target->fraction_bits == 10;
}

static void check_op(const char *op, const idi_op_suite *suite)
{
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    for (int t = 0; t < (int)(sizeof targets / sizeof *targets); t++)
        if (!is_left_out(&targets[t])) idi_op_check(op, suite, &targets[t], 1, false);
}

#define IDI_OP(name, inputs, outputs)                                                              \
    extern const idi_op_suite idi_suite_##name;                                                    \
    Test(cuda_ops, name)                                                                           \
    {                                                                                              \
        check_op(#name, &idi_suite_##name);                                                        \
    }
#define IDI_OP_LEAF(name, inputs, outputs) /* held by its op's gradient */
#define IDI_OP_FORWARD                     IDI_OP
#define IDI_OP_VIEW(name)                  IDI_OP(name, 1, 1)
#include "ops/ops.def"
