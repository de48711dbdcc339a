/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/matmul.c - one sgemm a matrix.
 *
 * OpenBLAS spreads the rows and columns of a product over the cores, never what is summed. Weight
 * gradients sum over many pixels and have few rows and columns: there each core sums a share of
 * its own. */
#include "ops/matmul.h"
#include "cpu/fast/fast.h"

#include <cblas.h>

typedef struct product {
    const idi_matmul_attr *attr;
    int64_t rows, columns, inner;
} product;

static product product_of(const idi_exec *e)
{
    const idi_matmul_attr *attr = e->attr;
    const int r = e->in[0].shape.rank;
    return (product){
        .attr = attr,
        .rows = e->out[0].shape.dim[r - 2],
        .columns = e->out[0].shape.dim[r - 1],
        .inner = e->in[0].shape.dim[attr->is_a_transposed ? r - 2 : r - 1],
    };
}

/* c of the `count` summands from `first` on. */
static void multiply(const product *p, const float *a, const float *b, int64_t first, int64_t count,
                     float *c)
{
    const bool is_at = p->attr->is_a_transposed;
    const bool is_bt = p->attr->is_b_transposed;
    cblas_sgemm(CblasRowMajor, is_at ? CblasTrans : CblasNoTrans, is_bt ? CblasTrans : CblasNoTrans,
                (int)p->rows, (int)p->columns, (int)count, 1.0F, a + first * (is_at ? p->rows : 1),
                (int)(is_at ? p->rows : p->inner), b + first * (is_bt ? 1 : p->columns),
                (int)(is_bt ? p->inner : p->columns), 0.0F, c, (int)p->columns);
}

/* How many cores share a sum: 1 where rows and columns are enough for all, where a share would be
 * short, and where the sums would take more than 16 MiB. */
static int64_t sharers(const product *p, int64_t threads)
{
    enum { LEAST_SHARE = 1024, LEAST_SUMMANDS = 16, MOST_FLOATS = 1 << 22 };
    const int64_t numbers = p->rows * p->columns;
    const int64_t longer = p->rows > p->columns ? p->rows : p->columns;
    if (p->inner < LEAST_SUMMANDS * longer || numbers * threads > MOST_FLOATS) return 1;
    const int64_t shares = p->inner / LEAST_SHARE;
    return shares < 1 ? 1 : shares < threads ? shares : threads;
}

static void multiply_shared(const product *p, const float *a, const float *b, int64_t threads,
                            float *sums, float *c)
{
    const int64_t share = (p->inner + threads - 1) / threads;
    const int64_t numbers = p->rows * p->columns;
#pragma omp parallel for schedule(static) num_threads((int)threads)
    for (int64_t t = 0; t < threads; t++) {
        const int64_t first = t * share < p->inner ? t * share : p->inner;
        const int64_t rest = p->inner - first;
        multiply(p, a, b, first, rest < share ? rest : share, sums + t * numbers);
    }
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < numbers; i++) {
        float sum = sums[i];
        for (int64_t t = 1; t < threads; t++)
            sum += sums[t * numbers + i];
        c[i] = sum;
    }
}

IDI_FAST_WORKSPACE(matmul)
{
    const product p = product_of(e);
    const int64_t threads = sharers(&p, e->thread_count);
    return threads == 1 ? 0 : (size_t)(threads * p.rows * p.columns) * sizeof(float);
}

IDI_FAST_OP(matmul)
{
    const product p = product_of(e);
    const int64_t batch = e->in[0].shape.rank == 3 ? e->in[0].shape.dim[0] : 1;
    const int64_t threads = sharers(&p, e->thread_count);
    for (int64_t i = 0; i < batch; i++) {
        const float *a = (const float *)e->in[0].data + i * p.rows * p.inner;
        const float *b = (const float *)e->in[1].data + i * p.inner * p.columns;
        float *c = (float *)e->out[0].data + i * p.rows * p.columns;
        if (threads == 1)
            multiply(&p, a, b, 0, p.inner, c);
        else
            multiply_shared(&p, a, b, threads, e->workspace, c);
    }
    return IDI_OK;
}
