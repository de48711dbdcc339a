/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/root_norm.c - tiles of rows against the root's packed panels. */
#include "ops/root_norm.h"
#include "cpu/fast/fast.h"
#include "cpu/fast/root.h"

#include <omp.h>

enum { TILE = 48, MAX_SLOTS = 64 };

static int64_t padded(int64_t count)
{
    return (count + 15) / 16 * 16;
}

/* A slot's floats: rows of v, and what each is divided by. */
static int64_t slot_floats(int64_t count)
{
    return TILE * (padded(count) + 1);
}

static int64_t slots_of(const idi_exec *e)
{
    const int64_t tiles = (idi_shape_rows(&e->in[0].shape) + TILE - 1) / TILE;
    return tiles < MAX_SLOTS ? tiles : MAX_SLOTS;
}

IDI_FAST_WORKSPACE(root_norm)
{
    const int64_t count = e->in[1].shape.dim[0];
    return (size_t)(root_floats(count) + slots_of(e) * slot_floats(count)) * sizeof(float);
}

static void run_tile(const idi_exec *e, const float *panels, float *v, int64_t first, int64_t rows)
{
    const int64_t count = e->in[1].shape.dim[0];
    const int64_t channels = count - 1;
    const int64_t stride = padded(count);
    const float eps = (float)((const idi_root_norm_attr *)e->attr)->eps;
    const float *u = (const float *)e->in[0].data + first * channels;
    float *y = (float *)e->out[0].data + first * count;
    float *rstd = v + TILE * stride;
    for (int64_t r = 0; r < TILE; r++) {
        for (int64_t c = 0; c < channels; c++)
            v[r * stride + c] = r < rows ? u[r * channels + c] : 0.0F;
        v[r * stride + channels] = 1.0F;
    }
    root_measure(panels, count, eps, v, stride, TILE, rstd);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < count; c++)
            y[r * count + c] = v[r * stride + c] * rstd[r];
}

IDI_FAST_OP(root_norm)
{
    const int64_t count = e->in[1].shape.dim[0];
    const int64_t rows = idi_shape_rows(&e->in[0].shape);
    const int64_t slots = slots_of(e);
    const int threads = (int)(slots < e->thread_count ? slots : e->thread_count);
    float *panels = e->workspace;
    root_pack(e->in[1].data, count, panels);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t first = 0; first < rows; first += TILE)
        run_tile(e, panels, panels + root_floats(count) + omp_get_thread_num() * slot_floats(count),
                 first, rows - first < TILE ? rows - first : TILE);
    return IDI_OK;
}
