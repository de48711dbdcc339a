/* SPDX-License-Identifier: Apache-2.0 */
/* eval/degrade.c - see degrade.h. Resampling and blur are separable: a row's function, applied
 * along rows and then along columns. */
#include "eval/degrade.h"

#include "core/rng.h"

#include <math.h>

#define BLUR_REACH 4.0 /* sigmas: 1e-4 of a weight is left out */

static uint8_t to_byte(double value)
{
    return (uint8_t)fmax(0.0, fmin(255.0, floor(value + 0.5)));
}

static idi_status require_colour(const idi_image *picture)
{
    IDI_REQUIRE(picture->channels == 3, IDI_ERR_ARG, "degrade: %d channels, want 3 (RGB)",
                picture->channels);
    return IDI_OK;
}

static int64_t count_values(const idi_image *picture)
{
    return picture->width * picture->height * 3;
}

static idi_status create_like(idi_memory *memory, const idi_image *picture, idi_image *image_out)
{
    return idi_image_create(memory, picture->width, picture->height, 3, image_out);
}

/* --- JPEG ------------------------------------------------------------------------------------- */

idi_status idi_degrade_jpeg(idi_memory *memory, const idi_image *picture, int quality,
                            idi_image *degraded_out)
{
    static const char name[] = "degrade";
    const idi_jpeg_options options = {.quality = quality, .is_unmarked = true};
    idi_buffer file = {0};
    *degraded_out = (idi_image){0};
    IDI_TRY(require_colour(picture));
    idi_status st = idi_jpeg_encode(memory, name, picture, &options, &file);
    if (st == IDI_OK) st = idi_image_decode(memory, file.bytes, file.size, name, degraded_out);
    idi_buffer_free(memory, &file);
    return st;
}

/* --- along rows and columns ------------------------------------------------------------------- */

/* `count` numbers of a line, `step` apart from each other in memory; in and out are apart. */
typedef struct line_filter {
    void (*apply)(const struct line_filter *filter, const double *in, int64_t count, double *out);
    const double *weights; /* [2 reach + 1] */
    int64_t reach;
} line_filter;

/* Every line of one direction through the filter; room [2 longest side]. */
static void filter_lines(const line_filter *filter, double *values, int64_t lines,
                         int64_t line_step, int64_t count, int64_t step, double *room)
{
    double *const in = room, *const out = room + count;
    for (int64_t line = 0; line < lines; line++) {
        for (int64_t c = 0; c < 3; c++) {
            double *const at = values + line * line_step + c;
            for (int64_t i = 0; i < count; i++)
                in[i] = at[i * step];
            filter->apply(filter, in, count, out);
            for (int64_t i = 0; i < count; i++)
                at[i * step] = out[i];
        }
    }
}

static idi_status filter_both(idi_memory *memory, const idi_image *picture,
                              const line_filter *filter, idi_image *out)
{
    const int64_t width = picture->width, height = picture->height, count = count_values(picture);
    const int64_t longest = width > height ? width : height;
    double *values;
    IDI_TRY(
        idi_alloc(memory, IDI_TAG_IMAGE, (size_t)(count + 2 * longest) * sizeof *values, &values));
    const idi_status st = create_like(memory, picture, out);
    if (st == IDI_OK) {
        for (int64_t i = 0; i < count; i++)
            values[i] = (double)picture->pixels[i];
        filter_lines(filter, values, height, 3 * width, width, 3, values + count);
        filter_lines(filter, values, width, 3, height, 3 * width, values + count);
        for (int64_t i = 0; i < count; i++)
            out->pixels[i] = to_byte(values[i]);
    }
    idi_free(memory, values);
    return st;
}

/* Pixel j of the line at half its length; the last ones repeated outside. */
static double small_pixel(const double *in, int64_t count, int64_t j)
{
    const int64_t last = (count - 1) / 2;
    const int64_t at = 2 * (j < 0 ? 0 : j > last ? last : j);
    return 0.5 * (in[at] + in[at + 1 < count ? at + 1 : at]);
}

static void halve_and_double(const line_filter *filter, const double *in, int64_t count,
                             double *out)
{
    (void)filter;
    for (int64_t x = 0; x < count; x++) {
        const int64_t other = x % 2 == 0 ? x / 2 - 1 : x / 2 + 1;
        out[x] = 0.75 * small_pixel(in, count, x / 2) + 0.25 * small_pixel(in, count, other);
    }
}

idi_status idi_degrade_half(idi_memory *memory, const idi_image *picture, idi_image *degraded_out)
{
    const line_filter filter = {.apply = halve_and_double};
    *degraded_out = (idi_image){0};
    IDI_TRY(require_colour(picture));
    return filter_both(memory, picture, &filter, degraded_out);
}

static void convolve(const line_filter *filter, const double *in, int64_t count, double *out)
{
    for (int64_t x = 0; x < count; x++) {
        double sum = 0.0;
        for (int64_t i = -filter->reach; i <= filter->reach; i++) {
            const int64_t at = x + i < 0 ? 0 : x + i >= count ? count - 1 : x + i;
            sum += filter->weights[i + filter->reach] * in[at];
        }
        out[x] = sum;
    }
}

static void fill_gaussian(double sigma, int64_t reach, double *weights)
{
    double sum = 0.0;
    for (int64_t i = -reach; i <= reach; i++)
        sum += weights[i + reach] = exp(-0.5 * (double)(i * i) / (sigma * sigma));
    for (int64_t i = 0; i <= 2 * reach; i++)
        weights[i] /= sum;
}

idi_status idi_degrade_blur(idi_memory *memory, const idi_image *picture, double sigma,
                            idi_image *degraded_out)
{
    *degraded_out = (idi_image){0};
    IDI_TRY(require_colour(picture));
    IDI_REQUIRE(sigma > 0.0 && sigma < IDI_IMAGE_MAX_SIDE, IDI_ERR_ARG,
                "degrade: a blur of %g pixels, want more than 0", sigma);
    const int64_t reach = (int64_t)ceil(BLUR_REACH * sigma);
    double *weights;
    IDI_TRY(
        idi_alloc(memory, IDI_TAG_GENERAL, (size_t)(2 * reach + 1) * sizeof *weights, &weights));
    fill_gaussian(sigma, reach, weights);
    const line_filter filter = {convolve, weights, reach};
    const idi_status st = filter_both(memory, picture, &filter, degraded_out);
    idi_free(memory, weights);
    return st;
}

/* --- noise ------------------------------------------------------------------------------------ */

idi_status idi_degrade_noise(idi_memory *memory, const idi_image *picture, double sigma,
                             uint64_t seed, idi_image *degraded_out)
{
    const uint64_t stream = idi_hash_name("degrade.noise");
    *degraded_out = (idi_image){0};
    IDI_TRY(require_colour(picture));
    IDI_TRY(create_like(memory, picture, degraded_out));
    for (int64_t i = 0; i < count_values(picture); i++)
        degraded_out->pixels[i] =
            to_byte((double)picture->pixels[i] + sigma * idi_normal(seed, stream, (uint64_t)i));
    return IDI_OK;
}
