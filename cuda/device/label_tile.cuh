/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/label_tile.cuh - a tile of a label map's classes in shared memory, with a border of
 * one pixel, and which of its pixels see other neighbours than the pixel on their left.
 *
 * Regions are wide, so most pixels do not: what a 3x3 window of labels decides has to be done once
 * a run of such pixels. */
#ifndef IDI_CUDA_DEVICE_LABEL_TILE_CUH
#define IDI_CUDA_DEVICE_LABEL_TILE_CUH

#include "cuda/device/label_map.cuh"
#include "cuda/device/reduce.cuh"

namespace idi {

constexpr int label_tile_rows = 4;
constexpr int label_tile_columns = 32;
constexpr int label_tile_pixels = label_tile_rows * label_tile_columns;
constexpr int label_run = 16; /* the longest run; it divides a tile's row */

struct label_tile {
    int16_t classes[label_tile_rows + 2][label_tile_columns + 2]; /* -1: outside, or no class */
    unsigned starts[label_tile_rows]; /* bit x: a run starts at column x */
};

/* Where a tile's first pixel lies. */
struct label_place {
    int64_t n, y, x;
};

__host__ __device__ static inline int64_t label_tile_count(int64_t batch, int64_t height,
                                                           int64_t width)
{
    return batch * ((height + label_tile_rows - 1) / label_tile_rows) *
           ((width + label_tile_columns - 1) / label_tile_columns);
}

__device__ static inline label_place place_label_tile(const label_map &map, int64_t index)
{
    const int64_t across = (map.width + label_tile_columns - 1) / label_tile_columns;
    const int64_t down = (map.height + label_tile_rows - 1) / label_tile_rows;
    const int64_t line = quotient(index, across); /* of tiles, through all samples */
    const int64_t n = quotient(line, down);
    return {n, (line - n * down) * label_tile_rows, (index - line * across) * label_tile_columns};
}

/* The class at `tap` (0..8, row by row) of the tile's pixel p. */
__device__ static inline int class_at_tap(const label_tile &tile, int p, int tap)
{
    return tile.classes[p / label_tile_columns + tap / 3][p % label_tile_columns + tap % 3];
}

__device__ static inline bool starts_run(const label_tile &tile, int p)
{
    return tile.starts[p / label_tile_columns] >> p % label_tile_columns & 1;
}

/* Whether pixel p's window differs from its left neighbour's. */
__device__ static inline bool sees_change(const label_tile &tile, int p)
{
    const int row = p / label_tile_columns;
    const int column = p % label_tile_columns;
    if (column % label_run == 0) return true;
    bool differs = false;
    for (int i = 0; i < 9; i++)
        differs |= tile.classes[row + i / 3][column + i % 3] !=
                   tile.classes[row + i / 3][column + i % 3 - 1];
    return differs;
}

/* All threads of the block take part, label_tile_pixels or more in whole warps; the tile is
 * complete on return. Labels of `classes` or more have no class. */
__device__ static inline void read_label_tile(const label_map &map, int64_t classes,
                                              const label_place &place, label_tile &tile)
{
    constexpr int columns = label_tile_columns + 2;
    const auto self = static_cast<int>(threadIdx.x);
    for (int i = self; i < (label_tile_rows + 2) * columns; i += static_cast<int>(blockDim.x)) {
        const int64_t y = place.y + i / columns - 1;
        const int64_t x = place.x + i % columns - 1;
        int found = -1;
        if (y >= 0 && y < map.height && x >= 0 && x < map.width)
            found = label_at(map, place.n, y, x);
        tile.classes[i / columns][i % columns] = static_cast<int16_t>(found < classes ? found : -1);
    }
    __syncthreads();
    if (self < label_tile_pixels) {
        const unsigned starts = __ballot_sync(full_warp, sees_change(tile, self));
        if (self % warp_size == 0) tile.starts[self / warp_size] = starts;
    }
    __syncthreads();
}

static_assert(label_tile_columns == warp_size, "a warp finds the runs of a row");

} // namespace idi

#endif
