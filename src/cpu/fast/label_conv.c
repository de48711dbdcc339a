/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/label_conv.c - nine rows of a table added for each pixel; and where a pixel sees the
 * same nine labels as its left neighbour, as most do, the neighbour's row copied. */
#include "ops/label_conv.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/vector.h"

#include <string.h>

enum { TAPS = 9, MAX_BLOCKS = 16, BLOCK_PIXELS = 1024 };

/* Class R stands for "nothing": outside of the image, or a label of R or more. */
typedef struct conv {
    const idi_label_conv_attr *attr;
    const idi_tensor *labels;
    const int32_t *column; /* [width] where the label map is read */
    int64_t rows;          /* N*height */
    int64_t width;         /* O */
    int64_t table;         /* floats of [R + 1, 9, O] */
} conv;

static conv describe(const idi_exec *e, const idi_tensor *labels, const idi_tensor *y)
{
    const idi_label_conv_attr *attr = e->attr;
    return (conv){.attr = attr,
                  .labels = labels,
                  .rows = y->shape.dim[0] * y->shape.dim[1],
                  .width = y->shape.dim[3],
                  .table = (attr->classes + 1) * TAPS * y->shape.dim[3]};
}

static void fill_columns(conv *v, int32_t *column)
{
    const int64_t map_width = v->labels->shape.dim[2];
    for (int64_t x = 0; x < v->attr->width; x++)
        column[x] = (int32_t)(x * map_width / v->attr->width);
    v->column = column;
}

/* The three rows of labels round output row `row`; NULL outside of the image. */
static void find_label_rows(const conv *v, int64_t row, const unsigned char *rows[3])
{
    const int64_t map_height = v->labels->shape.dim[1];
    const int64_t n = row / v->attr->height;
    for (int64_t t = 0; t < 3; t++) {
        const int64_t y = row % v->attr->height + t - 1;
        rows[t] = NULL;
        if (y < 0 || y >= v->attr->height) continue;
        rows[t] = (const unsigned char *)v->labels->data +
                  (n * map_height + y * map_height / v->attr->height) * v->labels->shape.dim[2];
    }
}

static int64_t class_at(const conv *v, const unsigned char *labels, int64_t x)
{
    if (!labels || x < 0 || x >= v->attr->width) return v->attr->classes;
    const int64_t label = labels[v->column[x]];
    return label < v->attr->classes ? label : v->attr->classes;
}

/* Moves `seen` [9] from pixel x - 1 to pixel x. Answers whether nothing changed. */
static bool slide(const conv *v, const unsigned char *const rows[3], int64_t x, int64_t *seen)
{
    bool is_same = true;
    for (int t = 0; t < 3; t++) {
        int64_t *s = seen + (ptrdiff_t)3 * t;
        const int64_t next = class_at(v, rows[t], x + 1);
        is_same = is_same && s[0] == s[1] && s[1] == s[2] && s[2] == next;
        s[0] = s[1];
        s[1] = s[2];
        s[2] = next;
    }
    return is_same;
}

/* `seen` as it is left of the image. */
static void start_row(const conv *v, const unsigned char *const rows[3], int64_t *seen)
{
    for (int t = 0; t < 3; t++) {
        seen[3 * t] = seen[3 * t + 1] = v->attr->classes;
        seen[3 * t + 2] = class_at(v, rows[t], 0);
    }
}

/* table[r][tap][o] = weight[o][tap][r], zeros for r = R. */
static void fill_table(const conv *v, const float *weight, float *table)
{
    const int64_t classes = v->attr->classes;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < (classes + 1) * TAPS; i++) {
        const int64_t r = i / TAPS;
        for (int64_t o = 0; o < v->width; o++)
            table[i * v->width + o] =
                r < classes ? weight[(o * TAPS + i % TAPS) * classes + r] : 0.0F;
    }
}

static void add_window(const conv *v, const float *table, const float *bias, const int64_t *seen,
                       float *y)
{
    const float *t[TAPS];
    for (int64_t tap = 0; tap < TAPS; tap++)
        t[tap] = table + (seen[tap] * TAPS + tap) * v->width;
#pragma omp simd
    for (int64_t o = 0; o < v->width; o++)
        y[o] = ((bias[o] + t[0][o]) + (t[1][o] + t[2][o])) +
               (((t[3][o] + t[4][o]) + (t[5][o] + t[6][o])) + (t[7][o] + t[8][o]));
}

/* Weights of a sample make a table each. */
static int64_t count_tables(const idi_exec *e)
{
    return e->in[1].shape.rank == 3 ? e->in[1].shape.dim[0] : 1;
}

/* Workspace: the tables, then the columns. */
IDI_FAST_WORKSPACE(label_conv)
{
    const conv v = describe(e, &e->in[0], &e->out[0]);
    return (size_t)(count_tables(e) * v.table) * sizeof(float) +
           (size_t)v.attr->width * sizeof(int32_t);
}

IDI_FAST_OP(label_conv)
{
    conv v = describe(e, &e->in[0], &e->out[0]);
    float *tables = e->workspace;
    const int64_t count = count_tables(e);
    fill_columns(&v, (int32_t *)(tables + count * v.table));
    for (int64_t n = 0; n < count; n++)
        fill_table(&v, (const float *)e->in[1].data + n * v.width * TAPS * v.attr->classes,
                   tables + n * v.table);
    const int64_t row_size = v.attr->width * v.width;
#pragma omp parallel for schedule(static)
    for (int64_t row = 0; row < v.rows; row++) {
        const unsigned char *labels[3];
        int64_t seen[TAPS];
        const float *table = tables + (count > 1 ? row / v.attr->height * v.table : 0);
        find_label_rows(&v, row, labels);
        start_row(&v, labels, seen);
        for (int64_t x = 0; x < v.attr->width; x++) {
            float *y = (float *)e->out[0].data + row * row_size + x * v.width;
            if (slide(&v, labels, x, seen) && x > 0) {
                memcpy(y, y - v.width, (size_t)v.width * sizeof *y);
                continue;
            }
            add_window(&v, table, e->in[2].data, seen, y);
            fast_activate_serial(y, v.width, v.attr->act);
        }
    }
    return IDI_OK;
}

/* --- the gradient: each block of rows sums into a table of its own -----------------------------
 */

static int64_t count_blocks(const conv *v)
{
    int64_t blocks = v->rows * v->attr->width / BLOCK_PIXELS;
    if (blocks > MAX_BLOCKS) blocks = MAX_BLOCKS;
    if (blocks > v->rows) blocks = v->rows;
    return blocks < 1 ? 1 : blocks;
}

/* A block's floats: the table, dbias, and the sum of the pixels that see the same. */
static int64_t block_size(const conv *v)
{
    return v->table + 2 * v->width;
}

IDI_FAST_WORKSPACE(label_conv_grad)
{
    const conv v = describe(e, &e->in[1], &e->in[0]);
    return (size_t)(count_blocks(&v) * block_size(&v)) * sizeof(float) +
           (size_t)v.attr->width * sizeof(int32_t);
}

static void add_row(float *sum, const float *row, int64_t width)
{
#pragma omp simd
    for (int64_t o = 0; o < width; o++)
        sum[o] += row[o];
}

/* Books a run of pixels that saw `seen`. */
static void book_run(const conv *v, const int64_t *seen, const float *run, float *table)
{
    for (int64_t tap = 0; tap < TAPS; tap++)
        add_row(table + (seen[tap] * TAPS + tap) * v->width, run, v->width);
    add_row(table + v->table, run, v->width);
}

static void sum_row(const conv *v, const float *dz, int64_t row, float *table)
{
    float *run = table + v->table + v->width;
    const unsigned char *labels[3];
    int64_t seen[TAPS];
    int64_t seen_by_run[TAPS];
    find_label_rows(v, row, labels);
    start_row(v, labels, seen);
    for (int64_t x = 0; x < v->attr->width; x++, dz += v->width) {
        if (slide(v, labels, x, seen) && x > 0) {
            add_row(run, dz, v->width);
            continue;
        }
        if (x > 0) book_run(v, seen_by_run, run, table);
        memcpy(seen_by_run, seen, sizeof seen);
        memcpy(run, dz, (size_t)v->width * sizeof *run);
    }
    book_run(v, seen_by_run, run, table);
}

static void sum_blocks(const conv *v, const float *dz, int64_t blocks, float *tables)
{
    const int64_t row_size = v->attr->width * v->width;
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < blocks; b++) {
        float *table = tables + b * block_size(v);
        memset(table, 0, (size_t)block_size(v) * sizeof *table);
        for (int64_t row = v->rows * b / blocks; row < v->rows * (b + 1) / blocks; row++)
            sum_row(v, dz + row * row_size, row, table);
    }
}

IDI_FAST_OP(label_conv_grad)
{
    conv v = describe(e, &e->in[1], &e->in[0]);
    const int64_t classes = v.attr->classes;
    const int64_t blocks = count_blocks(&v);
    float *tables = e->workspace;
    float *dweight = e->out[0].data;
    float *dbias = e->out[1].data;
    fill_columns(&v, (int32_t *)(tables + blocks * block_size(&v)));
    sum_blocks(&v, e->in[0].data, blocks, tables);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i <= (classes + 1) * TAPS; i++) { /* the last one is dbias */
        float *sum = tables + i * v.width;
        for (int64_t b = 1; b < blocks; b++)
            add_row(sum, sum + b * block_size(&v), v.width);
        if (i == (classes + 1) * TAPS) {
            if (dbias) memcpy(dbias, sum, (size_t)v.width * sizeof *sum);
        } else if (dweight && i < classes * TAPS) {
            for (int64_t o = 0; o < v.width; o++)
                dweight[(o * TAPS + i % TAPS) * classes + i / TAPS] = sum[o];
        }
    }
    return IDI_OK;
}
