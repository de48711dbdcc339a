/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/unit_product.cu - a matrix times a vector, at unit length; contract in
 * ops/unit_product.h.
 *
 * Shapes     matrix [O, K]; plain: x [K], y [O]; transposed: x [O], y [K]
 * Launch     plain: a block of 256 a row (device/row_dots.cuh); transposed: sums over rows by tiles
 *            of columns (device/column_sums.cuh), then a warp a column. Then one block of 1024
 *            brings the product to unit length: a few thousand numbers at most
 * Traffic    DRAM O*K*size B, which the next product finds in L2: 8 MB for the largest. Bandwidth
 *            and launch bound
 * Numerics   f32 in a fixed order: bitwise repeatable. The products before the division are f32
 *            whatever the storage
 * Limits     O, K < 2^31
 * Reference  src/cpu/unit_product.c      Measured  not yet
 */
#include "cuda/device/column_sums.cuh"
#include "cuda/device/quotient.cuh"
#include "cuda/device/row_dots.cuh"
#include "cuda/device/scratch.cuh"

extern "C" {
#include "ops/unit_product.h"
}

namespace {

constexpr float shortest = 1e-12f;
constexpr int unit_threads = 1024;

/* Column k's share of row r: matrix[r][k]*x[r]. */
template <typename T, int V>
struct product_term {
    static constexpr int sums = 1;
    static constexpr int width = V;
    struct columns {};
    const T *matrix;
    const T *x;
    int64_t row_length;

    __device__ columns begin(int, int) const { return {}; }
    __device__ void add(const columns &, int64_t at, float (&sum)[1][V]) const
    {
        const int64_t row = idi::quotient(at, row_length);
        const float factor = idi::to_float(x[row]);
        const auto values = idi::load_pack<V>(matrix + at);
        for (int j = 0; j < V; j++)
            sum[0][j] += idi::to_float(values.v[j]) * factor;
    }
};

/* One block. Numbers are divided by the largest first: their squares stay within f32. */
template <typename T>
__global__ void __launch_bounds__(unit_threads)
    unit_vector(const float *__restrict__ product, int64_t count, T *__restrict__ y)
{
    float most = 0.0f;
    for (int64_t i = threadIdx.x; i < count; i += unit_threads)
        most = fmaxf(most, fabsf(product[i]));
    most = idi::block_max<unit_threads>(most);
    const float inverse = most > 0.0f ? 1.0f / most : 0.0f;
    float squares = 0.0f;
    for (int64_t i = threadIdx.x; i < count; i += unit_threads)
        squares += product[i] * inverse * (product[i] * inverse);
    const float length = most * sqrtf(idi::block_sum<unit_threads>(squares));
    const float factor = 1.0f / fmaxf(length, shortest);
    for (int64_t i = threadIdx.x; i < count; i += unit_threads)
        y[i] = idi::from_float<T>(product[i] * factor);
}

struct sizes {
    int64_t rows, columns;
};

sizes sizes_of(const idi_cuda_call *c)
{
    const idi_shape *matrix = &c->exec->in[0].shape;
    return {matrix->dim[0], idi_shape_count(matrix) / matrix->dim[0]};
}

bool is_transposed(const idi_cuda_call *c)
{
    return static_cast<const idi_unit_product_attr *>(c->exec->attr)->is_transposed;
}

template <typename T>
idi::column_tiles tiles_of(const sizes &s)
{
    return idi::tile_columns(1, s.rows, s.columns, idi::tile_width<T>(s.columns));
}

template <typename T, int V>
void launch(const idi_cuda_call *c)
{
    const sizes s = sizes_of(c);
    idi::scratch scratch(c);
    const int64_t count = is_transposed(c) ? s.columns : s.rows;
    auto *product = scratch.take<float>(count);
    if (is_transposed(c)) {
        const auto tiles = tiles_of<T>(s);
        auto *partials = scratch.take<float>(idi::column_partials(tiles, 1));
        const product_term<T, V> term = {idi::in<T>(c, 0), idi::in<T>(c, 1), s.columns};
        idi::sum_columns(c, tiles, term, partials);
        idi::fold_columns(c, tiles, 0, partials, product);
    } else {
        idi::dot_rows<T, V>(c, idi::in<T>(c, 0), idi::in<T>(c, 1), nullptr, s.rows, s.columns,
                            product, nullptr);
    }
    IDI_LAUNCH((unit_vector<T>), 1, unit_threads, 0, c->stream, product, count, idi::out<T>(c, 0));
}

} // namespace

IDI_CUDA_WORKSPACE(unit_product)
{
    const sizes s = sizes_of(c);
    idi::scratch scratch(c);
    (void)scratch.take<float>(is_transposed(c) ? s.columns : s.rows);
    if (is_transposed(c))
        IDI_STORAGE(c, T, scratch.take<float>(idi::column_partials(tiles_of<T>(s), 1)));
    *bytes_out = scratch.bytes;
    return IDI_OK;
}

IDI_CUDA_OP(unit_product)
{
    IDI_STORAGE(c, T, IDI_TILE_WIDTH(T, sizes_of(c).columns, V, launch<T, V>(c)));
    IDI_LAUNCHED();
}
