/* SPDX-License-Identifier: Apache-2.0 */
/* nets/test_parity.c - whole networks against the independent reference's outputs: the fast float
 * backend to 1e-5, the plain loops in double to 1e-12. */
#include "cpu/backend.h"
#include "nets/fixture.h"
#include "nets/parity.h"
#include "support/network_run.h"

#include <criterion/criterion.h>

static idi_status open_fast(idi_memory *memory, idi_backend **backend_out)
{
    return idi_cpu32_backend_create(memory, false, backend_out);
}

static idi_status open_double(idi_memory *memory, idi_backend **backend_out)
{
    return idi_cpu64_backend_create(memory, true, backend_out);
}

static const idi_parity_target float_fast = {open_fast, idi_cpu_backend_destroy, 1e-5};
static const idi_parity_target double_plain = {open_double, idi_cpu_backend_destroy, 1e-12};

/* A test for each fixture, of its name. */
#define PARITY(suite, check, fixture, target)                                                      \
    Test(suite, fixture)                                                                           \
    {                                                                                              \
        check(#fixture, &(target));                                                                \
    }

PARITY(parity, idi_parity_ca2sis, ca2sis_tiny_plain, float_fast)
PARITY(parity, idi_parity_ca2sis, ca2sis_tiny_identity, float_fast)
PARITY(parity, idi_parity_ca2sis, ca2sis_tiny_spade, float_fast)
PARITY(parity, idi_parity_ca2sis, ca2sis_tiny_identity_spade, float_fast)
PARITY(parity, idi_parity_ca2sis, ca2sis_small_plain, float_fast)
PARITY(parity, idi_parity_ca2sis, ca2sis_small_identity, float_fast)
PARITY(parity, idi_parity_ca2sis, ca2sis_small_spade, float_fast)
PARITY(parity, idi_parity_ca2sis, ca2sis_small_identity_spade, float_fast)
PARITY(parity, idi_parity_spade, spade_tiny, float_fast)
PARITY(parity, idi_parity_spade, sean_tiny, float_fast)
PARITY(parity, idi_parity_spade, spade_small, float_fast)
PARITY(parity, idi_parity_spade, sean_small, float_fast)
PARITY(parity, idi_parity_recogniser, iresnet_tiny, float_fast)
PARITY(parity, idi_parity_recogniser, iresnet18, float_fast)
PARITY(parity, idi_parity_recogniser, mobilefacenet, float_fast)
PARITY(parity, idi_parity_recogniser, facenet_tiny, float_fast)
PARITY(parity, idi_parity_recogniser, facenet, float_fast)
PARITY(parity, idi_parity_crop, crop_64, float_fast)
PARITY(parity, idi_parity_crop, crop_128, float_fast)
PARITY(parity, idi_parity_crop, crop_256, float_fast)

/* The large networks run no code that the small ones do not run, and take minutes under a
 * sanitizer: they are left out there. */
#if !IDI_TEST_IS_SANITIZED
PARITY(parity_large, idi_parity_ca2sis, ca2sis_256_plain, float_fast)
PARITY(parity_large, idi_parity_ca2sis, ca2sis_256_identity, float_fast)
PARITY(parity_large, idi_parity_spade, spade_256, float_fast)
PARITY(parity_large, idi_parity_spade, sean_256, float_fast)
PARITY(parity_large, idi_parity_recogniser, iresnet50, float_fast)
#endif

/* What is left when rounding is out of the way. */
PARITY(parity_double, idi_parity_ca2sis, ca2sis_tiny_plain, double_plain)
PARITY(parity_double, idi_parity_ca2sis, ca2sis_tiny_identity, double_plain)
PARITY(parity_double, idi_parity_ca2sis, ca2sis_tiny_spade, double_plain)
PARITY(parity_double, idi_parity_ca2sis, ca2sis_tiny_identity_spade, double_plain)
PARITY(parity_double, idi_parity_spade, spade_tiny, double_plain)
PARITY(parity_double, idi_parity_spade, sean_tiny, double_plain)
PARITY(parity_double, idi_parity_recogniser, iresnet_tiny, double_plain)
PARITY(parity_double, idi_parity_recogniser, mobilefacenet, double_plain)
PARITY(parity_double, idi_parity_recogniser, facenet_tiny, double_plain)
PARITY(parity_double, idi_parity_crop, crop_64, double_plain)
PARITY(parity_double, idi_parity_crop, crop_256, double_plain)
