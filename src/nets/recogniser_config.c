/* SPDX-License-Identifier: Apache-2.0 */
/* nets/recogniser_config.c - the recognisers' published settings, and what a setting must fulfil.
 */
#include "nets/recogniser.h"

#include <string.h>

/* Sides are halved four times; larger faces than 512 are not what these networks are for. */
enum {
    SIDE_STEP = 16,
    MAX_SIDE = 512,
    MAX_EMBEDDING = 1 << 16,
    MAX_WIDTH = 1024,
    MAX_BLOCKS = 1024,
    LEAST_FACENET_SIDE = 96 /* below, its last maps are empty */
};

idi_status idi_iresnet_config_init(idi_recogniser_config *config, int depth)
{
    static const struct {
        int depth;
        int64_t blocks[4];
    } known[] = {
        {18, {2, 2, 2, 2}}, {34, {3, 4, 6, 3}}, {50, {3, 4, 14, 3}}, {100, {3, 13, 30, 3}}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].depth != depth) continue;
        *config = (idi_recogniser_config){
            .kind = IDI_IRESNET, .input_side = 112, .embedding_dim = 512, .width = 64};
        memcpy(config->blocks, known[i].blocks, sizeof config->blocks);
        return IDI_OK;
    }
    return idi_fail(IDI_ERR_ARG, "IResNet depth is %d, want 18, 34, 50 or 100", depth);
}

void idi_mobilefacenet_config_init(idi_recogniser_config *config)
{
    *config = (idi_recogniser_config){.kind = IDI_MOBILEFACENET,
                                      .input_side = 112,
                                      .embedding_dim = 512,
                                      .width = 64,
                                      .blocks = {4, 6, 2, 0}};
}

void idi_facenet_config_init(idi_recogniser_config *config)
{
    *config = (idi_recogniser_config){.kind = IDI_FACENET,
                                      .input_side = 160,
                                      .embedding_dim = 512,
                                      .width = 32,
                                      .blocks = {5, 10, 5, 0}};
}

static idi_status check_range(const char *name, int64_t value, int64_t low, int64_t high)
{
    IDI_REQUIRE(value >= low && value <= high, IDI_ERR_ARG, "config: %s is %lld, want %lld to %lld",
                name, (long long)value, (long long)low, (long long)high);
    return IDI_OK;
}

static idi_status check_blocks(const idi_recogniser_config *config)
{
    static const char *const names[] = {"an IResNet", "a MobileFaceNet", "a FaceNet"};
    const bool is_iresnet = config->kind == IDI_IRESNET;
    for (int i = 0; i < 4; i++) {
        const int64_t low = is_iresnet ? 1 : 0;
        const int64_t high = is_iresnet || i < 3 ? MAX_BLOCKS : 0;
        IDI_REQUIRE(config->blocks[i] >= low && config->blocks[i] <= high, IDI_ERR_ARG,
                    "config: blocks[%d] is %lld, want %lld to %lld for %s", i,
                    (long long)config->blocks[i], (long long)low, (long long)high,
                    names[config->kind]);
    }
    return IDI_OK;
}

idi_status idi_recogniser_config_check(const idi_recogniser_config *config)
{
    const bool is_facenet = config->kind == IDI_FACENET;
    IDI_REQUIRE(
        config->kind == IDI_IRESNET || config->kind == IDI_MOBILEFACENET || is_facenet, IDI_ERR_ARG,
        "config: recogniser kind is %d, want IResNet (%d), MobileFaceNet (%d) or FaceNet (%d)",
        (int)config->kind, (int)IDI_IRESNET, (int)IDI_MOBILEFACENET, (int)IDI_FACENET);
    IDI_TRY(check_range("input_side", config->input_side,
                        is_facenet ? LEAST_FACENET_SIDE : SIDE_STEP, MAX_SIDE));
    IDI_REQUIRE(config->input_side % SIDE_STEP == 0, IDI_ERR_ARG,
                "config: input_side is %lld, want a multiple of %d", (long long)config->input_side,
                (int)SIDE_STEP);
    IDI_TRY(check_range("embedding_dim", config->embedding_dim, 1, MAX_EMBEDDING));
    IDI_TRY(check_range("width", config->width, 1, MAX_WIDTH));
    IDI_REQUIRE(!is_facenet || config->width % 2 == 0, IDI_ERR_ARG,
                "config: width is %lld, want an even number for a FaceNet",
                (long long)config->width);
    return check_blocks(config);
}
