/* SPDX-License-Identifier: Apache-2.0 */
/* model/config.c - architectures by name, their defaults and checks, and a file's own setting. */
#include "model/config.h"
#include "model/config_internal.h"

#include <stdio.h>
#include <string.h>

static const char *const arch_names[IDI_ARCH_COUNT] = {"ca2sis",  "ca2sis-id",     "spade",  "sean",
                                                       "iresnet", "mobilefacenet", "facenet"};

const char *idi_arch_name(idi_arch arch)
{
    return (unsigned)arch < IDI_ARCH_COUNT ? arch_names[arch] : "unknown";
}

bool idi_arch_is_generator(idi_arch arch)
{
    return idi_arch_is_ca2sis(arch) || arch == IDI_ARCH_SPADE || arch == IDI_ARCH_SEAN;
}

bool idi_arch_is_ca2sis(idi_arch arch)
{
    return arch == IDI_ARCH_CA2SIS || arch == IDI_ARCH_CA2SIS_ID;
}

idi_generator_traits idi_config_traits(const idi_model_config *config)
{
    const idi_ca2sis_config *ca2sis = &config->generator;
    const idi_spade_config *spade = &config->spade;
    if (idi_arch_is_ca2sis(config->arch))
        return (idi_generator_traits){ca2sis->size, ca2sis->classes, idi_ca2sis_token_width(ca2sis),
                                      ca2sis->identity_dim};
    if (idi_arch_is_generator(config->arch))
        return (idi_generator_traits){spade->size, spade->classes, spade->style_dim, 0};
    return (idi_generator_traits){0};
}

idi_status idi_arch_parse(const char *name, idi_arch *arch_out, int *depth_out)
{
    static const struct {
        const char *name;
        int depth;
    } depths[] = {{"iresnet18", 18}, {"iresnet34", 34}, {"iresnet50", 50}, {"iresnet100", 100}};
    *depth_out = 0;
    for (int i = 0; i < IDI_ARCH_COUNT; i++) {
        if (strcmp(name, arch_names[i]) != 0) continue;
        *arch_out = (idi_arch)i;
        return IDI_OK;
    }
    for (size_t i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        if (strcmp(name, depths[i].name) != 0) continue;
        *arch_out = IDI_ARCH_IRESNET;
        *depth_out = depths[i].depth;
        return IDI_OK;
    }
    return idi_fail(
        IDI_ERR_ARG,
        "unknown architecture '%s', want ca2sis, ca2sis-id, spade, sean, "
        "iresnet18, iresnet34, iresnet50, iresnet100, iresnet, mobilefacenet or facenet",
        name);
}

idi_status idi_config_init(const char *arch_name, int64_t size, idi_model_config *config_out)
{
    int depth;
    idi_model_config config;
    memset(&config, 0, sizeof config);
    IDI_TRY(idi_arch_parse(arch_name, &config.arch, &depth));
    if (size == 0) size = 256;
    switch (config.arch) {
    case IDI_ARCH_CA2SIS:
        idi_ca2sis_config_init(&config.generator, size, 0);
        break;
    case IDI_ARCH_CA2SIS_ID:
        idi_ca2sis_config_init(&config.generator, size, 512);
        break;
    case IDI_ARCH_SPADE:
        idi_spade_config_init(&config.spade, size, 0);
        break;
    case IDI_ARCH_SEAN:
        idi_spade_config_init(&config.spade, size, 512);
        break;
    case IDI_ARCH_IRESNET:
        IDI_TRY(idi_iresnet_config_init(&config.recogniser, depth ? depth : 50));
        break;
    case IDI_ARCH_MOBILEFACENET:
        idi_mobilefacenet_config_init(&config.recogniser);
        break;
    case IDI_ARCH_FACENET:
        idi_facenet_config_init(&config.recogniser);
        break;
    case IDI_ARCH_COUNT:
        break;
    }
    *config_out = config;
    return IDI_OK;
}

static idi_status check_spade(const idi_model_config *config)
{
    const int64_t style_dim = config->spade.style_dim;
    IDI_TRY(idi_spade_config_check(&config->spade));
    IDI_REQUIRE(config->arch != IDI_ARCH_SPADE || style_dim == 0, IDI_ERR_ARG,
                "config: style_dim is %lld, but arch spade has no styles; want 0, or arch sean",
                (long long)style_dim);
    IDI_REQUIRE(config->arch != IDI_ARCH_SEAN || style_dim > 0, IDI_ERR_ARG,
                "config: style_dim is 0, but arch sean has styles; want their length, or arch "
                "spade");
    return IDI_OK;
}

static idi_status check_ca2sis(const idi_model_config *config)
{
    const int64_t identity_dim = config->generator.identity_dim;
    IDI_TRY(idi_ca2sis_config_check(&config->generator));
    IDI_REQUIRE(config->arch != IDI_ARCH_CA2SIS || identity_dim == 0, IDI_ERR_ARG,
                "config: identity_dim is %lld, but arch ca2sis has no identity; want 0, or arch "
                "ca2sis-id",
                (long long)identity_dim);
    IDI_REQUIRE(config->arch != IDI_ARCH_CA2SIS_ID || identity_dim > 0, IDI_ERR_ARG,
                "config: identity_dim is 0, but arch ca2sis-id has an identity; want its length, "
                "or arch ca2sis");
    return IDI_OK;
}

static idi_recogniser_kind kind_of(idi_arch arch)
{
    if (arch == IDI_ARCH_FACENET) return IDI_FACENET;
    return arch == IDI_ARCH_IRESNET ? IDI_IRESNET : IDI_MOBILEFACENET;
}

idi_status idi_config_check(const idi_model_config *config)
{
    IDI_REQUIRE((unsigned)config->arch < IDI_ARCH_COUNT, IDI_ERR_ARG,
                "config: arch is %d, which is none", (int)config->arch);
    if (idi_arch_is_ca2sis(config->arch)) return check_ca2sis(config);
    if (idi_arch_is_generator(config->arch)) return check_spade(config);
    const idi_recogniser_kind kind = kind_of(config->arch);
    IDI_REQUIRE(config->recogniser.kind == kind, IDI_ERR_ARG,
                "config: arch is %s, but the recogniser's kind is %d, want %d",
                idi_arch_name(config->arch), (int)config->recogniser.kind, (int)kind);
    return idi_recogniser_config_check(&config->recogniser);
}

/* "3, 4, 14, 3" */
typedef struct blocks_text {
    char text[96];
} blocks_text;

static blocks_text format_blocks(const int64_t blocks[4])
{
    blocks_text out;
    (void)snprintf(out.text, sizeof out.text, "%lld, %lld, %lld, %lld", (long long)blocks[0],
                   (long long)blocks[1], (long long)blocks[2], (long long)blocks[3]);
    return out;
}

idi_status idi_config_require_arch(const idi_model_config *config, const char *arch_name)
{
    idi_arch arch = IDI_ARCH_COUNT;
    int depth;
    idi_recogniser_config wanted;
    IDI_TRY(idi_arch_parse(arch_name, &arch, &depth));
    IDI_REQUIRE(config->arch == arch, IDI_ERR_WEIGHTS, "holds %s, but %s was asked for",
                idi_arch_name(config->arch), arch_name);
    if (depth == 0) return IDI_OK;
    IDI_TRY(idi_iresnet_config_init(&wanted, depth));
    IDI_REQUIRE(memcmp(wanted.blocks, config->recogniser.blocks, sizeof wanted.blocks) == 0,
                IDI_ERR_WEIGHTS, "holds an IResNet of %s blocks, but %s, with %s, was asked for",
                format_blocks(config->recogniser.blocks).text, arch_name,
                format_blocks(wanted.blocks).text);
    return IDI_OK;
}

idi_status idi_config_of_file(const idi_safetensors *file, const char *arch_name,
                              idi_model_config *config_out)
{
    const char *text = idi_safetensors_metadata(file, IDI_METADATA_CONFIG);
    if (!text) return idi_config_infer(file, arch_name, config_out);
    idi_model_config config;
    idi_status st = idi_config_parse(text, strlen(text), &config);
    if (st == IDI_OK && arch_name) st = idi_config_require_arch(&config, arch_name);
    if (st != IDI_OK) return idi_fail_prefix(st, "%s: ", idi_safetensors_path(file));
    *config_out = config;
    return IDI_OK;
}
