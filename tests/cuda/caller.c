/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/caller.c - see caller.h. */
#include "caller.h"

#include <criterion/criterion.h>
#include <string.h>

void idi_test_open_caller(caller *c)
{
    CUDA(cudaStreamCreateWithFlags(&c->stream, cudaStreamNonBlocking));
    CUDA(cudaMalloc((void **)&c->labels, IDI_TEST_PIXELS));
    CUDA(cudaMalloc((void **)&c->image, IDI_TEST_IMAGE_BYTES + sizeof(float)));
    CUDA(cudaMallocHost((void **)&c->new_labels, IDI_TEST_PIXELS));
    CUDA(cudaMallocHost((void **)&c->seen, IDI_TEST_IMAGE_BYTES));
    idi_enqueue_init(&c->run);
    c->run.stream = c->stream;
    c->run.labels = c->labels;
    c->run.image_out = c->image;
    c->run.styles = c->style;
    c->run.identities = c->identity;
}

void idi_test_close_caller(caller *c)
{
    CUDA(cudaStreamSynchronize(c->stream));
    CUDA(cudaStreamDestroy(c->stream));
    CUDA(cudaFree(c->labels));
    CUDA(cudaFree(c->image));
    CUDA(cudaFreeHost(c->new_labels));
    CUDA(cudaFreeHost(c->seen));
}

void idi_test_take_people(caller *c, int labels, int style, int identity)
{
    memcpy(c->new_labels, world.labels[labels].data, IDI_TEST_PIXELS);
    c->style[0] = world.style[style];
    c->identity[0] = world.identity[identity];
}

idi_status idi_test_enqueue(caller *c, idi_session *session)
{
    cudaStream_t stream = c->run.stream;
    CUDA(
        cudaMemcpyAsync(c->labels, c->new_labels, IDI_TEST_PIXELS, cudaMemcpyHostToDevice, stream));
    const idi_status st = idi_session_enqueue(session, &c->run);
    CUDA(cudaMemsetAsync(c->labels, 0xFF, IDI_TEST_PIXELS, stream));
    CUDA(cudaMemcpyAsync(c->seen, c->run.image_out, IDI_TEST_IMAGE_BYTES, cudaMemcpyDeviceToHost,
                         stream));
    CUDA(cudaMemsetAsync(c->image, 0xFF, IDI_TEST_IMAGE_BYTES + sizeof(float), stream));
    return st;
}

void idi_test_expect_picture(const caller *c, const float *wanted)
{
    for (int i = 0; i < IDI_TEST_VALUES; i++)
        cr_assert(c->seen[i] == wanted[i], "[%d] is %g, want %g", i, (double)c->seen[i],
                  (double)wanted[i]);
}
