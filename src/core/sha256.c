/* SPDX-License-Identifier: Apache-2.0 */
/* core/sha256.c - section numbers are FIPS 180-4's. */
#include "core/sha256.h"

#include <string.h>

enum { BLOCK = 64, ROUNDS = 64, WORDS = 8, LENGTH_AT = BLOCK - 8 };

/* 4.2.2: fractional parts of the cube roots of the first 64 primes */
static const uint32_t constants[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* 5.3.3: of the square roots of the first 8 */
static const uint32_t initial[WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static uint32_t rotated(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

/* 6.2.2, step 1 */
static void schedule(const uint8_t *block, uint32_t w[ROUNDS])
{
    for (size_t t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (size_t t = 16; t < ROUNDS; t++) {
        const uint32_t s0 = rotated(w[t - 15], 7) ^ rotated(w[t - 15], 18) ^ w[t - 15] >> 3;
        const uint32_t s1 = rotated(w[t - 2], 17) ^ rotated(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
}

/* 6.2.2, steps 2 to 4: s is a..h */
static void take_block(const uint8_t *block, uint32_t state[WORDS])
{
    uint32_t w[ROUNDS], s[WORDS];
    schedule(block, w);
    memcpy(s, state, sizeof s);
    for (int t = 0; t < ROUNDS; t++) {
        const uint32_t sum1 = rotated(s[4], 6) ^ rotated(s[4], 11) ^ rotated(s[4], 25);
        const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        const uint32_t t1 = s[7] + sum1 + choice + constants[t] + w[t];
        const uint32_t sum0 = rotated(s[0], 2) ^ rotated(s[0], 13) ^ rotated(s[0], 22);
        const uint32_t t2 = sum0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < WORDS; i++)
        state[i] += s[i];
}

/* 5.1.1: a one, zeros, the length in bits */
static void take_rest(const uint8_t *rest, size_t size, uint64_t bits, uint32_t state[WORDS])
{
    uint8_t block[BLOCK] = {0};
    if (size) memcpy(block, rest, size);
    block[size] = 0x80;
    if (size >= LENGTH_AT) {
        take_block(block, state);
        memset(block, 0, sizeof block);
    }
    for (int i = 0; i < 8; i++)
        block[LENGTH_AT + i] = (uint8_t)(bits >> (56 - 8 * i));
    take_block(block, state);
}

void idi_sha256_digest(const void *bytes, size_t size, uint8_t digest_out[IDI_SHA256_BYTES])
{
    const uint8_t *from = bytes;
    uint32_t state[WORDS];
    size_t at = 0;
    memcpy(state, initial, sizeof state);
    for (; size - at >= BLOCK; at += BLOCK)
        take_block(from + at, state);
    take_rest(size ? from + at : NULL, size - at, (uint64_t)size * 8, state);
    for (int i = 0; i < IDI_SHA256_BYTES; i++)
        digest_out[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

void idi_sha256_format(const uint8_t digest[IDI_SHA256_BYTES], char text_out[IDI_SHA256_DIGITS + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < IDI_SHA256_BYTES; i++) {
        text_out[2 * i] = digits[digest[i] >> 4];
        text_out[2 * i + 1] = digits[digest[i] & 15];
    }
    text_out[IDI_SHA256_DIGITS] = '\0';
}
