/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/activation.cu - y = f(x) and dx = dy f'(x), elementwise; contract in ops/activation.h.
 *
 * Shapes     x, y, dy, dx any, `count` numbers
 * Launch     cuda/device/elementwise.cuh: a thread 16 bytes, tail in the last block; a kernel a
 *            function, so that the inner loop has no choice to make
 * Traffic    DRAM 2*count*size B (gradient 3*count*size B); bandwidth bound, up to some 30
 *            operations an element (erff)
 * Numerics   f32
 * Reference  src/cpu/activation.c      Measured  not yet
 */
#include "cuda/device/act.cuh"
#include "cuda/device/elementwise.cuh"

namespace {

template <idi_act Act>
struct value {
    __device__ float operator()(float x) const { return idi::act_value(Act, x); }
};

/* `source` is what f' follows from: y or x. */
template <idi_act Act>
struct gradient {
    __device__ float operator()(float dy, float source) const
    {
        return dy * idi::act_slope(Act, source, source);
    }
};

template <typename T, template <idi_act> typename F, typename... In>
void launch(const idi_cuda_call *c, const In *...in)
{
    T *y = idi::out<T>(c, 0);
    const int64_t count = idi_shape_count(&c->exec->out[0].shape);
    switch (static_cast<const idi_activation_attr *>(c->exec->attr)->act) {
    case IDI_ACT_NONE:
        return idi::map(c, F<IDI_ACT_NONE>{}, y, count, in...);
    case IDI_ACT_RELU:
        return idi::map(c, F<IDI_ACT_RELU>{}, y, count, in...);
    case IDI_ACT_LEAKY_RELU:
        return idi::map(c, F<IDI_ACT_LEAKY_RELU>{}, y, count, in...);
    case IDI_ACT_TANH:
        return idi::map(c, F<IDI_ACT_TANH>{}, y, count, in...);
    case IDI_ACT_SIGMOID:
        return idi::map(c, F<IDI_ACT_SIGMOID>{}, y, count, in...);
    case IDI_ACT_SILU:
        return idi::map(c, F<IDI_ACT_SILU>{}, y, count, in...);
    case IDI_ACT_GELU:
        return idi::map(c, F<IDI_ACT_GELU>{}, y, count, in...);
    }
}

} // namespace

IDI_CUDA_OP(activation)
{
    IDI_STORAGE(c, T, launch<T, value>(c, idi::in<T>(c, 0)));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(activation_grad)
{
    const int source = c->exec->in[2].data ? 2 : 1;
    IDI_STORAGE(c, T, launch<T, gradient>(c, idi::in<T>(c, 0), idi::in<T>(c, source)));
    IDI_LAUNCHED();
}
