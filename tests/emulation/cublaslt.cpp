/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/cublaslt.cpp - cuBLASLt at the level of its interface: descriptors that are
 * checked, one algorithm, products as loops on the stream. Instead of cuda/runtime/cublaslt.c.
 *
 * The opaque structs hold the structs below. Sums are in double and rounded once to float. */
#include "stream.h"

#include <cublasLt.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

extern "C" {
#include "cuda/runtime/cublaslt.h"
}

namespace {

struct layout {
    int32_t type, batch;
    uint64_t rows, columns;
    int64_t leading, batch_stride; /* from column to column, from member to member */
};

struct product {
    int32_t compute, scale_type, first_op, second_op;
    uint32_t epilogue;
    const void *bias;
    int64_t bias_stride;
};

struct preference {
    uint64_t workspace_bytes;
    uint32_t reductions, alignment[4];
};

/* What the emulated algorithm wants: enough to notice a caller who does not give it. */
constexpr size_t workspace_bytes = 96;
constexpr uint64_t algorithm_mark = 0x1d1ca5e;

static_assert(sizeof(layout) <= sizeof(cublasLtMatrixLayoutOpaque_t));
static_assert(sizeof(product) <= sizeof(cublasLtMatmulDescOpaque_t));
static_assert(sizeof(preference) <= sizeof(cublasLtMatmulPreferenceOpaque_t));

template <typename T, typename Opaque>
T read(const Opaque *opaque)
{
    T value;
    std::memcpy(&value, opaque, sizeof value);
    return value;
}

template <typename T, typename Opaque>
void write(Opaque *opaque, const T &value)
{
    std::memset(opaque, 0, sizeof *opaque);
    std::memcpy(opaque, &value, sizeof value);
}

template <typename T>
cublasStatus_t set(T &field, const void *value, size_t bytes)
{
    if (!value || bytes != sizeof field) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&field, value, bytes);
    return CUBLAS_STATUS_SUCCESS;
}

size_t size_of(int32_t type)
{
    return type == CUDA_R_32F ? 4 : 2;
}

bool is_transposed(int32_t op)
{
    return op == CUBLAS_OP_T;
}

bool has_bias(const product &p)
{
    return (p.epilogue & CUBLASLT_EPILOGUE_BIAS) != 0;
}

bool is_matrix(const layout &m, int32_t type, int32_t batch)
{
    return (type == CUDA_R_32F || type == CUDA_R_16F || type == CUDA_R_16BF) && m.type == type &&
           m.rows >= 1 && m.columns >= 1 && m.leading >= static_cast<int64_t>(m.rows) &&
           m.batch == batch && batch >= 1 && m.batch_stride >= 0;
}

bool is_known(const product &p, int32_t type)
{
    const bool is_compute = p.compute == CUBLAS_COMPUTE_32F ||
                            (p.compute == CUBLAS_COMPUTE_32F_FAST_TF32 && type == CUDA_R_32F);
    const bool is_epilogue =
        p.epilogue == CUBLASLT_EPILOGUE_DEFAULT || p.epilogue == CUBLASLT_EPILOGUE_RELU ||
        p.epilogue == CUBLASLT_EPILOGUE_BIAS || p.epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
    const auto is_op = [](int32_t op) { return op == CUBLAS_OP_N || op == CUBLAS_OP_T; };
    return is_compute && is_epilogue && p.scale_type == CUDA_R_32F && is_op(p.first_op) &&
           is_op(p.second_op) && (!has_bias(p) || p.bias);
}

/* A batch's results must not overlap. */
bool is_result(const layout &d)
{
    const int64_t extent =
        d.leading * static_cast<int64_t>(d.columns - 1) + static_cast<int64_t>(d.rows);
    /* Rows of members may interleave: [token][group] results are such. */
    return d.batch == 1 || d.batch_stride >= extent ||
           (d.batch_stride >= static_cast<int64_t>(d.rows) &&
            d.leading >= d.batch_stride * (d.batch - 1) + static_cast<int64_t>(d.rows));
}

bool is_same(const layout &a, const layout &b)
{
    return a.rows == b.rows && a.columns == b.columns;
}

cublasStatus_t check(const product &p, const layout &a, const layout &b, const layout &c,
                     const layout &d)
{
    const bool ta = is_transposed(p.first_op);
    const bool tb = is_transposed(p.second_op);
    for (const layout *m : {&a, &b, &c, &d})
        if (!is_matrix(*m, d.type, d.batch)) return CUBLAS_STATUS_INVALID_VALUE;
    const bool fits = (ta ? a.columns : a.rows) == d.rows &&
                      (tb ? b.rows : b.columns) == d.columns &&
                      (ta ? a.rows : a.columns) == (tb ? b.columns : b.rows);
    return fits && is_known(p, d.type) && is_result(d) && is_same(c, d)
               ? CUBLAS_STATUS_SUCCESS
               : CUBLAS_STATUS_INVALID_VALUE;
}

float load(int32_t type, const void *data, int64_t index)
{
    if (type == CUDA_R_16F) return __half2float(static_cast<const __half *>(data)[index]);
    if (type == CUDA_R_16BF)
        return __bfloat162float(static_cast<const __nv_bfloat16 *>(data)[index]);
    return static_cast<const float *>(data)[index];
}

void store(int32_t type, void *data, int64_t index, float value)
{
    if (type == CUDA_R_16F)
        static_cast<__half *>(data)[index] = __float2half_rn(value);
    else if (type == CUDA_R_16BF)
        static_cast<__nv_bfloat16 *>(data)[index] = __float2bfloat16_rn(value);
    else
        static_cast<float *>(data)[index] = value;
}

/* To 10 bits of fraction, ties away from zero. */
float to_tf32(float x)
{
    uint32_t bits;
    if (!std::isfinite(x)) return x;
    std::memcpy(&bits, &x, sizeof bits);
    bits = (bits + 0x1000u) & ~0x1fffu;
    std::memcpy(&x, &bits, sizeof bits);
    return x;
}

/* op(M) of a batch member as dense columns of `rows` numbers. */
std::vector<double> gather(const layout &m, const void *data, int64_t member, bool transposed,
                           bool is_tf32)
{
    const auto rows = static_cast<int64_t>(transposed ? m.columns : m.rows);
    const auto columns = static_cast<int64_t>(transposed ? m.rows : m.columns);
    std::vector<double> out(static_cast<size_t>(rows * columns));
    for (int64_t j = 0; j < columns; j++)
        for (int64_t i = 0; i < rows; i++) {
            const int64_t at = transposed ? i * m.leading + j : j * m.leading + i;
            const float x = load(m.type, data, member * m.batch_stride + at);
            out[static_cast<size_t>(j * rows + i)] = is_tf32 ? to_tf32(x) : x;
        }
    return out;
}

struct work {
    product p;
    layout a, b, c, d;
    const void *a_data, *b_data, *c_data;
    void *d_data;
    float alpha, beta;

    float finish(double sum, int64_t member, int64_t row, int64_t column) const
    {
        double x = alpha * sum;
        if (beta != 0.0f)
            x += beta * load(c.type, c_data, member * c.batch_stride + column * c.leading + row);
        if (has_bias(p)) x += load(d.type, p.bias, member * p.bias_stride + row);
        if ((p.epilogue & CUBLASLT_EPILOGUE_RELU) != 0 && x < 0.0) x = 0.0;
        return static_cast<float>(x);
    }

    void run_member(int64_t member) const
    {
        const bool is_tf32 = p.compute == CUBLAS_COMPUTE_32F_FAST_TF32;
        const auto x = gather(a, a_data, member, is_transposed(p.first_op), is_tf32);
        const auto y = gather(b, b_data, member, is_transposed(p.second_op), is_tf32);
        const size_t rows = d.rows;
        const size_t inner = x.size() / rows;
        std::vector<double> sums(rows);
        for (size_t j = 0; j < d.columns; j++) {
            std::fill(sums.begin(), sums.end(), 0.0);
            for (size_t k = 0; k < inner; k++)
                for (size_t i = 0; i < rows; i++)
                    sums[i] += x[k * rows + i] * y[j * inner + k];
            for (size_t i = 0; i < rows; i++) {
                const auto row = static_cast<int64_t>(i);
                const auto column = static_cast<int64_t>(j);
                store(d.type, d_data, member * d.batch_stride + column * d.leading + row,
                      finish(sums[i], member, row, column));
            }
        }
    }
};

bool is_aligned(const void *address, uint32_t bytes)
{
    return reinterpret_cast<uintptr_t>(address) % bytes == 0;
}

} // namespace

extern "C" {

cublasStatus_t cublasLtCreate(cublasLtHandle_t *handle)
{
    *handle = reinterpret_cast<cublasLtHandle_t>(new int(0));
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle)
{
    delete reinterpret_cast<int *>(handle);
    return CUBLAS_STATUS_SUCCESS;
}

const char *cublasLtGetStatusName(cublasStatus_t status)
{
    return status == CUBLAS_STATUS_SUCCESS         ? "CUBLAS_STATUS_SUCCESS"
           : status == CUBLAS_STATUS_NOT_SUPPORTED ? "CUBLAS_STATUS_NOT_SUPPORTED"
           : status == CUBLAS_STATUS_INVALID_VALUE ? "CUBLAS_STATUS_INVALID_VALUE"
                                                   : "CUBLAS_STATUS of the emulation";
}

cublasStatus_t cublasLtMatmulDescInit_internal(cublasLtMatmulDesc_t desc, size_t size,
                                               cublasComputeType_t compute, cudaDataType_t scale)
{
    if (size < sizeof *desc) return CUBLAS_STATUS_ALLOC_FAILED;
    write(desc,
          product{compute, scale, CUBLAS_OP_N, CUBLAS_OP_N, CUBLASLT_EPILOGUE_DEFAULT, nullptr, 0});
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t desc,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              const void *value, size_t bytes)
{
    auto p = read<product>(desc);
    cublasStatus_t status = CUBLAS_STATUS_NOT_SUPPORTED;
    if (attribute == CUBLASLT_MATMUL_DESC_TRANSA) status = set(p.first_op, value, bytes);
    if (attribute == CUBLASLT_MATMUL_DESC_TRANSB) status = set(p.second_op, value, bytes);
    if (attribute == CUBLASLT_MATMUL_DESC_EPILOGUE) status = set(p.epilogue, value, bytes);
    if (attribute == CUBLASLT_MATMUL_DESC_BIAS_POINTER) status = set(p.bias, value, bytes);
    if (attribute == CUBLASLT_MATMUL_DESC_BIAS_BATCH_STRIDE)
        status = set(p.bias_stride, value, bytes);
    write(desc, p);
    return status;
}

cublasStatus_t cublasLtMatrixLayoutInit_internal(cublasLtMatrixLayout_t desc, size_t size,
                                                 cudaDataType type, uint64_t rows, uint64_t columns,
                                                 int64_t ld)
{
    if (size < sizeof *desc) return CUBLAS_STATUS_ALLOC_FAILED;
    write(desc, layout{type, 1, rows, columns, ld, 0});
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t desc,
                                                cublasLtMatrixLayoutAttribute_t attribute,
                                                const void *value, size_t bytes)
{
    auto m = read<layout>(desc);
    cublasStatus_t status = CUBLAS_STATUS_NOT_SUPPORTED;
    if (attribute == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT) status = set(m.batch, value, bytes);
    if (attribute == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET)
        status = set(m.batch_stride, value, bytes);
    write(desc, m);
    return status;
}

cublasStatus_t cublasLtMatmulPreferenceInit_internal(cublasLtMatmulPreference_t desc, size_t size)
{
    if (size < sizeof *desc) return CUBLAS_STATUS_ALLOC_FAILED;
    write(desc, preference{0, CUBLASLT_REDUCTION_SCHEME_MASK, {256, 256, 256, 256}});
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t desc,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void *value, size_t bytes)
{
    static constexpr cublasLtMatmulPreferenceAttributes_t alignments[] = {
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES};
    auto p = read<preference>(desc);
    cublasStatus_t status = CUBLAS_STATUS_NOT_SUPPORTED;
    if (attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES)
        status = set(p.workspace_bytes, value, bytes);
    if (attribute == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK)
        status = set(p.reductions, value, bytes);
    for (int i = 0; i < 4; i++)
        if (attribute == alignments[i]) status = set(p.alignment[i], value, bytes);
    write(desc, p);
    return status;
}

/* One algorithm for everything, which keeps in mind what alignment it was asked for. A bias on a
 * single row has none: a caller has to cope with that. */
cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t desc,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t wishes, int wanted,
                                              cublasLtMatmulHeuristicResult_t results[], int *count)
{
    const auto p = read<product>(desc);
    const auto result = read<layout>(d);
    *count = 0;
    const cublasStatus_t status =
        check(p, read<layout>(a), read<layout>(b), read<layout>(c), result);
    if (status != CUBLAS_STATUS_SUCCESS) return status;
    if (wanted < 1) return CUBLAS_STATUS_INVALID_VALUE;
    const auto wish = read<preference>(wishes);
    if ((has_bias(p) && result.rows == 1) || wish.workspace_bytes < workspace_bytes)
        return CUBLAS_STATUS_NOT_SUPPORTED;
    results[0] = {};
    results[0].algo.data[0] = algorithm_mark;
    for (int i = 0; i < 4; i++)
        results[0].algo.data[1 + i] = wish.alignment[i];
    results[0].workspaceSize = workspace_bytes;
    results[0].state = CUBLAS_STATUS_SUCCESS;
    *count = 1;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t desc, const void *alpha,
                              const void *a_data, cublasLtMatrixLayout_t a, const void *b_data,
                              cublasLtMatrixLayout_t b, const void *beta, const void *c_data,
                              cublasLtMatrixLayout_t c, void *d_data, cublasLtMatrixLayout_t d,
                              const cublasLtMatmulAlgo_t *algorithm, void *workspace, size_t size,
                              cudaStream_t stream)
{
    const work w{read<product>(desc),
                 read<layout>(a),
                 read<layout>(b),
                 read<layout>(c),
                 read<layout>(d),
                 a_data,
                 b_data,
                 c_data,
                 d_data,
                 *static_cast<const float *>(alpha),
                 *static_cast<const float *>(beta)};
    const cublasStatus_t status = check(w.p, w.a, w.b, w.c, w.d);
    if (status != CUBLAS_STATUS_SUCCESS) return status;
    const void *data[] = {a_data, b_data, c_data, d_data};
    for (int i = 0; i < 4; i++)
        if (!data[i] || !is_aligned(data[i], static_cast<uint32_t>(algorithm->data[1 + i])))
            return CUBLAS_STATUS_INVALID_VALUE;
    if (algorithm->data[0] != algorithm_mark || !workspace || !is_aligned(workspace, 16) ||
        size < workspace_bytes)
        return CUBLAS_STATUS_INVALID_VALUE;
    idi::emulation::enqueue(stream, [w, workspace] {
        std::memset(workspace, 0xFF, workspace_bytes); /* whoever keeps data there notices */
        for (int64_t member = 0; member < w.d.batch; member++)
            w.run_member(member);
    });
    return CUBLAS_STATUS_SUCCESS;
}

idi_status idi_cublaslt_open(idi_cublaslt *lt_out)
{
    lt_out->library = nullptr;
#define IDI_CUBLASLT(result, name, parameters) lt_out->name = cublasLt##name;
#include "cuda/runtime/cublaslt.def"
#undef IDI_CUBLASLT
    return IDI_OK;
}

void idi_cublaslt_close(idi_cublaslt *) {}

} // extern "C"
