/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/networks.c - whole networks on the CUDA backend, in every precision, against the
 * independent reference's outputs. */
#include "cuda/runtime/backend.h"
#include "nets/fixture.h"
#include "nets/judging.h"
#include "nets/parity.h"
#include "support/network_run.h"

#include <criterion/criterion.h>

static idi_cuda_device *device; /* a process runs one test */

static idi_status open_at(idi_memory *memory, idi_dtype storage, bool allows_tf32,
                          idi_backend **backend_out)
{
    IDI_TRY(idi_cuda_device_open(memory, 0, &device));
    return idi_cuda_backend_create(
        device, &(idi_cuda_backend_options){.storage = storage, .allows_tf32 = allows_tf32},
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

static void close_backend(idi_backend **backend)
{
    idi_cuda_backend_destroy(backend);
    idi_cuda_device_close(&device);
}

/* In units of the number type's rounding (half the distance of two neighbours of 1), the networks'
 * depth and their random weights amplify it some five to ten times, alike in all three. Measured in
 * double with one thing rounded at a time, on the tiny generators' images, in units:
 *   the weights that pixels meet     4 to 6
 *   the pixels' values as stored     4 to 5
 *   the folded products, once        2
 * So rounded weights alone take bf16 to 1.4e-2 .. 2.3e-2 of the image's norm, whatever computes
 * with them, and rounding the factors of the pixels' products, which is what TF32 does, takes it to
 * some 2e-3. The bounds are the worst of all layers with a margin (5e-3 f16, 3.1e-3 tf32, 2.9e-2
 * bf16). f32 computes with far smaller errors and is held to the CPU's bound. */
#define UNITS(count, mantissa_bits) ((count) / (double)(2 << (mantissa_bits)))

static const idi_parity_target f32 = {open_f32, close_backend, 1e-5};
static const idi_parity_target tf32 = {open_tf32, close_backend, UNITS(8, 10)};
static const idi_parity_target bf16 = {open_bf16, close_backend, UNITS(10, 7)};
static const idi_parity_target f16 = {open_f16, close_backend, UNITS(12, 10)};

/* A sanitizer looks for wrong accesses, which f32 and bf16 share with the others. */
static bool is_left_out(const idi_parity_target *target)
{
    return IDI_TEST_IS_SANITIZED && (target == &tf32 || target == &f16);
}

/* A test for each fixture and precision, of their names. */
#define PARITY_AT(check, fixture, target)                                                          \
    Test(cuda_networks, fixture##_##target)                                                        \
    {                                                                                              \
        if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");                          \
        if (is_left_out(&(target))) cr_skip_test("sanitized: left to f32 and bf16");               \
        check(#fixture, &(target));                                                                \
    }
#define PARITY(check, fixture)                                                                     \
    PARITY_AT(check, fixture, f32)                                                                 \
    PARITY_AT(check, fixture, tf32)                                                                \
    PARITY_AT(check, fixture, bf16)                                                                \
    PARITY_AT(check, fixture, f16)

PARITY(idi_parity_ca2sis, ca2sis_tiny_plain)
PARITY(idi_parity_ca2sis, ca2sis_tiny_identity)
PARITY(idi_parity_ca2sis, ca2sis_tiny_spade)
PARITY(idi_parity_ca2sis, ca2sis_tiny_identity_spade)
PARITY(idi_parity_spade, spade_tiny)
PARITY(idi_parity_spade, sean_tiny)
PARITY(idi_parity_recogniser, iresnet_tiny)
PARITY(idi_parity_recogniser, mobilefacenet)
PARITY(idi_parity_recogniser, facenet_tiny)
PARITY(idi_parity_crop, crop_64)

/* Run, recorded, replayed. */
Test(cuda_networks, a_discriminators_steps)
{
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    idi_check_adversarial_steps(&f32);
}

/* The emulation needs minutes for these; a device has them at once. */
#ifndef IDI_EMULATION
PARITY(idi_parity_ca2sis, ca2sis_small_plain)
PARITY(idi_parity_ca2sis, ca2sis_small_identity)
PARITY(idi_parity_ca2sis, ca2sis_small_spade)
PARITY(idi_parity_ca2sis, ca2sis_small_identity_spade)
PARITY(idi_parity_ca2sis, ca2sis_256_plain)
PARITY(idi_parity_ca2sis, ca2sis_256_identity)

/* The generator's own shapes on kernels that are off by default. */
static idi_status open_wgmma(idi_memory *memory, idi_dtype storage, idi_backend **backend_out)
{
    const idi_cuda_backend_options options = {.storage = storage, .prefers_wgmma = true};
    IDI_TRY(idi_cuda_device_open(memory, 0, &device));
    return idi_cuda_backend_create(device, &options, backend_out);
}

static idi_status open_bf16_wgmma(idi_memory *memory, idi_backend **backend_out)
{
    return open_wgmma(memory, IDI_BF16, backend_out);
}

static idi_status open_f16_wgmma(idi_memory *memory, idi_backend **backend_out)
{
    return open_wgmma(memory, IDI_F16, backend_out);
}

static const idi_parity_target bf16_wgmma = {open_bf16_wgmma, close_backend, UNITS(10, 7)};
static const idi_parity_target f16_wgmma = {open_f16_wgmma, close_backend, UNITS(12, 10)};

PARITY_AT(idi_parity_ca2sis, ca2sis_256_plain, bf16_wgmma)
PARITY_AT(idi_parity_ca2sis, ca2sis_256_identity, bf16_wgmma)
PARITY_AT(idi_parity_ca2sis, ca2sis_256_identity, f16_wgmma)

PARITY(idi_parity_spade, spade_small)
PARITY(idi_parity_spade, sean_small)
PARITY(idi_parity_spade, spade_256)
PARITY(idi_parity_spade, sean_256)
PARITY(idi_parity_recogniser, iresnet18)
PARITY(idi_parity_recogniser, iresnet50)
PARITY(idi_parity_recogniser, facenet)
PARITY(idi_parity_crop, crop_256)
#endif
