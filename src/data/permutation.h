/* SPDX-License-Identifier: Apache-2.0 */
/* data/permutation.h - shuffling without memory: a permutation of 0..count-1 of which single values
 * can be asked for, so that an epoch of any length has an order which depends on a seed alone and
 * can be entered anywhere. */
#ifndef IDI_DATA_PERMUTATION_H
#define IDI_DATA_PERMUTATION_H

#include <stdint.h>

typedef struct idi_permutation {
    uint64_t seed, stream; /* another permutation for each pair */
    int64_t count;         /* 1..2^62 */
} idi_permutation;

/* Where `index`, 0..count-1, goes. Each place is taken once. */
int64_t idi_permutation_at(const idi_permutation *permutation, int64_t index);

#endif
