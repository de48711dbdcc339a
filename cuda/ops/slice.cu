/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/slice.cu - a range of one axis, and its gradient among zeros; contract in ops/slice.h.
 *
 * Shapes     whole [outer, axis_size, inner], part [outer, length, inner]; copied as bits
 * Launch     grid ceil(units written / 256), block 256; a thread a unit of 16, 4 or 2 bytes, the
 *            largest that divides the start and the widths of the rows
 * Traffic    DRAM 2*|part| B forwards, |whole| + |part| B backwards; bandwidth bound
 * Reference  src/cpu/slice.c      Measured  not yet
 */
#include "cuda/device/copy.cuh"
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "ops/slice.h"
}

namespace {

/* Bytes on the host, units in a kernel. */
struct cut {
    int64_t outer;
    int64_t start, length; /* of the part, in a row of the whole */
    int64_t width;         /* of a row of the whole */

    int64_t widths() const { return start | length | width; }
    cut in_units_of(int64_t bytes) const
    {
        return {outer, start / bytes, length / bytes, width / bytes};
    }
};

template <typename U>
__global__ void __launch_bounds__(idi::elementwise_block)
    slice_fwd(const U *__restrict__ x, U *__restrict__ y, const cut k)
{
    const int64_t i = idi::elementwise_thread();
    if (i >= k.outer * k.length) return;
    const int64_t row = i / k.length;
    y[i] = x[row * k.width + k.start + i - row * k.length];
}

template <typename U>
__global__ void __launch_bounds__(idi::elementwise_block)
    slice_bwd(const U *__restrict__ dy, U *__restrict__ dx, const cut k)
{
    const int64_t i = idi::elementwise_thread();
    if (i >= k.outer * k.width) return;
    const int64_t row = i / k.width;
    const int64_t at = i - row * k.width - k.start;
    dx[i] = at >= 0 && at < k.length ? dy[row * k.length + at] : U{};
}

cut cut_of(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_slice_attr *>(c->exec->attr);
    const idi::axis_split split = idi::split_axis(c, &c->exec->out[0].shape, attr->axis);
    return {split.outer, attr->start * split.inner_bytes, attr->length * split.inner_bytes,
            attr->axis_size * split.inner_bytes};
}

template <typename U>
void launch_fwd(const idi_cuda_call *c, const cut &k)
{
    IDI_LAUNCH((slice_fwd<U>), idi::elementwise_grid(k.outer * k.length), idi::elementwise_block, 0,
               c->stream, idi::in<U>(c, 0), idi::out<U>(c, 0), k);
}

template <typename U>
void launch_bwd(const idi_cuda_call *c, const cut &k)
{
    IDI_LAUNCH((slice_bwd<U>), idi::elementwise_grid(k.outer * k.width), idi::elementwise_block, 0,
               c->stream, idi::in<U>(c, 0), idi::out<U>(c, 0), k);
}

} // namespace

IDI_CUDA_OP(slice)
{
    const cut k = cut_of(c);
    IDI_COPY_UNIT(k.widths(), U, launch_fwd<U>(c, k.in_units_of(sizeof(U))));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(slice_grad)
{
    const cut k = cut_of(c);
    IDI_COPY_UNIT(k.widths(), U, launch_bwd<U>(c, k.in_units_of(sizeof(U))));
    IDI_LAUNCHED();
}
