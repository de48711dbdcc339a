/* SPDX-License-Identifier: Apache-2.0 */
/* eval/ssim.c - SSIM and MS-SSIM; see image_measures.h. */
#include "eval/image_measures.h"
#include "eval/picture.h"

#include <math.h>

enum { RADIUS = IDI_SSIM_WINDOW / 2 };

static const double C1 = (0.01 * 255.0) * (0.01 * 255.0);
static const double C2 = (0.03 * 255.0) * (0.03 * 255.0);

/* One channel of two pictures, and what a map is computed from. Filtered planes are
 * [height - 10, width - 10]. */
typedef struct workspace {
    double window[IDI_SSIM_WINDOW];
    int64_t height, width;
    double *a, *b;        /* [height, width] */
    double *product;      /* [height, width] */
    double *rows;         /* [height, width - 10] filtered along x */
    double *ma, *mb;      /* means */
    double *aa, *bb, *ab; /* means of products */
} workspace;

/* Means of the map and of its contrast-structure term. */
typedef struct means {
    double ssim, contrast;
} means;

static idi_status workspace_open(idi_memory *memory, int64_t height, int64_t width, workspace *w)
{
    const int64_t room = height * width;
    *w = (workspace){.height = height, .width = width};
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, (size_t)(9 * room) * sizeof *w->a, &w->a));
    double **const planes[] = {&w->b,  &w->product, &w->rows, &w->ma,
                               &w->mb, &w->aa,      &w->bb,   &w->ab};
    for (int i = 0; i < 8; i++)
        *planes[i] = w->a + (i + 1) * room;
    double sum = 0.0;
    for (int i = 0; i < IDI_SSIM_WINDOW; i++) {
        w->window[i] = exp(-(double)((i - RADIUS) * (i - RADIUS)) / (2.0 * 1.5 * 1.5));
        sum += w->window[i];
    }
    for (int i = 0; i < IDI_SSIM_WINDOW; i++)
        w->window[i] /= sum;
    return IDI_OK;
}

/* The window at every place where it fits, over x * y. */
static void filter_product(workspace *w, const double *x, const double *y, double *filtered_out)
{
    const int64_t wide = w->width - 2 * RADIUS, high = w->height - 2 * RADIUS;
    for (int64_t i = 0; i < w->height * w->width; i++)
        w->product[i] = y ? x[i] * y[i] : x[i];
    for (int64_t row = 0; row < w->height; row++)
        for (int64_t i = 0; i < wide; i++) {
            double sum = 0.0;
            for (int k = 0; k < IDI_SSIM_WINDOW; k++)
                sum += w->window[k] * w->product[row * w->width + i + k];
            w->rows[row * wide + i] = sum;
        }
    for (int64_t i = 0; i < high * wide; i++) {
        double sum = 0.0;
        for (int k = 0; k < IDI_SSIM_WINDOW; k++)
            sum += w->window[k] * w->rows[i + k * wide];
        filtered_out[i] = sum;
    }
}

static means value_at(const workspace *w, int64_t i)
{
    const double ma = w->ma[i], mb = w->mb[i];
    const double saa = w->aa[i] - ma * ma, sbb = w->bb[i] - mb * mb, sab = w->ab[i] - ma * mb;
    const double contrast = (2.0 * sab + C2) / (saa + sbb + C2);
    return (means){(2.0 * ma * mb + C1) / (ma * ma + mb * mb + C1) * contrast, contrast};
}

/* Over w->a and w->b. mask [height, width] or NULL. */
static idi_status measure(workspace *w, const uint8_t *mask, means *means_out)
{
    const int64_t wide = w->width - 2 * RADIUS, high = w->height - 2 * RADIUS;
    int64_t counted = 0;
    means sum = {0};
    filter_product(w, w->a, NULL, w->ma);
    filter_product(w, w->b, NULL, w->mb);
    filter_product(w, w->a, w->a, w->aa);
    filter_product(w, w->b, w->b, w->bb);
    filter_product(w, w->a, w->b, w->ab);
    for (int64_t i = 0; i < high * wide; i++) {
        if (mask && !mask[(i / wide + RADIUS) * w->width + i % wide + RADIUS]) continue;
        const means here = value_at(w, i);
        sum.ssim += here.ssim;
        sum.contrast += here.contrast;
        counted++;
    }
    *means_out = (means){0};
    IDI_REQUIRE(counted > 0, IDI_ERR_ARG,
                "a mask in which no pixel counts further than %d pixels from the border",
                (int)RADIUS);
    *means_out = (means){sum.ssim / (double)counted, sum.contrast / (double)counted};
    return IDI_OK;
}

/* Channel 0 to 2, or the luma. */
static void load_plane(const idi_tensor *picture, idi_ssim_channels channels, int channel,
                       double *plane_out)
{
    const int64_t count = picture->shape.dim[0] * picture->shape.dim[1];
    for (int64_t i = 0; i < count; i++)
        plane_out[i] = channels == IDI_SSIM_RGB
                           ? idi_picture_value(picture, 3 * i + channel)
                           : 0.299 * idi_picture_value(picture, 3 * i) +
                                 0.587 * idi_picture_value(picture, 3 * i + 1) +
                                 0.114 * idi_picture_value(picture, 3 * i + 2);
}

/* In place: what is written lies before what is still to be read. */
static void halve(double *plane, int64_t height, int64_t width)
{
    const int64_t high = (height + 1) / 2, wide = (width + 1) / 2;
    for (int64_t y = 0; y < high; y++)
        for (int64_t x = 0; x < wide; x++) {
            const int64_t below = 2 * y + 1 < height ? 2 * y + 1 : 2 * y;
            const int64_t right = 2 * x + 1 < width ? 2 * x + 1 : 2 * x;
            plane[y * wide + x] = (plane[2 * y * width + 2 * x] + plane[2 * y * width + right] +
                                   plane[below * width + 2 * x] + plane[below * width + right]) /
                                  4.0;
        }
}

/* Over w->a and w->b, whose planes it uses up. */
static idi_status measure_scales(workspace w, double *product_out)
{
    static const double power[IDI_MS_SSIM_SCALES] = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
    double product = 1.0;
    for (int scale = 0; scale < IDI_MS_SSIM_SCALES; scale++) {
        means here;
        IDI_TRY(measure(&w, NULL, &here));
        const bool is_last = scale == IDI_MS_SSIM_SCALES - 1;
        product *= pow(fmax(0.0, is_last ? here.ssim : here.contrast), power[scale]);
        halve(w.a, w.height, w.width);
        halve(w.b, w.height, w.width);
        w.height = (w.height + 1) / 2;
        w.width = (w.width + 1) / 2;
    }
    *product_out = product;
    return IDI_OK;
}

/* The mean of the channels' values. */
static idi_status measure_channels(idi_memory *memory, const idi_tensor *a, const idi_tensor *b,
                                   const uint8_t *mask, idi_ssim_channels channels,
                                   bool is_multi_scale, double *mean_out)
{
    idi_status st = IDI_OK;
    workspace w = {0};
    const int planes = channels == IDI_SSIM_RGB ? 3 : 1;
    const int least = is_multi_scale ? IDI_MS_SSIM_MIN_SIDE : IDI_SSIM_WINDOW;
    double sum = 0.0;
    *mean_out = 0.0;
    IDI_TRY(idi_pictures_check(a, b));
    IDI_REQUIRE(a->shape.dim[0] >= least && a->shape.dim[1] >= least, IDI_ERR_SHAPE,
                "%sSSIM of pictures of shape %s: want sides of at least %d",
                is_multi_scale ? "MS-" : "", idi_shape_format(&a->shape).text, least);
    IDI_TRY(workspace_open(memory, a->shape.dim[0], a->shape.dim[1], &w));
    for (int p = 0; p < planes; p++) {
        means plane = {0};
        load_plane(a, channels, p, w.a);
        load_plane(b, channels, p, w.b);
        if (is_multi_scale)
            IDI_TRY_TO(done, measure_scales(w, &plane.ssim));
        else
            IDI_TRY_TO(done, measure(&w, mask, &plane));
        sum += plane.ssim;
    }
    *mean_out = sum / planes;
done:
    idi_free(memory, w.a);
    return st;
}

idi_status idi_ssim(idi_memory *memory, const idi_tensor *a, const idi_tensor *b,
                    const uint8_t *mask, idi_ssim_channels channels, double *ssim_out)
{
    return measure_channels(memory, a, b, mask, channels, false, ssim_out);
}

idi_status idi_ms_ssim(idi_memory *memory, const idi_tensor *a, const idi_tensor *b,
                       idi_ssim_channels channels, double *ms_ssim_out)
{
    return measure_channels(memory, a, b, NULL, channels, true, ms_ssim_out);
}
