/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/fast.h - the fast float versions, and the table that they override.
 *
 * A fast version is a file fast/<op>.c and a line in fast.def; it reads the same contract
 * (ops/<op>.h) and is held against the plain loops by the same cases. It may use e->workspace, as
 * many bytes as its workspace function says; it allocates nothing.
 *
 * The files are compiled once for each instruction set (IDI_ISA: base, avx2, avx512), under names
 * of their own; idi_fast_table_init picks what this processor has. They are written as plain loops
 * that vectorise, so one source serves all. Those of bf16.def are compiled once more, as IDI_ISA
 * bf16 with IDI_FAST_BF16, for processors with AVX512_BF16. */
#ifndef IDI_CPU_FAST_FAST_H
#define IDI_CPU_FAST_FAST_H

#include "graph/backend.h"
#include "ops/ops.h"

typedef struct idi_fast_entry {
    idi_status (*run)(const idi_exec *e);
    size_t (*workspace_bytes)(const idi_exec *e); /* NULL: none */
} idi_fast_entry;

typedef struct idi_fast_table {
    idi_fast_entry entries[idi_op_count];
} idi_fast_table;

/* The best level that this processor and this build have. */
void idi_fast_table_init(idi_fast_table *table);

/* Whether this processor and this build multiply bf16, and the ops that do, over others. */
bool idi_fast_has_bf16(void);
void idi_fast_table_use_bf16(idi_fast_table *table);

#ifdef IDI_ISA
#ifdef IDI_FAST_BF16
#define IDI_FAST_DEF "cpu/fast/bf16.def"
#else
#define IDI_FAST_DEF "cpu/fast/fast.def"
#endif
#define IDI_FAST_PASTE_(isa, name) idi_fast_##isa##_##name
#define IDI_FAST_PASTE(isa, name)  IDI_FAST_PASTE_(isa, name)
#define IDI_FAST_NAME(name)        IDI_FAST_PASTE(IDI_ISA, name)

#define IDI_FAST(name) idi_status IDI_FAST_NAME(name)(const idi_exec *e);
#define IDI_FAST_WITH_WORKSPACE(name)                                                              \
    IDI_FAST(name) size_t IDI_FAST_NAME(name##_workspace)(const idi_exec *e);
#include IDI_FAST_DEF
#undef IDI_FAST
#undef IDI_FAST_WITH_WORKSPACE

/* The heads of an op's functions. */
#define IDI_FAST_OP(name)        idi_status IDI_FAST_NAME(name)(const idi_exec *e)
#define IDI_FAST_WORKSPACE(name) size_t IDI_FAST_NAME(name##_workspace)(const idi_exec *e)
#endif

#endif
