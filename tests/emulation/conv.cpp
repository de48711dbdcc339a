/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/conv.cpp - a stand-in for cuDNN at the level of cuda/runtime/conv_plan.h: the
 * problem as loops with float sums, on the stream.
 *
 * So that every branch around it runs, it has a plan for only some problems: none where the padding
 * reaches beyond the kernel, and none that fuses tanh, sigmoid or a residual. */
#include "plan.h"
#include "stream.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cmath>
#include <cstring>

#include "cuda/device/op.cuh"

namespace {

/* TF32 keeps 10 bits of a factor's fraction. */
float to_tf32(float x)
{
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x1000u) & ~0x1fffu;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

template <typename T>
struct convolution {
    idi_cuda_conv_problem p;
    idi_cuda_conv_data d;

    float factor(const void *tensor, int64_t at) const
    {
        const float x = idi::to_float(static_cast<const T *>(tensor)[at]);
        return p.allows_tf32 ? to_tf32(x) : x;
    }

    /* Calls product(x, weight, y), indices all, for each product. */
    template <typename F>
    void for_each(F &&product) const
    {
        const int64_t in_group = p.c / p.groups;
        const int64_t out_group = p.o / p.groups;
        const int64_t pixels = p.n * p.out_h * p.out_w;
        for (int64_t y = 0; y < pixels * p.o; y++)
            for (int64_t tap = 0; tap < p.kh * p.kw; tap++) {
                const int64_t o = y % p.o;
                const int64_t pixel = y / p.o;
                const int64_t line = pixel / p.out_w;
                const int64_t iy = line % p.out_h * p.stride - p.pad + tap / p.kw;
                const int64_t ix = pixel % p.out_w * p.stride - p.pad + tap % p.kw;
                if (iy < 0 || iy >= p.h || ix < 0 || ix >= p.w) continue;
                const int64_t source = (line / p.out_h * p.h + iy) * p.w + ix;
                for (int64_t c = 0; c < in_group; c++)
                    product(source * p.c + o / out_group * in_group + c,
                            (o * p.kh * p.kw + tap) * in_group + c, y);
            }
    }

    float finish(float sum, int64_t y) const
    {
        if (p.has_bias) sum += idi::to_float(static_cast<const T *>(d.bias)[y % p.o]);
        if (p.act == IDI_ACT_RELU) return sum > 0.0f ? sum : 0.0f;
        return p.act == IDI_ACT_LEAKY_RELU && sum < 0.0f ? 0.2f * sum : sum;
    }

    void run() const
    {
        std::vector<float> sums;
        void *target = d.y;
        if (p.kind == IDI_CUDA_CONV_FORWARD) {
            sums.resize(p.n * p.out_h * p.out_w * p.o);
            for_each([&](int64_t x, int64_t w, int64_t y) {
                sums[y] += factor(d.x, x) * factor(d.weight, w);
            });
        } else if (p.kind == IDI_CUDA_CONV_GRAD_INPUT) {
            target = d.x;
            sums.resize(p.n * p.h * p.w * p.c);
            for_each([&](int64_t x, int64_t w, int64_t y) {
                sums[x] += factor(d.y, y) * factor(d.weight, w);
            });
        } else {
            target = d.weight;
            sums.resize(p.o * p.kh * p.kw * (p.c / p.groups));
            for_each([&](int64_t x, int64_t w, int64_t y) {
                sums[w] += factor(d.x, x) * factor(d.y, y);
            });
        }
        for (size_t i = 0; i < sums.size(); i++)
            static_cast<T *>(target)[i] =
                idi::from_float<T>(finish(sums[i], static_cast<int64_t>(i)));
    }
};

void run_plan(const idi_cuda_conv_problem &p, const idi_cuda_conv_data &d)
{
    idi::emulation::use_workspace(d.workspace);
    IDI_STORAGE(&p, T, (convolution<T>{p, d}.run()));
}

bool has_engine(const idi_cuda_conv_problem &p)
{
    if (p.pad >= p.kh || p.pad >= p.kw) return false;
    return !p.has_residual && p.act != IDI_ACT_TANH && p.act != IDI_ACT_SIGMOID;
}

} // namespace

extern "C" {

idi_status idi_cuda_conv_plan_build(idi_cuda_planner *planner, const idi_cuda_conv_problem *problem,
                                    idi_cuda_plan **plan_out)
{
    *plan_out = nullptr;
    if (!has_engine(*problem)) return IDI_OK;
    return idi::emulation::make_plan(planner, {nullptr, *problem, {}}, plan_out);
}

idi_status idi_cuda_conv_plan_run(idi_cuda_planner *, const idi_cuda_plan *plan, const void *data,
                                  cudaStream_t stream)
{
    const idi_cuda_conv_problem p = plan->conv;
    const idi_cuda_conv_data d = *static_cast<const idi_cuda_conv_data *>(data);
    idi::emulation::enqueue(stream, [p, d] { run_plan(p, d); });
    return IDI_OK;
}

} // extern "C"
