/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/table.c - this instruction set's functions, filled in from its list. */
#include "cpu/fast/fast.h"

void IDI_FAST_NAME(fill)(idi_fast_table *table);

void IDI_FAST_NAME(fill)(idi_fast_table *table)
{
#define IDI_FAST(name) table->entries[idi_op_##name] = (idi_fast_entry){IDI_FAST_NAME(name), NULL};
#define IDI_FAST_WITH_WORKSPACE(name)                                                              \
    table->entries[idi_op_##name] =                                                                \
        (idi_fast_entry){IDI_FAST_NAME(name), IDI_FAST_NAME(name##_workspace)};
#include IDI_FAST_DEF
#undef IDI_FAST
#undef IDI_FAST_WITH_WORKSPACE
}
