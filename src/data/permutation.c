/* SPDX-License-Identifier: Apache-2.0 */
/* data/permutation.c - a Feistel network on the smallest even number of bits that holds the count,
 * with Philox as its round function (Luby and Rackoff 1988); what falls outside goes through it
 * again until it falls inside, after at most four times on average. */
#include "data/permutation.h"

#include "core/rng.h"

/* Few bits need more rounds than the theorem's four until all orders are about equally likely. */
enum { ROUNDS = 8 };

static int half_bits(int64_t count)
{
    int bits = 1;
    while (bits < 31 && ((int64_t)1 << (2 * bits)) < count)
        bits++;
    return bits;
}

static uint64_t encipher(const idi_permutation *permutation, int bits, uint64_t value)
{
    const uint64_t mask = ((uint64_t)1 << bits) - 1;
    uint64_t left = value >> bits, right = value & mask;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint32_t word[4];
        idi_philox(permutation->seed, permutation->stream, (round << 32) | right, word);
        const uint64_t mixed = left ^ (word[0] & mask);
        left = right;
        right = mixed;
    }
    return (left << bits) | right;
}

int64_t idi_permutation_at(const idi_permutation *permutation, int64_t index)
{
    const int bits = half_bits(permutation->count);
    uint64_t value = (uint64_t)index;
    do
        value = encipher(permutation, bits, value);
    while (value >= (uint64_t)permutation->count);
    return (int64_t)value;
}
