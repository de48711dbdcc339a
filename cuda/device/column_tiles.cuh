/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/column_tiles.cuh - how blocks and threads share a matrix [batches, rows, columns]
 * where something belongs to a column: a channel's scale, a column's sum.
 *
 * A block takes a chunk of a batch's rows and a tile of columns. A thread keeps its pack of WIDTH
 * neighbouring columns, so that what belongs to them stays in registers, and takes every step-th
 * row; neighbouring threads have neighbouring packs. The cut depends on the shape alone, not on
 * the device, so that results do too.
 *
 *   const auto tiles = tile_columns(batches, rows, columns, WIDTH);
 *   IDI_LAUNCH(kernel, tile_blocks(tiles), tile_threads, 0, stream, tiles, ...);
 *   in the kernel:
 *   const column_walk w = walk_columns<WIDTH>(tiles);
 *   for (int64_t row = w.row; row < w.end; row += w.step) ... at row*tiles.columns + w.column
 */
#ifndef IDI_CUDA_DEVICE_COLUMN_TILES_CUH
#define IDI_CUDA_DEVICE_COLUMN_TILES_CUH

#include "cuda/device/op.cuh"

namespace idi {

constexpr int tile_threads = 256;

struct column_tiles {
    int64_t rows;       /* of a batch */
    int64_t chunk_rows; /* the last chunk may have fewer */
    int batches, columns;
    int chunks; /* of a batch */
    int tiles;  /* of a row */
    int lanes;  /* packs in a tile, of a thread each */
};

/* `width` divides `columns`; rows >= 1. */
static inline column_tiles tile_columns(int64_t batches, int64_t rows, int64_t columns, int width)
{
    constexpr int64_t wanted_blocks = 1024; /* enough to fill 132 multiprocessors evenly */
    constexpr int64_t least_steps = 4;      /* rows a thread should have to be worth its start */
    column_tiles t = {};
    t.rows = rows;
    t.batches = (int)batches;
    t.columns = (int)columns;
    t.tiles = (int)ceil_div(columns / width, tile_threads);
    t.lanes = (int)ceil_div(columns / width, t.tiles);
    const int64_t most = ceil_div(rows, tile_threads / t.lanes * least_steps);
    int64_t chunks = ceil_div(wanted_blocks, batches * t.tiles);
    if (chunks > most) chunks = most;
    t.chunk_rows = ceil_div(rows, chunks);
    t.chunks = (int)ceil_div(rows, t.chunk_rows);
    return t;
}

static inline unsigned tile_blocks(const column_tiles &t)
{
    return (unsigned)((int64_t)t.batches * t.chunks * t.tiles);
}

/* A pack of T if the columns are whole packs, else 1. */
template <typename T>
static inline int tile_width(int64_t columns)
{
    return columns % pack_width<T> == 0 ? pack_width<T> : 1;
}

/* A thread's part. Rows count through all batches. */
struct column_walk {
    int64_t row, end; /* first row, and where to stop; none for threads without a part */
    int step;         /* lines: rows that a block has in hand at a time */
    int line;         /* which of them is this thread's */
    int column;       /* first of WIDTH; always within the matrix */
    int batch, chunk;
    bool is_idle; /* no columns, or no line */
};

template <int WIDTH>
__device__ static inline column_walk walk_columns(const column_tiles &t)
{
    column_walk w;
    const int tile = (int)blockIdx.x % t.tiles;
    const int chunk = (int)blockIdx.x / t.tiles;
    const int pack = tile * t.lanes + (int)threadIdx.x % t.lanes;
    w.batch = chunk / t.chunks;
    w.chunk = chunk % t.chunks;
    w.step = tile_threads / t.lanes;
    w.line = (int)threadIdx.x / t.lanes;
    w.is_idle = w.line >= w.step || pack >= t.columns / WIDTH;
    w.column = w.is_idle ? 0 : pack * WIDTH;
    const int64_t first = w.chunk * t.chunk_rows;
    const int64_t end = first + t.chunk_rows < t.rows ? first + t.chunk_rows : t.rows;
    w.end = w.batch * t.rows + end;
    w.row = w.is_idle ? w.end : w.batch * t.rows + first + w.line;
    return w;
}

/* Merges what the block's lines have into line 0's, in a fixed order. A Value is floats `v[N]`
 * with a merge(const Value &). All threads take part; once a kernel. */
template <typename Value>
__device__ static inline void merge_lines(const column_tiles &t, const column_walk &w, Value &value)
{
    constexpr int floats = sizeof(value.v) / sizeof(float);
    IDI_SHARED(float, parts, [floats][tile_threads]);
    for (int lines = w.step; lines > 1; lines = (lines + 1) / 2) {
        const int half = (lines + 1) / 2;
        if (w.line >= half && w.line < lines)
            for (int i = 0; i < floats; i++)
                parts[i][threadIdx.x] = value.v[i];
        __syncthreads(); /* one a round: the next one writes lines that nobody reads in this one */
        if (w.line < lines - half) {
            Value other;
            for (int i = 0; i < floats; i++)
                other.v[i] = parts[i][threadIdx.x + half * t.lanes];
            value.merge(other);
        }
    }
}

} // namespace idi

/* Runs the statement with V = tile_width<T>(columns). */
#define IDI_TILE_WIDTH(T, columns, V, ...)                                                         \
    do {                                                                                           \
        if ((columns) % idi::pack_width<T> == 0) {                                                 \
            constexpr int V = idi::pack_width<T>;                                                  \
            __VA_ARGS__;                                                                           \
        } else {                                                                                   \
            constexpr int V = 1;                                                                   \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
    } while (0)

#endif
