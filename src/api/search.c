/* SPDX-License-Identifier: Apache-2.0 */
/* api/search.c - opening and closing; see search.h. */
#include "api/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ATTACKED "attacked"

static idi_status check(const idi_search *s)
{
    const idi_search_options *o = &s->options;
    IDI_REQUIRE(s->generator->config.arch == IDI_ARCH_CA2SIS_ID, IDI_ERR_UNSUPPORTED,
                "%s: is a %s; an attack is searched through CA2-SIS with identity",
                s->generator->path, idi_arch_name(s->generator->config.arch));
    IDI_REQUIRE(s->batch >= 1 && s->batch <= IDI_SEARCH_BATCH, IDI_ERR_ARG,
                "search: batch %lld, want 1 to %d", (long long)s->batch, (int)IDI_SEARCH_BATCH);
    IDI_REQUIRE(s->attacked_count >= 1 && s->attacked_count <= IDI_SEARCH_ATTACKED, IDI_ERR_ARG,
                "search: against %lld recognisers, want 1 to %d", (long long)s->attacked_count,
                (int)IDI_SEARCH_ATTACKED);
    IDI_REQUIRE(o->steps >= 0 && o->rate > 0.0 && isfinite(o->rate), IDI_ERR_ARG,
                "search: %lld steps of rate %g, want 0 or more, and more than 0",
                (long long)o->steps, o->rate);
    IDI_REQUIRE(o->ssim >= -1.0 && o->ssim <= 1.0, IDI_ERR_ARG,
                "search: SSIM of at least %g, want -1 to 1", o->ssim);
    return IDI_OK;
}

typedef struct sources {
    idi_parameter_source generator, attacked[IDI_SEARCH_ATTACKED];
    void *generator_user, *attacked_user[IDI_SEARCH_ATTACKED];
} sources;

/* "attacked1.conv1.weight" is the second recogniser's, what has no scope the generator's. */
static const void *find(void *user, const char *name, idi_dtype kind)
{
    const sources *from = user;
    char *rest;
    if (strncmp(name, ATTACKED, strlen(ATTACKED)) != 0)
        return from->generator(from->generator_user, name, kind);
    const long k = strtol(name + strlen(ATTACKED), &rest, 10);
    return from->attacked[k](from->attacked_user[k], rest + 1, kind);
}

static idi_status open_session(idi_search *s)
{
    sources from;
    IDI_TRY(idi_device_backend_open(s->generator->context->device, "f32", &s->backend));
    IDI_TRY(idi_model_source(s->generator, s->backend, &from.generator, &from.generator_user));
    for (int64_t k = 0; k < s->attacked_count; k++)
        IDI_TRY(idi_model_source(s->attacked[k], s->backend, &from.attacked[k],
                                 &from.attacked_user[k]));
    return idi_graph_session_create(s->graph, s->backend, find, &from, &s->session);
}

static idi_status allocate_state(idi_search *s)
{
    idi_memory *memory = s->generator->context->memory;
    idi_search_state *const t = &s->state;
    const size_t n = (size_t)s->batch, dim = n * (size_t)s->dim;
    const size_t style = n * (size_t)s->style_count;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, dim * sizeof(float), &t->identity));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, style * sizeof(float), &t->style));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, 2 * (dim + style) * sizeof(double), &t->slopes));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, n * sizeof(double), &t->distance_weight));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, dim * sizeof(float), &t->best_identity));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, style * sizeof(float), &t->best_style));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, n * (size_t)s->pixels * 3, &t->best));
    return idi_alloc(memory, IDI_TAG_GENERAL, n * sizeof(double), &t->best_cosine);
}

static idi_status allocate(idi_search *s)
{
    idi_memory *memory = s->generator->context->memory;
    const size_t n = (size_t)s->batch, values = n * (size_t)s->pixels * 3;
    const size_t dim = n * (size_t)s->dim * sizeof(float);
    const size_t style = n * (size_t)s->style_count * sizeof(float);
    int64_t widest = s->dim;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_IMAGE, n, (size_t)s->pixels, &s->labels));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, style, &s->styles));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, dim, &s->own));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, dim, &s->token));
    for (int64_t k = 0; k < s->attacked_count; k++) {
        const int64_t width = s->attacked[k]->config.recogniser.embedding_dim;
        if (width > widest) widest = width;
        IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, n * (size_t)width, sizeof(float),
                                 &s->targets[k]));
    }
    if (s->style_count > widest) widest = s->style_count;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_IMAGE, values, sizeof(float), &s->reference));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, values * sizeof(float), &s->image));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, n * (size_t)widest * sizeof(float), &s->view));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, n * (size_t)widest * sizeof(float), &s->slope));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, values, &s->reference_rgb));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, values, &s->rgb));
    return allocate_state(s);
}

static idi_status open_all(idi_search *s)
{
    const idi_generator_traits *traits = &s->generator->traits;
    IDI_TRY(check(s));
    s->pixels = traits->size * traits->size;
    s->dim = traits->identity_dim;
    s->style_count = traits->classes * traits->style_width;
    IDI_TRY(idi_search_build(s));
    IDI_TRY(open_session(s));
    return allocate(s);
}

idi_status idi_search_open(const idi_model *generator, const idi_model *const *attacked,
                           int64_t attacked_count, const idi_search_options *options, int64_t batch,
                           idi_search **search_out)
{
    idi_search *s;
    *search_out = NULL;
    IDI_TRY(idi_alloc_zeroed(generator->context->memory, IDI_TAG_GENERAL, 1, sizeof *s, &s));
    s->generator = generator;
    s->attacked = attacked;
    s->attacked_count = attacked_count;
    s->options = *options;
    s->batch = batch;
    idi_status st = open_all(s);
    if (st != IDI_OK) idi_search_close(&s);
    *search_out = s;
    return st;
}

static void free_state(idi_memory *memory, idi_search_state *t)
{
    idi_free(memory, t->identity);
    idi_free(memory, t->style);
    idi_free(memory, t->slopes);
    idi_free(memory, t->distance_weight);
    idi_free(memory, t->best_identity);
    idi_free(memory, t->best_style);
    idi_free(memory, t->best);
    idi_free(memory, t->best_cosine);
}

void idi_search_close(idi_search **search)
{
    if (!search || !*search) return;
    idi_search *const s = *search;
    idi_memory *memory = s->generator->context->memory;
    idi_graph_session_destroy(&s->session);
    idi_graph_destroy(&s->graph);
    idi_device_backend_close(s->generator->context->device, &s->backend);
    free_state(memory, &s->state);
    for (int64_t k = 0; k < IDI_SEARCH_ATTACKED; k++)
        idi_free(memory, s->targets[k]);
    idi_free(memory, s->labels);
    idi_free(memory, s->styles);
    idi_free(memory, s->own);
    idi_free(memory, s->token);
    idi_free(memory, s->reference);
    idi_free(memory, s->image);
    idi_free(memory, s->view);
    idi_free(memory, s->slope);
    idi_free(memory, s->reference_rgb);
    idi_free(memory, s->rgb);
    idi_free(memory, s);
    *search = NULL;
}
