/* SPDX-License-Identifier: Apache-2.0 */
/* api/search_run.c - the steps of an attack; see search.h. */
#include "api/search.h"
#include "api/values.h"
#include "core/slerp.h"
#include "data/image.h"
#include "eval/image_measures.h"
#include "eval/scores.h"

#include <math.h>
#include <string.h>

enum { STRENGTHS = 5 };
#define MOMENTUM       0.9
#define SQUARE_MEMORY  0.99
#define FIRST_WEIGHT   5.0
#define LEAST_WEIGHT   0.1
#define LARGEST_WEIGHT 1000.0
#define WEIGHT_RISES   1.3 /* a step, while the image is too far away; */
#define WEIGHT_FALLS   1.1 /* slower, so that most steps are near the floor */

/* --- one run of the graph --------------------------------------------------------------------- */

static idi_status set_inputs(idi_search *s)
{
    const idi_search_state *t = &s->state;
    float slopes[1 + IDI_SEARCH_BATCH] = {1.0F};
    for (int64_t i = 0; i < s->batch; i++)
        slopes[1 + i] = (float)t->distance_weight[i];
    IDI_TRY(idi_graph_session_set_floats(s->session, s->in_slopes, slopes, s->batch + 1));
    IDI_TRY(idi_graph_session_set_floats(s->session, s->in_styles, t->style,
                                         s->batch * s->style_count));
    return idi_graph_session_set_floats(s->session, s->in_identity, t->identity, s->batch * s->dim);
}

static idi_status run_graph(idi_search *s)
{
    const int64_t values = s->batch * s->pixels * 3;
    IDI_TRY(set_inputs(s));
    IDI_TRY(idi_graph_session_run(s->session, NULL, NULL));
    IDI_TRY(idi_graph_session_get_floats(s->session, s->images, s->image, values));
    IDI_TRY(idi_require_finite("search: an image", s->image, values));
    idi_image_from_float(s->image, values, s->rgb);
    return IDI_OK;
}

/* --- what came of it -------------------------------------------------------------------------- */

static idi_status add_cosines(idi_search *s, int64_t k, double *sums)
{
    const int64_t dim = s->attacked[k]->config.recogniser.embedding_dim;
    IDI_TRY(idi_graph_session_get_floats(s->session, s->seen[k], s->view, s->batch * dim));
    for (int64_t i = 0; i < s->batch; i++) {
        double cosine;
        IDI_TRY(idi_cosine(s->view + i * dim, s->targets[k] + i * dim, dim, &cosine));
        sums[i] += cosine / (double)s->attacked_count;
    }
    return IDI_OK;
}

static void keep(idi_search *s, int64_t i, double cosine)
{
    idi_search_state *const t = &s->state;
    const size_t bytes = (size_t)s->pixels * 3;
    t->best_cosine[i] = cosine;
    memcpy(t->best + (size_t)i * bytes, s->rgb + (size_t)i * bytes, bytes);
    memcpy(t->best_identity + i * s->dim, t->identity + i * s->dim,
           (size_t)s->dim * sizeof *t->identity);
    memcpy(t->best_style + i * s->style_count, t->style + i * s->style_count,
           (size_t)s->style_count * sizeof *t->style);
}

static idi_status judge(idi_search *s, int64_t count)
{
    idi_search_state *const t = &s->state;
    const int64_t side = s->generator->traits.size;
    const idi_shape shape = idi_shape3(side, side, 3);
    double cosines[IDI_SEARCH_BATCH] = {0.0};
    for (int64_t k = 0; k < s->attacked_count; k++)
        IDI_TRY(add_cosines(s, k, cosines));
    for (int64_t i = 0; i < count; i++) {
        const idi_tensor made = {s->rgb + i * s->pixels * 3, IDI_U8, shape};
        const idi_tensor reference = {s->reference_rgb + i * s->pixels * 3, IDI_U8, shape};
        double ssim;
        IDI_TRY(
            idi_ssim(s->generator->context->memory, &made, &reference, NULL, IDI_SSIM_RGB, &ssim));
        const bool is_near = ssim >= s->options.ssim;
        if (is_near && cosines[i] > t->best_cosine[i]) keep(s, i, cosines[i]);
        t->distance_weight[i] *= is_near ? 1.0 / WEIGHT_FALLS : WEIGHT_RISES;
        t->distance_weight[i] = fmin(fmax(t->distance_weight[i], LEAST_WEIGHT), LARGEST_WEIGHT);
    }
    return IDI_OK;
}

/* --- before the first step -------------------------------------------------------------------- */

static idi_status set_constants(idi_search *s)
{
    IDI_TRY(
        idi_graph_session_set(s->session, s->in_labels, s->labels, (size_t)(s->batch * s->pixels)));
    for (int64_t k = 0; k < s->attacked_count; k++)
        IDI_TRY(idi_graph_session_set_floats(s->session, s->in_targets[k], s->targets[k],
                                             s->batch *
                                                 s->attacked[k]->config.recogniser.embedding_dim));
    return idi_graph_session_set_floats(s->session, s->in_reference, s->reference,
                                        s->batch * s->pixels * 3);
}

/* Samples beyond the group repeat its first. */
static void fill_batch(idi_search *s, int64_t count)
{
    for (int64_t i = count; i < s->batch; i++) {
        memcpy(s->labels + i * s->pixels, s->labels, (size_t)s->pixels);
        memcpy(s->styles + i * s->style_count, s->styles,
               (size_t)s->style_count * sizeof *s->styles);
        memcpy(s->own + i * s->dim, s->own, (size_t)s->dim * sizeof *s->own);
        memcpy(s->token + i * s->dim, s->token, (size_t)s->dim * sizeof *s->token);
        for (int64_t k = 0; k < s->attacked_count; k++) {
            const int64_t dim = s->attacked[k]->config.recogniser.embedding_dim;
            memcpy(s->targets[k] + i * dim, s->targets[k], (size_t)dim * sizeof(float));
        }
    }
}

/* The images with the own identities are the references. */
static idi_status make_references(idi_search *s)
{
    const size_t values = (size_t)(s->batch * s->pixels * 3);
    memcpy(s->state.identity, s->own, (size_t)(s->batch * s->dim) * sizeof *s->own);
    IDI_TRY(run_graph(s));
    memcpy(s->reference, s->image, values * sizeof *s->reference);
    memcpy(s->reference_rgb, s->rgb, values);
    return idi_graph_session_set_floats(s->session, s->in_reference, s->reference, (int64_t)values);
}

static idi_status mix(const float *own, const float *token, int64_t dim, double strength,
                      float *out)
{
    double cosine, a, b;
    IDI_TRY(idi_cosine(own, token, dim, &cosine));
    IDI_TRY(idi_slerp_weights(cosine, strength, &a, &b));
    for (int64_t j = 0; j < dim; j++)
        out[j] = (float)(a * (double)own[j] + b * (double)token[j]);
    return IDI_OK;
}

static idi_status try_strengths(idi_search *s, int64_t count)
{
    idi_search_state *const t = &s->state;
    for (int step = 0; step < STRENGTHS; step++) {
        for (int64_t i = 0; i < s->batch; i++)
            IDI_TRY(mix(s->own + i * s->dim, s->token + i * s->dim, s->dim,
                        (double)step / (STRENGTHS - 1), t->identity + i * s->dim));
        IDI_TRY(run_graph(s));
        IDI_TRY(judge(s, count));
    }
    for (int64_t i = 0; i < count; i++)
        memcpy(t->identity + i * s->dim, t->best_identity + i * s->dim,
               (size_t)s->dim * sizeof *t->identity);
    return IDI_OK;
}

static idi_status begin(idi_search *s, int64_t count)
{
    idi_search_state *const t = &s->state;
    const int64_t moments = 2 * s->batch * (s->dim + s->style_count);
    fill_batch(s, count);
    memcpy(t->style, s->styles, (size_t)(s->batch * s->style_count) * sizeof *t->style);
    for (int64_t j = 0; j < moments; j++)
        t->slopes[j] = 0.0;
    for (int64_t i = 0; i < s->batch; i++) {
        t->distance_weight[i] = FIRST_WEIGHT;
        t->best_cosine[i] = -2.0;
    }
    IDI_TRY(set_constants(s));
    IDI_TRY(make_references(s));
    IDI_TRY(try_strengths(s, count));
    for (int64_t i = 0; i < s->batch; i++)
        t->distance_weight[i] = FIRST_WEIGHT;
    return run_graph(s); /* the slopes at the start */
}

/* --- a step ----------------------------------------------------------------------------------- */

static double root_mean_square(const float *x, int64_t count)
{
    double sum = 0.0;
    for (int64_t j = 0; j < count; j++)
        sum += (double)x[j] * (double)x[j];
    return sqrt(sum / (double)count);
}

/* Adam (Kingma and Ba 2015) on one vector; first and second: its moments. */
static void move(float *x, const float *slope, double *first, double *second, int64_t count,
                 double rate, int64_t step)
{
    const double whole_first = 1.0 - pow(MOMENTUM, (double)step);
    const double whole_second = 1.0 - pow(SQUARE_MEMORY, (double)step);
    for (int64_t j = 0; j < count; j++) {
        const double g = (double)slope[j];
        first[j] = MOMENTUM * first[j] + (1.0 - MOMENTUM) * g;
        second[j] = SQUARE_MEMORY * second[j] + (1.0 - SQUARE_MEMORY) * g * g;
        x[j] -= (float)(rate * (first[j] / whole_first) / (sqrt(second[j] / whole_second) + 1e-12));
    }
}

/* All samples' vectors of one kind; their moments begin at `moments`. */
static idi_status move_all(idi_search *s, idi_value slope, float *x, int64_t width, double *moments,
                           int64_t step)
{
    const int64_t values = s->batch * width;
    const double left = 1.0 - (double)(step - 1) / (double)s->options.steps;
    IDI_TRY(idi_graph_session_get_floats(s->session, slope, s->slope, values));
    IDI_TRY(idi_require_finite("search: a slope", s->slope, values));
    for (int64_t i = 0; i < s->batch; i++) {
        const int64_t at = i * width;
        const double rate = s->options.rate * left * root_mean_square(x + at, width);
        move(x + at, s->slope + at, moments + at, moments + values + at, width, rate, step);
    }
    return IDI_OK;
}

idi_status idi_search_run(idi_search *search, int64_t count,
                          idi_status (*tell)(void *user, int64_t step), void *user)
{
    idi_search *const s = search;
    idi_search_state *const t = &s->state;
    double *const style_moments = t->slopes + 2 * s->batch * s->dim;
    IDI_TRY(begin(s, count));
    for (int64_t step = 1; step <= s->options.steps; step++) {
        IDI_TRY(move_all(s, s->identity_slope, t->identity, s->dim, t->slopes, step));
        if (s->options.has_free_styles)
            IDI_TRY(move_all(s, s->style_slope, t->style, s->style_count, style_moments, step));
        IDI_TRY(run_graph(s));
        IDI_TRY(judge(s, count));
        if (tell) IDI_TRY(tell(user, step));
    }
    return IDI_OK;
}
