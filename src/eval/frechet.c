/* SPDX-License-Identifier: Apache-2.0 */
/* eval/frechet.c - see frechet.h. */
#include "eval/frechet.h"
#include "eval/lapack.h"

#include <cblas.h>
#include <float.h>
#include <math.h>

/* rows_out = F [rank, dim] with F^T F = the covariance: eigenvectors times the roots of their
 * eigenvalues. matrix_out [dim, dim] holds F in its last `rank` rows, where *factor_out points. */
static idi_status factor(idi_memory *memory, const idi_moments *m, double *matrix_out,
                         double *eigenvalues, const double **factor_out, int *rank_out)
{
    const int64_t dim = m->dim;
    for (int64_t i = 0; i < dim * dim; i++)
        matrix_out[i] = m->covariance[i];
    IDI_TRY(idi_symmetric_eigen(memory, (int)dim, matrix_out, eigenvalues));
    const double rounding = eigenvalues[dim - 1] * (double)dim * DBL_EPSILON;
    int64_t first = 0;
    while (first < dim && !(eigenvalues[first] > rounding))
        first++;
    for (int64_t i = first; i < dim; i++)
        for (int64_t k = 0; k < dim; k++)
            matrix_out[i * dim + k] *= sqrt(eigenvalues[i]);
    *factor_out = matrix_out + first * dim;
    *rank_out = (int)(dim - first);
    return IDI_OK;
}

/* tr((S1 S2)^(1/2)): the eigenvalues of S1 S2 = F^T F G^T G are the squares of the singular values
 * of F G^T, beside zeros. */
static idi_status trace_of_root(idi_memory *memory, const idi_moments *a, const idi_moments *b,
                                double *trace_out)
{
    idi_status st = IDI_OK;
    const int dim = (int)a->dim;
    const size_t square = (size_t)dim * (size_t)dim;
    const double *f = NULL, *g = NULL;
    int f_rank = 0, g_rank = 0;
    double *room = NULL;
    *trace_out = 0.0;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (3 * square + (size_t)dim) * sizeof *room, &room));
    double *const product = room + 2 * square, *const values = product + square;
    IDI_TRY_TO(done, factor(memory, a, room, values, &f, &f_rank));
    IDI_TRY_TO(done, factor(memory, b, room + square, values, &g, &g_rank));
    if (f_rank == 0 || g_rank == 0) goto done;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, f_rank, g_rank, dim, 1.0, f, dim, g, dim,
                0.0, product, g_rank);
    IDI_TRY_TO(done, idi_singular_values(memory, f_rank, g_rank, product, values));
    for (int i = 0; i < (f_rank < g_rank ? f_rank : g_rank); i++)
        *trace_out += values[i];
done:
    idi_free(memory, room);
    return st;
}

idi_status idi_frechet_distance(idi_memory *memory, const idi_moments *a, const idi_moments *b,
                                double *distance_out)
{
    double means = 0.0, traces = 0.0, root;
    *distance_out = 0.0;
    IDI_REQUIRE(a->dim == b->dim, IDI_ERR_SHAPE, "features of %lld and of %lld numbers",
                (long long)a->dim, (long long)b->dim);
    for (int64_t k = 0; k < a->dim; k++) {
        means += (a->mean[k] - b->mean[k]) * (a->mean[k] - b->mean[k]);
        traces += a->covariance[k * a->dim + k] + b->covariance[k * a->dim + k];
    }
    IDI_TRY(trace_of_root(memory, a, b, &root));
    /* Equal sets: rounding must not make a distance negative. */
    const double distance = means + fmax(0.0, traces - 2.0 * root);
    IDI_REQUIRE(isfinite(distance), IDI_ERR_NUMERIC, "a Frechet distance of %g", distance);
    *distance_out = distance;
    return IDI_OK;
}
