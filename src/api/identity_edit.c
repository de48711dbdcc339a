/* SPDX-License-Identifier: Apache-2.0 */
/* api/identity_edit.c - identities of several: a weighted mean on the sphere, and one person's from
 * photographs that agree. */
#include "api/values.h"
#include "idinject/edit.h"

#include <math.h>
#include <string.h>

/* All are there and, as far as is known, of one recogniser; *fingerprint_out is its. */
static idi_status check_list(const char *what, const idi_identity *const *list, int64_t count,
                             const char **fingerprint_out)
{
    IDI_REQUIRE(list && count > 0, IDI_ERR_ARG, "%s: of no identity, want 1 or more", what);
    for (int64_t i = 0; i < count; i++)
        IDI_REQUIRE(list[i], IDI_ERR_ARG, "%s: identity %lld is NULL", what, (long long)i);
    const idi_identity *known = list[0];
    for (int64_t i = 0; i < count && !known->fingerprint[0]; i++)
        if (list[i]->fingerprint[0]) known = list[i];
    for (int64_t i = 0; i < count; i++)
        IDI_TRY(idi_identity_require_same(known, list[i]));
    *fingerprint_out = known->fingerprint;
    return IDI_OK;
}

/* --- the mean on the sphere ---------------------------------------------------------------------
 * Karcher's, by steps along the mean of the arcs (Buss and Fillmore, "Spherical averages and
 * applications to spherical splines and interpolation", 2001). */

enum { MOST_STEPS = 200 };
static const double still = 1e-10; /* radians: below what floats can show */

typedef struct mean {
    const idi_identity *const *list;
    const double *weights; /* [count], sum 1 */
    int64_t count, dim;
    double *at, *step; /* [dim] */
} mean;

static double length(const double *x, int64_t dim)
{
    double square = 0.0;
    for (int64_t k = 0; k < dim; k++)
        square += x[k] * x[k];
    return sqrt(square);
}

static idi_status begin(mean *m)
{
    memset(m->at, 0, (size_t)m->dim * sizeof *m->at);
    for (int64_t i = 0; i < m->count; i++)
        for (int64_t k = 0; k < m->dim; k++)
            m->at[k] += m->weights[i] * (double)m->list[i]->data[k];
    const double norm = length(m->at, m->dim);
    IDI_REQUIRE(norm > 1e-6, IDI_ERR_ARG,
                "mix: the identities cancel out (their mean has length %.1e)", norm);
    for (int64_t k = 0; k < m->dim; k++)
        m->at[k] /= norm;
    return IDI_OK;
}

/* Adds the arc from `at` to one identity, as a vector along the sphere there, times its weight. */
static idi_status add_arc(mean *m, int64_t i)
{
    const float *p = m->list[i]->data;
    double cosine = 0.0;
    double square = 0.0;
    for (int64_t k = 0; k < m->dim; k++)
        cosine += m->at[k] * (double)p[k];
    for (int64_t k = 0; k < m->dim; k++)
        square += ((double)p[k] - cosine * m->at[k]) * ((double)p[k] - cosine * m->at[k]);
    const double sine = sqrt(square);
    IDI_REQUIRE(cosine > -1.0 + 1e-6, IDI_ERR_ARG,
                "mix: identity %lld is opposite to the mean of all", (long long)i);
    const double factor = m->weights[i] * (sine > 1e-12 ? atan2(sine, cosine) / sine : 1.0);
    for (int64_t k = 0; k < m->dim; k++)
        m->step[k] += factor * ((double)p[k] - cosine * m->at[k]);
    return IDI_OK;
}

static idi_status walk(mean *m, double *angle_out)
{
    memset(m->step, 0, (size_t)m->dim * sizeof *m->step);
    for (int64_t i = 0; i < m->count; i++)
        IDI_TRY(add_arc(m, i));
    const double angle = length(m->step, m->dim);
    *angle_out = angle;
    if (angle <= still) return IDI_OK;
    for (int64_t k = 0; k < m->dim; k++)
        m->at[k] = cos(angle) * m->at[k] + sin(angle) * m->step[k] / angle;
    const double norm = length(m->at, m->dim);
    for (int64_t k = 0; k < m->dim; k++)
        m->at[k] /= norm;
    return IDI_OK;
}

static idi_status find_mean(mean *m)
{
    double angle = 1.0;
    IDI_TRY(begin(m));
    for (int i = 0; i < MOST_STEPS && angle > still; i++)
        IDI_TRY(walk(m, &angle));
    IDI_REQUIRE(angle <= still, IDI_ERR_ARG,
                "mix: the identities are too far apart to have a mean on the sphere");
    return IDI_OK;
}

static idi_status mix_many(const idi_identity *const *list, const double *weights, int64_t count,
                           const char *fingerprint, idi_identity **identity_out)
{
    idi_context *context = list[0]->context;
    mean m = {.list = list, .weights = weights, .count = count, .dim = list[0]->count};
    float *mixed = NULL;
    idi_status st = IDI_OK;
    const size_t dim = (size_t)m.dim;
    IDI_TRY_TO(done, idi_alloc(context->memory, IDI_TAG_GENERAL, dim * sizeof *m.at, &m.at));
    IDI_TRY_TO(done, idi_alloc(context->memory, IDI_TAG_GENERAL, dim * sizeof *m.step, &m.step));
    IDI_TRY_TO(done, idi_alloc(context->memory, IDI_TAG_GENERAL, dim * sizeof *mixed, &mixed));
    IDI_TRY_TO(done, find_mean(&m));
    for (int64_t k = 0; k < m.dim; k++)
        mixed[k] = (float)m.at[k];
    IDI_TRY_TO(done, idi_identity_create(context, mixed, m.dim, fingerprint, identity_out));
done:
    idi_free(context->memory, mixed);
    idi_free(context->memory, m.step);
    idi_free(context->memory, m.at);
    return st;
}

/* --- weights --- */

/* Those with a weight, side by side, and their weights, of sum 1. */
typedef struct chosen {
    const idi_identity **list;
    double *weights;
    int64_t count;
} chosen;

static idi_status check_weights(const double *weights, int64_t count, double *largest_out)
{
    *largest_out = 0.0;
    for (int64_t i = 0; i < count; i++) {
        IDI_REQUIRE(isfinite(weights[i]) && weights[i] >= 0.0, IDI_ERR_ARG,
                    "mix: weights[%lld] is %g, want 0 or more", (long long)i, weights[i]);
        *largest_out = fmax(*largest_out, weights[i]);
    }
    IDI_REQUIRE(*largest_out > 0.0, IDI_ERR_ARG, "mix: all %lld weights are 0", (long long)count);
    return IDI_OK;
}

static idi_status choose(const idi_identity *const *identities, const double *weights,
                         int64_t count, chosen *c)
{
    double largest = 1.0;
    double sum = 0.0;
    if (weights) IDI_TRY(check_weights(weights, count, &largest));
    for (int64_t i = 0; i < count; i++) {
        const double weight = weights ? weights[i] / largest : 1.0;
        if (weight <= 0.0) continue;
        c->list[c->count] = identities[i];
        c->weights[c->count++] = weight;
        sum += weight;
    }
    for (int64_t i = 0; i < c->count; i++)
        c->weights[i] /= sum;
    return IDI_OK;
}

static idi_status mix_chosen(const chosen *c, const char *fingerprint, idi_identity **identity_out)
{
    const idi_identity *first = c->list[0];
    if (c->count == 1)
        return idi_identity_copy(first->context, first->data, first->count, first->fingerprint,
                                 identity_out);
    if (c->count == 2) return idi_identity_slerp(first, c->list[1], c->weights[1], identity_out);
    return mix_many(c->list, c->weights, c->count, fingerprint, identity_out);
}

idi_status idi_identity_mix(const idi_identity *const *identities, const double *weights,
                            int64_t count, idi_identity **identity_out)
{
    const char *fingerprint;
    IDI_REQUIRE(identity_out, IDI_ERR_ARG, "mix: no place for the result");
    *identity_out = NULL;
    IDI_TRY(check_list("mix", identities, count, &fingerprint));
    idi_memory *memory = identities[0]->context->memory;
    chosen c = {NULL, NULL, 0};
    idi_status st = IDI_OK;
    const size_t n = (size_t)count;
    IDI_TRY_TO(done, idi_alloc_zeroed(memory, IDI_TAG_GENERAL, n, sizeof(void *), &c.list));
    IDI_TRY_TO(done, idi_alloc_zeroed(memory, IDI_TAG_GENERAL, n, sizeof(double), &c.weights));
    IDI_TRY_TO(done, choose(identities, weights, count, &c));
    IDI_TRY_TO(done, mix_chosen(&c, fingerprint, identity_out));
done:
    idi_free(memory, c.weights);
    idi_free(memory, (void *)c.list);
    return st;
}

/* --- one person's photographs --- */

/* What a vote finds. */
typedef struct vote {
    int64_t kept, nearest[2];
    double nearest_cosine;
} vote;

static int64_t count_near(const idi_identity *const *list, int64_t count, int64_t i, double least,
                          vote *v)
{
    int64_t near = 0;
    for (int64_t j = 0; j < count; j++) {
        if (j == i) continue;
        const double cosine = idi_identity_dot(list[i], list[j]);
        near += cosine >= least;
        if (cosine <= v->nearest_cosine) continue;
        v->nearest_cosine = cosine;
        v->nearest[0] = i < j ? i : j;
        v->nearest[1] = i < j ? j : i;
    }
    return near;
}

static void take_vote(const idi_identity *const *list, int64_t count, double least, double *weights,
                      vote *v)
{
    *v = (vote){.nearest_cosine = -2.0};
    for (int64_t i = 0; i < count; i++) {
        const int64_t near = count_near(list, count, i, least, v);
        const bool agrees = 2 * near >= count - 1;
        weights[i] = agrees ? 1.0 : 0.0;
        v->kept += agrees;
        if (!agrees)
            idi_context_log(list[0]->context, IDI_LOG_INFO,
                            "average: identity %lld of %lld is left out: near %lld of the others "
                            "(cosine %.3g or more)",
                            (long long)i, (long long)count, (long long)near, least);
    }
}

static idi_status average(const idi_identity *const *list, int64_t count, double least,
                          double *weights, int *is_kept_out, idi_identity **identity_out)
{
    vote v;
    take_vote(list, count, least, weights, &v);
    for (int64_t i = 0; i < count && is_kept_out; i++)
        is_kept_out[i] = weights[i] > 0.0;
    IDI_REQUIRE(v.kept > 0, IDI_ERR_ARG,
                "average: none of %lld identities is near half of the others (cosine %.3g or "
                "more); the nearest two, %lld and %lld, have %.3f",
                (long long)count, least, (long long)v.nearest[0], (long long)v.nearest[1],
                v.nearest_cosine);
    return idi_identity_mix(list, weights, count, identity_out);
}

idi_status idi_identity_average(const idi_identity *const *identities, int64_t count,
                                double least_similarity, int *is_kept_out, double *similarity_out,
                                idi_identity **identity_out)
{
    const char *fingerprint;
    IDI_REQUIRE(identity_out, IDI_ERR_ARG, "average: no place for the result");
    *identity_out = NULL;
    IDI_TRY(check_list("average", identities, count, &fingerprint));
    IDI_REQUIRE(least_similarity >= -1.0 && least_similarity <= 1.0, IDI_ERR_ARG,
                "average: least_similarity is %g, want -1 to 1", least_similarity);
    idi_memory *memory = identities[0]->context->memory;
    double *weights;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)count * sizeof *weights, &weights));
    const idi_status st =
        average(identities, count, least_similarity, weights, is_kept_out, identity_out);
    for (int64_t i = 0; i < count && st == IDI_OK && similarity_out; i++)
        similarity_out[i] = idi_identity_dot(identities[i], *identity_out);
    idi_free(memory, weights);
    return st;
}
