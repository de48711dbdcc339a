/* SPDX-License-Identifier: Apache-2.0 */
/* model/config_infer.c - a network's setting from the names and shapes of its tensors. */
#include "model/adaface.h"
#include "model/config_internal.h"
#include "model/safetensors_internal.h"
#include "model/tensor_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 160, MAX_UNITS = 1024, FIRST_BLOCK = 2 };

static const idi_safetensor *find(const idi_tensor_table *table, const char *format, ...)
    IDI_PRINTF(2, 3);
static const idi_safetensor *find(const idi_tensor_table *table, const char *format, ...)
{
    char name[NAME_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    return idi_tensor_table_find(table, name);
}

/* A tensor that every network of the kind has, of this rank and with no dimension 0. */
static idi_status need(const idi_tensor_table *table, const char *name, int rank,
                       const idi_safetensor **tensor_out)
{
    const idi_safetensor *tensor = idi_tensor_table_find(table, name);
    *tensor_out = tensor;
    IDI_REQUIRE(tensor, IDI_ERR_WEIGHTS, "tensor '%s' is missing", name);
    IDI_REQUIRE(tensor->rank == rank, IDI_ERR_WEIGHTS, "tensor '%s' has %d dimensions, want %d",
                name, tensor->rank, rank);
    for (int i = 0; i < rank; i++)
        IDI_REQUIRE(tensor->dim[i] > 0, IDI_ERR_WEIGHTS, "tensor '%s' is empty", name);
    return IDI_OK;
}

static idi_status need_dim(const idi_tensor_table *table, const char *name, int rank, int index,
                           int64_t *dim_out)
{
    const idi_safetensor *tensor;
    *dim_out = 0;
    IDI_TRY(need(table, name, rank, &tensor));
    *dim_out = tensor->dim[index];
    return IDI_OK;
}

/* The whole number s with s*s == value; 0 if there is none up to 2^20. */
static int64_t square_root(int64_t value)
{
    int64_t low = 0;
    int64_t high = (int64_t)1 << 20;
    while (low < high) {
        const int64_t middle = (low + high + 1) / 2;
        if (middle * middle <= value)
            low = middle;
        else
            high = middle - 1;
    }
    return low * low == value ? low : 0;
}

/* How many of the tensors <before>0<after>, <before>1<after>, ... there are without a gap. */
static int64_t count_units(const idi_tensor_table *table, const char *before, const char *after)
{
    int unit = 0;
    while (unit < MAX_UNITS && find(table, "%s%d%s", before, unit, after))
        unit++;
    return unit;
}

/* The generator */

static void split_heads(int64_t inner, idi_ca2sis_block *block)
{
    int64_t head_dim = inner;
    if (inner >= 256 && inner % 64 == 0)
        head_dim = 64;
    else if (inner >= 32 && inner % 32 == 0)
        head_dim = 32;
    else if (inner % 8 == 0)
        head_dim = 8;
    block->head_dim = head_dim;
    block->heads = inner / head_dim;
}

static idi_status infer_blocks(const idi_tensor_table *table, idi_ca2sis_config *config)
{
    config->block_count = 0;
    memset(config->blocks, 0, sizeof config->blocks);
    for (int n = FIRST_BLOCK; find(table, "res%d.out_layers.3.weight", n); n++) {
        char name[NAME_BYTES];
        int64_t inner;
        IDI_REQUIRE(config->block_count < IDI_MAX_BLOCKS, IDI_ERR_WEIGHTS,
                    "there are more than %d blocks (res%d)", (int)IDI_MAX_BLOCKS, n);
        idi_ca2sis_block *block = &config->blocks[config->block_count++];
        (void)snprintf(name, sizeof name, "res%d.out_layers.3.weight", n);
        IDI_TRY(need_dim(table, name, 4, 0, &block->channels));
        (void)snprintf(name, sizeof name, "cross%d.proj_in.weight", n);
        IDI_TRY(need_dim(table, name, 4, 0, &inner));
        split_heads(inner, block);
        block->has_self_attention =
            find(table, "cross%d.transformer_blocks.0.attn1.to_q.weight", n) != NULL;
    }
    return IDI_OK;
}

static idi_status infer_sides(const idi_tensor_table *table, idi_ca2sis_config *config)
{
    const idi_safetensor *embedder;
    IDI_TRY(need(table, "encs.encs.0.weight", 2, &embedder));
    const int64_t mask_side = square_root(embedder->dim[1]);
    config->code_side = square_root(embedder->dim[0]);
    config->size = 2 * mask_side;
    IDI_REQUIRE(mask_side > 0 && config->code_side > 0, IDI_ERR_WEIGHTS,
                "tensor 'encs.encs.0.weight' is [%lld, %lld], want two squares",
                (long long)embedder->dim[0], (long long)embedder->dim[1]);
    return IDI_OK;
}

/* *value_out = dimension / divisor, which must leave nothing over. */
static idi_status divide(const char *name, int64_t dimension, int64_t divisor, int64_t *value_out)
{
    IDI_REQUIRE(dimension % divisor == 0, IDI_ERR_WEIGHTS,
                "tensor '%s' has %lld rows, want a multiple of %lld classes", name,
                (long long)dimension, (long long)divisor);
    *value_out = dimension / divisor;
    return IDI_OK;
}

static idi_status infer_style(const idi_tensor_table *table, idi_ca2sis_config *config)
{
    static const char first[] = "style_encoder.Encoder.first_layer.0.weight";
    static const char head[] = "style_encoder.out.out_0.0.weight";
    const idi_safetensor *reshape;
    int64_t rows;
    IDI_TRY(need(table, "reshape_conv.weight", 4, &reshape));
    config->code_channels = reshape->dim[0];
    config->classes = reshape->dim[1] + 1; /* all but the background */
    IDI_TRY(need_dim(table, first, 4, 0, &rows));
    IDI_TRY(divide(first, rows, config->classes, &config->style_width));
    IDI_TRY(need_dim(table, head, 3, 0, &rows));
    IDI_TRY(divide(head, rows, config->classes, &config->style_dim));
    config->style_downs = count_units(table, "style_encoder.Encoder.enc_layer_", ".0.weight");
    return IDI_OK;
}

static idi_status infer_inputs(const idi_tensor_table *table, idi_ca2sis_config *config)
{
    const idi_safetensor *tensor;
    config->noise_dim = 0;
    config->identity_dim = 0;
    config->modulation = IDI_MODULATION_GROUP;
    if (find(table, "noise_encoder.shared.0.weight")) {
        IDI_TRY(need(table, "noise_encoder.shared.0.weight", 2, &tensor));
        config->noise_hidden = tensor->dim[0];
        config->noise_dim = tensor->dim[1];
    }
    if (find(table, "id_proj.weight")) {
        IDI_TRY(need(table, "id_proj.weight", 2, &tensor));
        config->identity_dim = tensor->dim[1];
        IDI_REQUIRE(tensor->dim[0] == idi_ca2sis_token_width(config), IDI_ERR_WEIGHTS,
                    "tensor 'id_proj.weight' has %lld rows, want %lld, the width of a style token",
                    (long long)tensor->dim[0], (long long)idi_ca2sis_token_width(config));
    }
    if (find(table, "res2.in_layers.0.mlp_shared.0.weight")) {
        config->modulation = IDI_MODULATION_SPADE;
        IDI_TRY(
            need_dim(table, "res2.in_layers.0.mlp_shared.0.weight", 4, 0, &config->spade_hidden));
    }
    config->has_tanh = config->noise_dim > 0 || config->identity_dim > 0 ||
                       config->modulation == IDI_MODULATION_SPADE;
    return IDI_OK;
}

static void infer_norm_groups(idi_ca2sis_config *config)
{
    int64_t groups = 32;
    while (config->code_channels % groups != 0)
        groups /= 2;
    for (int64_t i = 0; i < config->block_count; i++)
        while (config->blocks[i].channels % groups != 0)
            groups /= 2;
    config->norm_groups = groups;
}

static idi_status infer_generator(const idi_tensor_table *table, idi_model_config *config)
{
    idi_ca2sis_config *generator = &config->generator;
    idi_ca2sis_config_init(generator, 256, 0);
    IDI_TRY(infer_sides(table, generator));
    IDI_TRY(infer_style(table, generator));
    IDI_TRY(infer_inputs(table, generator));
    IDI_TRY(infer_blocks(table, generator));
    infer_norm_groups(generator);
    config->arch = generator->identity_dim > 0 ? IDI_ARCH_CA2SIS_ID : IDI_ARCH_CA2SIS;
    return IDI_OK;
}

/* The recognisers */

/* The input side of a network whose last map, four halvings later, is `last_side` wide. */
static idi_status infer_side(const char *name, int64_t last_side, idi_recogniser_config *config)
{
    IDI_REQUIRE(last_side > 0, IDI_ERR_WEIGHTS, "tensor '%s' fits no square face", name);
    config->input_side = last_side * 16;
    return IDI_OK;
}

static idi_status infer_iresnet(const idi_tensor_table *table, idi_model_config *config)
{
    static const char *const stages[4] = {"layer1.", "layer2.", "layer3.", "layer4."};
    idi_recogniser_config *recogniser = &config->recogniser;
    const idi_safetensor *fc;
    config->arch = IDI_ARCH_IRESNET;
    *recogniser = (idi_recogniser_config){.kind = IDI_IRESNET};
    IDI_TRY(need_dim(table, "conv1.weight", 4, 0, &recogniser->width));
    for (int i = 0; i < 4; i++)
        recogniser->blocks[i] = count_units(table, stages[i], ".conv1.weight");
    IDI_TRY(need(table, "fc.weight", 2, &fc));
    recogniser->embedding_dim = fc->dim[0];
    const int64_t channels = recogniser->width <= INT32_MAX ? recogniser->width * 8 : INT32_MAX;
    const bool is_whole = fc->dim[1] % channels == 0;
    return infer_side("fc.weight", is_whole ? square_root(fc->dim[1] / channels) : 0, recogniser);
}

static idi_status infer_mobilefacenet(const idi_tensor_table *table, idi_model_config *config)
{
    static const char *const stages[3] = {"conv_3.model.", "conv_4.model.", "conv_5.model."};
    static const char last[] = "conv_6_dw.conv.weight";
    idi_recogniser_config *recogniser = &config->recogniser;
    int64_t last_side;
    config->arch = IDI_ARCH_MOBILEFACENET;
    *recogniser = (idi_recogniser_config){.kind = IDI_MOBILEFACENET};
    IDI_TRY(need_dim(table, "conv1.conv.weight", 4, 0, &recogniser->width));
    for (int i = 0; i < 3; i++)
        recogniser->blocks[i] = count_units(table, stages[i], ".conv.conv.weight");
    IDI_TRY(need_dim(table, "linear.weight", 2, 0, &recogniser->embedding_dim));
    IDI_TRY(need_dim(table, last, 4, 2, &last_side));
    return infer_side(last, last_side <= 1024 ? last_side : 0, recogniser);
}

static idi_status infer_facenet(const idi_tensor_table *table, idi_model_config *config)
{
    static const char *const stages[3] = {"repeat_1.", "repeat_2.", "repeat_3."};
    idi_recogniser_config *recogniser = &config->recogniser;
    config->arch = IDI_ARCH_FACENET;
    idi_facenet_config_init(recogniser);
    IDI_TRY(need_dim(table, "conv2d_1a.conv.weight", 4, 0, &recogniser->width));
    for (int i = 0; i < 3; i++)
        recogniser->blocks[i] = count_units(table, stages[i], ".branch0.conv.weight");
    return need_dim(table, "last_linear.weight", 2, 0, &recogniser->embedding_dim);
}

/* SPADE and SEAN. Their maps fit any side. */

static idi_status infer_spade(const idi_tensor_table *table, idi_model_config *config)
{
    const bool is_sean = find(table, "Zencoder.model.1.weight") != NULL;
    const char *hidden =
        is_sean ? "up_3.ace_0.Spade.mlp_shared.0.weight" : "up_3.norm_0.mlp_shared.0.weight";
    idi_spade_config *spade = &config->spade;
    const idi_safetensor *first;
    config->arch = is_sean ? IDI_ARCH_SEAN : IDI_ARCH_SPADE;
    idi_spade_config_init(spade, 256, 0);
    IDI_REQUIRE(!find(table, "fc.weight") || find(table, "fc.weight")->rank != 2, IDI_ERR_WEIGHTS,
                "tensor 'fc.weight' is a matrix: a SPADE generator that starts from a VAE's code, "
                "which is not read");
    IDI_TRY(need(table, "fc.weight", 4, &first));
    spade->classes = first->dim[1];
    IDI_TRY(need_dim(table, "conv_img.weight", 4, 1, &spade->width));
    IDI_TRY(need_dim(table, hidden, 4, 0, &spade->spade_hidden));
    if (is_sean) IDI_TRY(need_dim(table, "Zencoder.model.14.weight", 4, 0, &spade->style_dim));
    return IDI_OK;
}

/* Which network */

static idi_status refuse_unknown(const idi_tensor_table *table)
{
    const char *what = "no architecture that is known here";
    if (idi_adaface_is(table))
        what = "an AdaFace recogniser: say adaface (its own repository's, fed BGR) or cvlface (fed "
               "RGB), which the file does not, to 'convert'";
    else if (find(table, "input_layer.0.weight"))
        what = "an IR or IR-SE recogniser of the TreB1eN layout, which is not read";
    return idi_fail(IDI_ERR_WEIGHTS,
                    "the tensors' names are those of %s; want ca2sis, ca2sis-id, spade, sean, "
                    "iresnet, mobilefacenet or facenet",
                    what);
}

static idi_status infer_any(const idi_tensor_table *table, idi_model_config *config)
{
    if (find(table, "encs.encs.0.weight")) return infer_generator(table, config);
    if (find(table, "head_0.conv_0.weight")) return infer_spade(table, config);
    if (find(table, "layer1.0.bn1.weight")) return infer_iresnet(table, config);
    if (find(table, "conv_6_dw.conv.weight")) return infer_mobilefacenet(table, config);
    if (find(table, "mixed_7a.branch0.0.conv.weight")) return infer_facenet(table, config);
    return refuse_unknown(table);
}

idi_status idi_config_infer_table(const idi_tensor_table *table, const char *arch_name,
                                  idi_model_config *config)
{
    idi_arch arch;
    int depth;
    if (arch_name) IDI_TRY(idi_arch_parse(arch_name, &arch, &depth)); /* the caller's slip first */
    IDI_TRY(infer_any(table, config));
    if (arch_name) IDI_TRY(idi_config_require_arch(config, arch_name));
    return idi_config_check(config);
}

idi_status idi_config_infer(const idi_safetensors *file, const char *arch_name,
                            idi_model_config *config_out)
{
    idi_tensor_table table;
    idi_model_config config;
    memset(&config, 0, sizeof config);
    IDI_TRY(idi_tensor_table_create(file, &table));
    const idi_status st = idi_config_infer_table(&table, arch_name, &config);
    idi_tensor_table_destroy(&table);
    if (st != IDI_OK) return idi_fail_prefix(st, "%s: ", idi_safetensors_path(file));
    *config_out = config;
    return IDI_OK;
}
