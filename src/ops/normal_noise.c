/* SPDX-License-Identifier: Apache-2.0 */
/* ops/normal_noise.c - see normal_noise.h. */
#include "ops/normal_noise.h"
#include "ops/integers.h"

idi_value idi_normal_noise(idi_graph *graph, idi_value seed, idi_shape shape)
{
    if (!idi_require_integers(graph, "normal_noise", "seed", seed, IDI_NOISE_WORDS))
        return IDI_NONE;
    return idi_op_build(graph, idi_op_normal_noise, NULL, 0, &seed, 1, shape);
}
