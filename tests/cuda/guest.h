/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/guest.h - tests of the public API on a GPU: a context there beside the world's own,
 * which is on the CPU, writes the models and knows the right pictures. */
#ifndef IDI_TESTS_CUDA_GUEST_H
#define IDI_TESTS_CUDA_GUEST_H

#include "api/world.h"

/* A context on the GPU with the world's generator. */
typedef struct guest {
    idi_context *context;
    idi_model *generator;
} guest;

/* The world's allocator, on a device. */
idi_context_options idi_test_on(const char *device);
void idi_test_open_guest(guest *g, const idi_context_options *options);
/* Nothing of the guest's is left on the device; on the emulated one, nothing of anybody's. */
void idi_test_close_guest(guest *g);
bool idi_test_has_gpu(void);
idi_session *idi_test_session_at(const idi_model *generator, const char *precision, int64_t batch);

/* A test in a world of people, skipped where there is no GPU. */
#define GPU_TEST(suite, name)                                                                      \
    static void check_##name(void);                                                                \
    Test(suite, name)                                                                              \
    {                                                                                              \
        idi_test_open_people();                                                                    \
        const bool has_one = idi_test_has_gpu();                                                   \
        if (has_one) check_##name();                                                               \
        idi_test_close();                                                                          \
        if (!has_one) cr_skip_test("no CUDA device");                                              \
    }                                                                                              \
    static void check_##name(void)

#endif
