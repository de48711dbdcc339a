/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/sdpa.cpp - a stand-in for cuDNN at the level of cuda/runtime/sdpa_plan.h:
 * attention as loops with float sums, on the stream. As the fused engines do, it rounds a weight,
 * at most 1, before it multiplies, and divides by the sum last.
 *
 * So that every branch around it runs, it has no plan for odd numbers of keys. */
#include "plan.h"
#include "stream.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <cmath>

#include "cuda/device/op.cuh"

namespace {

template <typename T>
struct attention {
    idi_cuda_sdpa_problem p;
    idi_cuda_sdpa_data d;
    std::vector<float> weights = std::vector<float>(p.keys);

    /* Feature 0 of a token. */
    static T *row(void *tensor, int64_t token, const idi_cuda_sdpa_problem &p, int64_t head)
    {
        return static_cast<T *>(tensor) + (token * p.heads + head) * p.size;
    }

    void attend(int64_t sample, int64_t head, int64_t query)
    {
        const T *q = row(d.q, sample * p.queries + query, p, head);
        T *y = row(d.y, sample * p.queries + query, p, head);
        for (int64_t key = 0; key < p.keys; key++) {
            const T *k = row(d.k, sample * p.keys + key, p, head);
            float sum = 0.0f;
            for (int64_t j = 0; j < p.size; j++)
                sum += idi::to_float(q[j]) * idi::to_float(k[j]);
            weights[key] = sum * d.scale;
        }
        const float largest = *std::max_element(weights.begin(), weights.end());
        float total = 0.0f;
        std::vector<float> mixed(p.size);
        for (int64_t key = 0; key < p.keys; key++) {
            const T *v = row(d.v, sample * p.keys + key, p, head);
            const float weight = std::exp(weights[key] - largest);
            total += weight;
            for (int64_t j = 0; j < p.size; j++)
                mixed[j] += idi::to_float(idi::from_float<T>(weight)) * idi::to_float(v[j]);
        }
        for (int64_t j = 0; j < p.size; j++)
            y[j] = idi::from_float<T>(mixed[j] / total);
    }

    void run()
    {
        for (int64_t sample = 0; sample < p.n; sample++)
            for (int64_t head = 0; head < p.heads; head++)
                for (int64_t query = 0; query < p.queries; query++)
                    attend(sample, head, query);
    }
};

void run_plan(const idi_cuda_sdpa_problem &p, const idi_cuda_sdpa_data &d)
{
    idi::emulation::use_workspace(d.workspace);
    IDI_STORAGE(&p, T, (attention<T>{p, d}.run()));
}

} // namespace

extern "C" {

idi_status idi_cuda_sdpa_plan_build(idi_cuda_planner *planner, const idi_cuda_sdpa_problem *problem,
                                    idi_cuda_plan **plan_out)
{
    *plan_out = nullptr;
    if (problem->keys % 2 != 0) return IDI_OK;
    return idi::emulation::make_plan(planner, {nullptr, {}, *problem}, plan_out);
}

idi_status idi_cuda_sdpa_plan_run(idi_cuda_planner *, const idi_cuda_plan *plan, const void *data,
                                  cudaStream_t stream)
{
    const idi_cuda_sdpa_problem p = plan->sdpa;
    const idi_cuda_sdpa_data d = *static_cast<const idi_cuda_sdpa_data *>(data);
    idi::emulation::enqueue(stream, [p, d] { run_plan(p, d); });
    return IDI_OK;
}

} // extern "C"
