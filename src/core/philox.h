/* SPDX-License-Identifier: Apache-2.0 */
/* core/philox.h - Philox4x32-10's rounds, one text for the host and for CUDA kernels, so that both
 * draw the same bits. rng.h says what they are for. */
#ifndef IDI_CORE_PHILOX_H
#define IDI_CORE_PHILOX_H

#include <stdint.h>

#ifdef __CUDACC__
#define IDI_PHILOX __host__ __device__ static inline
#else
#define IDI_PHILOX static inline
#endif

enum { IDI_PHILOX_ROUNDS = 10 };

/* Four 32-bit numbers for one counter. */
IDI_PHILOX void idi_philox_draw(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4])
{
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t c[4] = {(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)stream,
                     (uint32_t)(stream >> 32)};
    for (int round = 0; round < IDI_PHILOX_ROUNDS; round++) {
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

#endif
