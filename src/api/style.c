/* SPDX-License-Identifier: Apache-2.0 */
/* api/style.c - styles: one code a class. */
#include "api/run_once.h"

#include <string.h>

static idi_status create_style(idi_context *context, int64_t classes, int64_t width,
                               idi_style **style_out)
{
    idi_style *style;
    IDI_TRY(idi_alloc_zeroed(context->memory, IDI_TAG_GENERAL, 1, sizeof *style, &style));
    style->context = context;
    style->classes = classes;
    style->width = width;
    const idi_status st = idi_alloc(context->memory, IDI_TAG_GENERAL,
                                    (size_t)(classes * width) * sizeof(float), &style->data);
    if (st != IDI_OK) idi_style_destroy(&style);
    *style_out = style;
    return st;
}

static idi_status encode(const idi_model *generator, const float *image, const uint8_t *labels,
                         idi_style *style)
{
    idi_network network;
    IDI_TRY(idi_network_encode_style(generator->context->memory, &generator->config.generator, 1,
                                     &network));
    const idi_status st = idi_run_once(generator, &network, image, labels, style->data);
    idi_network_destroy(&network);
    if (st != IDI_OK) return st;
    return idi_require_finite("style", style->data, style->classes * style->width);
}

idi_status idi_style_from_image(const idi_model *generator, const idi_bitmap *photo,
                                const idi_bitmap *labels, idi_style **style_out)
{
    IDI_REQUIRE(generator && photo && labels && style_out, IDI_ERR_ARG, "style: a NULL argument");
    *style_out = NULL;
    IDI_REQUIRE(idi_arch_is_generator(generator->config.arch), IDI_ERR_ARG,
                "%s: is a recogniser (%s), want a generator", generator->path,
                idi_arch_name(generator->config.arch));
    const idi_ca2sis_config *config = &generator->config.generator;
    idi_context *context = generator->context;
    float *image = NULL;
    uint8_t *regions = NULL;
    idi_style *style = NULL;
    idi_status st = IDI_OK;
    IDI_TRY_TO(done, idi_image_for_network(context, photo, config->size, &image));
    IDI_TRY_TO(done,
               idi_labels_for_network(context, labels, config->size, config->classes, &regions));
    IDI_TRY_TO(done,
               create_style(context, config->classes, idi_ca2sis_token_width(config), &style));
    IDI_TRY_TO(done, encode(generator, image, regions, style));
    *style_out = style;
    style = NULL;
done:
    idi_style_destroy(&style);
    idi_free(context->memory, regions);
    idi_free(context->memory, image);
    return st;
}

idi_status idi_style_from_array(idi_context *context, const float *data, int64_t classes,
                                int64_t width, idi_style **style_out)
{
    IDI_REQUIRE(context && data && style_out, IDI_ERR_ARG, "style: a NULL argument");
    *style_out = NULL;
    IDI_REQUIRE(classes > 0 && classes <= 256 && width > 0 && width <= (1 << 20), IDI_ERR_SHAPE,
                "style: [%lld, %lld] is no table of codes", (long long)classes, (long long)width);
    IDI_TRY(idi_require_finite("style", data, classes * width));
    IDI_TRY(create_style(context, classes, width, style_out));
    memcpy((*style_out)->data, data, (size_t)(classes * width) * sizeof *data);
    return IDI_OK;
}

void idi_style_destroy(idi_style **style)
{
    if (!style || !*style) return;
    idi_memory *memory = (*style)->context->memory;
    idi_free(memory, (*style)->data);
    idi_free(memory, *style);
    *style = NULL;
}

const float *idi_style_data(const idi_style *style, int64_t *classes_out, int64_t *width_out)
{
    if (classes_out) *classes_out = style ? style->classes : 0;
    if (width_out) *width_out = style ? style->width : 0;
    return style ? style->data : NULL;
}
