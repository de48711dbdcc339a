/* SPDX-License-Identifier: Apache-2.0 */
/* bench/gpu/ceilings.c - what the card can do: a large copy, counting bytes read and written, and
 * large matrix products on random numbers. */
#include "bench.h"
#include "core/half.h"
#include "core/rng.h"
#include "cuda/runtime/gemm.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 10, SIDE = 8192 };
static const size_t copy_bytes = (size_t)2 << 30;

static idi_status time_stream(cudaStream_t stream, double *start)
{
    IDI_TRY_CUDA(cudaStreamSynchronize(stream));
    *start = bench_now();
    return IDI_OK;
}

static idi_status measure_copy(cudaStream_t stream, double *bytes_per_second)
{
    void *from = NULL;
    void *to = NULL;
    double seconds[ROUNDS];
    IDI_TRY_CUDA(cudaMalloc(&from, copy_bytes));
    IDI_TRY_CUDA(cudaMalloc(&to, copy_bytes));
    IDI_TRY_CUDA(cudaMemsetAsync(from, 0x5A, copy_bytes, stream));
    for (int i = -2; i < ROUNDS; i++) { /* two to warm up */
        double start = 0.0;
        double end = 0.0;
        IDI_TRY(time_stream(stream, &start));
        IDI_TRY_CUDA(cudaMemcpyAsync(to, from, copy_bytes, cudaMemcpyDeviceToDevice, stream));
        IDI_TRY(time_stream(stream, &end));
        if (i >= 0) seconds[i] = end - start;
    }
    IDI_TRY_CUDA(cudaFree(from));
    IDI_TRY_CUDA(cudaFree(to));
    *bytes_per_second = 2.0 * (double)copy_bytes / bench_median(seconds, ROUNDS);
    return IDI_OK;
}

/* A SIDE x SIDE matrix of random numbers on the device. */
static idi_status random_matrix(idi_dtype storage, uint64_t stream, void **out)
{
    const int64_t count = (int64_t)SIDE * SIDE;
    const size_t bytes = (size_t)count * idi_dtype_bytes(storage);
    float *floats = malloc((size_t)count * sizeof *floats);
    void *converted = malloc(bytes);
    IDI_REQUIRE(floats && converted, IDI_ERR_NOMEM, "bench: no memory");
    for (int64_t i = 0; i < count; i++)
        floats[i] = (float)(2.0 * idi_uniform(2, stream, (uint64_t)i) - 1.0);
    idi_floats_to(storage, floats, count, converted);
    IDI_TRY_CUDA(cudaMalloc(out, bytes));
    IDI_TRY_CUDA(cudaMemcpy(*out, converted, bytes, cudaMemcpyHostToDevice));
    free(converted);
    free(floats);
    return IDI_OK;
}

static idi_status measure_product(const idi_cuda_call *call, double *flop_per_second)
{
    const idi_cuda_gemm gemm = {.m = SIDE, .n = SIDE, .k = SIDE};
    size_t workspace_bytes;
    void *matrix[3];
    double seconds[ROUNDS];
    idi_cuda_gemm_data data = {.workspace = NULL};
    IDI_TRY(idi_cuda_gemm_workspace(call, &gemm, &workspace_bytes));
    IDI_TRY_CUDA(cudaMalloc(&data.workspace, workspace_bytes + 256));
    for (int i = 0; i < 3; i++)
        IDI_TRY(random_matrix(call->storage, (uint64_t)i, &matrix[i]));
    data.a = matrix[0];
    data.b = matrix[1];
    data.c = matrix[2];
    for (int i = -2; i < ROUNDS; i++) {
        double start = 0.0;
        double end = 0.0;
        IDI_TRY(time_stream(call->stream, &start));
        IDI_TRY(idi_cuda_gemm_run(call, &gemm, &data));
        IDI_TRY(time_stream(call->stream, &end));
        if (i >= 0) seconds[i] = end - start;
    }
    for (int i = 0; i < 3; i++)
        IDI_TRY_CUDA(cudaFree(matrix[i]));
    IDI_TRY_CUDA(cudaFree(data.workspace));
    *flop_per_second = 2.0 * SIDE * SIDE * (double)SIDE / bench_median(seconds, ROUNDS);
    return IDI_OK;
}

static idi_status measure_all(idi_cuda_device *device, cudaStream_t stream, json_t *result)
{
    static const struct {
        const char *name;
        idi_dtype storage;
        bool allows_tf32;
    } kinds[] = {{"bf16", IDI_BF16, false},
                 {"f16", IDI_F16, false},
                 {"tf32", IDI_F32, true},
                 {"f32", IDI_F32, false}};
    double rate = 0.0;
    IDI_TRY(measure_copy(stream, &rate));
    (void)printf("copy   %8.2f TB/s (read and written)\n", rate * 1e-12);
    (void)json_object_set_new(result, "copy_bytes_per_second", json_real(rate));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const idi_cuda_call call = {.device = device,
                                    .stream = stream,
                                    .storage = kinds[i].storage,
                                    .allows_tf32 = kinds[i].allows_tf32};
        IDI_TRY(measure_product(&call, &rate));
        (void)printf("%-5s  %8.1f TFLOP/s (%d cubed)\n", kinds[i].name, rate * 1e-12, (int)SIDE);
        (void)json_object_set_new(result, kinds[i].name, json_real(rate));
    }
    return IDI_OK;
}

idi_status bench_ceilings(json_t *result)
{
    idi_memory *memory;
    idi_cuda_device *device = NULL;
    cudaStream_t stream = NULL;
    IDI_TRY(idi_memory_create(NULL, 0, &memory));
    IDI_TRY(idi_cuda_device_open(memory, 0, &device));
    IDI_TRY_CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    (void)printf("%s, compute capability %d.%d\n", device->name, device->compute_capability / 10,
                 device->compute_capability % 10);
    (void)json_object_set_new(result, "device", json_string(device->name));
    const idi_status st = measure_all(device, stream, result);
    (void)cudaStreamDestroy(stream);
    idi_cuda_device_close(&device);
    idi_memory_destroy(&memory);
    return st;
}
