/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/normal_noise.c - ops/normal_noise.h as loops. */
#include "ops/normal_noise.h"
#include "core/rng.h"
#include "cpu/cpu.h"

static uint64_t join(int32_t low, int32_t high)
{
    return (uint64_t)(uint32_t)high << 32 | (uint32_t)low;
}

IDI_CPU_OP(normal_noise)
{
    const int64_t count = idi_shape_count(&e->out[0].shape);
    const int32_t *word = e->in[0].data;
    for (int64_t i = 0; i < count; i++)
        out_real(e, 0)[i] =
            (real)idi_normal(join(word[0], word[1]), join(word[2], word[3]), (uint64_t)i);
    return IDI_OK;
}
