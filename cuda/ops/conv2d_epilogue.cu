/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/conv2d_epilogue.cu - y = act(y + bias) + residual in place, behind plans that compute
 * the convolution alone; contract in ops/conv2d.h.
 *
 * Shapes     y, residual [pixels, O], bias [O]
 * Launch     grid ceil(pixels*O / (256*V)), block 256; V = 16 B, or 1 where O is not a multiple
 * Traffic    DRAM 2 or 3 * pixels*O*size B (y often still lies in L2)
 * Reference  src/cpu/conv2d.c      Measured  not yet
 */
#include "cuda/ops/conv2d.cuh"

namespace {

constexpr int block_size = 256;

template <typename T, int V>
__global__ void __launch_bounds__(block_size)
    conv2d_epilogue(idi::conv::finish<T> end, T *__restrict__ y, int64_t count, int channels)
{
    const int64_t first = ((int64_t)blockIdx.x * block_size + threadIdx.x) * V;
    if (first >= count) return;
    const int channel = (int)(first % channels);
    idi::pack<T, V> values = idi::load_pack<V>(y + first);
    for (int j = 0; j < V; j++)
        values.v[j] =
            idi::from_float<T>(end.value(idi::to_float(values.v[j]), channel + j, first + j));
    idi::store_pack(y + first, values);
}

template <typename T, int V>
void launch_packed(const idi_cuda_conv_problem &p, const idi_cuda_conv_data &d, cudaStream_t stream)
{
    const int64_t count = p.n * p.out_h * p.out_w * p.o;
    const auto grid = (unsigned)idi::ceil_div(count, (int64_t)block_size * V);
    IDI_LAUNCH((conv2d_epilogue<T, V>), grid, block_size, 0, stream,
               (idi::conv::finish_of<T>(p, d)), static_cast<T *>(d.y), count, (int)p.o);
}

template <typename T>
void launch(const idi_cuda_conv_problem &p, const idi_cuda_conv_data &d, cudaStream_t stream)
{
    constexpr int width = idi::pack_width<T>;
    if (p.o % width == 0)
        launch_packed<T, width>(p, d, stream);
    else
        launch_packed<T, 1>(p, d, stream);
}

} // namespace

extern "C" idi_status idi_cuda_conv_epilogue(const idi_cuda_conv_problem *problem,
                                             const idi_cuda_conv_data *data, cudaStream_t stream)
{
    IDI_STORAGE(problem, T, launch<T>(*problem, *data, stream));
    IDI_LAUNCHED();
}
