/* SPDX-License-Identifier: Apache-2.0 */
/* model/expect.c - see expect.h. */
#include "model/expect.h"

#include <criterion/criterion.h>
#include <string.h>

void expect_sentence(const char *what, const char *words)
{
    cr_expect_not_null(strstr(idi_last_error(), words), "%.60s: '%s' lacks '%s'", what,
                       idi_last_error(), words);
}

void expect_file_sentence(const char *what, const char *words)
{
    expect_sentence(what, words);
    expect_sentence(what, ".safetensors: ");
}

idi_safetensor tensor1(const char *name, idi_dtype dtype, int64_t count, const void *data)
{
    return (idi_safetensor){.name = name,
                            .dtype = dtype,
                            .rank = 1,
                            .dim = {count, 1, 1, 1, 1, 1, 1, 1},
                            .data = data,
                            .bytes = (size_t)count * idi_dtype_bytes(dtype)};
}

void expect_same_generator(const idi_ca2sis_config *got, const idi_ca2sis_config *want)
{
#define SAME(member) cr_expect_eq(got->member, want->member, #member)
    SAME(size);
    SAME(classes);
    SAME(code_side);
    SAME(code_channels);
    SAME(style_dim);
    SAME(style_width);
    SAME(style_downs);
    SAME(norm_groups);
    SAME(noise_dim);
    SAME(noise_hidden);
    SAME(identity_dim);
    SAME(spade_hidden);
    SAME(modulation);
    SAME(has_tanh);
    SAME(block_count);
    for (int i = 0; i < want->block_count; i++) {
        SAME(blocks[i].channels);
        SAME(blocks[i].heads);
        SAME(blocks[i].head_dim);
        SAME(blocks[i].has_self_attention);
    }
#undef SAME
}

void expect_same_config(const idi_model_config *got, const idi_model_config *want)
{
    cr_expect_eq(got->arch, want->arch);
    if (idi_arch_is_generator(want->arch)) {
        expect_same_generator(&got->generator, &want->generator);
        return;
    }
    cr_expect_eq(got->recogniser.kind, want->recogniser.kind);
    cr_expect_eq(got->recogniser.input_side, want->recogniser.input_side);
    cr_expect_eq(got->recogniser.embedding_dim, want->recogniser.embedding_dim);
    cr_expect_eq(got->recogniser.width, want->recogniser.width);
    cr_expect_arr_eq(got->recogniser.blocks, want->recogniser.blocks,
                     sizeof want->recogniser.blocks);
}

idi_model_config odd_generator(void)
{
    return (idi_model_config){.arch = IDI_ARCH_CA2SIS_ID,
                              .generator = {
                                  .size = 64,
                                  .classes = 7,
                                  .code_side = 16,
                                  .code_channels = 24,
                                  .style_dim = 12,
                                  .style_width = 2,
                                  .style_downs = 4,
                                  .norm_groups = 4,
                                  .noise_dim = 5,
                                  .noise_hidden = 20,
                                  .identity_dim = 10,
                                  .spade_hidden = 9,
                                  .modulation = IDI_MODULATION_SPADE,
                                  .has_tanh = true,
                                  .block_count = 3,
                                  .blocks = {{16, 2, 8, true}, {12, 1, 8, true}, {8, 1, 8, false}},
                              }};
}
