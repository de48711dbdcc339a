/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/stream.h - the emulated runtime's streams: work is kept, and done when somebody
 * waits for it, so that code which forgets to wait reads poison. */
#ifndef IDI_TESTS_EMULATION_STREAM_H
#define IDI_TESTS_EMULATION_STREAM_H

#include "control.h"

#include <cuda_runtime.h>

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
struct CUstream_st {
    std::vector<idi_work> work;
    CUgraph_st *capture = nullptr; /* where work goes while capturing */
};

namespace idi::emulation {

extern idi_emulation_counters counters;

CUstream_st *stream_of(cudaStream_t stream); /* NULL and the legacy handles: the default stream */
/* Does the work, or keeps it in the stream's capture. */
void enqueue(cudaStream_t stream, idi_work work);
/* Does all that is waiting. Returns false while the stream captures. */
bool drain(cudaStream_t stream);
cudaError_t set_error(cudaError_t error); /* remembered for cudaGetLastError, and returned */

} // namespace idi::emulation

#endif
