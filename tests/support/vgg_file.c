/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/vgg_file.c - see vgg_file.h. */
#include "support/vgg_file.h"
#include "core/rng.h"
#include "model/safetensors.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONVS = 13, NAME_BYTES = 32 };
static const int places[CONVS] = {0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28};
static const int outs[CONVS] = {1, 1, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 8};

/* As He et al. begin, so that features neither die nor grow on their way. */
static float *numbers(int64_t count, double deviation, uint64_t seed, uint64_t stream)
{
    float *values = malloc((size_t)count * sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(deviation * idi_normal(seed, stream, (uint64_t)i));
    return values;
}

void idi_write_vgg(idi_memory *memory, const char *path, int64_t width, uint64_t seed,
                   const char *left_out)
{
    idi_safetensor tensors[2 * CONVS];
    char names[2 * CONVS][NAME_BYTES];
    float *values[2 * CONVS];
    int64_t kept = 0;
    for (int k = 0; k < 2 * CONVS; k++) {
        const int c = k / 2;
        const bool is_bias = k % 2 == 1;
        const int64_t in = c == 0 ? 3 : width * outs[c - 1];
        const int64_t out = width * outs[c];
        const int64_t count = is_bias ? out : out * in * 9;
        (void)snprintf(names[k], NAME_BYTES, "features.%d.%s", places[c],
                       is_bias ? "bias" : "weight");
        values[k] = numbers(count, is_bias ? 0.1 : sqrt(2.0 / (double)(9 * in)), seed, (uint64_t)k);
        if (left_out && strcmp(names[k], left_out) == 0) continue;
        tensors[kept++] = (idi_safetensor){
            .name = names[k],
            .dtype = IDI_F32,
            .rank = is_bias ? 1 : 4,
            .dim = {out, is_bias ? 1 : in, is_bias ? 1 : 3, is_bias ? 1 : 3, 1, 1, 1, 1},
            .data = values[k],
            .bytes = (size_t)count * sizeof(float)};
    }
    const idi_status st = idi_safetensors_write(memory, path, tensors, kept, NULL, 0);
    cr_assert_eq(st, IDI_OK, "%s", idi_last_error());
    for (int k = 0; k < 2 * CONVS; k++)
        free(values[k]);
}
