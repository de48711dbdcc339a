/* SPDX-License-Identifier: Apache-2.0 */
/* core/rng.h - Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random
 * numbers: as easy as 1, 2, 3" (SC 2011). A number depends on (seed, stream, index) alone, never
 * on how many were drawn before, so threads, batches and devices agree. */
#ifndef IDI_CORE_RNG_H
#define IDI_CORE_RNG_H

#include <stdint.h>

/* Four 32-bit numbers for one counter. */
void idi_philox(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4]);

/* Uniform in [0, 1): a multiple of 2^-32, exact in double. */
double idi_uniform(uint64_t seed, uint64_t stream, uint64_t index);

/* Standard normal by Box and Muller. Uses the maths library: not the same to the last bit on
 * every platform. */
double idi_normal(uint64_t seed, uint64_t stream, uint64_t index);

/* FNV-1a of a string: a stream number from a tensor's name. */
uint64_t idi_hash_name(const char *name);

#endif
