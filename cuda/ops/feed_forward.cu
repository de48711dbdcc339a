/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/feed_forward.cu - y = W2 geglu(W1 x + b1) + b2 + residual, a chunk of rows at a time;
 * contract in ops/feed_forward.h.
 *
 * Shapes     x [M,D] as rows, w1 [2H,D], b1 [2H], w2 [P,H], b2 [P], residual and y [M,P];
 *            middle [chunk,2H] in the workspace, at most 32 MiB of it, so that it stays in L2; the
 *            gated values take the place of the value half
 * Launch     for each chunk: cuBLASLt's; grid ceil(chunk*H / (256*V)), block 256, V = 16 B or 1
 *            where H is not a multiple; cuBLASLt's
 * Traffic    DRAM M*(D + 2*P)*size B and the weights, while the middle stays in L2; else 5*M*H*size
 *            B more. 2*M*H*(2*D + P) operations, which bound it
 * Numerics   the middle is stored: a storage type's rounding twice more than the formula has
 * Reference  src/cpu/feed_forward.c      Measured  not yet
 */
#include "cuda/device/act.cuh"
#include "cuda/device/scratch.cuh"

extern "C" {
#include "cuda/runtime/gemm.h"
}

namespace {

constexpr int block_size = 256;
constexpr int64_t middle_bytes = (int64_t)32 << 20;
constexpr int64_t row_step = 64; /* chunks begin at multiples of it, which keeps them aligned */

/* Row r holds `hidden` values and then as many gates; the products replace the values. */
template <typename T, int V>
__global__ void __launch_bounds__(block_size) gate_values(T *middle, int64_t rows, int64_t hidden)
{
    const int64_t first = ((int64_t)blockIdx.x * block_size + threadIdx.x) * V;
    if (first >= rows * hidden) return;
    T *value = middle + first / hidden * 2 * hidden + first % hidden;
    idi::pack<T, V> values = idi::load_pack<V>(value);
    const idi::pack<T, V> gates = idi::load_pack<V>(value + hidden);
    for (int j = 0; j < V; j++)
        values.v[j] =
            idi::from_float<T>(idi::to_float(values.v[j]) * idi::gelu(idi::to_float(gates.v[j])));
    idi::store_pack(value, values);
}

template <typename T, int V>
void launch_gates(const idi_cuda_call *c, T *middle, int64_t rows, int64_t hidden)
{
    const auto grid = (unsigned)idi::ceil_div(rows * hidden, (int64_t)block_size * V);
    IDI_LAUNCH((gate_values<T, V>), grid, block_size, 0, c->stream, middle, rows, hidden);
}

template <typename T>
void gate(const idi_cuda_call *c, void *middle, int64_t rows, int64_t hidden)
{
    if (hidden % idi::pack_width<T> == 0)
        launch_gates<T, idi::pack_width<T>>(c, static_cast<T *>(middle), rows, hidden);
    else
        launch_gates<T, 1>(c, static_cast<T *>(middle), rows, hidden);
}

struct sizes {
    int64_t rows, width, hidden, out, element_bytes;
    int64_t chunk; /* rows of every chunk but the last */
};

sizes sizes_of(const idi_cuda_call *c)
{
    const idi_exec *e = c->exec;
    sizes s = {};
    s.rows = idi_shape_rows(&e->in[0].shape);
    s.width = idi_shape_last(&e->in[0].shape);
    s.hidden = e->in[3].shape.dim[1];
    s.out = e->in[3].shape.dim[0];
    s.element_bytes = (int64_t)idi_dtype_bytes(c->storage);
    const int64_t steps = middle_bytes / (2 * s.hidden * s.element_bytes * row_step);
    const int64_t most = (steps > 1 ? steps : 1) * row_step;
    const int64_t even = idi::ceil_div(s.rows, idi::ceil_div(s.rows, most));
    s.chunk = s.rows <= most ? s.rows : idi::ceil_div(even, row_step) * row_step;
    return s;
}

/* Rows of the chunk that begins at `row`. */
int64_t chunk_rows(const sizes &s, int64_t row)
{
    return s.rows - row < s.chunk ? s.rows - row : s.chunk;
}

/* middle = x w1' + b1 */
idi_cuda_gemm widen(const sizes &s, int64_t rows)
{
    idi_cuda_gemm gemm = {};
    gemm.m = rows;
    gemm.n = 2 * s.hidden;
    gemm.k = s.width;
    gemm.is_b_transposed = true;
    gemm.has_bias = true;
    return gemm;
}

/* y = values w2' + b2 + residual */
idi_cuda_gemm narrow(const sizes &s, int64_t rows)
{
    idi_cuda_gemm gemm = {};
    gemm.m = rows;
    gemm.n = s.out;
    gemm.k = s.hidden;
    gemm.lda = 2 * s.hidden;
    gemm.is_b_transposed = true;
    gemm.has_bias = true;
    gemm.has_residual = true;
    return gemm;
}

struct scratch_parts {
    char *middle;
    void *gemm;
};

scratch_parts take(idi::scratch &scratch, const sizes &s, size_t gemm_bytes)
{
    char *middle = scratch.take<char>(s.chunk * 2 * s.hidden * s.element_bytes);
    return {middle, scratch.take<char>((int64_t)gemm_bytes)};
}

/* The largest workspace of the four products: chunks, and a last one of fewer rows. */
idi_status plan_products(const idi_cuda_call *c, const sizes &s, size_t *bytes_out)
{
    const int64_t last = s.rows - (s.rows - 1) / s.chunk * s.chunk;
    const idi_cuda_gemm gemms[] = {widen(s, s.chunk), narrow(s, s.chunk), widen(s, last),
                                   narrow(s, last)};
    *bytes_out = 0;
    for (const idi_cuda_gemm &gemm : gemms) {
        size_t bytes = 0;
        IDI_TRY(idi_cuda_gemm_workspace(c, &gemm, &bytes));
        if (bytes > *bytes_out) *bytes_out = bytes;
    }
    return IDI_OK;
}

const char *at_row(const idi_tensor &tensor, const sizes &s, int64_t row, int64_t columns)
{
    return static_cast<const char *>(tensor.data) + row * columns * s.element_bytes;
}

idi_status run_chunk(const idi_cuda_call *c, const sizes &s, const scratch_parts &scratch,
                     int64_t row)
{
    const idi_exec *e = c->exec;
    const int64_t rows = chunk_rows(s, row);
    const idi_cuda_gemm first = widen(s, rows);
    const idi_cuda_gemm_data wide = {at_row(e->in[0], s, row, s.width),
                                     e->in[1].data,
                                     e->in[2].data,
                                     nullptr,
                                     scratch.middle,
                                     scratch.gemm};
    IDI_TRY(idi_cuda_gemm_run(c, &first, &wide));
    IDI_STORAGE(c, T, gate<T>(c, scratch.middle, rows, s.hidden));
    const idi_cuda_gemm second = narrow(s, rows);
    char *y = static_cast<char *>(e->out[0].data) + row * s.out * s.element_bytes;
    const idi_cuda_gemm_data out = {
        scratch.middle, e->in[3].data, e->in[4].data, at_row(e->in[5], s, row, s.out), y,
        scratch.gemm};
    return idi_cuda_gemm_run(c, &second, &out);
}

} // namespace

IDI_CUDA_WORKSPACE(feed_forward)
{
    const sizes s = sizes_of(c);
    size_t gemm_bytes = 0;
    IDI_TRY(plan_products(c, s, &gemm_bytes));
    idi::scratch scratch(c);
    (void)take(scratch, s, gemm_bytes);
    *bytes_out = scratch.bytes;
    return IDI_OK;
}

IDI_CUDA_OP(feed_forward)
{
    const sizes s = sizes_of(c);
    idi::scratch scratch(c);
    const scratch_parts parts = take(scratch, s, 0);
    for (int64_t row = 0; row < s.rows; row += s.chunk)
        IDI_TRY(run_chunk(c, s, parts, row));
    IDI_LAUNCHED();
}
