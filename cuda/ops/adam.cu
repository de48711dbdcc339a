/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/adam.cu - one step of Adam; contract in ops/adam.h.
 *
 * Shapes     p, g, m, v and the three outputs any, `count` numbers; rates [4]
 * Launch     a thread 4 elements, blocks of 256; the tail one by one in the last block
 * Traffic    DRAM 7*count*4 B: the floor. Bandwidth bound
 * Numerics   f32. A thread reads its elements of all inputs before it writes them, and no pointer
 * is
 *            __restrict__: outputs may lie in the inputs' memory
 * Limits     f32 storage only; 16 bits are refused while planning
 * Reference  src/cpu/adam.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"
#include "cuda/device/f32_only.cuh"

extern "C" {
#include "ops/adam.h"
}

namespace {

constexpr int width = idi::pack_width<float>;

struct element {
    float p, m, v;
};

struct step {
    float beta1, rest1, beta2, rest2, eps, weight_decay; /* rest = 1 - beta */

    __device__ element operator()(const float *rates, element old, float g) const
    {
        g *= rates[3];
        element e;
        e.m = beta1 * old.m + rest1 * g;
        e.v = beta2 * old.v + rest2 * g * g;
        const float change = e.m / rates[1] / (sqrtf(e.v / rates[2]) + eps);
        e.p = old.p - rates[0] * (change + weight_decay * old.p);
        return e;
    }
};

struct operands {
    const float *p, *g, *m, *v, *rates;
    float *p_out, *m_out, *v_out;
};

__global__ void __launch_bounds__(idi::elementwise_block)
    adam_step(step f, operands o, int64_t count)
{
    const int64_t first = idi::elementwise_thread() * width;
    const float rates[4] = {o.rates[0], o.rates[1], o.rates[2], o.rates[3]};
    if (first + width > count) {
        for (int64_t i = first; i < count; i++) {
            const element e = f(rates, {o.p[i], o.m[i], o.v[i]}, o.g[i]);
            o.p_out[i] = e.p;
            o.m_out[i] = e.m;
            o.v_out[i] = e.v;
        }
        return;
    }
    auto p = idi::load_pack<width>(o.p + first);
    const auto g = idi::load_pack<width>(o.g + first);
    auto m = idi::load_pack<width>(o.m + first);
    auto v = idi::load_pack<width>(o.v + first);
    for (int j = 0; j < width; j++) {
        const element e = f(rates, {p.v[j], m.v[j], v.v[j]}, g.v[j]);
        p.v[j] = e.p;
        m.v[j] = e.m;
        v.v[j] = e.v;
    }
    idi::store_pack(o.p_out + first, p);
    idi::store_pack(o.m_out + first, m);
    idi::store_pack(o.v_out + first, v);
}

idi_status require_f32(const idi_cuda_call *c)
{
    return idi::require_f32(c, "adam", "a parameter's small steps");
}

} // namespace

/* No scratch; here to refuse before anything is taken. */
IDI_CUDA_WORKSPACE(adam)
{
    *bytes_out = 0;
    return require_f32(c);
}

IDI_CUDA_OP(adam)
{
    IDI_TRY(require_f32(c));
    const auto *attr = static_cast<const idi_adam_attr *>(c->exec->attr);
    const int64_t count = idi_shape_count(&c->exec->out[0].shape);
    const step f = {(float)attr->beta1, (float)(1.0 - attr->beta1),
                    (float)attr->beta2, (float)(1.0 - attr->beta2),
                    (float)attr->eps,   (float)attr->weight_decay};
    const operands o = {idi::in<float>(c, 0),  idi::in<float>(c, 1), idi::in<float>(c, 2),
                        idi::in<float>(c, 3),  idi::in<float>(c, 4), idi::out<float>(c, 0),
                        idi::out<float>(c, 1), idi::out<float>(c, 2)};
    IDI_LAUNCH(adam_step, idi::elementwise_grid(idi::ceil_div(count, width)),
               idi::elementwise_block, 0, c->stream, f, o, count);
    IDI_LAUNCHED();
}
