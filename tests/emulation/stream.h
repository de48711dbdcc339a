/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/stream.h - the emulated runtime's streams: work is kept, and done when somebody
 * waits for it, so that code which forgets to wait reads poison. Whenever the host waits for one
 * stream, the others get ahead by a random part of their work, so that code which forgets an event
 * between two streams does too. */
#ifndef IDI_TESTS_EMULATION_STREAM_H
#define IDI_TESTS_EMULATION_STREAM_H

#include "control.h"

#include <cuda_runtime.h>

#include <deque>
#include <functional>
#include <memory>
#include <vector>

using idi_work = std::function<void()>;

struct CUgraph_st {
    std::vector<idi_work> work;
};
struct CUgraphExec_st {
    std::shared_ptr<std::vector<idi_work>> work;
};
/* A stream's work in order. Events keep it alive when the stream is gone. */
struct idi_queue {
    std::deque<idi_work> work; /* not done yet */
    int64_t enqueued = 0;      /* since the stream was made */
    int64_t done = 0;
};
struct CUstream_st {
    std::shared_ptr<idi_queue> queue = std::make_shared<idi_queue>();
    CUgraph_st *capture = nullptr; /* where work goes while capturing */
};

namespace idi::emulation {

extern idi_emulation_counters counters;

CUstream_st *stream_of(cudaStream_t stream); /* NULL and the legacy handles: the default stream */
/* Does the work, or keeps it in the stream's capture. */
void enqueue(cudaStream_t stream, idi_work work);
/* Aborts if something was written beside a block of device memory, with the block's size and the
 * offset from its start (memory.cpp). */
void check_memory();
/* The host waits for the stream: does all that it was given, and checks the memory if there was
 * something. Returns false while it captures. */
bool drain(cudaStream_t stream);
cudaError_t set_error(cudaError_t error); /* remembered for cudaGetLastError, and returned */

} // namespace idi::emulation

#endif
