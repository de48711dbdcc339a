/* SPDX-License-Identifier: Apache-2.0 */
/* eval/moments.c - means and covariances of features; see frechet.h. */
#include "eval/frechet.h"

#include <cblas.h>
#include <math.h>

enum { MAX_DIM = 16384, CHUNK = 256 };

static idi_status check(const float *features, int64_t count, int64_t dim)
{
    IDI_REQUIRE(count >= 2, IDI_ERR_ARG, "a covariance of %lld features: want at least 2",
                (long long)count);
    IDI_REQUIRE(dim >= 1 && dim <= MAX_DIM, IDI_ERR_ARG, "features of %lld numbers: want 1 to %d",
                (long long)dim, (int)MAX_DIM);
    for (int64_t i = 0; i < count * dim; i++)
        IDI_REQUIRE(isfinite(features[i]), IDI_ERR_ARG, "feature %lld is %g at %lld, not finite",
                    (long long)(i / dim), (double)features[i], (long long)(i % dim));
    return IDI_OK;
}

static void add_mean(const float *features, idi_moments *m)
{
    for (int64_t k = 0; k < m->dim; k++)
        m->mean[k] = 0.0;
    for (int64_t i = 0; i < m->count; i++)
        for (int64_t k = 0; k < m->dim; k++)
            m->mean[k] += (double)features[i * m->dim + k];
    for (int64_t k = 0; k < m->dim; k++)
        m->mean[k] /= (double)m->count;
}

/* The second pass: about the mean, so that large means cost no digits. m->covariance is 0. */
static void add_covariance(const float *features, double *centred, idi_moments *m)
{
    const int dim = (int)m->dim;
    for (int64_t first = 0; first < m->count; first += CHUNK) {
        const int64_t rows = m->count - first < CHUNK ? m->count - first : CHUNK;
        for (int64_t i = 0; i < rows * dim; i++)
            centred[i] = (double)features[first * dim + i] - m->mean[i % dim];
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, dim, (int)rows,
                    1.0 / (double)(m->count - 1), centred, dim, 1.0, m->covariance, dim);
    }
    for (int64_t i = 0; i < dim; i++)
        for (int64_t k = i + 1; k < dim; k++)
            m->covariance[i * dim + k] = m->covariance[k * dim + i];
}

idi_status idi_moments_create(idi_memory *memory, const float *features, int64_t count, int64_t dim,
                              idi_moments *moments_out)
{
    idi_status st = IDI_OK;
    idi_moments *const m = moments_out;
    double *centred = NULL;
    *m = (idi_moments){.count = count, .dim = dim};
    IDI_TRY_TO(done, check(features, count, dim));
    const size_t row = (size_t)dim * sizeof *m->mean;
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, row, &m->mean));
    IDI_TRY_TO(done, idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)dim, row, &m->covariance));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, CHUNK * row, &centred));
    add_mean(features, m);
    add_covariance(features, centred, m);
done:
    idi_free(memory, centred);
    if (st != IDI_OK) idi_moments_free(memory, m);
    return st;
}

void idi_moments_free(idi_memory *memory, idi_moments *moments)
{
    idi_free(memory, moments->mean);
    idi_free(memory, moments->covariance);
    *moments = (idi_moments){0};
}
