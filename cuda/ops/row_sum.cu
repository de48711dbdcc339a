/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/row_sum.cu - y[c] = sum over r of x[r, c]; contract in ops/row_sum.h.
 *
 * Shapes     x [R,C] as rows, y [C]
 * Launch     column_sums over chunks of rows, then a warp a column over the chunks' sums
 *            (column_tiles.cuh, column_sums.cuh)
 * Traffic    DRAM R*C*size B; bandwidth bound
 * Numerics   f32, fixed order: bitwise repeatable
 * Limits     C <= 2^31-1
 * Reference  src/cpu/row_sum.c      Measured  not yet
 */
#include "cuda/device/column_sums.cuh"
#include "cuda/ops/row_sum.cuh"

namespace {

template <typename T, int V>
void launch(const idi_cuda_call *c, const T *x, int64_t rows, int64_t columns, int k,
            float *partials)
{
    const idi::column_tiles tiles = idi::tile_columns(1, rows, columns, V);
    idi::sum_columns(c, tiles, idi::value_term<T, V>{x}, partials);
    idi::fold_output<T>(c, tiles, 0, partials, k);
}

template <typename T>
void choose(const idi_cuda_call *c, const T *x, int64_t rows, int64_t columns, int k,
            float *partials)
{
    if (idi::tile_width<T>(columns) == 1)
        launch<T, 1>(c, x, rows, columns, k, partials);
    else
        launch<T, idi::pack_width<T>>(c, x, rows, columns, k, partials);
}

template <typename T>
int64_t partials(int64_t rows, int64_t columns)
{
    const int width = idi::tile_width<T>(columns);
    return idi::column_partials(idi::tile_columns(1, rows, columns, width), 1);
}

} // namespace

int64_t idi::sum_rows_partials(const idi_cuda_call *c, int64_t rows, int64_t columns)
{
    IDI_STORAGE(c, T, return partials<T>(rows, columns));
}

void idi::sum_rows(const idi_cuda_call *c, const void *x, int64_t rows, int64_t columns, int k,
                   float *partials)
{
    IDI_STORAGE(c, T, choose(c, static_cast<const T *>(x), rows, columns, k, partials));
}

IDI_CUDA_WORKSPACE(row_sum)
{
    const idi_shape &x = c->exec->in[0].shape;
    *bytes_out =
        (size_t)idi::sum_rows_partials(c, idi_shape_rows(&x), idi_shape_last(&x)) * sizeof(float);
    return IDI_OK;
}

IDI_CUDA_OP(row_sum)
{
    const idi_tensor &x = c->exec->in[0];
    idi::sum_rows(c, x.data, idi_shape_rows(&x.shape), idi_shape_last(&x.shape), 0,
                  static_cast<float *>(c->exec->workspace));
    IDI_LAUNCHED();
}
