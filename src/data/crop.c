/* SPDX-License-Identifier: Apache-2.0 */
/* data/crop.c - similarity estimate and bilinear warp. */
#include "data/crop.h"

#include <math.h>
#include <stdbool.h>

const double idi_crop_template[IDI_CROP_POINTS][2] = {{38.2946, 51.6963},
                                                      {73.5318, 51.5014},
                                                      {56.0252, 71.7366},
                                                      {41.5493, 92.3655},
                                                      {70.7299, 92.2041}};

static void mean_of(const double (*points)[2], int count, double mean[2])
{
    mean[0] = mean[1] = 0.0;
    for (int i = 0; i < count; i++) {
        mean[0] += points[i][0] / count;
        mean[1] += points[i][1] / count;
    }
}

idi_status idi_similarity_estimate(const double (*source)[2], const double (*target)[2], int count,
                                   idi_similarity *similarity_out)
{
    double from[2], to[2], spread = 0.0, a = 0.0, b = 0.0;
    *similarity_out = (idi_similarity){0};
    IDI_REQUIRE(count >= 2, IDI_ERR_ARG, "a similarity from %d points: want at least 2", count);
    mean_of(source, count, from);
    mean_of(target, count, to);
    for (int i = 0; i < count; i++) {
        const double sx = source[i][0] - from[0], sy = source[i][1] - from[1];
        const double dx = target[i][0] - to[0], dy = target[i][1] - to[1];
        spread += sx * sx + sy * sy;
        a += sx * dx + sy * dy;
        b += sx * dy - sy * dx;
    }
    IDI_REQUIRE(isfinite(spread) && isfinite(a) && isfinite(b), IDI_ERR_ARG,
                "a similarity from landmarks that are not finite numbers");
    /* Relative, because coinciding points do not cancel exactly. */
    IDI_REQUIRE(spread > 1e-12 * (1.0 + from[0] * from[0] + from[1] * from[1]), IDI_ERR_ARG,
                "a similarity from landmarks that all lie at (%g, %g)", from[0], from[1]);
    a /= spread;
    b /= spread;
    *similarity_out = (idi_similarity){a, b, to[0] - (a * from[0] - b * from[1]),
                                       to[1] - (b * from[0] + a * from[1])};
    return IDI_OK;
}

void idi_similarity_apply(const idi_similarity *similarity, double x, double y, double out[2])
{
    out[0] = similarity->a * x - similarity->b * y + similarity->tx;
    out[1] = similarity->b * x + similarity->a * y + similarity->ty;
}

idi_status idi_similarity_invert(const idi_similarity *similarity, idi_similarity *inverse_out)
{
    const double square = similarity->a * similarity->a + similarity->b * similarity->b;
    IDI_REQUIRE(isfinite(square) && square > 0.0, IDI_ERR_ARG,
                "a similarity of scale %g cannot be inverted", sqrt(square));
    const double a = similarity->a / square, b = -similarity->b / square;
    *inverse_out = (idi_similarity){a, b, -(a * similarity->tx - b * similarity->ty),
                                    -(b * similarity->tx + a * similarity->ty)};
    return IDI_OK;
}

static float pixel(const idi_float_image *image, int64_t x, int64_t y, int channel, float border)
{
    if (x < 0 || y < 0 || x >= image->width || y >= image->height) return border;
    return image->values[(y * image->width + x) * 3 + channel];
}

static void sample(const idi_float_image *image, const double at[2], float border, float *out)
{
    /* Far outside, where the conversion to integers would overflow; also catches NaN. */
    const bool is_near = at[0] > -2.0 && at[1] > -2.0 && at[0] < (double)image->width + 1.0 &&
                         at[1] < (double)image->height + 1.0;
    if (!is_near) {
        out[0] = out[1] = out[2] = border;
        return;
    }
    const double left = floor(at[0]), top = floor(at[1]);
    const float fx = (float)(at[0] - left), fy = (float)(at[1] - top);
    const int64_t x = (int64_t)left, y = (int64_t)top;
    for (int c = 0; c < 3; c++) {
        const float upper =
            (1.0f - fx) * pixel(image, x, y, c, border) + fx * pixel(image, x + 1, y, c, border);
        const float lower = (1.0f - fx) * pixel(image, x, y + 1, c, border) +
                            fx * pixel(image, x + 1, y + 1, c, border);
        out[c] = (1.0f - fy) * upper + fy * lower;
    }
}

idi_status idi_crop_warp(const idi_float_image *image, const idi_similarity *similarity,
                         float border, int64_t width, int64_t height, float *output_out)
{
    idi_similarity back = {0};
    IDI_REQUIRE(image->width > 0 && image->height > 0 && width > 0 && height > 0, IDI_ERR_SHAPE,
                "a warp from %lld x %lld to %lld x %lld pixels", (long long)image->width,
                (long long)image->height, (long long)width, (long long)height);
    IDI_TRY(idi_similarity_invert(similarity, &back));
    for (int64_t y = 0; y < height; y++) {
        for (int64_t x = 0; x < width; x++) {
            double at[2];
            idi_similarity_apply(&back, (double)x, (double)y, at);
            sample(image, at, border, output_out + (y * width + x) * 3);
        }
    }
    return IDI_OK;
}
