/* SPDX-License-Identifier: Apache-2.0 */
/* tests/ops/concat.c - cases of ops/concat.h and ops/slice.h, and what their builders refuse. */
#include "ops/concat.h"
#include "ops/slice.h"
#include "support/op_check.h"
#include "support/refusal.h"

#include <criterion/criterion.h>

static idi_value build_concat(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    int count = 0;
    while (count < IDI_CASE_INPUTS && in[count] != IDI_NONE)
        count++;
    return idi_concat(graph, in, count, (int)c->p[0]);
}

static idi_value build_twice(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    const idi_value parts[3] = {in[0], in[1], in[0]};
    return idi_concat(graph, parts, 3, (int)c->p[0]);
}

static idi_value build_slice(idi_graph *graph, const idi_value *in, const idi_op_case *c)
{
    return idi_slice(graph, in[0], (int)c->p[0], c->p[1], c->p[2]);
}

static const idi_op_case concat_cases[] = {
    {.name = "one input", .in = {{{1, {1}}}}, .build = build_concat},
    {.name = "first axis",
     .in = {{{2, {3, 5}}}, {{2, {1, 5}}}, {{2, {7, 5}}}},
     .build = build_concat},
    {.name = "channels",
     .in = {{{4, {2, 3, 5, 7}}}, {{4, {2, 3, 5, 1}}}},
     .p = {3},
     .build = build_concat},
    {.name = "middle axis",
     .in = {{{3, {2, 19, 11}}}, {{3, {2, 1, 11}}}},
     .p = {1},
     .build = build_concat},
    {.name = "one value twice",
     .in = {{{3, {2, 3, 4}}}, {{3, {2, 2, 4}}}},
     .p = {1},
     .build = build_twice},
    {.name = "units of 16 bytes",
     .in = {{{3, {3, 5, 8}}}, {{3, {3, 2, 8}}}},
     .p = {1},
     .build = build_concat},
    {.name = "units of 4 bytes",
     .in = {{{3, {3, 5, 6}}}, {{3, {3, 5, 2}}}},
     .p = {2},
     .build = build_concat},
    {.name = "several blocks",
     .in = {{{2, {7, 293}}}, {{2, {7, 1}}}},
     .p = {1},
     .build = build_concat},
    {.name = "eight inputs",
     .in = {{{2, {2, 1}}},
            {{2, {2, 2}}},
            {{2, {2, 3}}},
            {{2, {2, 4}}},
            {{2, {2, 5}}},
            {{2, {2, 6}}},
            {{2, {2, 7}}},
            {{2, {2, 8}}}},
     .p = {1},
     .build = build_concat},
};
IDI_SUITE(concat, concat_cases);

static const idi_op_case slice_cases[] = {
    {.name = "all", .in = {{{1, {1}}}}, .p = {0, 0, 1}, .build = build_slice},
    {.name = "start", .in = {{{2, {7, 5}}}}, .p = {0, 0, 3}, .build = build_slice},
    {.name = "end", .in = {{{2, {3, 13}}}}, .p = {1, 6, 7}, .build = build_slice},
    {.name = "middle", .in = {{{4, {2, 5, 3, 4}}}}, .p = {1, 1, 2}, .build = build_slice},
    {.name = "units of 16 bytes", .in = {{{3, {3, 5, 8}}}}, .p = {1, 2, 2}, .build = build_slice},
    {.name = "units of 4 bytes", .in = {{{2, {5, 24}}}}, .p = {1, 2, 8}, .build = build_slice},
    {.name = "several blocks", .in = {{{2, {7, 293}}}}, .p = {1, 1, 290}, .build = build_slice},
    {.name = "last of four", .in = {{{4, {2, 3, 2, 7}}}}, .p = {3, 2, 1}, .build = build_slice},
};
IDI_SUITE(slice, slice_cases);

static void concat_axis(idi_graph *graph, const idi_value *in)
{
    (void)idi_concat(graph, in, 2, 3);
}

static void concat_none(idi_graph *graph, const idi_value *in)
{
    (void)idi_concat(graph, in, 0, 0);
}

static void concat_sizes(idi_graph *graph, const idi_value *in)
{
    (void)idi_concat(graph, in, 2, 0);
}

static void concat_absent(idi_graph *graph, const idi_value *in)
{
    const idi_value parts[2] = {in[0], IDI_NONE};
    (void)idi_concat(graph, parts, 2, 0);
}

Test(concat, refusals)
{
    static const idi_shape shapes[] = {{3, {2, 3, 4}}, {3, {2, 5, 4}}, {0}};
    idi_expect_refusal(concat_axis, shapes, "concat: axis 3 of [2, 3, 4], want 0 to 2");
    idi_expect_refusal(concat_none, shapes, "concat: 0 inputs, want 1 to 24");
    idi_expect_refusal(concat_sizes, shapes, "concat: input 1 is [2, 5, 4]");
    idi_expect_refusal(concat_absent, shapes, "concat: input 1 is []");
}

static void slice_axis(idi_graph *graph, const idi_value *in)
{
    (void)idi_slice(graph, in[0], -1, 0, 1);
}

static void slice_past_the_end(idi_graph *graph, const idi_value *in)
{
    (void)idi_slice(graph, in[0], 1, 2, 2);
}

static void slice_nothing(idi_graph *graph, const idi_value *in)
{
    (void)idi_slice(graph, in[0], 1, 2, 0);
}

static void slice_before(idi_graph *graph, const idi_value *in)
{
    (void)idi_slice(graph, in[0], 1, -1, 2);
}

Test(slice, refusals)
{
    static const idi_shape shapes[] = {{2, {2, 3}}, {0}};
    idi_expect_refusal(slice_axis, shapes, "slice: axis -1 of [2, 3], want 0 to 1");
    idi_expect_refusal(slice_past_the_end, shapes,
                       "slice: 2 elements from 2 on of dimension 1 of [2, 3]");
    idi_expect_refusal(slice_nothing, shapes, "slice: 0 elements");
    idi_expect_refusal(slice_before, shapes, "slice: 2 elements from -1 on");
}
