/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/select/select.c - which instruction set this processor has. Compiled once, for the baseline.
 */
#include "cpu/fast/fast.h"

void idi_fast_base_fill(idi_fast_table *table);
void idi_fast_avx2_fill(idi_fast_table *table);
void idi_fast_avx512_fill(idi_fast_table *table);

void idi_fast_table_init(idi_fast_table *table)
{
#ifdef IDI_HAS_X86
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")) {
        idi_fast_avx512_fill(table);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        idi_fast_avx2_fill(table);
        return;
    }
#endif
    idi_fast_base_fill(table);
}
