/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/feed_forward.c - tiles of rows on all cores; the weights are packed once a run. */
#include "ops/feed_forward.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/gated.h"

#include <omp.h>

typedef struct sizes {
    int64_t rows, width, hidden, out;
    int64_t out_stride, packed, tile_floats, slots;
} sizes;

static sizes sizes_of(const idi_exec *e)
{
    sizes n = {.rows = idi_shape_rows(&e->in[0].shape),
               .width = e->in[1].shape.dim[1],
               .hidden = e->in[3].shape.dim[1],
               .out = e->in[3].shape.dim[0]};
    const int64_t tiles = (n.rows + GATED_TILE - 1) / GATED_TILE;
    n.out_stride = panel_count(n.out) * PANEL_WIDTH;
    n.packed = gated_floats(n.width, n.hidden, n.out);
    n.tile_floats = GATED_TILE * (n.width + n.out_stride + GATED_CHUNK_UNITS + depth_room(n.width));
    n.slots = tiles < GATED_MAX_SLOTS ? tiles : GATED_MAX_SLOTS;
    return n;
}

IDI_FAST_WORKSPACE(feed_forward)
{
    const sizes n = sizes_of(e);
    return (size_t)(n.packed + n.slots * n.tile_floats) * sizeof(float);
}

static void pack(const idi_exec *e, const gated_layer *layer)
{
    const float *w1 = e->in[1].data;
    const int64_t width = layer->width;
    const panel_source value = {w1, width, layer->hidden, 1, width};
    const panel_source gate = {w1 + layer->hidden * width, width, layer->hidden, 1, width};
    gated_pack_middle(layer, 0, &value, &gate);
    gated_pack_rest(layer, e->in[2].data, e->in[3].data);
}

/* The tile's rows of x, zeros behind the last; its output begins as bias and residual. */
static void load(const idi_exec *e, const sizes *n, int64_t first, int64_t rows, float *x,
                 float *out)
{
    const float *source = (const float *)e->in[0].data + first * n->width;
    const float *bias = e->in[4].data;
    const float *residual = (const float *)e->in[5].data + first * n->out;
    for (int64_t r = 0; r < GATED_TILE; r++) {
        for (int64_t d = 0; d < n->width; d++)
            x[r * n->width + d] = r < rows ? source[r * n->width + d] : 0.0F;
        for (int64_t d = 0; d < n->out && r < rows; d++)
            out[r * n->out_stride + d] = bias[d] + residual[r * n->out + d];
    }
}

static void run_tile(const idi_exec *e, const sizes *n, const gated_layer *layer, int64_t first,
                     float *own)
{
    const int64_t rows = n->rows - first < GATED_TILE ? n->rows - first : GATED_TILE;
    float *y = (float *)e->out[0].data + first * n->out;
    gated_tile t = {.layer = layer,
                    .rows = (rows + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS,
                    .out = own + GATED_TILE * n->width,
                    .out_stride = n->out_stride};
    t.middle = t.out + GATED_TILE * n->out_stride;
    load(e, n, first, rows, own, t.out);
    t.x = depth_rows_of(own, n->width, t.rows, n->width, t.middle + GATED_TILE * GATED_CHUNK_UNITS);
    gated_run(&t);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t d = 0; d < n->out; d++)
            y[r * n->out + d] = t.out[r * n->out_stride + d];
}

IDI_FAST_OP(feed_forward)
{
    const sizes n = sizes_of(e);
    const gated_layer layer = gated_layer_at(e->workspace, n.width, n.hidden, n.out);
    const int threads = (int)(n.slots < e->thread_count ? n.slots : e->thread_count);
    float *tiles = (float *)e->workspace + n.packed;
    pack(e, &layer);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (int64_t first = 0; first < n.rows; first += GATED_TILE)
        run_tile(e, &n, &layer, first, tiles + omp_get_thread_num() * n.tile_floats);
    return IDI_OK;
}
