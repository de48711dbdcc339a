/* SPDX-License-Identifier: Apache-2.0 */
/* graph/plan.h - lifetimes to offsets: every activation's place in one slab. */
#ifndef IDI_GRAPH_PLAN_H
#define IDI_GRAPH_PLAN_H

#include "core/memory.h"

/* A block that must hold its content from step `first` to step `last`, both included. */
typedef struct idi_plan_block {
    size_t bytes;
    int32_t first;
    int32_t last;
    size_t offset; /* out */
} idi_plan_block;

/* Alignment of every offset, and of the slab. */
enum { IDI_PLAN_ALIGNMENT = 64 };

/* Gives each block an offset such that no two blocks that live at the same time overlap: largest
 * first, each into the smallest gap that fits. Blocks of 0 bytes get offset 0. */
IDI_NODISCARD idi_status idi_plan_memory(idi_memory *memory, idi_plan_block *blocks, int32_t count,
                                         size_t *slab_bytes_out);

#endif
