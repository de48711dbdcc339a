/* SPDX-License-Identifier: Apache-2.0 */
/* api/style_edit.c - styles of styles: mixed class by class, gathered from a pool, averaged; and
 * styles of noise. */
#include "api/run_once.h"
#include "api/values.h"
#include "core/rng.h"
#include "idinject/edit.h"

#include <math.h>
#include <string.h>

static idi_status require_same_size(const idi_style *a, const idi_style *b)
{
    IDI_REQUIRE(a && b, IDI_ERR_ARG, "style: a NULL argument");
    IDI_REQUIRE(a->classes == b->classes && a->width == b->width, IDI_ERR_SHAPE,
                "style: codes are [%lld, %lld] and [%lld, %lld]: of different generators",
                (long long)a->classes, (long long)a->width, (long long)b->classes,
                (long long)b->width);
    return IDI_OK;
}

/* --- mixing --- */

/* The ends keep their bits. */
static void mix_code(const float *a, const float *b, double t, int64_t width, float *out)
{
    if (fabs(t) <= 0.0 || fabs(t - 1.0) <= 0.0) {
        memcpy(out, fabs(t) <= 0.0 ? a : b, (size_t)width * sizeof *out);
        return;
    }
    for (int64_t i = 0; i < width; i++)
        out[i] = (float)((1.0 - t) * (double)a[i] + t * (double)b[i]);
}

static idi_status mix_codes(const idi_style *base, const idi_style *other, const double *amounts,
                            idi_style *style)
{
    const int64_t width = style->width;
    for (int64_t c = 0; c < style->classes; c++)
        mix_code(base->data + c * width, other->data + c * width, amounts[c], width,
                 style->data + c * width);
    return idi_require_finite("mixed style", style->data, style->classes * width);
}

idi_status idi_style_mix(const idi_style *base, const idi_style *other, const double *amounts,
                         int64_t classes, idi_style **style_out)
{
    IDI_REQUIRE(amounts && style_out, IDI_ERR_ARG, "style: a NULL argument");
    *style_out = NULL;
    IDI_TRY(require_same_size(base, other));
    IDI_REQUIRE(classes == base->classes, IDI_ERR_SHAPE,
                "style: amounts for %lld classes, but the styles have %lld", (long long)classes,
                (long long)base->classes);
    for (int64_t c = 0; c < classes; c++)
        IDI_REQUIRE(isfinite(amounts[c]), IDI_ERR_ARG,
                    "style: the amount of class %lld is not a number", (long long)c);
    idi_style *style;
    IDI_TRY(idi_style_create(base->context, classes, base->width, &style));
    const idi_status st = mix_codes(base, other, amounts, style);
    if (st != IDI_OK) idi_style_destroy(&style);
    *style_out = style;
    return st;
}

/* --- a table of sources --- */

static idi_status check_pool(const idi_style *const *pool, int64_t pool_count, int64_t classes)
{
    IDI_REQUIRE(pool && pool_count > 0, IDI_ERR_ARG, "style table: the pool is empty");
    for (int64_t i = 0; i < pool_count; i++)
        IDI_TRY(require_same_size(pool[0], pool[i]));
    IDI_REQUIRE(classes == pool[0]->classes, IDI_ERR_SHAPE,
                "style table: rows of %lld classes, but the styles have %lld", (long long)classes,
                (long long)pool[0]->classes);
    return IDI_OK;
}

static idi_status check_row(const int32_t *row, int64_t sample, int64_t classes, int64_t pool_count)
{
    for (int64_t c = 0; c < classes; c++)
        IDI_REQUIRE(row[c] >= 0 && row[c] < pool_count, IDI_ERR_ARG,
                    "style table: sample %lld, class %lld: there is no style %d in a pool of %lld",
                    (long long)sample, (long long)c, (int)row[c], (long long)pool_count);
    return IDI_OK;
}

static idi_status gather(const idi_style *const *pool, const int32_t *row, idi_style **style_out)
{
    const int64_t width = pool[0]->width;
    const int64_t classes = pool[0]->classes;
    IDI_TRY(idi_style_create(pool[0]->context, classes, width, style_out));
    for (int64_t c = 0; c < classes; c++)
        memcpy((*style_out)->data + c * width, pool[row[c]]->data + c * width,
               (size_t)width * sizeof(float));
    return IDI_OK;
}

idi_status idi_style_table(const idi_style *const *pool, int64_t pool_count, const int32_t *table,
                           int64_t samples, int64_t classes, idi_style **styles_out)
{
    IDI_REQUIRE(table && styles_out && samples > 0, IDI_ERR_ARG,
                "style table: a NULL argument, or no samples");
    for (int64_t i = 0; i < samples; i++)
        styles_out[i] = NULL;
    IDI_TRY(check_pool(pool, pool_count, classes));
    for (int64_t i = 0; i < samples; i++)
        IDI_TRY(check_row(table + i * classes, i, classes, pool_count));
    idi_status st = IDI_OK;
    for (int64_t i = 0; i < samples && st == IDI_OK; i++)
        st = gather(pool, table + i * classes, &styles_out[i]);
    for (int64_t i = 0; i < samples && st != IDI_OK; i++)
        idi_style_destroy(&styles_out[i]);
    return st;
}

/* --- averages --- */

/* One class; zeros if all lack it. One code keeps its bits: it is divided by 1. */
static void average_code(const idi_style *const *styles, int64_t count, int64_t at, int64_t width,
                         float *out)
{
    int64_t present = 0;
    for (int64_t i = 0; i < count; i++)
        if (!idi_style_is_absent(styles[i]->data + at, width)) present++;
    for (int64_t k = 0; k < width; k++) {
        double sum = (double)styles[0]->data[at + k];
        for (int64_t i = 1; i < count; i++)
            sum += (double)styles[i]->data[at + k];
        out[k] = (float)(sum / (double)(present ? present : 1));
    }
}

idi_status idi_style_average(const idi_style *const *styles, int64_t count, idi_style **style_out)
{
    IDI_REQUIRE(styles && style_out, IDI_ERR_ARG, "style: a NULL argument");
    *style_out = NULL;
    IDI_REQUIRE(count > 0, IDI_ERR_ARG, "style: the average of %lld styles, want 1 or more",
                (long long)count);
    for (int64_t i = 0; i < count; i++)
        IDI_TRY(require_same_size(styles[0], styles[i]));
    const int64_t width = styles[0]->width;
    IDI_TRY(idi_style_create(styles[0]->context, styles[0]->classes, width, style_out));
    for (int64_t c = 0; c < styles[0]->classes; c++)
        average_code(styles, count, c * width, width, (*style_out)->data + c * width);
    return IDI_OK;
}

/* --- noise --- */

static idi_status encode_noise(const idi_model *generator, uint64_t seed, const uint8_t *labels,
                               idi_style *style)
{
    idi_memory *memory = generator->context->memory;
    const int64_t count = generator->config.generator.noise_dim;
    const uint64_t stream = idi_hash_name("style noise");
    idi_network network;
    float *noise;
    IDI_TRY(idi_network_encode_noise(memory, &generator->config.generator, 1, &network));
    idi_status st = idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof *noise, &noise);
    if (st == IDI_OK) {
        for (int64_t i = 0; i < count; i++)
            noise[i] = (float)idi_normal(seed, stream, (uint64_t)i);
        st = idi_run_once(generator, &network, noise, labels, style->data);
        idi_free(memory, noise);
    }
    idi_network_destroy(&network);
    if (st != IDI_OK) return st;
    return idi_require_finite("style", style->data, style->classes * style->width);
}

idi_status idi_style_from_noise(const idi_model *generator, uint64_t seed, const idi_bitmap *labels,
                                idi_style **style_out)
{
    IDI_REQUIRE(generator && labels && style_out, IDI_ERR_ARG, "style: a NULL argument");
    *style_out = NULL;
    IDI_TRY(idi_style_require_generator(generator));
    IDI_REQUIRE(
        idi_arch_is_ca2sis(generator->config.arch) && generator->config.generator.noise_dim > 0,
        IDI_ERR_UNSUPPORTED, "%s has no network that makes styles of noise", generator->path);
    const idi_generator_traits *traits = &generator->traits;
    idi_context *context = generator->context;
    uint8_t *regions = NULL;
    idi_style *style = NULL;
    idi_status st = IDI_OK;
    IDI_TRY_TO(done,
               idi_labels_for_network(context, labels, traits->size, traits->classes, &regions));
    IDI_TRY_TO(done, idi_style_create(context, traits->classes, traits->style_width, &style));
    IDI_TRY_TO(done, encode_noise(generator, seed, regions, style));
    *style_out = style;
    style = NULL;
done:
    idi_style_destroy(&style);
    idi_free(context->memory, regions);
    return st;
}
