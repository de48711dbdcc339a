/* SPDX-License-Identifier: Apache-2.0 */
/* core/rng.c - see rng.h. */
#include "core/rng.h"
#include "core/philox.h"

#include <math.h>

void idi_philox(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4])
{
    idi_philox_draw(seed, stream, index, out);
}

double idi_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint32_t word[4];
    idi_philox(seed, stream, index, word);
    return (double)word[0] * 0x1p-32;
}

double idi_normal(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint32_t word[4];
    idi_philox(seed, stream, index, word);
    const double radius = sqrt(-2.0 * log(((double)word[0] + 1.0) * 0x1p-32));
    return radius * cos(6.283185307179586 * ((double)word[1] * 0x1p-32));
}

uint64_t idi_hash_name(const char *name)
{
    uint64_t hash = 14695981039346656037ULL;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211ULL;
    return hash;
}
