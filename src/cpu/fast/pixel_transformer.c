/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/pixel_transformer.c - a tile of pixels at a time, through all steps: its numbers (z, a
 * chunk of the middle, the output) stay in the second-level cache, the matrices stream by as packed
 * panels. Packing is once a sample. */
#include "ops/pixel_transformer.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/gated.h"
#include "cpu/fast/root.h"
#include "cpu/fast/softmax.h"

#include <omp.h>

/* Sizes, and where in the workspace (in floats) the packed matrices and the tiles lie. */
typedef struct layout {
    idi_pixel_transformer_sizes n;
    int64_t first;                                                       /* C + 1 */
    int64_t z_stride, out_stride;                                        /* of a tile's rows */
    int64_t root_in, scores, score_constant, root, gated, out, out_bias; /* packed */
    int64_t tiles, tile_floats;
} layout;

static int64_t padded(int64_t count, int64_t unit)
{
    return (count + unit - 1) / unit * unit;
}

/* Advances *end past some floats, to a multiple of a vector's; returns where they begin. */
static int64_t place(int64_t *end, int64_t count)
{
    const int64_t start = *end;
    *end += padded(count, PANEL_WIDTH);
    return start;
}

static layout layout_of(const idi_exec *e)
{
    layout l = {.n = idi_pixel_transformer_sizes_of(e)};
    const idi_pixel_transformer_sizes *n = &l.n;
    const int64_t attended = padded(n->attended, PANEL_WIDTH);
    int64_t end = 0;
    l.first = n->channels + 1;
    l.z_stride = padded(l.first + attended, PANEL_LANES);
    l.out_stride = padded(n->out, PANEL_WIDTH);
    l.root_in = place(&end, root_floats(l.first));
    l.scores = place(&end, l.first * attended);
    l.score_constant = place(&end, attended);
    l.root = place(&end, root_floats(n->width));
    l.gated = place(&end, gated_floats(n->width, n->hidden, n->out));
    l.out = place(&end, n->width * l.out_stride);
    l.out_bias = place(&end, l.out_stride);
    l.tiles = end;
    l.tile_floats = padded(
        GATED_TILE * (l.z_stride + l.out_stride + GATED_CHUNK_UNITS + 1 + depth_room(n->width)),
        16);
    return l;
}

static gated_layer layer_of(const idi_exec *e, const layout *l)
{
    return gated_layer_at((float *)e->workspace + l->gated, l->n.width, l->n.hidden, l->n.out);
}

static int64_t slots_of(const layout *l)
{
    const int64_t tiles = (l->n.pixels + GATED_TILE - 1) / GATED_TILE;
    return tiles < GATED_MAX_SLOTS ? tiles : GATED_MAX_SLOTS;
}

IDI_FAST_WORKSPACE(pixel_transformer)
{
    const layout l = layout_of(e);
    return (size_t)(l.tiles + slots_of(&l) * l.tile_floats) * sizeof(float);
}

/* Columns `column` .. of [model; reference], in two parts. */
static void stacked_columns(const idi_exec *e, const layout *l, int64_t sample, int64_t column,
                            int64_t columns, panel_source pair[2])
{
    const int64_t all = 2 * l->n.hidden + l->n.out;
    const float *model = e->in[5].data;
    const float *reference = (const float *)e->in[6].data + sample * l->n.attended * all;
    pair[0] = (panel_source){model + column, l->first, columns, all, 1};
    pair[1] = (panel_source){reference + column, l->n.attended, columns, all, 1};
}

static void pack_gated(const idi_exec *e, const layout *l, int64_t sample)
{
    const gated_layer layer = layer_of(e, l);
    panel_source value[2];
    panel_source gate[2];
    stacked_columns(e, l, sample, 0, l->n.hidden, value);
    stacked_columns(e, l, sample, l->n.hidden, l->n.hidden, gate);
    gated_pack_middle(&layer, 0, &value[0], &gate[0]);
    gated_pack_middle(&layer, l->first, &value[1], &gate[1]);
    gated_pack_rest(&layer, e->in[7].data, e->in[8].data);
}

static void pack_output(const idi_exec *e, const layout *l, int64_t sample, float *base)
{
    const float *bias = (const float *)e->in[7].data + 2 * l->n.hidden;
    const panel_source bias_row = {bias, 1, l->n.out, 0, 1};
    panel_source part[2];
    stacked_columns(e, l, sample, 2 * l->n.hidden, l->n.out, part);
    panel_pack(&part[0], l->n.width, base + l->out);
    panel_pack(&part[1], l->n.width, base + l->out + l->first * PANEL_WIDTH);
    panel_pack(&bias_row, 1, base + l->out_bias);
}

static void pack_sample(const idi_exec *e, const layout *l, int64_t sample)
{
    float *base = e->workspace;
    const int64_t row = l->first + 1;
    const float *rows = (const float *)e->in[3].data + sample * l->n.attended * row;
    const panel_source scores = {rows, l->first, l->n.attended, 1, row};
    const panel_source constant = {rows + l->first, 1, l->n.attended, 0, row};
    root_pack(e->in[2].data, l->first, base + l->root_in);
    panel_pack(&scores, l->first, base + l->scores);
    panel_pack(&constant, 1, base + l->score_constant);
    root_pack((const float *)e->in[4].data + sample * l->n.width * l->n.width, l->n.width,
              base + l->root);
    pack_gated(e, l, sample);
    pack_output(e, l, sample, base);
}

/* A tile's numbers. */
typedef struct tile {
    const layout *l;
    const float *base; /* the packed matrices */
    gated_layer layer;
    float eps;
    int64_t rows;  /* up to a multiple of PANEL_ROWS, the last ones empty */
    float *z;      /* [GATED_TILE, z_stride] */
    float *out;    /* [GATED_TILE, out_stride] */
    float *middle; /* [GATED_TILE, GATED_CHUNK_UNITS] */
    float *rstd;   /* [GATED_TILE]: 1/sigma */
    float *units;  /* [GATED_TILE, depth_room(K)]: z once more */
} tile;

static void measure(const tile *t, const float *panels, int64_t count)
{
    root_measure(panels, count, t->eps, t->z, t->l->z_stride, t->rows, t->rstd);
}

/* Scores of all heads behind the entry's numbers in z. */
static void score(const tile *t)
{
    const layout *l = t->l;
    for (int64_t p = 0; p < panel_count(l->n.attended); p++) {
        const float *panel = t->base + l->scores + p * l->first * PANEL_WIDTH;
        const float *constant = t->base + l->score_constant + p * PANEL_WIDTH;
        const panel_lanes left = panel_load(constant);
        const panel_lanes right = panel_load(constant + PANEL_LANES);
        for (int64_t r = 0; r < t->rows; r += PANEL_ROWS) {
            panel_lanes sums[PANEL_ROWS][2];
            float *z = t->z + r * l->z_stride;
            panel_product(z, l->z_stride, panel, 0, l->first, sums);
            for (int i = 0; i < PANEL_ROWS; i++) {
                float *target = z + i * l->z_stride + l->first + p * PANEL_WIDTH;
                panel_store(target, sums[i][0] * t->rstd[r + i] + left);
                panel_store(target + PANEL_LANES, sums[i][1] * t->rstd[r + i] + right);
            }
        }
    }
}

static void weigh(const tile *t)
{
    const idi_pixel_transformer_sizes *n = &t->l->n;
    for (int64_t r = 0; r < t->rows; r++)
        row_softmax(t->z + r * t->l->z_stride + t->l->first, n->heads, n->tokens);
}

/* out = z [model; reference]'s last columns + bias. */
static void start_output(const tile *t)
{
    const layout *l = t->l;
    for (int64_t p = 0; p < panel_count(l->n.out); p++) {
        const float *panel = t->base + l->out + p * l->n.width * PANEL_WIDTH;
        const float *bias = t->base + l->out_bias + p * PANEL_WIDTH;
        for (int64_t r = 0; r < t->rows; r += PANEL_ROWS) {
            panel_lanes sums[PANEL_ROWS][2];
            panel_product(t->z + r * l->z_stride, l->z_stride, panel, 0, l->n.width, sums);
            for (int i = 0; i < PANEL_ROWS; i++) {
                float *target = t->out + (r + i) * l->out_stride + p * PANEL_WIDTH;
                panel_store(target, sums[i][0] + panel_load(bias));
                panel_store(target + PANEL_LANES, sums[i][1] + panel_load(bias + PANEL_LANES));
            }
        }
    }
}

static void feed_forward(const tile *t)
{
    const gated_tile gated = {
        .layer = &t->layer,
        .rows = t->rows,
        .x = depth_rows_of(t->z, t->l->z_stride, t->rows, t->l->n.width, t->units),
        .factors = t->rstd,
        .middle = t->middle,
        .out = t->out,
        .out_stride = t->l->out_stride};
    gated_run(&gated);
}

static void load(const tile *t, const float *u, int64_t pixels)
{
    const int64_t channels = t->l->n.channels;
    for (int64_t r = 0; r < t->rows; r++) {
        float *z = t->z + r * t->l->z_stride;
        for (int64_t c = 0; c < channels; c++)
            z[c] = r < pixels ? u[r * channels + c] : 0.0F;
        z[channels] = 1.0F;
    }
}

static void store(const tile *t, const float *residual, int64_t pixels, float *y)
{
    const int64_t out = t->l->n.out;
    for (int64_t r = 0; r < pixels; r++)
        for (int64_t c = 0; c < out; c++)
            y[r * out + c] = residual[r * out + c] + t->out[r * t->l->out_stride + c];
}

/* Pixels first .. first + GATED_TILE - 1 of all samples' pixels in a row. */
static void run_tile(const idi_exec *e, const tile *t, int64_t first, int64_t pixels)
{
    const layout *l = t->l;
    load(t, (const float *)e->in[0].data + first * l->n.channels, pixels);
    measure(t, t->base + l->root_in, l->first);
    score(t);
    weigh(t);
    measure(t, t->base + l->root, l->n.width);
    start_output(t);
    feed_forward(t);
    store(t, (const float *)e->in[1].data + first * l->n.out, pixels,
          (float *)e->out[0].data + first * l->n.out);
}

static tile tile_of(const idi_exec *e, const layout *l, int64_t slot, int64_t pixels)
{
    tile t = {.l = l,
              .base = e->workspace,
              .layer = layer_of(e, l),
              .eps = (float)((const idi_pixel_transformer_attr *)e->attr)->eps,
              .rows = padded(pixels, PANEL_ROWS)};
    t.z = (float *)e->workspace + l->tiles + slot * l->tile_floats;
    t.out = t.z + GATED_TILE * l->z_stride;
    t.middle = t.out + GATED_TILE * l->out_stride;
    t.rstd = t.middle + GATED_TILE * GATED_CHUNK_UNITS;
    t.units = t.rstd + GATED_TILE;
    return t;
}

IDI_FAST_OP(pixel_transformer)
{
    const layout l = layout_of(e);
    const int64_t slots = slots_of(&l);
    const int threads = (int)(slots < e->thread_count ? slots : e->thread_count);
    for (int64_t sample = 0; sample < l.n.batch; sample++) {
        pack_sample(e, &l, sample);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
        for (int64_t first = 0; first < l.n.pixels; first += GATED_TILE) {
            const int64_t pixels =
                l.n.pixels - first < GATED_TILE ? l.n.pixels - first : GATED_TILE;
            const tile t = tile_of(e, &l, omp_get_thread_num(), pixels);
            run_tile(e, &t, sample * l.n.pixels + first, pixels);
        }
    }
    return IDI_OK;
}
