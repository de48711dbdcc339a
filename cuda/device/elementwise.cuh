/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/elementwise.cuh - y[i] = f(a[i], b[i], ...) over dense tensors of equal counts: the
 * driver of the elementwise ops, and the grid of kernels that give each thread one pack. */
#ifndef IDI_CUDA_DEVICE_ELEMENTWISE_CUH
#define IDI_CUDA_DEVICE_ELEMENTWISE_CUH

#include "cuda/device/op.cuh"

namespace idi {

constexpr int elementwise_block = 256;

/* Blocks of elementwise_block threads for `count` threads. */
static inline unsigned elementwise_grid(int64_t count)
{
    return static_cast<unsigned>(ceil_div(count, elementwise_block));
}

__device__ static inline int64_t elementwise_thread()
{
    return static_cast<int64_t>(blockIdx.x) * elementwise_block + threadIdx.x;
}

/* f of the packs' elements, one by one; `values` are packs of storage type T. */
template <typename T, int N, typename F, typename... P>
__device__ static inline pack<T, N> map_packs(const F &f, const P &...values)
{
    pack<T, N> result;
    for (int j = 0; j < N; j++)
        result.v[j] = from_float<T>(f(to_float(values.v[j])...));
    return result;
}

template <typename T, typename F, typename... In>
__global__ void __launch_bounds__(elementwise_block)
    elementwise(F f, int64_t count, T *y, const In *...in)
{
    constexpr int width = pack_width<T>;
    const int64_t first = elementwise_thread() * width;
    if (first + width <= count) {
        store_pack(y + first, map_packs<T, width>(f, load_pack<width>(in + first)...));
        return;
    }
    for (int64_t i = first; i < count; i++)
        y[i] = from_float<T>(f(to_float(in[i])...));
}

/* Enqueues y = f(in...); f is a functor of as many floats, with a __device__ operator(). */
template <typename T, typename F, typename... In>
static inline void map(const idi_cuda_call *c, F f, T *y, int64_t count, const In *...in)
{
    IDI_LAUNCH((elementwise<T, F, In...>), elementwise_grid(ceil_div(count, pack_width<T>)),
               elementwise_block, 0, c->stream, f, count, y, in...);
}

} // namespace idi

#endif
