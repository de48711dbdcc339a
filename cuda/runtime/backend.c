/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/backend.c - see backend.h. */
#include "cuda/runtime/backend.h"
#include "cuda/runtime/table.h"

typedef struct cuda_backend {
    idi_backend base;
    idi_cuda_device *device;
    idi_cuda_backend_options options;
    cudaStream_t stream;
} cuda_backend;

static cuda_backend *of(idi_backend *backend)
{
    return (cuda_backend *)backend;
}

static idi_status cuda_alloc(idi_backend *backend, idi_tag tag, size_t bytes, void **out)
{
    (void)tag;
    *out = NULL;
    IDI_TRY_CUDA(cudaSetDevice(of(backend)->device->ordinal));
    IDI_TRY_CUDA(cudaMalloc(out, bytes));
    return IDI_OK;
}

static void cuda_free(idi_backend *backend, void *block)
{
    if (!block) return;
    (void)cudaStreamSynchronize(of(backend)->stream);
    (void)cudaFree(block);
}

static idi_status cuda_copy(idi_backend *backend, void *target, const void *source, size_t bytes)
{
    cudaStream_t stream = of(backend)->stream;
    IDI_TRY_CUDA(cudaMemcpyAsync(target, source, bytes, cudaMemcpyDefault, stream));
    IDI_TRY_CUDA(cudaStreamSynchronize(stream));
    return IDI_OK;
}

static idi_cuda_call make_call(idi_backend *backend, const idi_exec *exec)
{
    const cuda_backend *b = of(backend);
    return (idi_cuda_call){.exec = exec,
                           .device = b->device,
                           .stream = b->stream,
                           .storage = b->options.storage,
                           .allows_tf32 = b->options.allows_tf32};
}

static idi_status cuda_workspace_bytes(idi_backend *backend, const idi_op_info *op,
                                       const idi_exec *exec, size_t *bytes_out)
{
    *bytes_out = 0;
    if (!idi_cuda_workspaces[op->id]) return IDI_OK;
    const idi_cuda_call call = make_call(backend, exec);
    return idi_cuda_workspaces[op->id](&call, bytes_out);
}

static idi_status cuda_run(idi_backend *backend, const idi_op_info *op, const idi_exec *exec)
{
    const idi_cuda_call call = make_call(backend, exec);
    return idi_cuda_functions[op->id](&call);
}

static const char *precision_name(const idi_cuda_backend_options *options)
{
    if (options->storage == IDI_F32) return options->allows_tf32 ? "cuda-tf32" : "cuda-f32";
    return options->storage == IDI_F16 ? "cuda-f16" : "cuda-bf16";
}

idi_status idi_cuda_backend_create(idi_cuda_device *device, const idi_cuda_backend_options *options,
                                   idi_backend **backend_out)
{
    *backend_out = NULL;
    cuda_backend *b;
    IDI_TRY(idi_alloc_zeroed(device->memory, IDI_TAG_GENERAL, 1, sizeof *b, &b));
    b->device = device;
    b->options = *options;
    b->base = (idi_backend){
        .name = precision_name(options),
        .real = options->storage,
        .real_bytes = idi_dtype_bytes(options->storage),
        .thread_count = 1,
        .memory = device->memory,
        .alloc = cuda_alloc,
        .free = cuda_free,
        .upload = cuda_copy,
        .download = cuda_copy,
        .workspace_bytes = cuda_workspace_bytes,
        .run = cuda_run,
    };
    const cudaError_t error = cudaStreamCreateWithFlags(&b->stream, cudaStreamNonBlocking);
    if (error != cudaSuccess) {
        idi_free(device->memory, b);
        return idi_cuda_fail_at(__FILE__, __LINE__, error, "cudaStreamCreateWithFlags");
    }
    *backend_out = &b->base;
    return IDI_OK;
}

void idi_cuda_backend_destroy(idi_backend **backend)
{
    if (!backend || !*backend) return;
    (void)cudaStreamDestroy(of(*backend)->stream);
    idi_free((*backend)->memory, *backend);
    *backend = NULL;
}
