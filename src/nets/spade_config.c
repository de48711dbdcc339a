/* SPDX-License-Identifier: Apache-2.0 */
/* nets/spade_config.c - SPADE's and SEAN's published setting, and what a setting must fulfil. */
#include "nets/spade.h"

/* SEAN's codes are concatenated class by class, in one node. */
enum { SIDE_STEP = 32, MAX_SIDE = 1024, MAX_WIDTH = 1024, MAX_CLASSES = 256, MAX_STYLED = 24 };

void idi_spade_config_init(idi_spade_config *config, int64_t size, int64_t style_dim)
{
    *config = (idi_spade_config){
        .size = size, .classes = 19, .width = 64, .spade_hidden = 128, .style_dim = style_dim};
}

static idi_status check_range(const char *name, int64_t value, int64_t low, int64_t high)
{
    IDI_REQUIRE(value >= low && value <= high, IDI_ERR_ARG, "config: %s is %lld, want %lld to %lld",
                name, (long long)value, (long long)low, (long long)high);
    return IDI_OK;
}

idi_status idi_spade_config_check(const idi_spade_config *config)
{
    IDI_TRY(check_range("size", config->size, SIDE_STEP, MAX_SIDE));
    IDI_REQUIRE(config->size % SIDE_STEP == 0, IDI_ERR_ARG,
                "config: size is %lld, want a multiple of %d", (long long)config->size,
                (int)SIDE_STEP);
    IDI_TRY(check_range("style_dim", config->style_dim, 0, 1 << 16));
    IDI_TRY(
        check_range("classes", config->classes, 1, config->style_dim ? MAX_STYLED : MAX_CLASSES));
    IDI_TRY(check_range("width", config->width, 1, MAX_WIDTH));
    return check_range("spade_hidden", config->spade_hidden, 1, 1 << 16);
}
