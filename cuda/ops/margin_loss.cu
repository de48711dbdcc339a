/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/margin_loss.cu - softmax cross-entropy of cosines with a margin, and its gradient;
 * contract in ops/margin_loss.h.
 *
 * Shapes     cosines, dcosines [N, K]; classes i32 [N]; margins [N, 2]; y, dy [1]
 * Launch     a block of 512 a sample; forward: one pass over its row, then a block that adds the
 *            samples (device/mean.cuh); gradient: a second pass that writes. Packs of 16 B where
 *            they divide K, else single elements
 * Traffic    forward DRAM N*K*size B, the floor; gradient 2*N*K*size B while the rows in flight
 * stay in L2. Some 130 blocks of 200 KB (K = 10^5, 16 bits) do Numerics   f32. A pass keeps largest
 * and sum together; the loss is log(1 + exp(a)) as in the reference, so that nothing cancels for
 * samples learnt well. Fixed order: bitwise repeatable Limits     N < 2^31 Reference
 * src/cpu/margin_loss.c      Measured  not yet
 */
#include "cuda/device/mean.cuh"

extern "C" {
#include "ops/margin_loss.h"
}

namespace {

constexpr int block_size = 512;
constexpr float pi = 3.14159265358979f;

template <typename T>
struct samples {
    const T *cosines;       /* [N, K] */
    const int32_t *classes; /* [N] */
    const T *margins;       /* [N, 2] or NULL */
    int64_t count;          /* K */
    float scale, angular, additive, edge;
    idi_margin_beyond beyond;
    bool is_exact;

    __device__ float clamped(float x) const
    {
        const float limit = 1.0f - edge;
        return x > limit ? limit : x < -limit ? -limit : x; /* a NaN stays one */
    }
    __device__ float logit(float x) const { return scale * clamped(x); }
    /* 1, or 0 beyond the clamp. */
    __device__ float slope(float x) const { return fabsf(x) > 1.0f - edge ? 0.0f : 1.0f; }
};

/* A sample's own class: its logit with the margin, and the slope of that by the cosine. */
struct own_class {
    int64_t k; /* -1: none */
    float logit, slope;
};

template <typename T>
__device__ own_class find_own(const samples<T> &s, int64_t n)
{
    const int64_t k = s.classes[n];
    if (k < 0 || k >= s.count) return {-1, 0.0f, 0.0f};
    const float angular = s.margins ? idi::to_float(s.margins[2 * n]) : s.angular;
    const float additive = s.margins ? idi::to_float(s.margins[2 * n + 1]) : s.additive;
    const float raw = idi::to_float(s.cosines[n * s.count + k]);
    const float c = s.clamped(raw);
    const float sine = sqrtf((1.0f - c) * (1.0f + c));
    const float angle = acosf(c) + angular;
    const float cosine = cosf(angular);
    float turned = c * cosine - sine * sinf(angular); /* cos(angle), without acosf's rounding */
    float slope = sine > 0.0f ? cosine + c * sinf(angular) / sine : 0.0f;
    if (s.beyond == IDI_MARGIN_FALLBACK && angle > pi) {
        turned = c - angular * sinf(angular);
        slope = 1.0f;
    }
    if (s.beyond == IDI_MARGIN_CLIP && (angle < s.edge || angle > pi - s.edge)) {
        turned = cosf(angle < s.edge ? s.edge : pi - s.edge);
        slope = 0.0f;
    }
    return {k, s.scale * (turned - additive), (s.is_exact ? slope : 1.0f) * s.slope(raw)};
}

/* A sum of exponentials as sum*exp(largest). */
struct exponentials {
    float largest, sum;

    __device__ void add(float z)
    {
        if (z > largest) {
            sum = sum * expf(largest - z) + 1.0f;
            largest = z;
        } else {
            sum += expf(z - largest);
        }
    }
};

/* Every thread of the block receives logsumexp of the other classes' logits. */
template <int V, typename T>
__device__ float others(const samples<T> &s, const T *row, int64_t own)
{
    exponentials e = {-INFINITY, 0.0f};
    for (int64_t k = (int64_t)threadIdx.x * V; k < s.count; k += block_size * V) {
        const auto values = idi::load_pack<V>(row + k);
        for (int j = 0; j < V; j++)
            if (k + j != own) e.add(s.logit(idi::to_float(values.v[j])));
    }
    const float largest = idi::block_max<block_size>(e.largest);
    const float scaled = e.sum == 0.0f ? 0.0f : e.sum * expf(e.largest - largest);
    return largest + logf(idi::block_sum<block_size>(scaled));
}

template <typename T, int V>
__global__ void __launch_bounds__(block_size)
    margin_loss_fwd(samples<T> s, float *__restrict__ losses)
{
    const int64_t n = blockIdx.x;
    const own_class own = find_own(s, n);
    const float a = others<V>(s, s.cosines + n * s.count, own.k) - own.logit;
    const float loss = fmaxf(a, 0.0f) + log1pf(expf(-fabsf(a)));
    if (threadIdx.x == 0) losses[n] = own.k < 0 ? 0.0f : loss;
}

template <typename T, int V>
__global__ void __launch_bounds__(block_size)
    margin_loss_bwd(samples<T> s, const T *__restrict__ dy, float factor, T *__restrict__ dcosines)
{
    const int64_t n = blockIdx.x;
    const T *row = s.cosines + n * s.count;
    const own_class own = find_own(s, n);
    const float logsumexp = others<V>(s, row, own.k);
    const float share =
        own.k < 0 ? 0.0f : idi::to_float(*dy) * factor / (1.0f + expf(own.logit - logsumexp));
    for (int64_t k = (int64_t)threadIdx.x * V; k < s.count; k += block_size * V) {
        auto values = idi::load_pack<V>(row + k);
        for (int j = 0; j < V; j++) {
            const float x = idi::to_float(values.v[j]);
            const float slope =
                k + j == own.k ? -own.slope : expf(s.logit(x) - logsumexp) * s.slope(x);
            values.v[j] = idi::from_float<T>(share * slope);
        }
        idi::store_pack(dcosines + n * s.count + k, values);
    }
}

template <typename T>
samples<T> samples_of(const idi_cuda_call *c)
{
    const auto *attr = static_cast<const idi_margin_loss_attr *>(c->exec->attr);
    return {idi::in<T>(c, 0),      idi::in<int32_t>(c, 1),
            idi::in<T>(c, 2),      c->exec->in[0].shape.dim[1],
            (float)attr->scale,    (float)attr->angular,
            (float)attr->additive, (float)attr->edge,
            attr->beyond,          attr->is_exact};
}

int64_t batch_of(const idi_cuda_call *c)
{
    return c->exec->in[0].shape.dim[0];
}

template <typename T, int V>
void launch_forward(const idi_cuda_call *c)
{
    auto *losses = static_cast<float *>(c->exec->workspace);
    const int64_t batch = batch_of(c);
    IDI_LAUNCH((margin_loss_fwd<T, V>), (unsigned)batch, block_size, 0, c->stream, samples_of<T>(c),
               losses);
    idi::fold_mean(c, losses, batch, batch, idi::out<T>(c, 0));
}

template <typename T, int V>
void launch_gradient(const idi_cuda_call *c)
{
    const int64_t batch = batch_of(c);
    const samples<T> s = samples_of<T>(c);
    IDI_LAUNCH((margin_loss_bwd<T, V>), (unsigned)batch, block_size, 0, c->stream, s,
               idi::in<T>(c, 3), s.scale / (float)batch, idi::out<T>(c, 0));
}

template <typename T>
bool has_packs(const idi_cuda_call *c)
{
    return c->exec->in[0].shape.dim[1] % idi::pack_width<T> == 0;
}

} // namespace

IDI_CUDA_WORKSPACE(margin_loss)
{
    *bytes_out = (size_t)batch_of(c) * sizeof(float);
    return IDI_OK;
}

IDI_CUDA_OP(margin_loss)
{
    IDI_STORAGE(c, T, {
        if (has_packs<T>(c))
            launch_forward<T, idi::pack_width<T>>(c);
        else
            launch_forward<T, 1>(c);
    });
    IDI_LAUNCHED();
}

IDI_CUDA_OP(margin_loss_grad)
{
    IDI_STORAGE(c, T, {
        if (has_packs<T>(c))
            launch_gradient<T, idi::pack_width<T>>(c);
        else
            launch_gradient<T, 1>(c);
    });
    IDI_LAUNCHED();
}
