/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/pixel_transformer.c - a tile of pixels at a time, through all steps: its numbers (z, a
 * chunk of the middle, the output) stay in the second-level cache, the matrices stream by as packed
 * panels. Packing is once a sample. */
#include "ops/pixel_transformer.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/root.h"
#include "cpu/fast/softmax.h"

#include <omp.h>

enum {
    TILE = 96,        /* pixels, a multiple of PANEL_ROWS */
    CHUNK_PANELS = 8, /* panels of the middle between two additions to the output */
    CHUNK = CHUNK_PANELS * PANEL_LANES,
    MAX_SLOTS = 64 /* threads that have a tile each */
};

/* Sizes, and where in the workspace (in floats) the packed matrices and the tiles lie. */
typedef struct layout {
    idi_pixel_transformer_sizes n;
    int64_t first;                           /* C + 1 */
    int64_t z_stride, out_stride;            /* of a tile's rows */
    int64_t root_in, scores, score_constant; /* packed */
    int64_t root, middle, middle_bias, out, out_bias, weight;
    int64_t tiles, tile_floats;
} layout;

static int64_t padded(int64_t count, int64_t unit)
{
    return (count + unit - 1) / unit * unit;
}

/* Advances *end past a matrix of `rows` rows as panels; returns where it begins. */
static int64_t place(int64_t *end, int64_t rows, int64_t columns)
{
    const int64_t start = *end;
    *end += rows * padded(columns, PANEL_WIDTH);
    return start;
}

static layout layout_of(const idi_exec *e)
{
    layout l = {.n = idi_pixel_transformer_sizes_of(e)};
    int64_t end = 0;
    l.first = l.n.channels + 1;
    l.z_stride = padded(l.first + padded(l.n.attended, PANEL_WIDTH), PANEL_LANES);
    l.out_stride = padded(l.n.out, PANEL_WIDTH);
    l.root_in = place(&end, l.first, l.first);
    l.scores = place(&end, l.first, l.n.attended);
    l.score_constant = place(&end, 1, l.n.attended);
    l.root = place(&end, l.n.width, l.n.width);
    /* A panel of the middle is PANEL_LANES values and their gates. */
    l.middle = place(&end, l.n.width, 2 * padded(l.n.hidden, PANEL_LANES));
    l.middle_bias = place(&end, 1, 2 * padded(l.n.hidden, PANEL_LANES));
    l.out = place(&end, l.n.width, l.n.out);
    l.out_bias = place(&end, 1, l.n.out);
    l.weight = place(&end, padded(l.n.hidden, PANEL_LANES), l.n.out);
    l.tiles = end;
    l.tile_floats = TILE * (l.z_stride + l.out_stride + CHUNK + 1);
    l.tile_floats = padded(l.tile_floats, 16);
    return l;
}

static int64_t slots_of(const layout *l)
{
    const int64_t tiles = (l->n.pixels + TILE - 1) / TILE;
    return tiles < MAX_SLOTS ? tiles : MAX_SLOTS;
}

IDI_FAST_WORKSPACE(pixel_transformer)
{
    const layout l = layout_of(e);
    return (size_t)(l.tiles + slots_of(&l) * l.tile_floats) * sizeof(float);
}

/* Element (k, j) of a matrix that is going to be packed. */
typedef struct source {
    const float *data;
    int64_t rows, columns;         /* how much of it; zeros beyond */
    int64_t row_step, column_step; /* in floats */
} source;

static void pack_panel(const source *s, int64_t column, int64_t columns, float *panel, int64_t step)
{
    for (int64_t k = 0; k < s->rows; k++)
        for (int64_t j = 0; j < columns; j++)
            panel[k * step + j] = column + j < s->columns
                                      ? s->data[k * s->row_step + (column + j) * s->column_step]
                                      : 0.0F;
}

static void pack(const source *s, int64_t rows, float *panels)
{
    for (int64_t p = 0; p < panel_count(s->columns); p++)
        pack_panel(s, p * PANEL_WIDTH, PANEL_WIDTH, panels + p * rows * PANEL_WIDTH, PANEL_WIDTH);
}

/* The rows of [model; reference] from a column on. */
static void stacked_sources(const idi_exec *e, const layout *l, int64_t sample, int64_t column,
                            int64_t columns, source pair[2])
{
    const int64_t all = 2 * l->n.hidden + l->n.out;
    const float *model = e->in[5].data;
    const float *reference = (const float *)e->in[6].data + sample * l->n.attended * all;
    pair[0] = (source){model + column, l->first, columns, all, 1};
    pair[1] = (source){reference + column, l->n.attended, columns, all, 1};
}

static void pack_middle(const idi_exec *e, const layout *l, int64_t sample, float *base)
{
    const int64_t hidden = l->n.hidden;
    const float *bias = e->in[7].data;
    const source bias_row = {bias, 1, hidden, 0, 1};
    const source gate_row = {bias + hidden, 1, hidden, 0, 1};
    source value[2];
    source gate[2];
    stacked_sources(e, l, sample, 0, hidden, value);
    stacked_sources(e, l, sample, hidden, hidden, gate);
#pragma omp parallel for schedule(static)
    for (int64_t p = 0; p < padded(hidden, PANEL_LANES) / PANEL_LANES; p++) {
        const int64_t column = p * PANEL_LANES;
        float *panel = base + l->middle + p * l->n.width * PANEL_WIDTH;
        float *row = base + l->middle_bias + p * PANEL_WIDTH;
        for (int part = 0; part < 2; part++) {
            float *at = panel + part * l->first * PANEL_WIDTH;
            pack_panel(&value[part], column, PANEL_LANES, at, PANEL_WIDTH);
            pack_panel(&gate[part], column, PANEL_LANES, at + PANEL_LANES, PANEL_WIDTH);
        }
        pack_panel(&bias_row, column, PANEL_LANES, row, PANEL_WIDTH);
        pack_panel(&gate_row, column, PANEL_LANES, row + PANEL_LANES, PANEL_WIDTH);
    }
}

static void pack_output(const idi_exec *e, const layout *l, int64_t sample, float *base)
{
    const int64_t hidden = l->n.hidden;
    const source bias = {(const float *)e->in[7].data + 2 * hidden, 1, l->n.out, 0, 1};
    const source weight = {e->in[8].data, hidden, l->n.out, 1, hidden};
    const int64_t weight_rows = padded(hidden, PANEL_LANES);
    source out[2];
    stacked_sources(e, l, sample, 2 * hidden, l->n.out, out);
    for (int64_t p = 0; p < panel_count(l->n.out); p++) {
        const int64_t column = p * PANEL_WIDTH;
        float *panel = base + l->out + p * l->n.width * PANEL_WIDTH;
        float *rows = base + l->weight + p * weight_rows * PANEL_WIDTH;
        pack_panel(&out[0], column, PANEL_WIDTH, panel, PANEL_WIDTH);
        pack_panel(&out[1], column, PANEL_WIDTH, panel + l->first * PANEL_WIDTH, PANEL_WIDTH);
        pack_panel(&weight, column, PANEL_WIDTH, rows, PANEL_WIDTH);
        for (int64_t i = hidden * PANEL_WIDTH; i < weight_rows * PANEL_WIDTH; i++)
            rows[i] = 0.0F;
    }
    pack(&bias, 1, base + l->out_bias);
}

static void pack_sample(const idi_exec *e, const layout *l, int64_t sample)
{
    float *base = e->workspace;
    const int64_t row = l->first + 1;
    const float *rows = (const float *)e->in[3].data + sample * l->n.attended * row;
    const source scores = {rows, l->first, l->n.attended, 1, row};
    const source constant = {rows + l->first, 1, l->n.attended, 0, row};
    root_pack(e->in[2].data, l->first, base + l->root_in);
    pack(&scores, l->first, base + l->scores);
    pack(&constant, 1, base + l->score_constant);
    root_pack((const float *)e->in[4].data + sample * l->n.width * l->n.width, l->n.width,
              base + l->root);
    pack_middle(e, l, sample, base);
    pack_output(e, l, sample, base);
}

/* A tile's numbers. */
typedef struct tile {
    const layout *l;
    const float *base; /* the packed matrices */
    float eps;
    int64_t rows;  /* up to a multiple of PANEL_ROWS, the last ones empty */
    float *z;      /* [TILE, z_stride] */
    float *out;    /* [TILE, out_stride] */
    float *middle; /* [TILE, CHUNK] */
    float *rstd;   /* [TILE]: 1/sigma */
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

/* One panel of the middle, gated, into column `column` of t->middle. */
static void fill_middle(const tile *t, const float *panel, const float *bias, int64_t column)
{
    const int64_t stride = t->l->z_stride;
    for (int64_t r = 0; r < t->rows; r += PANEL_ROWS) {
        panel_lanes sums[PANEL_ROWS][2];
        panel_product(t->z + r * stride, stride, panel, 0, t->l->n.width, sums);
        for (int i = 0; i < PANEL_ROWS; i++) {
            const panel_lanes value = sums[i][0] * t->rstd[r + i] + panel_load(bias);
            const panel_lanes gate = sums[i][1] * t->rstd[r + i] + panel_load(bias + PANEL_LANES);
            float *middle = t->middle + (r + i) * CHUNK + column;
            for (int j = 0; j < PANEL_LANES; j++)
                middle[j] = value[j] * fast_gelu(gate[j]);
        }
    }
}

/* out += middle weight, for `count` of the hidden numbers from `first` on. */
static void add_output(const tile *t, int64_t first, int64_t count)
{
    const layout *l = t->l;
    const int64_t rows = padded(l->n.hidden, PANEL_LANES);
    for (int64_t p = 0; p < panel_count(l->n.out); p++) {
        const float *panel = t->base + l->weight + (p * rows + first) * PANEL_WIDTH;
        for (int64_t r = 0; r < t->rows; r += PANEL_ROWS) {
            panel_lanes sums[PANEL_ROWS][2];
            panel_product(t->middle + r * CHUNK, CHUNK, panel, 0, count, sums);
            for (int i = 0; i < PANEL_ROWS; i++) {
                float *target = t->out + (r + i) * l->out_stride + p * PANEL_WIDTH;
                panel_store(target, panel_load(target) + sums[i][0]);
                panel_store(target + PANEL_LANES, panel_load(target + PANEL_LANES) + sums[i][1]);
            }
        }
    }
}

static void feed_forward(const tile *t)
{
    const layout *l = t->l;
    const int64_t hidden = padded(l->n.hidden, PANEL_LANES);
    for (int64_t first = 0; first < hidden; first += CHUNK) {
        const int64_t count = hidden - first < CHUNK ? hidden - first : CHUNK;
        for (int64_t f = 0; f < count; f += PANEL_LANES) {
            const int64_t p = (first + f) / PANEL_LANES;
            fill_middle(t, t->base + l->middle + p * l->n.width * PANEL_WIDTH,
                        t->base + l->middle_bias + p * PANEL_WIDTH, f);
        }
        add_output(t, first, count);
    }
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

/* Pixels first .. first + TILE - 1 of all samples' pixels in a row. */
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
              .eps = (float)((const idi_pixel_transformer_attr *)e->attr)->eps,
              .rows = padded(pixels, PANEL_ROWS)};
    t.z = (float *)e->workspace + l->tiles + slot * l->tile_floats;
    t.out = t.z + TILE * l->z_stride;
    t.middle = t.out + TILE * l->out_stride;
    t.rstd = t.middle + TILE * CHUNK;
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
        for (int64_t first = 0; first < l.n.pixels; first += TILE) {
            const int64_t pixels = l.n.pixels - first < TILE ? l.n.pixels - first : TILE;
            const tile t = tile_of(e, &l, omp_get_thread_num(), pixels);
            run_tile(e, &t, sample * l.n.pixels + first, pixels);
        }
    }
    return IDI_OK;
}
