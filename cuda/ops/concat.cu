/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/concat.cu - tensors side by side along one axis; contract in ops/concat.h.
 *
 * Shapes     x_k [outer, a_k, inner] -> y [outer, sum a_k, inner]; copied as bits
 * Launch     one for all inputs, whose pointers travel by value in the kernel's parameters: most
 *            concatenations are small, and a launch an input would cost more than its copy. Grid
 *            (enough for the largest input, inputs), block 256; a thread a unit of 16, 4 or 2
 *            bytes, the largest that divides every input's row
 * Traffic    DRAM 2*|y| B; bandwidth bound. Neighbouring threads walk an input's row
 * Reference  src/cpu/concat.c      Measured  not yet
 */
#include "cuda/device/copy.cuh"
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "ops/concat.h"
}

namespace {

/* Sizes in units. */
struct piece {
    const void *x;
    int64_t width; /* of a row of x */
    int64_t start; /* in a row of y */
};

struct pieces {
    piece of[IDI_MAX_INPUTS];
    int64_t outer;
    int64_t width; /* of a row of y */
};

template <typename U>
__global__ void __launch_bounds__(idi::elementwise_block)
    concat_fwd(const pieces all, U *__restrict__ y)
{
    const piece p = all.of[blockIdx.y];
    const int64_t i = idi::elementwise_thread();
    if (i >= all.outer * p.width) return;
    const int64_t row = i / p.width;
    y[row * all.width + p.start + i - row * p.width] = static_cast<const U *>(p.x)[i];
}

/* In bytes. */
pieces gather(const idi_cuda_call *c)
{
    const idi_exec *e = c->exec;
    const int axis = static_cast<const idi_concat_attr *>(e->attr)->axis;
    const idi::axis_split split = idi::split_axis(c, &e->out[0].shape, axis);
    pieces all = {};
    all.outer = split.outer;
    for (int i = 0; i < e->input_count; i++) {
        const int64_t width = e->in[i].shape.dim[axis] * split.inner_bytes;
        all.of[i] = {e->in[i].data, width, all.width};
        all.width += width;
    }
    return all;
}

template <typename U>
void launch(const idi_cuda_call *c, pieces all)
{
    const int count = c->exec->input_count;
    int64_t largest = 0;
    for (int i = 0; i < count; i++) {
        all.of[i].width /= (int64_t)sizeof(U);
        all.of[i].start /= (int64_t)sizeof(U);
        if (all.of[i].width > largest) largest = all.of[i].width;
    }
    all.width /= (int64_t)sizeof(U);
    const dim3 grid(idi::elementwise_grid(all.outer * largest), (unsigned)count);
    IDI_LAUNCH((concat_fwd<U>), grid, idi::elementwise_block, 0, c->stream, all, idi::out<U>(c, 0));
}

} // namespace

IDI_CUDA_OP(concat)
{
    const pieces all = gather(c);
    int64_t bits = 0; /* those that any row's width has */
    for (int i = 0; i < c->exec->input_count; i++)
        bits |= all.of[i].width;
    IDI_COPY_UNIT(bits, U, launch<U>(c, all));
    IDI_LAUNCHED();
}
