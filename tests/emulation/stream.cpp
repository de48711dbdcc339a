/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/stream.cpp - streams, events, graphs and launches of the emulated runtime. */
#include "stream.h"
#include "block.h"
#include "emulation.h"

#include <map>
#include <random>
#include <set>
#include <utility>

/* Everything up to the queue's `ticket`-th piece of work. */
struct CUevent_st {
    std::shared_ptr<idi_queue> queue; /* NULL: never recorded, so nothing to wait for */
    int64_t ticket = 0;
};

namespace idi::emulation {

idi_emulation_counters counters;

static CUstream_st default_stream;
static std::set<cudaStream_t> streams; /* that were made and not destroyed */
static std::mt19937 order{std::random_device{}()};
static cudaError_t last_error = cudaSuccess;
static std::map<const void *, int> shared_limits; /* cudaFuncSetAttribute's */

CUstream_st *stream_of(cudaStream_t stream)
{
    if (!stream || stream == cudaStreamLegacy || stream == cudaStreamPerThread)
        return &default_stream;
    return stream;
}

void enqueue(cudaStream_t stream, idi_work work)
{
    CUstream_st *s = stream_of(stream);
    if (s->capture) {
        s->capture->work.push_back(std::move(work));
        return;
    }
    s->queue->work.push_back(std::move(work));
    s->queue->enqueued++;
}

/* A piece may wait for another queue, whose own waits are for pieces before this one. */
static void run_until(idi_queue &queue, int64_t ticket)
{
    while (queue.done < ticket) {
        const idi_work piece = std::move(queue.work.front());
        queue.work.pop_front();
        piece();
        queue.done++;
    }
}

static void run_ahead(idi_queue &queue)
{
    std::uniform_int_distribution<int64_t> ticket(queue.done, queue.enqueued);
    run_until(queue, ticket(order));
}

static void let_others_run()
{
    run_ahead(*default_stream.queue);
    for (cudaStream_t stream : streams)
        run_ahead(*stream->queue);
}

bool drain(cudaStream_t stream)
{
    CUstream_st *s = stream_of(stream);
    if (s->capture) return false;
    const bool has_work = s->queue->done < s->queue->enqueued;
    let_others_run();
    run_until(*s->queue, s->queue->enqueued);
    if (has_work) check_memory();
    return true;
}

cudaError_t set_error(cudaError_t error)
{
    if (error != cudaSuccess) last_error = error;
    return error;
}

static bool is_launchable(const void *kernel, dim3 grid, dim3 block, size_t shared_bytes)
{
    const auto limit = shared_limits.find(kernel);
    const size_t allowed =
        limit == shared_limits.end() ? default_shared_bytes : static_cast<size_t>(limit->second);
    const uint64_t threads = static_cast<uint64_t>(block.x) * block.y * block.z;
    return grid.x >= 1 && grid.y >= 1 && grid.z >= 1 && grid.x <= 0x7fffffffu && grid.y <= 65535 &&
           grid.z <= 65535 && threads >= 1 && threads <= 1024 && block.z <= 64 &&
           shared_bytes <= allowed;
}

void enqueue_launch(const char *name, const void *kernel, dim3 grid, dim3 block,
                    size_t shared_bytes, cudaStream_t stream, std::function<void()> thread)
{
    if (!is_launchable(kernel, grid, block, shared_bytes)) {
        (void)set_error(cudaErrorInvalidConfiguration);
        return;
    }
    counters.launches++;
    const size_t limit = shared_limits.count(kernel) ? max_shared_bytes : default_shared_bytes;
    enqueue(stream, [=] { run_grid(name, grid, block, shared_bytes, limit, thread); });
}

} // namespace idi::emulation

using namespace idi::emulation;

extern "C" {

idi_emulation_counters idi_emulation_count(void)
{
    return counters;
}

cudaError_t cudaGetLastError(void)
{
    return std::exchange(last_error, cudaSuccess);
}

cudaError_t cudaPeekAtLastError(void)
{
    return last_error;
}

cudaError_t cudaFuncSetAttribute(const void *kernel, cudaFuncAttribute attribute, int value)
{
    if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return cudaSuccess;
    if (value < 0 || static_cast<size_t>(value) > max_shared_bytes)
        return set_error(cudaErrorInvalidValue);
    shared_limits[kernel] = value;
    return cudaSuccess;
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes, const void *)
{
    if (!idi_emulation_get_machine()->has_kernels)
        return set_error(cudaErrorNoKernelImageForDevice);
    *attributes = cudaFuncAttributes{};
    return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned)
{
    *stream = new CUstream_st;
    streams.insert(*stream);
    return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    (void)drain(stream);
    streams.erase(stream);
    delete stream;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    counters.synchronizations++;
    return drain(stream) ? cudaSuccess : set_error(cudaErrorStreamCaptureUnsupported);
}

cudaError_t cudaDeviceSynchronize(void)
{
    counters.synchronizations++;
    bool is_done = drain(nullptr);
    for (cudaStream_t stream : streams)
        is_done = drain(stream) && is_done;
    return is_done ? cudaSuccess : set_error(cudaErrorStreamCaptureUnsupported);
}

/* Forks and joins of captures are not modelled. */
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned)
{
    if (stream_of(stream)->capture) return set_error(cudaErrorStreamCaptureIsolation);
    if (event->queue)
        enqueue(stream,
                [queue = event->queue, ticket = event->ticket] { run_until(*queue, ticket); });
    return cudaSuccess;
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void *user)
{
    enqueue(stream, [=] { function(user); });
    return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status)
{
    *status =
        stream_of(stream)->capture ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
    return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode)
{
    if (stream_of(stream) == &default_stream || stream->capture)
        return set_error(cudaErrorStreamCaptureUnsupported);
    counters.captures++;
    stream->capture = new CUgraph_st;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
    if (!stream_of(stream)->capture) return set_error(cudaErrorStreamCaptureUnmatched);
    *graph = std::exchange(stream->capture, nullptr);
    if (idi_emulation_get_machine()->failing_captures > 0) {
        idi_emulation_get_machine()->failing_captures--;
        delete std::exchange(*graph, nullptr);
        return set_error(cudaErrorStreamCaptureInvalidated);
    }
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long)
{
    *exec = new CUgraphExec_st{std::make_shared<std::vector<idi_work>>(graph->work)};
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream)
{
    counters.graph_launches++;
    enqueue(stream, [work = exec->work] {
        for (const idi_work &piece : *work)
            piece();
    });
    return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    delete exec;
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    delete graph;
    return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned)
{
    *event = new CUevent_st;
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    delete event;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    const CUstream_st *s = stream_of(stream);
    if (s->capture) return set_error(cudaErrorStreamCaptureUnsupported);
    event->queue = s->queue;
    event->ticket = s->queue->enqueued;
    return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    return !event->queue || event->queue->done >= event->ticket ? cudaSuccess
                                                                : set_error(cudaErrorNotReady);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    counters.synchronizations++;
    let_others_run();
    if (event->queue) run_until(*event->queue, event->ticket);
    return cudaSuccess;
}

} // extern "C"
