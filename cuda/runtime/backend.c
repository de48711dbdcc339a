/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/backend.c - see backend.h. */
#include "cuda/runtime/backend.h"
#include "cuda/ops/to_float.h"
#include "cuda/runtime/caller.h"
#include "cuda/runtime/staging.h"
#include "cuda/runtime/table.h"

#include <stdlib.h>

typedef struct cuda_backend {
    idi_backend base;
    idi_cuda_device *device;
    idi_cuda_backend_options options;
    cudaStream_t stream;
    idi_cuda_staging staging;
    idi_cuda_caller caller;
    bool is_debugging; /* waits after each node, so that a fault is found where it arises */
} cuda_backend;

static cuda_backend *of(idi_backend *backend)
{
    return (cuda_backend *)backend;
}

/* The current device is the calling thread's, and a session may change threads. */
static idi_status make_current(idi_backend *backend)
{
    IDI_TRY_CUDA(cudaSetDevice(of(backend)->device->ordinal));
    return IDI_OK;
}

static idi_status cuda_alloc(idi_backend *backend, idi_tag tag, size_t bytes, void **out)
{
    *out = NULL;
    IDI_TRY(make_current(backend));
    return idi_cuda_arena_alloc(of(backend)->device->arena, tag, bytes, of(backend)->stream, out);
}

static void cuda_free(idi_backend *backend, void *block)
{
    if (cudaSetDevice(of(backend)->device->ordinal) != cudaSuccess) (void)cudaGetLastError();
    idi_cuda_arena_free(of(backend)->device->arena, block, of(backend)->stream);
}

static idi_status cuda_upload(idi_backend *backend, void *target, const void *source, size_t bytes)
{
    IDI_TRY(make_current(backend));
    return idi_cuda_staging_upload(&of(backend)->staging, target, source, bytes,
                                   of(backend)->stream);
}

static idi_status cuda_download(idi_backend *backend, void *target, const void *source,
                                size_t bytes)
{
    IDI_TRY(make_current(backend));
    return idi_cuda_staging_download(&of(backend)->staging, target, source, bytes,
                                     of(backend)->stream);
}

static idi_status cuda_wait(idi_backend *backend)
{
    IDI_TRY(make_current(backend));
    IDI_TRY_CUDA(cudaStreamSynchronize(of(backend)->stream));
    return IDI_OK;
}

static idi_status cuda_prepare(idi_backend *backend, size_t largest_copy_bytes)
{
    IDI_TRY(cuda_wait(backend)); /* no copy is under way */
    return idi_cuda_staging_grow(&of(backend)->staging, backend->memory, largest_copy_bytes);
}

static bool has_kind(const idi_tensor *tensors, int count, idi_dtype kind)
{
    for (int i = 0; i < count; i++)
        if (tensors[i].shape.rank > 0 && tensors[i].dtype == kind) return true;
    return false;
}

/* In full floats, whatever the precision: wide numbers, and no reals beside them. */
static bool is_wide(const idi_exec *exec)
{
    return exec && has_kind(exec->out, exec->output_count, IDI_WIDE) &&
           !has_kind(exec->in, exec->input_count, IDI_REAL) &&
           !has_kind(exec->out, exec->output_count, IDI_REAL);
}

static idi_cuda_call make_call(idi_backend *backend, const idi_exec *exec)
{
    const cuda_backend *b = of(backend);
    const bool is_full = is_wide(exec);
    return (idi_cuda_call){.exec = exec,
                           .device = b->device,
                           .stream = b->stream,
                           .storage = is_full ? IDI_F32 : b->options.storage,
                           .allows_tf32 = !is_full && b->options.allows_tf32,
                           .prefers_wgmma = b->options.prefers_wgmma};
}

static idi_status cuda_workspace_bytes(idi_backend *backend, const idi_op_info *op,
                                       const idi_exec *exec, size_t *bytes_out)
{
    *bytes_out = 0;
    if (!idi_cuda_workspaces[op->id]) return IDI_OK;
    const idi_cuda_call call = make_call(backend, exec);
    IDI_TRY(make_current(backend));
    return idi_cuda_workspaces[op->id](&call, bytes_out);
}

static idi_status run_and_wait(const idi_cuda_call *call, const idi_op_info *op)
{
    idi_status st = idi_cuda_functions[op->id](call);
    const cudaError_t error = cudaStreamSynchronize(call->stream);
    if (st == IDI_OK && error != cudaSuccess)
        st = idi_cuda_fail_at(__FILE__, __LINE__, error, "cudaStreamSynchronize");
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: ", op->name);
}

static idi_status cuda_run(idi_backend *backend, const idi_op_info *op, const idi_exec *exec)
{
    const idi_cuda_call call = make_call(backend, exec);
    IDI_TRY(make_current(backend));
    if (of(backend)->is_debugging) return run_and_wait(&call, op);
    return idi_cuda_functions[op->id](&call);
}

/* Other threads' calls do not matter to the recording, this thread's are all launches. */
static idi_status cuda_record_begin(idi_backend *backend)
{
    IDI_TRY(make_current(backend));
    IDI_TRY_CUDA(cudaStreamBeginCapture(of(backend)->stream, cudaStreamCaptureModeThreadLocal));
    return IDI_OK;
}

static idi_status cuda_record_end(idi_backend *backend, void **recording_out)
{
    cudaGraph_t graph = NULL;
    cudaGraphExec_t recording = NULL;
    if (recording_out) *recording_out = NULL;
    cudaError_t error = cudaStreamEndCapture(of(backend)->stream, &graph);
    if (error == cudaSuccess && recording_out) error = cudaGraphInstantiate(&recording, graph, 0);
    if (graph) (void)cudaGraphDestroy(graph);
    if (!recording_out) {
        (void)cudaGetLastError(); /* the failure that ended it has been told */
        return IDI_OK;
    }
    if (error != cudaSuccess)
        return idi_cuda_fail_at(__FILE__, __LINE__, error, "recording the nodes of a run");
    *recording_out = recording;
    return IDI_OK;
}

static idi_status cuda_replay(idi_backend *backend, void *recording)
{
    IDI_TRY(make_current(backend));
    IDI_TRY_CUDA(cudaGraphLaunch((cudaGraphExec_t)recording, of(backend)->stream));
    return IDI_OK;
}

static void cuda_recording_destroy(idi_backend *backend, void *recording)
{
    if (!recording) return;
    (void)cudaStreamSynchronize(of(backend)->stream); /* it may be running */
    (void)cudaGraphExecDestroy((cudaGraphExec_t)recording);
}

static idi_status cuda_check_address(idi_backend *backend, const char *what, const void *address)
{
    return idi_cuda_caller_check(what, address, of(backend)->device->ordinal);
}

static idi_status cuda_follow(idi_backend *backend, void *stream)
{
    IDI_TRY(make_current(backend));
    return idi_cuda_caller_follow(&of(backend)->caller, stream, of(backend)->stream);
}

static idi_status cuda_lead(idi_backend *backend, void *stream)
{
    IDI_TRY(make_current(backend));
    return idi_cuda_caller_lead(&of(backend)->caller, stream, of(backend)->stream);
}

static idi_status cuda_copy(idi_backend *backend, void *target, const void *source, size_t bytes)
{
    IDI_TRY(make_current(backend));
    IDI_TRY_CUDA(
        cudaMemcpyAsync(target, source, bytes, cudaMemcpyDeviceToDevice, of(backend)->stream));
    return IDI_OK;
}

static idi_status cuda_copy_floats(idi_backend *backend, float *target, const void *source,
                                   int64_t count)
{
    const idi_cuda_call call = make_call(backend, NULL);
    IDI_TRY(make_current(backend));
    return idi_cuda_to_float(&call, source, count, target);
}

static const char *precision_name(const idi_cuda_backend_options *options)
{
    if (options->storage == IDI_F32) return options->allows_tf32 ? "cuda-tf32" : "cuda-f32";
    return options->storage == IDI_F16 ? "cuda-f16" : "cuda-bf16";
}

static idi_backend describe(const idi_cuda_device *device, const idi_cuda_backend_options *options)
{
    return (idi_backend){
        .name = precision_name(options),
        .real = options->storage,
        .real_bytes = idi_dtype_bytes(options->storage),
        .thread_count = 1,
        .is_remote = true,
        .is_coarse = options->storage != IDI_F32,
        .memory = device->memory,
        .alloc = cuda_alloc,
        .free = cuda_free,
        .upload = cuda_upload,
        .download = cuda_download,
        .workspace_bytes = cuda_workspace_bytes,
        .run = cuda_run,
        .prepare = cuda_prepare,
        .wait = cuda_wait,
        .record_begin = cuda_record_begin,
        .record_end = cuda_record_end,
        .replay = cuda_replay,
        .recording_destroy = cuda_recording_destroy,
        .check_address = cuda_check_address,
        .follow = cuda_follow,
        .lead = cuda_lead,
        .copy = cuda_copy,
        .copy_floats = cuda_copy_floats,
    };
}

static idi_status open_stream(cuda_backend *b)
{
    IDI_TRY_CUDA(cudaSetDevice(b->device->ordinal));
    IDI_TRY_CUDA(cudaStreamCreateWithFlags(&b->stream, cudaStreamNonBlocking));
    return idi_cuda_caller_create(&b->caller);
}

idi_status idi_cuda_backend_create(idi_cuda_device *device, const idi_cuda_backend_options *options,
                                   idi_backend **backend_out)
{
    *backend_out = NULL;
    cuda_backend *b;
    IDI_TRY(idi_alloc_zeroed(device->memory, IDI_TAG_GENERAL, 1, sizeof *b, &b));
    b->device = device;
    b->options = *options;
    b->base = describe(device, options);
    b->is_debugging = getenv("IDI_DEBUG_SYNC") != NULL;
    if (b->is_debugging) b->base.replay = NULL;
    const idi_status st = open_stream(b);
    *backend_out = &b->base;
    if (st != IDI_OK) idi_cuda_backend_destroy(backend_out);
    return st;
}

/* What others own, such as a model's weights, may be freed once the stream has done. */
void idi_cuda_backend_destroy(idi_backend **backend)
{
    if (!backend || !*backend) return;
    cuda_backend *b = of(*backend);
    (void)cudaSetDevice(b->device->ordinal);
    if (b->stream) (void)cudaStreamSynchronize(b->stream); /* NULL would be another stream */
    idi_cuda_staging_destroy(&b->staging);
    idi_cuda_caller_destroy(&b->caller);
    if (b->stream) (void)cudaStreamDestroy(b->stream);
    idi_free(b->base.memory, b);
    *backend = NULL;
}
