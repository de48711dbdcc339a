/* SPDX-License-Identifier: Apache-2.0 */
/* data/image_resize.c - Pillow's bicubic resampling, bit for bit. The order of the floating-point
 * operations below is Pillow's and is part of the result. */
#include "data/image.h"

#include <math.h>

enum { FRACTION_BITS = 22 };

/* For each output position: the first source, how many, and their fixed-point weights. */
typedef struct filter {
    int64_t taps; /* room for weights per output */
    int64_t *first, *count;
    int32_t *weights; /* [out, taps] */
} filter;

static double cubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

static int32_t to_fixed(double weight)
{
    const double scaled = weight * (double)(1 << FRACTION_BITS);
    return (int32_t)(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

static void filter_free(idi_memory *memory, filter *f)
{
    idi_free(memory, f->first);
    idi_free(memory, f->weights);
    *f = (filter){0};
}

static void fill_weights(filter *f, int64_t i, int64_t in, double scale, double stretch,
                         double *scratch)
{
    const double support = 2.0 * stretch, centre = ((double)i + 0.5) * scale;
    const double inverse = 1.0 / stretch;
    int64_t low = (int64_t)(centre - support + 0.5);
    int64_t high = (int64_t)(centre + support + 0.5);
    if (low < 0) low = 0;
    if (high > in) high = in;
    double sum = 0.0;
    for (int64_t k = 0; k < high - low; k++) {
        scratch[k] = cubic(((double)(k + low) - centre + 0.5) * inverse);
        sum += scratch[k];
    }
    for (int64_t k = 0; k < high - low; k++)
        f->weights[i * f->taps + k] = to_fixed(sum != 0.0 ? scratch[k] / sum : scratch[k]);
    f->first[i] = low;
    f->count[i] = high - low;
}

static idi_status filter_build(idi_memory *memory, int64_t in, int64_t out, filter *f)
{
    idi_status st = IDI_OK;
    const double scale = (double)in / (double)out, stretch = fmax(scale, 1.0);
    double *scratch = NULL;
    *f = (filter){.taps = (int64_t)ceil(2.0 * stretch) * 2 + 1};
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_IMAGE, (size_t)f->taps * sizeof *scratch, &scratch));
    IDI_TRY_TO(done,
               idi_alloc(memory, IDI_TAG_IMAGE, (size_t)out * 2 * sizeof *f->first, &f->first));
    f->count = f->first + out;
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_IMAGE, (size_t)(out * f->taps) * sizeof *f->weights,
                               &f->weights));
    for (int64_t i = 0; i < out; i++)
        fill_weights(f, i, in, scale, stretch, scratch);
done:
    idi_free(memory, scratch);
    if (st != IDI_OK) filter_free(memory, f);
    return st;
}

/* One output sample: sources `stride` bytes apart. */
static uint8_t weigh(const uint8_t *source, int64_t stride, const int32_t *weights, int64_t count)
{
    int32_t sum = 1 << (FRACTION_BITS - 1);
    for (int64_t k = 0; k < count; k++)
        sum += source[k * stride] * weights[k];
    const int32_t value = sum >> FRACTION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void pass_horizontal(const idi_image *from, const filter *f, idi_image *to)
{
    const int channels = from->channels;
    for (int64_t y = 0; y < to->height; y++) {
        const uint8_t *row = from->pixels + y * from->width * channels;
        uint8_t *target = to->pixels + y * to->width * channels;
        for (int64_t x = 0; x < to->width; x++)
            for (int c = 0; c < channels; c++)
                *target++ = weigh(row + f->first[x] * channels + c, channels,
                                  f->weights + x * f->taps, f->count[x]);
    }
}

static void pass_vertical(const idi_image *from, const filter *f, idi_image *to)
{
    const int64_t stride = from->width * from->channels;
    for (int64_t y = 0; y < to->height; y++)
        for (int64_t i = 0; i < stride; i++)
            to->pixels[y * stride + i] = weigh(from->pixels + f->first[y] * stride + i, stride,
                                               f->weights + y * f->taps, f->count[y]);
}

idi_status idi_image_resize_bicubic(idi_memory *memory, const idi_image *image, int64_t width,
                                    int64_t height, idi_image *image_out)
{
    idi_status st = IDI_OK;
    filter columns = {0}, rows = {0};
    idi_image between = {0};
    IDI_TRY(idi_image_create(memory, width, height, image->channels, image_out));
    IDI_TRY_TO(done, idi_image_create(memory, width, image->height, image->channels, &between));
    IDI_TRY_TO(done, filter_build(memory, image->width, width, &columns));
    IDI_TRY_TO(done, filter_build(memory, image->height, height, &rows));
    pass_horizontal(image, &columns, &between);
    pass_vertical(&between, &rows, image_out);
done:
    filter_free(memory, &columns);
    filter_free(memory, &rows);
    idi_image_free(memory, &between);
    if (st != IDI_OK) idi_image_free(memory, image_out);
    return st;
}
