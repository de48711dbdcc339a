/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/select/select.c - which instruction set this processor has. Compiled once, for the baseline.
 */
#include "cpu/fast/fast.h"

void idi_fast_base_fill(idi_fast_table *table);
void idi_fast_avx2_fill(idi_fast_table *table);
void idi_fast_avx512_fill(idi_fast_table *table);
void idi_fast_bf16_fill(idi_fast_table *table);

#ifdef IDI_HAS_X86
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}
#endif

void idi_fast_table_init(idi_fast_table *table)
{
#ifdef IDI_HAS_X86
    if (has_avx512()) {
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

bool idi_fast_has_bf16(void)
{
#ifdef IDI_HAS_X86
    return has_avx512() && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

void idi_fast_table_use_bf16(idi_fast_table *table)
{
#ifdef IDI_HAS_X86
    idi_fast_bf16_fill(table);
#else
    (void)table;
#endif
}
