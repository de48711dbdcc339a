/* SPDX-License-Identifier: Apache-2.0 */
/* model/state_dict.c - see state_dict.h. */
#include "model/state_dict.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void append(state_dict *dict, const char *format, ...)
{
    char piece[512];
    va_list arguments;
    va_start(arguments, format);
    const int bytes = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    cr_assert(bytes >= 0 && bytes < (int)sizeof piece);
    if (dict->used + sizeof piece > dict->capacity) {
        dict->capacity = 2 * dict->capacity + sizeof piece;
        dict->header = realloc(dict->header, dict->capacity);
        cr_assert_not_null(dict->header);
    }
    memcpy(dict->header + dict->used, piece, (size_t)bytes + 1);
    dict->used += (size_t)bytes;
}

state_dict state_dict_begin(const char *prefix)
{
    state_dict dict = {.prefix = prefix, .dtype = "F32", .element_bytes = 4};
    append(&dict, "{");
    return dict;
}

void state_dict_add(state_dict *dict, const char *name, int rank, int64_t a, int64_t b, int64_t c,
                    int64_t d)
{
    const int64_t dim[4] = {a, b, c, d};
    int64_t count = 1;
    append(dict, "%s\"%s%s\":{\"dtype\":\"%s\",\"shape\":[", dict->tensor_count ? "," : "",
           dict->prefix, name, dict->dtype);
    for (int i = 0; i < rank; i++) {
        append(dict, "%s%lld", i ? "," : "", (long long)dim[i]);
        count *= dim[i];
    }
    const size_t end = dict->data_bytes + (size_t)count * dict->element_bytes;
    append(dict, "],\"data_offsets\":[%zu,%zu]}", dict->data_bytes, end);
    dict->data_bytes = end;
    dict->tensor_count++;
    if (strcmp(dict->dtype, "I64") != 0) dict->element_count += count;
}

/* name + tail */
static void add(state_dict *dict, const char *name, const char *tail, int rank, int64_t a,
                int64_t b, int64_t c, int64_t d)
{
    char full[256];
    (void)snprintf(full, sizeof full, "%s%s", name, tail);
    state_dict_add(dict, full, rank, a, b, c, d);
}

/* weight [out, in], [out, in, k] or [out, in, k, k], and bias [out] */
static void add_layer(state_dict *dict, const char *name, int rank, int64_t out, int64_t in,
                      int64_t k)
{
    add(dict, name, ".weight", rank, out, in, k, k);
    add(dict, name, ".bias", 1, out, 1, 1, 1);
}

static void add_norm(state_dict *dict, const char *name, int64_t channels)
{
    add_layer(dict, name, 1, channels, 1, 1);
}

static void add_style_encoder(state_dict *dict, const idi_ca2sis_config *config)
{
    char name[128];
    const int64_t n = config->classes;
    const int downs = (int)config->style_downs;
    add_layer(dict, "style_encoder.Encoder.first_layer.0", 4, n * config->style_width, 3, 3);
    add_norm(dict, "style_encoder.Encoder.first_layer.1", n * config->style_width);
    for (int i = 0; i < downs; i++) {
        const int64_t in = config->style_width << i;
        (void)snprintf(name, sizeof name, "style_encoder.Encoder.enc_layer_%d.0", i);
        add_layer(dict, name, 4, 2 * in * n, in, 3);
        (void)snprintf(name, sizeof name, "style_encoder.Encoder.enc_layer_%d.1", i);
        add_norm(dict, name, 2 * in * n);
    }
    for (int i = 0; i + 1 < downs; i++) {
        const int64_t out = config->style_width << (downs - 1 - i);
        (void)snprintf(name, sizeof name, "style_encoder.Decoder.dec_layer_%d.1", i);
        add_layer(dict, name, 4, out * n, i == 0 ? 2 * out : 4 * out, 3);
        (void)snprintf(name, sizeof name, "style_encoder.Decoder.dec_layer_%d.2", i);
        add_norm(dict, name, out * n);
        (void)snprintf(name, sizeof name, "style_encoder.out.out_%d.0", i);
        add_layer(dict, name, 3, config->style_dim * n, out, 1);
    }
}

static void add_noise_encoder(state_dict *dict, const idi_ca2sis_config *config)
{
    char name[128];
    const int64_t hidden = config->noise_hidden;
    for (int i = 0; i < 8; i += 2) {
        (void)snprintf(name, sizeof name, "noise_encoder.shared.%d", i);
        add_layer(dict, name, 2, hidden, i == 0 ? config->noise_dim : hidden, 1);
    }
    for (int c = 0; c < config->classes; c++) {
        for (int i = 0; i < 8; i += 2) {
            (void)snprintf(name, sizeof name, "noise_encoder.unshared.%d.%d", c, i);
            add_layer(dict, name, 2, i == 6 ? idi_ca2sis_token_width(config) : hidden, hidden, 1);
        }
    }
}

/* The norm in front of a convolution: group norm, or SPADE's three convolutions. */
static void add_modulation(state_dict *dict, const idi_ca2sis_config *config, const char *name,
                           int64_t channels)
{
    char part[128];
    if (config->modulation == IDI_MODULATION_GROUP) {
        add_norm(dict, name, channels);
        return;
    }
    (void)snprintf(part, sizeof part, "%s.mlp_shared.0", name);
    add_layer(dict, part, 4, config->spade_hidden, config->classes, 3);
    (void)snprintf(part, sizeof part, "%s.mlp_gamma", name);
    add_layer(dict, part, 4, channels, config->spade_hidden, 3);
    (void)snprintf(part, sizeof part, "%s.mlp_beta", name);
    add_layer(dict, part, 4, channels, config->spade_hidden, 3);
}

static void add_attention(state_dict *dict, const char *name, int64_t inner, int64_t context)
{
    add(dict, name, ".to_q.weight", 2, inner, inner, 1, 1);
    add(dict, name, ".to_k.weight", 2, inner, context, 1, 1);
    add(dict, name, ".to_v.weight", 2, inner, context, 1, 1);
    add(dict, name, ".to_out.0.weight", 2, inner, inner, 1, 1);
    add(dict, name, ".to_out.0.bias", 1, inner, 1, 1, 1);
}

static void add_res(state_dict *dict, const idi_ca2sis_config *config, int index, int64_t in)
{
    char name[128];
    const int64_t out = config->blocks[index].channels;
    (void)snprintf(name, sizeof name, "res%d.in_layers.0", index + 2);
    add_modulation(dict, config, name, in);
    (void)snprintf(name, sizeof name, "res%d.in_layers.2", index + 2);
    add_layer(dict, name, 4, out, in, 3);
    (void)snprintf(name, sizeof name, "res%d.out_layers.0", index + 2);
    add_modulation(dict, config, name, out);
    (void)snprintf(name, sizeof name, "res%d.out_layers.3", index + 2);
    add_layer(dict, name, 4, out, out, 3);
    (void)snprintf(name, sizeof name, "res%d.skip_connection", index + 2);
    if (in != out) add_layer(dict, name, 4, out, in, 1);
}

static void add_cross(state_dict *dict, const idi_ca2sis_config *config, int index)
{
    char cross[32];
    char name[128];
    const idi_ca2sis_block *block = &config->blocks[index];
    const int64_t inner = block->heads * block->head_dim;
    (void)snprintf(cross, sizeof cross, "cross%d", index + 2);
    (void)snprintf(name, sizeof name, "%s.norm", cross);
    add_norm(dict, name, block->channels);
    (void)snprintf(name, sizeof name, "%s.proj_in", cross);
    add_layer(dict, name, 4, inner, block->channels, 1);
    (void)snprintf(name, sizeof name, "%s.proj_out", cross);
    add_layer(dict, name, 4, block->channels, inner, 1);
    for (int i = block->has_self_attention ? 1 : 2; i <= 3; i++) {
        (void)snprintf(name, sizeof name, "%s.transformer_blocks.0.norm%d", cross, i);
        add_norm(dict, name, inner);
    }
    (void)snprintf(name, sizeof name, "%s.transformer_blocks.0.attn1", cross);
    if (block->has_self_attention) add_attention(dict, name, inner, inner);
    (void)snprintf(name, sizeof name, "%s.transformer_blocks.0.attn2", cross);
    add_attention(dict, name, inner, idi_ca2sis_token_width(config));
    (void)snprintf(name, sizeof name, "%s.transformer_blocks.0.ff.net.0.proj", cross);
    add_layer(dict, name, 2, 8 * inner, inner, 1);
    (void)snprintf(name, sizeof name, "%s.transformer_blocks.0.ff.net.2", cross);
    add_layer(dict, name, 2, inner, 4 * inner, 1);
}

void state_dict_add_ca2sis(state_dict *dict, const idi_ca2sis_config *config)
{
    const int64_t mask_side = config->size / 2;
    add_layer(dict, "encs.encs.0", 2, config->code_side * config->code_side, mask_side * mask_side,
              1);
    add_style_encoder(dict, config);
    if (config->noise_dim > 0) add_noise_encoder(dict, config);
    add_layer(dict, "reshape_conv", 4, config->code_channels, config->classes - 1, 1);
    for (int i = 0; i < config->block_count; i++) {
        add_res(dict, config, i, i == 0 ? config->code_channels : config->blocks[i - 1].channels);
        add_cross(dict, config, i);
    }
    add_layer(dict, "out_conv", 4, 3, config->blocks[config->block_count - 1].channels, 1);
    if (config->identity_dim > 0)
        add_layer(dict, "id_proj", 2, idi_ca2sis_token_width(config), config->identity_dim, 1);
}

static void add_batch_norm(state_dict *dict, const char *name, int64_t channels)
{
    const char *dtype = dict->dtype;
    add_norm(dict, name, channels);
    add(dict, name, ".running_mean", 1, channels, 1, 1, 1);
    add(dict, name, ".running_var", 1, channels, 1, 1, 1);
    dict->dtype = "I64";
    dict->element_bytes = 8;
    add(dict, name, ".num_batches_tracked", 0, 1, 1, 1, 1);
    dict->dtype = dtype;
    dict->element_bytes = 4;
}

static void add_iresnet_block(state_dict *dict, int stage, int index, int64_t in, int64_t out)
{
    char block[32];
    char name[64];
    (void)snprintf(block, sizeof block, "layer%d.%d.", stage + 1, index);
    (void)snprintf(name, sizeof name, "%sbn1", block);
    add_batch_norm(dict, name, in);
    add(dict, block, "conv1.weight", 4, out, in, 3, 3);
    (void)snprintf(name, sizeof name, "%sbn2", block);
    add_batch_norm(dict, name, out);
    add(dict, block, "prelu.weight", 1, out, 1, 1, 1);
    add(dict, block, "conv2.weight", 4, out, out, 3, 3);
    (void)snprintf(name, sizeof name, "%sbn3", block);
    add_batch_norm(dict, name, out);
    if (index > 0) return;
    add(dict, block, "downsample.0.weight", 4, out, in, 1, 1);
    (void)snprintf(name, sizeof name, "%sdownsample.1", block);
    add_batch_norm(dict, name, out);
}

void state_dict_add_iresnet(state_dict *dict, const idi_recogniser_config *config)
{
    const int64_t last_side = config->input_side / 16;
    int64_t channels = config->width;
    state_dict_add(dict, "conv1.weight", 4, channels, 3, 3, 3);
    add_batch_norm(dict, "bn1", channels);
    state_dict_add(dict, "prelu.weight", 1, channels, 1, 1, 1);
    for (int stage = 0; stage < 4; stage++) {
        for (int i = 0; i < config->blocks[stage]; i++) {
            add_iresnet_block(dict, stage, i, channels, config->width << stage);
            channels = config->width << stage;
        }
    }
    add_batch_norm(dict, "bn2", channels);
    add_layer(dict, "fc", 2, config->embedding_dim, channels * last_side * last_side, 1);
    add_batch_norm(dict, "features", config->embedding_dim);
}

/* Convolution and batch norm, with a PReLU if it has one. */
static void add_conv_block(state_dict *dict, const char *name, int64_t out, int64_t in, int64_t k,
                           bool has_prelu)
{
    char part[128];
    add(dict, name, ".conv.weight", 4, out, in, k, k);
    (void)snprintf(part, sizeof part, "%s.bn", name);
    add_batch_norm(dict, part, out);
    if (has_prelu) add(dict, name, ".prelu.weight", 1, out, 1, 1, 1);
}

static void add_depthwise_unit(state_dict *dict, const char *name, int64_t in, int64_t groups,
                               int64_t out)
{
    char part[128];
    (void)snprintf(part, sizeof part, "%s.conv", name);
    add_conv_block(dict, part, groups, in, 1, true);
    (void)snprintf(part, sizeof part, "%s.conv_dw", name);
    add_conv_block(dict, part, groups, 1, 3, true);
    (void)snprintf(part, sizeof part, "%s.project", name);
    add_conv_block(dict, part, out, groups, 1, false);
}

void state_dict_add_mobilefacenet(state_dict *dict, const idi_recogniser_config *config)
{
    static const char *const down_names[3] = {"conv_23", "conv_34", "conv_45"};
    static const int down_groups[3] = {2, 4, 8};
    static const int unit_groups[3] = {2, 4, 4};
    char name[64];
    const int64_t width = config->width;
    int64_t channels = width;
    add_conv_block(dict, "conv1", width, 3, 3, true);
    add_conv_block(dict, "conv2_dw", width, 1, 3, true);
    for (int stage = 0; stage < 3; stage++) {
        const int64_t out = stage == 0 ? width : 2 * width;
        add_depthwise_unit(dict, down_names[stage], channels, down_groups[stage] * width, out);
        channels = out;
        for (int i = 0; i < config->blocks[stage]; i++) {
            (void)snprintf(name, sizeof name, "conv_%d.model.%d", stage + 3, i);
            add_depthwise_unit(dict, name, channels, unit_groups[stage] * width, channels);
        }
    }
    add_conv_block(dict, "conv_6_sep", 8 * width, channels, 1, true);
    add_conv_block(dict, "conv_6_dw", 8 * width, 1, config->input_side / 16, false);
    state_dict_add(dict, "linear.weight", 2, config->embedding_dim, 8 * width, 1, 1);
    add_batch_norm(dict, "bn", config->embedding_dim);
}

void state_dict_end(state_dict *dict, const char *path)
{
    append(dict, "}");
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)((uint64_t)dict->used >> (8 * i));
    FILE *stream = fopen(path, "wb");
    cr_assert_not_null(stream, "%s", path);
    cr_assert_eq(fwrite(length, 1, sizeof length, stream), sizeof length);
    cr_assert_eq(fwrite(dict->header, 1, dict->used, stream), dict->used);
    cr_assert_eq(fclose(stream), 0);
    cr_assert_eq(truncate(path, (off_t)(sizeof length + dict->used + dict->data_bytes)), 0);
    free(dict->header);
    dict->header = NULL;
}
