/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/act_pack.cuh - activations of several numbers at a time: the choice among them is
 * made once for all. */
#ifndef IDI_CUDA_DEVICE_ACT_PACK_CUH
#define IDI_CUDA_DEVICE_ACT_PACK_CUH

#include "cuda/device/act.cuh"

/* Runs the statement with A = act, a constant. */
#define IDI_ACT_CASES(act, A, ...)                                                                 \
    switch (act) {                                                                                 \
        IDI_ACT_CASE(IDI_ACT_NONE, A, __VA_ARGS__)                                                 \
        IDI_ACT_CASE(IDI_ACT_RELU, A, __VA_ARGS__)                                                 \
        IDI_ACT_CASE(IDI_ACT_LEAKY_RELU, A, __VA_ARGS__)                                           \
        IDI_ACT_CASE(IDI_ACT_TANH, A, __VA_ARGS__)                                                 \
        IDI_ACT_CASE(IDI_ACT_SIGMOID, A, __VA_ARGS__)                                              \
        IDI_ACT_CASE(IDI_ACT_SILU, A, __VA_ARGS__)                                                 \
        IDI_ACT_CASE(IDI_ACT_GELU, A, __VA_ARGS__)                                                 \
    }
#define IDI_ACT_CASE(value, A, ...)                                                                \
    case value: {                                                                                  \
        constexpr idi_act A = value;                                                               \
        __VA_ARGS__;                                                                               \
        break;                                                                                     \
    }

namespace idi {

/* z = f(z) */
template <int N>
__device__ static inline void act_values(idi_act act, float (&z)[N])
{
    IDI_ACT_CASES(act, A, for (int j = 0; j < N; j++) z[j] = act_value(A, z[j]));
}

/* d *= f'(z) */
template <int N>
__device__ static inline void act_back(idi_act act, const float (&z)[N], float (&d)[N])
{
    IDI_ACT_CASES(act, A,
                  for (int j = 0; j < N; j++) d[j] *= act_slope(A, z[j], act_value(A, z[j])));
}

} // namespace idi

#endif
