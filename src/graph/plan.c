/* SPDX-License-Identifier: Apache-2.0 */
/* graph/plan.c - greedy by size, best fit: simple, and within a few percent of optimal for
 * feed-forward networks. Quadratic in the number of blocks, which is some hundreds. */
#include "graph/plan.h"

#include <stdlib.h>

static size_t round_up(size_t bytes)
{
    return (bytes + IDI_PLAN_ALIGNMENT - 1) / IDI_PLAN_ALIGNMENT * IDI_PLAN_ALIGNMENT;
}

/* Larger first; equal sizes in order of their first step, so that the plan is repeatable. */
static int compare_size(const void *a, const void *b)
{
    const idi_plan_block *x = *(idi_plan_block *const *)a;
    const idi_plan_block *y = *(idi_plan_block *const *)b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return x < y ? -1 : x > y;
}

static bool live_together(const idi_plan_block *a, const idi_plan_block *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* `placed` is ordered by offset. Finds the smallest gap, among the blocks alive with `block`. */
static size_t best_offset(idi_plan_block *const *placed, int32_t count, const idi_plan_block *block)
{
    const size_t bytes = round_up(block->bytes);
    size_t best = SIZE_MAX;
    size_t best_gap = SIZE_MAX;
    size_t end = 0; /* of everything alive seen so far */
    for (int32_t i = 0; i < count; i++) {
        if (!live_together(placed[i], block)) continue;
        if (placed[i]->offset >= end) {
            const size_t gap = placed[i]->offset - end;
            if (gap >= bytes && gap < best_gap) {
                best = end;
                best_gap = gap;
            }
        }
        const size_t placed_end = placed[i]->offset + round_up(placed[i]->bytes);
        if (placed_end > end) end = placed_end;
    }
    return best == SIZE_MAX ? end : best;
}

static void insert_by_offset(idi_plan_block **placed, int32_t count, idi_plan_block *block)
{
    int32_t at = count;
    for (; at > 0 && placed[at - 1]->offset > block->offset; at--)
        placed[at] = placed[at - 1];
    placed[at] = block;
}

idi_status idi_plan_memory(idi_memory *memory, idi_plan_block *blocks, int32_t count,
                           size_t *slab_bytes_out)
{
    *slab_bytes_out = 0;
    if (count == 0) return IDI_OK;
    idi_plan_block **order;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GRAPH, 2 * (size_t)count * sizeof(idi_plan_block *), &order));
    idi_plan_block **placed = order + count;
    for (int32_t i = 0; i < count; i++)
        order[i] = &blocks[i];
    qsort(order, (size_t)count, sizeof *order, compare_size);
    int32_t placed_count = 0;
    for (int32_t i = 0; i < count; i++) {
        idi_plan_block *block = order[i];
        block->offset = 0;
        if (block->bytes == 0) continue;
        block->offset = best_offset(placed, placed_count, block);
        insert_by_offset(placed, placed_count++, block);
        const size_t end = block->offset + round_up(block->bytes);
        if (end > *slab_bytes_out) *slab_bytes_out = end;
    }
    idi_free(memory, order);
    return IDI_OK;
}
