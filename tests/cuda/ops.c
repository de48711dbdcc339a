/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/ops.c - every op's cases on the CUDA backend, in every precision, against the double
 * oracle: on the emulated device, or on a real one. */
#include "cuda/runtime/backend.h"
#include "support/network_run.h"
#include "support/op_check.h"

#include <criterion/criterion.h>

static idi_cuda_device *device; /* a process runs one test */

static idi_status open_with(idi_memory *memory, idi_cuda_backend_options options,
                            idi_backend **backend_out)
{
    IDI_TRY(idi_cuda_device_open(memory, 0, &device));
    return idi_cuda_backend_create(device, &options, backend_out);
}

static idi_status open_at(idi_memory *memory, idi_dtype storage, bool allows_tf32,
                          idi_backend **backend_out)
{
    return open_with(memory,
                     (idi_cuda_backend_options){.storage = storage, .allows_tf32 = allows_tf32},
                     backend_out);
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

static idi_status open_bf16_wgmma(idi_memory *memory, idi_backend **backend_out)
{
    return open_with(memory, (idi_cuda_backend_options){.storage = IDI_BF16, .prefers_wgmma = true},
                     backend_out);
}

static idi_status open_f16_wgmma(idi_memory *memory, idi_backend **backend_out)
{
    return open_with(memory, (idi_cuda_backend_options){.storage = IDI_F16, .prefers_wgmma = true},
                     backend_out);
}

static void close_backend(idi_backend **backend)
{
    idi_cuda_backend_destroy(backend);
    idi_cuda_device_close(&device);
}

static const idi_op_target targets[] = {
    {"f32", open_f32, close_backend, 23, 23, false, false},
    {"tf32", open_tf32, close_backend, 10, 23, false, false},
    {"bf16", open_bf16, close_backend, 7, 7, false, false},
    {"f16", open_f16, close_backend, 10, 10, false, false},
};

/* A sanitizer looks for wrong accesses, which f32 and bf16 share with tf32 and f16. */
static bool is_left_out(const idi_op_target *target)
{
    return IDI_TEST_IS_SANITIZED && target->fraction_bits == 10;
}

static void check_targets(const char *op, const idi_op_suite *suite, const idi_op_target *list,
                          size_t count)
{
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    for (size_t t = 0; t < count; t++)
        if (!is_left_out(&list[t])) idi_op_check(op, suite, &list[t], 1, false);
}

static void check_op(const char *op, const idi_op_suite *suite)
{
    check_targets(op, suite, targets, sizeof targets / sizeof *targets);
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

extern const idi_op_suite idi_suite_pixel_transformer_many;

/* The same cases on the kernels of warpgroups' products, where the device has them. */
static const idi_op_target wgmma_targets[] = {
    {"bf16, wgmma", open_bf16_wgmma, close_backend, 7, 7, false, false},
    {"f16, wgmma", open_f16_wgmma, close_backend, 10, 10, false, false},
};

static void check_wgmma(const idi_op_suite *suite)
{
    check_targets("pixel_transformer", suite, wgmma_targets,
                  sizeof wgmma_targets / sizeof *wgmma_targets);
}

Test(cuda_ops, pixel_transformer_wgmma)
{
    idi_cuda_device_report report;
    idi_cuda_device_look(0, &report);
    if (report.compute_capability != 90) cr_skip_test("no device of compute capability 9.0");
    check_wgmma(&idi_suite_pixel_transformer);
#ifndef IDI_EMULATION
    check_wgmma(&idi_suite_pixel_transformer_many);
#endif
}

#ifndef IDI_EMULATION
Test(cuda_ops, pixel_transformer_of_many_tiles)
{
    check_op("pixel_transformer", &idi_suite_pixel_transformer_many);
}
#endif

/* Trainings in bf16: sums over rows come out as floats. */
static const idi_op_target mixed_targets[] = {
    {"bf16, mixed", open_bf16, close_backend, 7, 7, false, true},
};

#define MIXED(name)                                                                                \
    Test(cuda_ops_mixed, name)                                                                     \
    {                                                                                              \
        check_targets(#name, &idi_suite_##name, mixed_targets, 1);                                 \
    }
MIXED(batch_stats)
MIXED(conv2d)
MIXED(group_norm)
MIXED(grouped_linear)
MIXED(layer_norm)
MIXED(linear)
MIXED(mean_loss)
MIXED(label_loss)
MIXED(prelu)
