/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/op.cuh - what every op's file starts with: the call, its tensors as typed pointers,
 * storage types as floats and back, and the choice of a storage type. */
#ifndef IDI_CUDA_DEVICE_OP_CUH
#define IDI_CUDA_DEVICE_OP_CUH

#include "cuda/device/launch.cuh"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern "C" {
#include "cuda/runtime/call.h"
}

/* The heads of an op's functions. An op with scratch has a line in cuda/ops/workspace.def. */
#define IDI_CUDA_OP(name) extern "C" idi_status idi_cuda_##name(const idi_cuda_call *c)
#define IDI_CUDA_WORKSPACE(name)                                                                   \
    extern "C" idi_status idi_cuda_##name##_workspace(const idi_cuda_call *c, size_t *bytes_out)

/* Runs the statement with T = the call's storage type: IDI_STORAGE(c, T, launch<T>(c)). */
#define IDI_STORAGE(c, T, ...)                                                                     \
    do {                                                                                           \
        if ((c)->storage == IDI_F16) {                                                             \
            using T = __half;                                                                      \
            __VA_ARGS__;                                                                           \
        } else if ((c)->storage == IDI_BF16) {                                                     \
            using T = __nv_bfloat16;                                                               \
            __VA_ARGS__;                                                                           \
        } else {                                                                                   \
            using T = float;                                                                       \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
    } while (0)

/* A launcher's last line. */
#define IDI_LAUNCHED()                                                                             \
    do {                                                                                           \
        IDI_TRY_CUDA(cudaGetLastError());                                                          \
        return IDI_OK;                                                                             \
    } while (0)

namespace idi {

template <typename T>
static inline const T *in(const idi_cuda_call *c, int index)
{
    return static_cast<const T *>(c->exec->in[index].data);
}

template <typename T>
static inline T *out(const idi_cuda_call *c, int index)
{
    return static_cast<T *>(c->exec->out[index].data);
}

static inline int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* Storage types to float and back; all arithmetic is in float. */
__host__ __device__ static inline float to_float(float x)
{
    return x;
}
__host__ __device__ static inline float to_float(__half x)
{
    return __half2float(x);
}
__host__ __device__ static inline float to_float(__nv_bfloat16 x)
{
    return __bfloat162float(x);
}

template <typename T>
__host__ __device__ static inline T from_float(float x);
template <>
__host__ __device__ inline float from_float<float>(float x)
{
    return x;
}
template <>
__host__ __device__ inline __half from_float<__half>(float x)
{
    return __float2half_rn(x);
}
template <>
__host__ __device__ inline __nv_bfloat16 from_float<__nv_bfloat16>(float x)
{
    return __float2bfloat16_rn(x);
}

/* N neighbours as one access; the address must be a multiple of the pack's size. */
template <typename T, int N>
struct alignas(sizeof(T) * N) pack {
    T v[N];
};

/* How many elements of T make an access of 16 bytes. */
template <typename T>
constexpr int pack_width = 16 / static_cast<int>(sizeof(T));

template <int N, typename T>
__device__ static inline pack<T, N> load_pack(const T *address)
{
    return *reinterpret_cast<const pack<T, N> *>(address);
}

template <int N, typename T>
__device__ static inline void store_pack(T *address, const pack<T, N> &values)
{
    *reinterpret_cast<pack<T, N> *>(address) = values;
}

} // namespace idi

#endif
