/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/gated.h - a gated feed-forward layer on a tile of rows: for a chunk of the middle at a
 * time, value and gate from the same rows, value*gelu(gate), and its part of the output. The middle
 * is never held for more than GATED_TILE rows and GATED_CHUNK numbers. */
#ifndef IDI_CPU_FAST_GATED_H
#define IDI_CPU_FAST_GATED_H

#include "cpu/fast/depth.h"
#include "cpu/fast/math.h"

enum {
    GATED_TILE = 96,               /* rows, a multiple of PANEL_ROWS */
    GATED_CHUNK = 8 * PANEL_LANES, /* of the middle, between two additions to the output */
    GATED_CHUNK_UNITS = GATED_CHUNK / DEPTH_PER_UNIT,
    GATED_MAX_SLOTS = 64 /* threads that have a tile each */
};

/* The packed layer. A panel of the middle is PANEL_LANES values beside their gates. Rows, middle
 * and both matrices are units of depth.h; biases, sums and the output are floats. */
typedef struct gated_layer {
    int64_t width, hidden, out; /* of the rows, of the middle, of the output */
    float *middle, *bias, *weight;
} gated_layer;

static inline int64_t gated_hidden(int64_t hidden)
{
    return (hidden + PANEL_LANES - 1) / PANEL_LANES * PANEL_LANES;
}

/* Units of the middle's matrix, and of the output's. */
static inline int64_t gated_middle_units(int64_t width, int64_t hidden)
{
    return 2 * gated_hidden(hidden) * depth_units(width);
}

static inline int64_t gated_weight_units(int64_t hidden, int64_t out)
{
    return depth_units(gated_hidden(hidden)) * panel_count(out) * PANEL_WIDTH;
}

/* Floats of a packed layer. */
static inline int64_t gated_floats(int64_t width, int64_t hidden, int64_t out)
{
    return gated_middle_units(width, hidden) + 2 * gated_hidden(hidden) +
           gated_weight_units(hidden, out);
}

static inline gated_layer gated_layer_at(float *packed, int64_t width, int64_t hidden, int64_t out)
{
    gated_layer g = {.width = width, .hidden = hidden, .out = out, .middle = packed};
    g.bias = g.middle + gated_middle_units(width, hidden);
    g.weight = g.bias + 2 * gated_hidden(hidden);
    return g;
}

/* The panel that begins at `column` of the middle. */
static inline float *gated_panel(const gated_layer *g, int64_t column)
{
    return g->middle + 2 * column * depth_units(g->width);
}

/* Rows first .. of every panel of the middle from two matrices, [rows, hidden] each. */
static inline void gated_pack_middle(const gated_layer *g, int64_t first, const panel_source *value,
                                     const panel_source *gate)
{
#pragma omp parallel for schedule(static)
    for (int64_t column = 0; column < gated_hidden(g->hidden); column += PANEL_LANES) {
        depth_pack_columns(value, column, PANEL_LANES, first, 0, gated_panel(g, column));
        depth_pack_columns(gate, column, PANEL_LANES, first, PANEL_LANES, gated_panel(g, column));
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
        depth_clear(gated_panel(g, column), g->width, depth_units(g->width) * DEPTH_PER_UNIT);
    }
    for (int64_t p = 0; p < panel_count(g->out); p++) {
        float *panel = g->weight + p * depth_units(rows) * PANEL_WIDTH;
        depth_pack_columns(&turned, p * PANEL_WIDTH, PANEL_WIDTH, 0, 0, panel);
        depth_clear(panel, g->hidden, rows);
    }
}

/* A tile: rows up to a multiple of PANEL_ROWS. */
typedef struct gated_tile {
    const gated_layer *layer;
    int64_t rows;
    depth_rows x;
    const float *factors; /* [rows]: of the products with x, or NULL */
    float *middle;        /* [rows, GATED_CHUNK_UNITS] */
    float *out;           /* [rows, out_stride], out_stride a multiple of PANEL_WIDTH; added to */
    int64_t out_stride;
} gated_tile;

/* Sums of values and of gates as numbers of the middle. */
static inline panel_lanes gated_lanes(const panel_lanes sums[2], float factor, const float *bias)
{
    const panel_lanes value = sums[0] * factor + panel_load(bias);
    const panel_lanes gate = sums[1] * factor + panel_load(bias + PANEL_LANES);
    panel_lanes gated;
    for (int j = 0; j < PANEL_LANES; j++)
        gated[j] = value[j] * fast_gelu(gate[j]);
    return gated;
}

/* The panel that begins at `column` of the middle, gated, into the chunk. */
static inline void gated_fill(const gated_tile *t, int64_t column, float *middle)
{
    const gated_layer *g = t->layer;
    for (int64_t r = 0; r < t->rows; r += PANEL_ROWS) {
        panel_lanes sums[PANEL_ROWS][2];
        depth_product(t->x.x + r * t->x.stride, t->x.stride, gated_panel(g, column),
                      depth_units(g->width), sums);
        for (int i = 0; i < PANEL_ROWS; i++) {
            const float factor = t->factors ? t->factors[r + i] : 1.0F;
            depth_store(middle + (r + i) * GATED_CHUNK_UNITS,
                        gated_lanes(sums[i], factor, g->bias + 2 * column));
        }
    }
}

/* out += the chunk times the weight's rows from `first` on. */
static inline void gated_add_chunk(const gated_tile *t, int64_t first, int64_t count)
{
    const gated_layer *g = t->layer;
    const int64_t units = depth_units(gated_hidden(g->hidden));
    for (int64_t p = 0; p < panel_count(g->out); p++) {
        const float *panel = g->weight + (p * units + depth_units(first)) * PANEL_WIDTH;
        for (int64_t r = 0; r < t->rows; r += PANEL_ROWS) {
            panel_lanes sums[PANEL_ROWS][2];
            depth_product(t->middle + r * GATED_CHUNK_UNITS, GATED_CHUNK_UNITS, panel,
                          depth_units(count), sums);
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
            gated_fill(t, first + f, t->middle + depth_units(f));
        gated_add_chunk(t, first, count);
    }
}

#endif
