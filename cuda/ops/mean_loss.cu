/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/mean_loss.cu - the mean of an elementwise loss, and its gradient; contract in
 * ops/mean_loss.h.
 *
 * Shapes     x, t, dx any, `count` numbers; y, dy [1]
 * Launch     forward: device/mean.cuh, at most 528 blocks of 256, a thread 16 bytes a step, then
 * one block; gradient: device/elementwise.cuh. A kernel a loss Traffic    DRAM count*size B for x,
 * the same for t and for dx: the floor. Bandwidth bound Numerics   f32 sums in a fixed order,
 * chains of some 50 additions at 10^7 elements: bitwise repeatable. max(0, NaN) is NaN Reference
 * src/cpu/mean_loss.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"
#include "cuda/device/mean.cuh"

extern "C" {
#include "ops/mean_loss.h"
}

/* Runs the statement with L = loss, a constant. */
#define LOSS_CASES(loss, L, ...)                                                                   \
    switch (loss) {                                                                                \
        LOSS_CASE(IDI_LOSS_ABSOLUTE, L, __VA_ARGS__)                                               \
        LOSS_CASE(IDI_LOSS_SQUARE, L, __VA_ARGS__)                                                 \
        LOSS_CASE(IDI_LOSS_HINGE_REAL, L, __VA_ARGS__)                                             \
        LOSS_CASE(IDI_LOSS_HINGE_FAKE, L, __VA_ARGS__)                                             \
        LOSS_CASE(IDI_LOSS_NEGATIVE, L, __VA_ARGS__)                                               \
    }
#define LOSS_CASE(value, L, ...)                                                                   \
    case value: {                                                                                  \
        constexpr idi_loss L = value;                                                              \
        __VA_ARGS__;                                                                               \
        break;                                                                                     \
    }

namespace {

template <idi_loss L>
constexpr bool has_target = L == IDI_LOSS_ABSOLUTE || L == IDI_LOSS_SQUARE;

__device__ float positive_part(float x)
{
    return x <= 0.0f ? 0.0f : x;
}

__device__ float loss_value(idi_loss loss, float x, float t)
{
    switch (loss) {
    case IDI_LOSS_ABSOLUTE:
        return fabsf(x - t);
    case IDI_LOSS_SQUARE:
        return (x - t) * (x - t);
    case IDI_LOSS_HINGE_REAL:
        return positive_part(1.0f - x);
    case IDI_LOSS_HINGE_FAKE:
        return positive_part(1.0f + x);
    case IDI_LOSS_NEGATIVE:
        return -x;
    }
    return 0.0f;
}

__device__ float loss_slope(idi_loss loss, float x, float t)
{
    switch (loss) {
    case IDI_LOSS_ABSOLUTE:
        return (x > t ? 1.0f : 0.0f) - (x < t ? 1.0f : 0.0f);
    case IDI_LOSS_SQUARE:
        return 2.0f * (x - t);
    case IDI_LOSS_HINGE_REAL:
        return x < 1.0f ? -1.0f : 0.0f;
    case IDI_LOSS_HINGE_FAKE:
        return x > -1.0f ? 1.0f : 0.0f;
    case IDI_LOSS_NEGATIVE:
        return -1.0f;
    }
    return 0.0f;
}

template <typename T, idi_loss L>
struct loss_term {
    static constexpr int width = idi::pack_width<T>;
    const T *x, *t;
    int64_t count;

    __device__ float value(int64_t i) const
    {
        return loss_value(L, idi::to_float(x[i]), has_target<L> ? idi::to_float(t[i]) : 0.0f);
    }

    __device__ void add(int64_t at, float (&sum)[width]) const
    {
        const int64_t first = at * width;
        if (first + width > count) {
            for (int64_t i = first; i < count; i++)
                sum[0] += value(i);
            return;
        }
        const auto xs = idi::load_pack<width>(x + first);
        const auto ts = has_target<L> ? idi::load_pack<width>(t + first) : xs;
        for (int j = 0; j < width; j++)
            sum[j] += loss_value(L, idi::to_float(xs.v[j]), idi::to_float(ts.v[j]));
    }
};

template <typename T, idi_loss L>
struct gradient {
    const T *dy; /* [1] */
    float factor;

    __device__ float operator()(float x, float t) const
    {
        return idi::to_float(*dy) * factor * loss_slope(L, x, t);
    }
    __device__ float operator()(float x) const { return (*this)(x, 0.0f); }
};

idi_loss loss_of(const idi_cuda_call *c)
{
    return static_cast<const idi_mean_loss_attr *>(c->exec->attr)->loss;
}

int64_t count_of(const idi_cuda_call *c)
{
    return idi_shape_count(&c->exec->in[0].shape);
}

template <typename T>
int64_t packs_of(const idi_cuda_call *c)
{
    return idi::ceil_div(count_of(c), idi::pack_width<T>);
}

template <typename T>
void launch_forward(const idi_cuda_call *c)
{
    const T *x = idi::in<T>(c, 0);
    const T *t = idi::in<T>(c, 1);
    const int64_t count = count_of(c);
    LOSS_CASES(
        loss_of(c), L,
        idi::mean(c, loss_term<T, L>{x, t, count}, packs_of<T>(c), count, idi::out<T>(c, 0)));
}

template <typename T, idi_loss L>
void launch_gradient(const idi_cuda_call *c)
{
    const int64_t count = count_of(c);
    const gradient<T, L> f{idi::in<T>(c, 2), (float)(1.0 / (double)count)};
    const T *x = idi::in<T>(c, 0);
    if constexpr (has_target<L>)
        idi::map(c, f, idi::out<T>(c, 0), count, x, idi::in<T>(c, 1));
    else
        idi::map(c, f, idi::out<T>(c, 0), count, x);
}

} // namespace

IDI_CUDA_WORKSPACE(mean_loss)
{
    IDI_STORAGE(c, T, *bytes_out = (size_t)idi::mean_blocks(packs_of<T>(c)) * sizeof(float));
    return IDI_OK;
}

IDI_CUDA_OP(mean_loss)
{
    IDI_STORAGE(c, T, launch_forward<T>(c));
    IDI_LAUNCHED();
}

IDI_CUDA_OP(mean_loss_grad)
{
    IDI_STORAGE(c, T, LOSS_CASES(loss_of(c), L, launch_gradient<T, L>(c)));
    IDI_LAUNCHED();
}
