/* SPDX-License-Identifier: Apache-2.0 */
/* train/face_crop.c - see face_crop.h. */
#include "train/face_crop.h"

#include <string.h>

/* As in nets/recogniser.c. */
enum { FACE_SIDE = 256, CROP_TOP = 35, CROP_LEFT = 32, CROP_SIDE = 188 };

/* Adds to `line` [size] what cell `i` of FACE_SIDE is the mean of, `weight` times. */
static void add_cell(int64_t i, int64_t size, double weight, double *line)
{
    const int64_t begin = i * size / FACE_SIDE;
    const int64_t end = ((i + 1) * size + FACE_SIDE - 1) / FACE_SIDE;
    for (int64_t k = begin; k < end; k++)
        line[k] += weight / (double)(end - begin);
}

/* The matrix [side, size] of a crop that begins at `offset`. */
static void fill(int64_t offset, int64_t size, int64_t side, double *line, float *matrix)
{
    for (int64_t o = 0; o < side; o++) {
        const int64_t begin = o * CROP_SIDE / side;
        const int64_t end = ((o + 1) * CROP_SIDE + side - 1) / side;
        memset(line, 0, (size_t)size * sizeof *line);
        for (int64_t i = begin; i < end; i++)
            add_cell(offset + i, size, 1.0 / (double)(end - begin), line);
        for (int64_t k = 0; k < size; k++)
            matrix[o * size + k] = (float)line[k];
    }
}

idi_status idi_face_crop_create(idi_memory *memory, int64_t size, int64_t side,
                                idi_face_crop *crop_out)
{
    const size_t count = (size_t)(size * side);
    double *line;
    *crop_out = (idi_face_crop){.size = size, .side = side};
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)size * sizeof *line, &line));
    const idi_status st =
        idi_alloc(memory, IDI_TAG_GENERAL, 2 * count * sizeof(float), &crop_out->rows);
    if (st == IDI_OK) {
        crop_out->columns = crop_out->rows + count;
        fill(CROP_TOP, size, side, line, crop_out->rows);
        fill(CROP_LEFT, size, side, line, crop_out->columns);
    }
    idi_free(memory, line);
    return st;
}

void idi_face_crop_free(idi_memory *memory, idi_face_crop *crop)
{
    if (!crop) return;
    idi_free(memory, crop->rows);
    *crop = (idi_face_crop){0};
}

/* out[o, :] = sum over k of matrix[o, k] * in[k, :], lines of `width` numbers; most weights are 0.
 */
static void combine(const float *matrix, int64_t outs, int64_t ins, const float *in, int64_t width,
                    float *out)
{
    for (int64_t o = 0; o < outs; o++, out += width) {
        memset(out, 0, (size_t)width * sizeof *out);
        for (int64_t k = 0; k < ins; k++) {
            const float weight = matrix[o * ins + k];
            if (weight <= 0.0F) continue;
            for (int64_t x = 0; x < width; x++)
                out[x] += weight * in[k * width + x];
        }
    }
}

void idi_face_crop_apply(const idi_face_crop *crop, const float *face, float *scratch, float *out)
{
    combine(crop->rows, crop->side, crop->size, face, crop->size * 3, scratch);
    for (int64_t y = 0; y < crop->side; y++)
        combine(crop->columns, crop->side, crop->size, scratch + y * crop->size * 3, 3,
                out + y * crop->side * 3);
}
