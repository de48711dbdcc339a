/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/caller.h - a caller with a stream and device memory of its own, for tests of
 * idi_session_enqueue(). */
#ifndef IDI_TESTS_CUDA_CALLER_H
#define IDI_TESTS_CUDA_CALLER_H

#include "guest.h"

#include <cuda_runtime_api.h>

#define CUDA(call) cr_assert_eq((call), cudaSuccess, "%s", #call)

enum { IDI_TEST_IMAGE_BYTES = IDI_TEST_VALUES * sizeof(float) };

typedef struct caller {
    cudaStream_t stream;
    uint8_t *labels, *new_labels; /* on the device; pinned, what the stream will write there */
    float *image, *seen;          /* on the device, with room for one more; pinned, read back */
    const idi_style *style[1];
    const idi_identity *identity[1];
    idi_enqueue run;
} caller;

/* The stream is made without the legacy stream's implicit waits. */
void idi_test_open_caller(caller *c);
void idi_test_close_caller(caller *c);
/* Whose labels, style and identity come next. */
void idi_test_take_people(caller *c, int labels, int style, int identity);
/* A run between the stream's own work: labels are written before and spoilt after it, and so is the
 * image: whoever leaves the stream's order reads or leaves rubbish. */
idi_status idi_test_enqueue(caller *c, idi_session *session);
/* Of what was read back last, after the stream was waited for; to the bit. */
void idi_test_expect_picture(const caller *c, const float *wanted);

#endif
