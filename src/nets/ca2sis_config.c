/* SPDX-License-Identifier: Apache-2.0 */
/* nets/ca2sis_config.c - the generator's published setting, and what a setting must fulfil. */
#include "nets/ca2sis_config.h"

#include <string.h>

/* Larger than any sensible network, small enough that no product of three overflows. */
enum { MAX_WIDTH = 1 << 16, MAX_CLASSES = 256 };

/* log2(size / code_side) + 1; 0 if there is no such whole number from 1 to IDI_MAX_BLOCKS. */
static int64_t count_blocks(int64_t size, int64_t code_side)
{
    if (code_side < 1) return 0;
    for (int64_t i = 0; i < IDI_MAX_BLOCKS; i++)
        if (code_side << i == size) return i + 1;
    return 0;
}

void idi_ca2sis_config_set_blocks(idi_ca2sis_config *config)
{
    memset(config->blocks, 0, sizeof config->blocks);
    const bool is_sane = config->code_side >= 1 && config->code_side <= MAX_WIDTH;
    config->block_count = is_sane ? count_blocks(config->size, config->code_side) : 0;
    for (int64_t i = 0; i < config->block_count; i++) {
        const bool is_last = i + 1 == config->block_count;
        const int64_t channels = 256 >> i;
        config->blocks[i] = (idi_ca2sis_block){
            .channels = channels > 32 ? channels : 32,
            .heads = is_last ? 4 : 8,
            .head_dim = is_last ? 32 : 64,
            .has_self_attention = config->code_side << i <= 64,
        };
    }
}

void idi_ca2sis_config_init(idi_ca2sis_config *config, int64_t size, int64_t identity_dim)
{
    *config = (idi_ca2sis_config){
        .size = size,
        .classes = 19,
        .code_side = 16,
        .code_channels = 512,
        .style_dim = 256,
        .style_width = 4,
        .style_downs = 6,
        .norm_groups = 32,
        .noise_dim = 16,
        .noise_hidden = 512,
        .identity_dim = identity_dim,
        .spade_hidden = 128,
        .modulation = IDI_MODULATION_GROUP,
        .has_tanh = true,
    };
    idi_ca2sis_config_set_blocks(config);
}

static bool is_power_of_two(int64_t value)
{
    return value > 0 && (value & (value - 1)) == 0;
}

static idi_status check_range(const char *name, int64_t value, int64_t low, int64_t high)
{
    IDI_REQUIRE(value >= low && value <= high, IDI_ERR_ARG, "config: %s is %lld, want %lld to %lld",
                name, (long long)value, (long long)low, (long long)high);
    return IDI_OK;
}

static idi_status check_sides(const idi_ca2sis_config *config)
{
    IDI_TRY(check_range("size", config->size, 64, 1024));
    IDI_REQUIRE(is_power_of_two(config->size), IDI_ERR_ARG,
                "config: size is %lld, want a power of two", (long long)config->size);
    IDI_TRY(check_range("code_side", config->code_side, 1, config->size));
    IDI_REQUIRE(is_power_of_two(config->code_side), IDI_ERR_ARG,
                "config: code_side is %lld, want a power of two", (long long)config->code_side);
    const int64_t wanted = count_blocks(config->size, config->code_side);
    IDI_REQUIRE(wanted > 0, IDI_ERR_ARG,
                "config: from code_side %lld to size %lld are more than %d blocks",
                (long long)config->code_side, (long long)config->size, (int)IDI_MAX_BLOCKS);
    IDI_REQUIRE(config->block_count == wanted, IDI_ERR_ARG,
                "config: block_count is %lld, but from code_side %lld to size %lld it must be %lld",
                (long long)config->block_count, (long long)config->code_side,
                (long long)config->size, (long long)wanted);
    return IDI_OK;
}

static idi_status check_styles(const idi_ca2sis_config *config)
{
    IDI_TRY(check_range("classes", config->classes, 2, MAX_CLASSES));
    IDI_TRY(check_range("style_dim", config->style_dim, 1, MAX_WIDTH));
    IDI_TRY(check_range("style_width", config->style_width, 1, 1024));
    IDI_TRY(check_range("style_downs", config->style_downs, 2, 10));
    IDI_REQUIRE(config->size >> config->style_downs >= 1, IDI_ERR_ARG,
                "config: style_downs is %lld, which halves size %lld below one pixel",
                (long long)config->style_downs, (long long)config->size);
    return IDI_OK;
}

static idi_status check_inputs(const idi_ca2sis_config *config)
{
    IDI_TRY(check_range("noise_dim", config->noise_dim, 0, MAX_WIDTH));
    if (config->noise_dim > 0)
        IDI_TRY(check_range("noise_hidden", config->noise_hidden, 1, MAX_WIDTH));
    IDI_TRY(check_range("identity_dim", config->identity_dim, 0, MAX_WIDTH));
    IDI_REQUIRE(config->modulation == IDI_MODULATION_GROUP ||
                    config->modulation == IDI_MODULATION_SPADE,
                IDI_ERR_ARG, "config: modulation is %d, want group (%d) or spade (%d)",
                (int)config->modulation, (int)IDI_MODULATION_GROUP, (int)IDI_MODULATION_SPADE);
    if (config->modulation == IDI_MODULATION_SPADE)
        IDI_TRY(check_range("spade_hidden", config->spade_hidden, 1, MAX_WIDTH));
    return IDI_OK;
}

static idi_status check_block(const idi_ca2sis_config *config, int64_t index)
{
    const idi_ca2sis_block *block = &config->blocks[index];
    IDI_REQUIRE(block->channels >= 1 && block->channels <= MAX_WIDTH &&
                    block->channels % config->norm_groups == 0,
                IDI_ERR_ARG,
                "config: blocks[%lld].channels is %lld, want a multiple of norm_groups %lld",
                (long long)index, (long long)block->channels, (long long)config->norm_groups);
    IDI_REQUIRE(block->heads >= 1 && block->heads <= MAX_WIDTH && block->head_dim >= 1 &&
                    block->head_dim <= MAX_WIDTH && block->heads * block->head_dim <= MAX_WIDTH,
                IDI_ERR_ARG,
                "config: blocks[%lld] has %lld heads of %lld, want both from 1 on and at most %d "
                "together",
                (long long)index, (long long)block->heads, (long long)block->head_dim,
                (int)MAX_WIDTH);
    return IDI_OK;
}

idi_status idi_ca2sis_config_check(const idi_ca2sis_config *config)
{
    IDI_TRY(check_sides(config));
    IDI_TRY(check_styles(config));
    IDI_TRY(check_inputs(config));
    IDI_TRY(check_range("norm_groups", config->norm_groups, 1, MAX_WIDTH));
    IDI_TRY(check_range("code_channels", config->code_channels, 1, MAX_WIDTH));
    IDI_REQUIRE(config->code_channels % config->norm_groups == 0, IDI_ERR_ARG,
                "config: code_channels is %lld, want a multiple of norm_groups %lld",
                (long long)config->code_channels, (long long)config->norm_groups);
    for (int64_t i = 0; i < config->block_count; i++)
        IDI_TRY(check_block(config, i));
    return IDI_OK;
}

int64_t idi_ca2sis_token_width(const idi_ca2sis_config *config)
{
    return (config->style_downs - 1) * config->style_dim;
}
