/* SPDX-License-Identifier: Apache-2.0 */
/* tests/graph/test_plan.c - the memory planner: each situation by name, then random plans against
 * a step by step check. */
#include "core/rng.h"
#include "graph/plan.h"
#include "support/random.h"

#include <criterion/criterion.h>

enum { UNIT = IDI_PLAN_ALIGNMENT, MAX_BLOCKS = 120, MAX_STEPS = 40 };

static size_t padded(size_t bytes)
{
    return (bytes + UNIT - 1) / UNIT * UNIT;
}

static bool share_a_byte(const idi_plan_block *a, const idi_plan_block *b)
{
    return a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

/* Plans, checks what holds for every plan, and returns the slab's bytes. */
static size_t plan(idi_plan_block *blocks, int32_t count)
{
    idi_memory *memory = idi_test_memory();
    size_t slab = 12345;
    cr_assert_eq(idi_plan_memory(memory, blocks, count, &slab), IDI_OK);
    cr_assert_eq(slab % UNIT, 0);
    for (int32_t i = 0; i < count; i++) {
        cr_assert_eq(blocks[i].offset % UNIT, 0, "block %d is not aligned", i);
        cr_assert_leq(blocks[i].offset + blocks[i].bytes, slab, "block %d leaves the slab", i);
    }
    idi_test_memory_close(&memory);
    return slab;
}

Test(plan, no_blocks_need_nothing)
{
    cr_assert_eq(plan(NULL, 0), 0);
}

Test(plan, one_block_is_rounded_up)
{
    idi_plan_block blocks[] = {{.bytes = 1, .first = 0, .last = 0}};
    cr_assert_eq(plan(blocks, 1), UNIT);
    cr_assert_eq(blocks[0].offset, 0);
}

Test(plan, reuses_after_death)
{
    idi_plan_block blocks[] = {{5 * UNIT, 0, 1, 0}, {4 * UNIT, 2, 3, 0}, {3 * UNIT, 4, 4, 0}};
    cr_assert_eq(plan(blocks, 3), 5 * UNIT);
    cr_assert_eq(blocks[1].offset, 0);
    cr_assert_eq(blocks[2].offset, 0);
}

Test(plan, cannot_reuse_while_alive)
{
    idi_plan_block blocks[] = {{5 * UNIT, 0, 9, 0}, {4 * UNIT, 2, 3, 0}};
    cr_assert_eq(plan(blocks, 2), 9 * UNIT);
    cr_assert_not(share_a_byte(&blocks[0], &blocks[1]));
}

/* A node writes its output while it still reads its input. */
Test(plan, touching_lifetimes_overlap_at_the_shared_step)
{
    idi_plan_block blocks[] = {{2 * UNIT, 0, 3, 0}, {2 * UNIT, 3, 5, 0}};
    cr_assert_eq(plan(blocks, 2), 4 * UNIT);
    idi_plan_block apart[] = {{2 * UNIT, 0, 3, 0}, {2 * UNIT, 4, 5, 0}};
    cr_assert_eq(plan(apart, 2), 2 * UNIT);
}

/* At step 5 the gaps are 8 units at 10 and 4 units at 25; the last block fits both. */
Test(plan, prefers_the_smallest_gap_that_fits)
{
    idi_plan_block blocks[] = {{10 * UNIT, 0, 9, 0}, {8 * UNIT, 0, 0, 0}, {7 * UNIT, 0, 9, 0},
                               {4 * UNIT, 0, 0, 0},  {3 * UNIT, 0, 9, 0}, {2 * UNIT, 5, 5, 0}};
    cr_assert_eq(plan(blocks, 6), 32 * UNIT);
    cr_assert_eq(blocks[5].offset, 25 * UNIT);
}

Test(plan, a_gap_too_small_is_left)
{
    idi_plan_block blocks[] = {
        {10 * UNIT, 0, 9, 0}, {3 * UNIT, 0, 0, 0}, {3 * UNIT, 0, 9, 0}, {3 * UNIT + 1, 5, 5, 0}};
    (void)plan(blocks, 4);
    cr_assert_not(share_a_byte(&blocks[3], &blocks[0]));
    cr_assert_not(share_a_byte(&blocks[3], &blocks[2]));
}

Test(plan, a_gap_that_fits_exactly_is_used)
{
    idi_plan_block blocks[] = {
        {10 * UNIT, 0, 9, 0}, {5 * UNIT, 0, 0, 0}, {5 * UNIT, 0, 9, 0}, {5 * UNIT - 1, 5, 5, 0}};
    cr_assert_eq(plan(blocks, 4), 20 * UNIT);
    cr_assert_eq(blocks[3].offset, 10 * UNIT);
}

Test(plan, blocks_without_bytes_take_no_place)
{
    idi_plan_block blocks[] = {{0, 0, 9, 77}, {UNIT, 0, 9, 77}, {0, 3, 4, 77}, {UNIT, 2, 2, 77}};
    cr_assert_eq(plan(blocks, 4), 2 * UNIT);
    cr_assert_eq(blocks[0].offset, 0);
    cr_assert_eq(blocks[2].offset, 0);
}

Test(plan, every_size_is_padded_to_the_alignment)
{
    idi_plan_block blocks[] = {{1, 0, 1, 0}, {UNIT + 1, 0, 1, 0}, {UNIT - 1, 0, 1, 0}};
    cr_assert_eq(plan(blocks, 3), 4 * UNIT);
}

/* Inputs and what crosses rates: alive before the first step and after the last. */
Test(plan, persistent_blocks_are_never_shared)
{
    idi_plan_block blocks[12];
    blocks[0] = (idi_plan_block){2 * UNIT, -1, 10, 0};
    blocks[1] = (idi_plan_block){9 * UNIT, -1, 10, 0};
    for (int32_t i = 0; i < 10; i++)
        blocks[2 + i] = (idi_plan_block){5 * UNIT, i, i, 0};
    cr_assert_eq(plan(blocks, 12), 16 * UNIT);
    for (int32_t i = 1; i < 12; i++)
        cr_assert_not(share_a_byte(&blocks[0], &blocks[i]));
    for (int32_t i = 2; i < 12; i++)
        cr_assert_not(share_a_byte(&blocks[1], &blocks[i]));
}

/* A chain of equal layers needs two places, however long it is. */
Test(plan, a_chain_alternates_between_two_places)
{
    idi_plan_block blocks[30];
    for (int32_t i = 0; i < 30; i++)
        blocks[i] = (idi_plan_block){7 * UNIT, i, i + 1, 0};
    cr_assert_eq(plan(blocks, 30), 14 * UNIT);
}

Test(plan, the_same_blocks_give_the_same_plan)
{
    idi_plan_block first[20];
    idi_plan_block second[20];
    for (int32_t i = 0; i < 20; i++)
        first[i] = second[i] = (idi_plan_block){(size_t)(1 + i % 3) * UNIT, i / 2, i / 2 + 3, 0};
    cr_assert_eq(plan(first, 20), plan(second, 20));
    for (int32_t i = 0; i < 20; i++)
        cr_assert_eq(first[i].offset, second[i].offset);
}

Test(plan, fails_when_memory_does)
{
    idi_memory *memory = idi_test_failing_memory(0);
    idi_plan_block block = {UNIT, 0, 0, 0};
    size_t slab = 1;
    cr_assert_eq(idi_plan_memory(memory, &block, 1, &slab), IDI_ERR_NOMEM);
    idi_test_memory_close(&memory);
}

static void random_blocks(uint64_t seed, idi_plan_block *blocks, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        uint32_t word[4];
        idi_philox(seed, 0, (uint64_t)i, word);
        const int32_t first = (int32_t)(word[0] % MAX_STEPS);
        const int32_t length = (int32_t)(word[1] % (word[2] % 5 == 0 ? MAX_STEPS : 4));
        blocks[i] = (idi_plan_block){.bytes = word[3] % (word[2] % 7 == 0 ? 1 : 5000),
                                     .first = word[2] % 11 == 0 ? -1 : first,
                                     .last = first + length};
    }
}

/* The most bytes alive at one step: no plan can do with less. */
static size_t most_alive(const idi_plan_block *blocks, int32_t count)
{
    size_t most = 0;
    for (int32_t step = -1; step < 2 * MAX_STEPS; step++) {
        size_t alive = 0;
        for (int32_t i = 0; i < count; i++)
            if (blocks[i].first <= step && step <= blocks[i].last) alive += padded(blocks[i].bytes);
        if (alive > most) most = alive;
    }
    return most;
}

static void check_no_overlap(const idi_plan_block *blocks, int32_t count, uint64_t seed)
{
    for (int32_t step = -1; step < 2 * MAX_STEPS; step++)
        for (int32_t i = 0; i < count; i++)
            for (int32_t j = 0; j < i; j++) {
                if (blocks[i].first > step || step > blocks[i].last) continue;
                if (blocks[j].first > step || step > blocks[j].last) continue;
                cr_assert_not(blocks[i].bytes && blocks[j].bytes &&
                                  share_a_byte(&blocks[i], &blocks[j]),
                              "blocks %d and %d overlap at step %d (seed %llu)", i, j, step,
                              (unsigned long long)seed);
            }
}

Test(plan, random_plans_are_valid_and_tight)
{
    const uint64_t first_seed = idi_test_seed();
    size_t total_slab = 0;
    size_t total_bound = 0;
    for (uint64_t seed = first_seed; seed < first_seed + 60; seed++) {
        idi_plan_block blocks[MAX_BLOCKS];
        const int32_t count = 1 + (int32_t)(seed % MAX_BLOCKS);
        random_blocks(seed, blocks, count);
        const size_t slab = plan(blocks, count);
        check_no_overlap(blocks, count, seed);
        const size_t bound = most_alive(blocks, count);
        cr_assert_geq(slab, bound, "seed %llu", (unsigned long long)seed);
        total_slab += slab;
        total_bound += bound;
    }
    cr_assert_leq((double)total_slab, 1.15 * (double)total_bound,
                  "the plans take %zu bytes where %zu are alive (seed %llu)", total_slab,
                  total_bound, (unsigned long long)first_seed);
}
