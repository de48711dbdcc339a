/* SPDX-License-Identifier: Apache-2.0 */
/* train/augment.c - see augment.h. */
#include "train/augment.h"
#include "core/rng.h"

#include <math.h>

/* The places of a face's draws in its stream; noise begins behind them. */
enum { SHIFT_X, SHIFT_Y, ZOOM, ROLL, GAIN, BIAS, RED, BLUE, NOISE, GREY, DRAWS = 16 };

typedef struct draw {
    uint64_t seed, number;
} draw;

/* -1..1 */
static double evenly(const draw *d, int what)
{
    return 2.0 * idi_uniform(d->seed, d->number, (uint64_t)what) - 1.0;
}

/* From a place in the new picture to one in the old: centre + matrix (p - centre) + shift. */
typedef struct motion {
    double xx, xy, x0, y0;
} motion;

/* About the centre; `side` in the unit of the shift. */
static motion turn_of(const idi_augmentation *a, const draw *d, double side)
{
    const double scale = 1.0 / (1.0 + a->zoom * evenly(d, ZOOM));
    const double angle = a->roll * evenly(d, ROLL);
    return (motion){scale * cos(angle), scale * sin(angle), a->shift * side * evenly(d, SHIFT_X),
                    a->shift * side * evenly(d, SHIFT_Y)};
}

static motion motion_of(const idi_augmentation *a, const draw *d, int64_t size)
{
    const double centre = (double)(size - 1) / 2.0;
    const motion m = turn_of(a, d, (double)size);
    const double x0 = centre + m.x0;
    const double y0 = centre + m.y0;
    return (motion){m.xx, m.xy, x0 - m.xx * centre + m.xy * centre,
                    y0 - m.xy * centre - m.xx * centre};
}

static double clamp(double x, double high)
{
    return x < 0.0 ? 0.0 : x > high ? high : x;
}

/* Bilinear, in 0..255. */
static void sample(const uint8_t *rgb, int64_t size, double x, double y, double out[3])
{
    const double last = (double)(size - 1);
    x = clamp(x, last);
    y = clamp(y, last);
    const int64_t left = (int64_t)x;
    const int64_t top = (int64_t)y;
    const int64_t right = left + (left + 1 < size);
    const int64_t bottom = top + (top + 1 < size);
    const double u = x - (double)left;
    const double v = y - (double)top;
    for (int c = 0; c < 3; c++) {
        const double upper =
            (1.0 - u) * rgb[(top * size + left) * 3 + c] + u * rgb[(top * size + right) * 3 + c];
        const double lower = (1.0 - u) * rgb[(bottom * size + left) * 3 + c] +
                             u * rgb[(bottom * size + right) * 3 + c];
        out[c] = (1.0 - v) * upper + v * lower;
    }
}

static const double luma[3] = {0.299, 0.587, 0.114};

/* Brightness and colour of a whole face. */
typedef struct camera {
    double gain[3], bias, noise;
    int is_grey;
} camera;

static camera camera_of(const idi_augmentation *a, const draw *d)
{
    const double gain = 1.0 + a->gain * evenly(d, GAIN);
    return (camera){{gain * (1.0 + a->white_balance * evenly(d, RED)), gain,
                     gain * (1.0 + a->white_balance * evenly(d, BLUE))},
                    a->bias * evenly(d, BIAS),
                    a->noise * idi_uniform(d->seed, d->number, NOISE),
                    idi_uniform(d->seed, d->number, GREY) < a->grey};
}

/* Three numbers of mean 0 and deviation 1, each the sum of four 8-bit ones: near enough to normal
 * for a camera's noise, and no library's logarithm, whose last bit differs between systems. */
static void grain(const draw *d, int64_t pixel, double out[3])
{
    uint32_t word[4];
    idi_philox(d->seed, d->number, (uint64_t)(DRAWS + pixel), word);
    for (int c = 0; c < 3; c++) {
        uint32_t sum = 0;
        for (int shift = 0; shift < 32; shift += 8)
            sum += word[c] >> shift & 255U;
        out[c] = ((double)sum - 510.0) / 147.8;
    }
}

/* rgb 0..255, in place to -1..1. */
static void take(const camera *k, const draw *d, int64_t pixel, double rgb[3])
{
    double noise[3] = {0.0, 0.0, 0.0};
    if (k->noise > 0.0) grain(d, pixel, noise);
    if (k->is_grey)
        rgb[0] = rgb[1] = rgb[2] = luma[0] * rgb[0] + luma[1] * rgb[1] + luma[2] * rgb[2];
    for (int c = 0; c < 3; c++) {
        const double light = clamp(k->gain[c] * (rgb[c] / 255.0) + k->bias, 1.0);
        rgb[c] = 2.0 * (light + k->noise * noise[c]) - 1.0;
    }
}

void idi_augment(const idi_augmentation *augmentation, uint64_t seed, uint64_t number,
                 const uint8_t *rgb, int64_t size, float *out)
{
    const draw d = {seed, number};
    const motion m = motion_of(augmentation, &d, size);
    const camera k = camera_of(augmentation, &d);
    for (int64_t y = 0; y < size; y++)
        for (int64_t x = 0; x < size; x++) {
            double pixel[3];
            sample(rgb, size, m.xx * (double)x - m.xy * (double)y + m.x0,
                   m.xy * (double)x + m.xx * (double)y + m.y0, pixel);
            take(&k, &d, y * size + x, pixel);
            for (int c = 0; c < 3; c++)
                out[(y * size + x) * 3 + c] = (float)pixel[c];
        }
}

/* --- in numbers ------------------------------------------------------------------------------- */

bool idi_augmentation_moves(const idi_augmentation *augmentation)
{
    return augmentation->shift > 0.0 || augmentation->zoom > 0.0 || augmentation->roll > 0.0;
}

/* A side is 2 long. */
void idi_augment_map(const idi_augmentation *augmentation, uint64_t seed, uint64_t number,
                     float map[6])
{
    const draw d = {seed, number};
    const motion m = turn_of(augmentation, &d, 2.0);
    const double rows[6] = {m.xx, -m.xy, m.x0, m.xy, m.xx, m.y0};
    for (int i = 0; i < 6; i++)
        map[i] = (float)rows[i];
}

bool idi_augmentation_tints(const idi_augmentation *augmentation)
{
    return augmentation->gain > 0.0 || augmentation->bias > 0.0 ||
           augmentation->white_balance > 0.0 || augmentation->grey > 0.0;
}

/* Light is (x + 1)/2, and comes back as 2*light - 1. */
void idi_augment_matrix(const idi_augmentation *augmentation, uint64_t seed, uint64_t number,
                        float matrix[12])
{
    const draw d = {seed, number};
    const camera k = camera_of(augmentation, &d);
    for (int c = 0; c < 3; c++) {
        for (int from = 0; from < 3; from++)
            matrix[4 * c + from] = (float)(k.gain[c] * (k.is_grey   ? luma[from]
                                                        : from == c ? 1.0
                                                                    : 0.0));
        matrix[4 * c + 3] = (float)(k.gain[c] + 2.0 * k.bias - 1.0);
    }
}

void idi_augment_noise(const idi_augmentation *augmentation, uint64_t seed, uint64_t number,
                       int64_t size, float *out)
{
    const draw d = {seed, number};
    const camera k = camera_of(augmentation, &d);
    for (int64_t pixel = 0; pixel < size * size; pixel++) {
        double noise[3];
        grain(&d, pixel, noise);
        for (int c = 0; c < 3; c++)
            out[3 * pixel + c] = (float)(2.0 * k.noise * noise[c]);
    }
}
