/* SPDX-License-Identifier: Apache-2.0 */
/* api/style.c - styles: one code a class. */
#include "api/run_once.h"
#include "api/values.h"

#include <math.h>
#include <string.h>

idi_status idi_style_create(idi_context *context, int64_t classes, int64_t width,
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
    IDI_TRY(idi_network_style(generator->context->memory, &generator->config, 1, &network));
    const idi_status st = idi_run_once(generator, &network, image, labels, style->data);
    idi_network_destroy(&network);
    if (st != IDI_OK) return st;
    return idi_require_finite("style", style->data, style->classes * style->width);
}

idi_status idi_style_require_generator(const idi_model *generator)
{
    IDI_REQUIRE(idi_arch_is_generator(generator->config.arch), IDI_ERR_ARG,
                "%s: is a recogniser (%s), want a generator", generator->path,
                idi_arch_name(generator->config.arch));
    IDI_REQUIRE(generator->traits.style_width > 0, IDI_ERR_ARG,
                "%s takes no style: its architecture is %s", generator->path,
                idi_arch_name(generator->config.arch));
    return IDI_OK;
}

idi_status idi_style_from_image(const idi_model *generator, const idi_bitmap *photo,
                                const idi_bitmap *labels, idi_style **style_out)
{
    IDI_REQUIRE(generator && photo && labels && style_out, IDI_ERR_ARG, "style: a NULL argument");
    *style_out = NULL;
    IDI_TRY(idi_style_require_generator(generator));
    const idi_generator_traits *config = &generator->traits;
    idi_context *context = generator->context;
    float *image = NULL;
    uint8_t *regions = NULL;
    idi_style *style = NULL;
    idi_status st = IDI_OK;
    IDI_TRY_TO(done, idi_image_for_network(context, photo, config->size, &image));
    IDI_TRY_TO(done,
               idi_labels_for_network(context, labels, config->size, config->classes, &regions));
    IDI_TRY_TO(done, idi_style_create(context, config->classes, config->style_width, &style));
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
    IDI_TRY(idi_style_create(context, classes, width, style_out));
    memcpy((*style_out)->data, data, (size_t)(classes * width) * sizeof *data);
    return IDI_OK;
}

bool idi_style_is_absent(const float *code, int64_t width)
{
    for (int64_t i = 0; i < width; i++)
        if (fabsf(code[i]) > 0.0F) return false;
    return true;
}

idi_status idi_style_complete(const idi_style *style, const idi_style *mean, idi_style **style_out)
{
    IDI_REQUIRE(style && mean && style_out, IDI_ERR_ARG, "style: a NULL argument");
    *style_out = NULL;
    IDI_REQUIRE(style->classes == mean->classes && style->width == mean->width, IDI_ERR_SHAPE,
                "style: codes are [%lld, %lld], those for absent classes [%lld, %lld]",
                (long long)style->classes, (long long)style->width, (long long)mean->classes,
                (long long)mean->width);
    const int64_t width = style->width;
    IDI_TRY(idi_style_create(style->context, style->classes, width, style_out));
    for (int64_t r = 0; r < style->classes; r++) {
        const float *own = style->data + r * width;
        memcpy((*style_out)->data + r * width,
               idi_style_is_absent(own, width) ? mean->data + r * width : own,
               (size_t)width * sizeof *own);
    }
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
