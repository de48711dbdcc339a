/* SPDX-License-Identifier: Apache-2.0 */
/* core/rng.c - see rng.h. */
#include "core/rng.h"

#include <math.h>

enum { ROUNDS = 10 };

void idi_philox(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4])
{
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t c[4] = {(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)stream,
                     (uint32_t)(stream >> 32)};
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t a = (uint64_t)0xD2511F53U * c[0];
        const uint64_t b = (uint64_t)0xCD9E8D57U * c[2];
        const uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ key[0], (uint32_t)b,
                                  (uint32_t)(a >> 32) ^ c[3] ^ key[1], (uint32_t)a};
        for (int i = 0; i < 4; i++)
            c[i] = next[i];
        key[0] += 0x9E3779B9U;
        key[1] += 0xBB67AE85U;
    }
    for (int i = 0; i < 4; i++)
        out[i] = c[i];
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
