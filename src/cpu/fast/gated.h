/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/gated.h - a gated feed-forward layer on a tile of rows: for a chunk of the middle at a
 * time, value and gate from the same rows, value*gelu(gate), and its part of the output. The middle
 * is never held for more than GATED_TILE rows and GATED_CHUNK numbers. */
#ifndef IDI_CPU_FAST_GATED_H
#define IDI_CPU_FAST_GATED_H

#include "cpu/fast/math.h"
#include "cpu/fast/panel.h"

enum {
    GATED_TILE = 96,               /* rows, a multiple of PANEL_ROWS */
    GATED_CHUNK = 8 * PANEL_LANES, /* of the middle, between two additions to the output */
    GATED_MAX_SLOTS = 64           /* threads that have a tile each */
};

/* The packed layer. A panel of the middle is PANEL_LANES values beside their gates. */
typedef struct gated_layer {
    int64_t width, hidden, out; /* of the rows, of the middle, of the output */
    float *middle, *bias, *weight;
} gated_layer;

static inline int64_t gated_hidden(int64_t hidden)
{
    return (hidden + PANEL_LANES - 1) / PANEL_LANES * PANEL_LANES;
}

/* Floats of a packed layer. */
static inline int64_t gated_floats(int64_t width, int64_t hidden, int64_t out)
{
    return gated_hidden(hidden) * (2 * (width + 1) + panel_count(out) * PANEL_WIDTH);
}

static inline gated_layer gated_layer_at(float *packed, int64_t width, int64_t hidden, int64_t out)
{
    gated_layer g = {.width = width, .hidden = hidden, .out = out, .middle = packed};
    g.bias = g.middle + 2 * gated_hidden(hidden) * width;
    g.weight = g.bias + 2 * gated_hidden(hidden);
    return g;
}

/* Rows first .. of every panel of the middle from two matrices, [rows, hidden] each. */
static inline void gated_pack_middle(const gated_layer *g, int64_t first, const panel_source *value,
                                     const panel_source *gate)
{
#pragma omp parallel for schedule(static)
    for (int64_t column = 0; column < gated_hidden(g->hidden); column += PANEL_LANES) {
        float *panel = g->middle + (2 * column * g->width) + first * PANEL_WIDTH;
        panel_pack_columns(value, column, PANEL_LANES, panel);
        panel_pack_columns(gate, column, PANEL_LANES, panel + PANEL_LANES);
    }
}

/* bias [2*hidden]: the values', the gates'; weight [out, hidden]. */
static inline void gated_pack_rest(const gated_layer *g, const float *bias, const float *weight)
{
    const int64_t rows = gated_hidden(g->hidden);
    const panel_source value = {bias, 1, g->hidden, 0, 1};
    const panel_source gate = {bias + g->hidden, 1, g->hidden, 0, 1};
    const panel_source turned = {weight, g->hidden, g->out, 1, g->hidden};
    for (int64_t column = 0; column < rows; column += PANEL_LANES) {
        panel_pack_columns(&value, column, PANEL_LANES, g->bias + 2 * column);
        panel_pack_columns(&gate, column, PANEL_LANES, g->bias + 2 * column + PANEL_LANES);
    }
    for (int64_t p = 0; p < panel_count(g->out); p++) {
        float *panel = g->weight + p * rows * PANEL_WIDTH;
        panel_pack_columns(&turned, p * PANEL_WIDTH, PANEL_WIDTH, panel);
        for (int64_t i = g->hidden * PANEL_WIDTH; i < rows * PANEL_WIDTH; i++)
            panel[i] = 0.0F;
    }
}

/* A tile: rows up to a multiple of PANEL_ROWS. */
typedef struct gated_tile {
    const gated_layer *layer;
    int64_t rows;
    const float *x; /* [rows, x_stride] */
    int64_t x_stride;
    const float *factors; /* [rows]: of the products with x, or NULL */
    float *middle;        /* [rows, GATED_CHUNK] */
    float *out;           /* [rows, out_stride], out_stride a multiple of PANEL_WIDTH; added to */
    int64_t out_stride;
} gated_tile;

/* The panel that begins at `column` of the middle, gated, into the chunk. */
static inline void gated_fill(const gated_tile *t, int64_t column, float *middle)
{
    const gated_layer *g = t->layer;
    const float *bias = g->bias + 2 * column;
    for (int64_t r = 0; r < t->rows; r += PANEL_ROWS) {
        panel_lanes sums[PANEL_ROWS][2];
        panel_product(t->x + r * t->x_stride, t->x_stride, g->middle + 2 * column * g->width, 0,
                      g->width, sums);
        for (int i = 0; i < PANEL_ROWS; i++) {
            const float factor = t->factors ? t->factors[r + i] : 1.0F;
            const panel_lanes value = sums[i][0] * factor + panel_load(bias);
            const panel_lanes gate = sums[i][1] * factor + panel_load(bias + PANEL_LANES);
            for (int j = 0; j < PANEL_LANES; j++)
                middle[(r + i) * GATED_CHUNK + j] = value[j] * fast_gelu(gate[j]);
        }
    }
}

/* out += the chunk times the weight's rows from `first` on. */
static inline void gated_add_chunk(const gated_tile *t, int64_t first, int64_t count)
{
    const gated_layer *g = t->layer;
    const int64_t rows = gated_hidden(g->hidden);
    for (int64_t p = 0; p < panel_count(g->out); p++) {
        const float *panel = g->weight + (p * rows + first) * PANEL_WIDTH;
        for (int64_t r = 0; r < t->rows; r += PANEL_ROWS) {
            panel_lanes sums[PANEL_ROWS][2];
            panel_product(t->middle + r * GATED_CHUNK, GATED_CHUNK, panel, 0, count, sums);
            for (int i = 0; i < PANEL_ROWS; i++)
                panel_add(t->out + (r + i) * t->out_stride + p * PANEL_WIDTH, sums[i]);
        }
    }
}

static inline void gated_run(const gated_tile *t)
{
    const int64_t hidden = gated_hidden(t->layer->hidden);
    for (int64_t first = 0; first < hidden; first += GATED_CHUNK) {
        const int64_t count = hidden - first < GATED_CHUNK ? hidden - first : GATED_CHUNK;
        for (int64_t f = 0; f < count; f += PANEL_LANES)
            gated_fill(t, first + f, t->middle + f);
        gated_add_chunk(t, first, count);
    }
}

#endif
