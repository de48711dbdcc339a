/* SPDX-License-Identifier: Apache-2.0 */
/* The Frechet distance: closed forms on random features, singular covariances among them. */
#include "eval/frechet.h"
#include "expect.h"

enum { MAX_DIM = 24, MAX_COUNT = 60 };

static idi_memory *memory;

static void open_memory(void)
{
    memory = idi_test_memory();
}

static void close_memory(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(frechet, .init = open_memory, .fini = close_memory);

static double distance(const float *x, int64_t x_count, const float *y, int64_t y_count,
                       int64_t dim)
{
    idi_moments p, q;
    double value;
    expect_ok(idi_moments_create(memory, x, x_count, dim, &p));
    expect_ok(idi_moments_create(memory, y, y_count, dim, &q));
    expect_ok(idi_frechet_distance(memory, &p, &q, &value));
    idi_moments_free(memory, &p);
    idi_moments_free(memory, &q);
    return value;
}

/* Correlated features: multiples of 2^-10, so that shifts and halvings below are exact. */
static void fill(uint64_t stream, int64_t count, int64_t dim, float *x)
{
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; k < dim; k++) {
            const double common = fresh(stream, i * 100);
            x[i * dim + k] =
                (float)(floor((common + fresh(stream, i * 100 + 1 + k)) * 1024) / 1024);
        }
}

/* More rows than the covariance takes at once, too. */
Test(frechet, moments_are_the_definition)
{
    enum { DIM = 5 };
    static float x[600 * DIM];
    const int64_t rows[] = {2, 7, 256, 600};
    for (int r = 0; r < 4; r++) {
        const int64_t n = rows[r];
        idi_moments m;
        fill((uint64_t)r, n, DIM, x);
        expect_ok(idi_moments_create(memory, x, n, DIM, &m));
        for (int a = 0; a < DIM; a++) {
            double mean = 0.0;
            for (int64_t i = 0; i < n; i++)
                mean += (double)x[i * DIM + a] / (double)n;
            expect_near(m.mean[a], mean, 1e-13);
            for (int b = 0; b < DIM; b++) {
                double sum = 0.0;
                for (int64_t i = 0; i < n; i++)
                    sum += ((double)x[i * DIM + a] - mean) * ((double)x[i * DIM + b] - mean);
                expect_near(m.covariance[a * DIM + b], sum / (double)(n - 1), 1e-13);
                expect_true(m.covariance[a * DIM + b] == m.covariance[b * DIM + a]);
            }
        }
        idi_moments_free(memory, &m);
    }
}

/* Above and below full rank. */
static const int64_t counts[] = {2, 9, 24, 25, 60}, dims[] = {1, 2, 8, 24};

Test(frechet, a_set_is_at_no_distance_from_itself)
{
    float x[MAX_COUNT * MAX_DIM];
    for (int c = 0; c < 5; c++)
        for (int d = 0; d < 4; d++) {
            fill(1, counts[c], dims[d], x);
            const double none = distance(x, counts[c], x, counts[c], dims[d]);
            expect_true(none >= 0.0 && none < 1e-12);
        }
}

Test(frechet, a_shift_is_its_length_squared)
{
    float x[MAX_COUNT * MAX_DIM], y[MAX_COUNT * MAX_DIM];
    for (int c = 0; c < 5; c++)
        for (int d = 0; d < 4; d++) {
            double wanted = 0.0;
            fill(1, counts[c], dims[d], x);
            for (int64_t k = 0; k < dims[d]; k++) {
                const double shift = floor(fresh(2, k) * 64) / 8;
                wanted += shift * shift;
                for (int64_t i = 0; i < counts[c]; i++)
                    y[i * dims[d] + k] = x[i * dims[d] + k] + (float)shift;
            }
            expect_near(distance(x, counts[c], y, counts[c], dims[d]), wanted,
                        1e-12 * (1 + wanted));
        }
}

/* Columns times c_k: the distance is sum (1 - c_k)^2 (S_kk + m_k^2), whatever the correlations. */
Test(frechet, scaled_columns_have_a_closed_form)
{
    static const double factors[] = {2.0, 0.5, 4.0, 0.0, 1.0};
    float x[MAX_COUNT * MAX_DIM], y[MAX_COUNT * MAX_DIM];
    for (int c = 0; c < 5; c++)
        for (int d = 0; d < 4; d++) {
            const int64_t n = counts[c], dim = dims[d];
            double wanted = 0.0;
            idi_moments m;
            fill(3, n, dim, x);
            for (int64_t i = 0; i < n * dim; i++)
                y[i] = x[i] * (float)factors[i % dim % 5];
            expect_ok(idi_moments_create(memory, x, n, dim, &m));
            for (int64_t k = 0; k < dim; k++)
                wanted += (1 - factors[k % 5]) * (1 - factors[k % 5]) *
                          (m.covariance[k * dim + k] + m.mean[k] * m.mean[k]);
            idi_moments_free(memory, &m);
            expect_near(distance(x, n, y, n, dim), wanted, 1e-11 * (1 + wanted));
            expect_near(distance(y, n, x, n, dim), wanted, 1e-11 * (1 + wanted));
        }
}

/* One number: (m1 - m2)^2 + (s1 - s2)^2. */
Test(frechet, one_dimension)
{
    float x[40], y[30];
    idi_moments p, q;
    fill(1, 40, 1, x);
    fill(2, 30, 1, y);
    expect_ok(idi_moments_create(memory, x, 40, 1, &p));
    expect_ok(idi_moments_create(memory, y, 30, 1, &q));
    const double means = p.mean[0] - q.mean[0];
    const double spreads = sqrt(p.covariance[0]) - sqrt(q.covariance[0]);
    idi_moments_free(memory, &p);
    idi_moments_free(memory, &q);
    expect_near(distance(x, 40, y, 30, 1), means * means + spreads * spreads, 1e-14);
}

/* All of one set alike: its covariance is 0, and the distance the other's trace and the means'. */
Test(frechet, a_set_without_spread)
{
    float x[30 * 8], y[30 * 8];
    idi_moments p;
    double wanted = 0.0;
    fill(1, 30, 8, x);
    for (int i = 0; i < 30 * 8; i++)
        y[i] = 0.25f;
    expect_ok(idi_moments_create(memory, x, 30, 8, &p));
    for (int k = 0; k < 8; k++)
        wanted += p.covariance[k * 9] + (p.mean[k] - 0.25) * (p.mean[k] - 0.25);
    idi_moments_free(memory, &p);
    expect_near(distance(x, 30, y, 30, 8), wanted, 1e-13);
    expect_near(distance(y, 30, y, 30, 8), 0.0, 0.0);
}

/* Two samples of N(0, I) and N(0, 4 I) in 4 dimensions: 4 (2 - 1)^2, within the sample's error. */
Test(frechet, normal_samples_come_near_the_truth)
{
    enum { COUNT = 20000, DIM = 4 };
    static float x[COUNT * DIM], y[COUNT * DIM];
    for (int i = 0; i < COUNT * DIM; i++) {
        x[i] = (float)fresh_normal(1, i);
        y[i] = (float)(2 * fresh_normal(2, i));
    }
    expect_near(distance(x, COUNT, y, COUNT, DIM), 4.0, 0.25);
}

Test(frechet, what_does_not_fit_is_refused)
{
    float x[12] = {0};
    idi_moments p, q;
    double value;
    expect_refused(idi_moments_create(memory, x, 1, 3, &p), IDI_ERR_ARG, "want at least 2");
    expect_refused(idi_moments_create(memory, x, 2, 0, &p), IDI_ERR_ARG, "features of 0 numbers");
    x[7] = NAN;
    expect_refused(idi_moments_create(memory, x, 4, 3, &p), IDI_ERR_ARG, "feature 2 is");
    cr_assert(!p.mean && !p.covariance && p.dim == 0);
    x[7] = 0.0f;
    expect_ok(idi_moments_create(memory, x, 4, 3, &p));
    expect_ok(idi_moments_create(memory, x, 3, 4, &q));
    expect_refused(idi_frechet_distance(memory, &p, &q, &value), IDI_ERR_SHAPE, "3 and of 4");
    idi_moments_free(memory, &p);
    idi_moments_free(memory, &q);
}

Test(frechet, overflow_is_refused)
{
    float x[2 * 2] = {0};
    idi_moments p, q;
    double value;
    expect_ok(idi_moments_create(memory, x, 2, 2, &p));
    expect_ok(idi_moments_create(memory, x, 2, 2, &q));
    p.mean[0] = 1e200;
    expect_refused(idi_frechet_distance(memory, &p, &q, &value), IDI_ERR_NUMERIC,
                   "Frechet distance of inf");
    idi_moments_free(memory, &p);
    idi_moments_free(memory, &q);
}
