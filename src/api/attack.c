/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack.c - one picture's searched attack for callers: api/search.h on a batch of one. */
#include "api/search.h"
#include "eval/image_measures.h"

#include <math.h>
#include <string.h>

struct idi_attack_result {
    idi_context *context;
    int64_t count; /* of recognisers */
    double ssim, before[IDI_ATTACK_RECOGNISERS], after[IDI_ATTACK_RECOGNISERS];
    idi_bitmap image, reference;
    idi_identity *identity;
    idi_style *style;
};

/* One call's arguments. */
typedef struct job {
    const idi_model *generator;
    const idi_model *const *attacked;
    const idi_identity *const *targets;
    int64_t count;
    const idi_style *style;
    const idi_identity *own, *token;
    const idi_attack_options *options;
} job;

void idi_attack_options_init(idi_attack_options *options)
{
    if (!options) return;
    *options =
        (idi_attack_options){.struct_size = sizeof *options, .steps = 60, .rate = 0.1, .ssim = 0.9};
}

/* --- checks ----------------------------------------------------------------------------------- */

static idi_status check_target(const idi_model *recogniser, const idi_identity *target,
                               const idi_context *context)
{
    IDI_REQUIRE(recogniser && target, IDI_ERR_ARG, "attack: a recogniser or its target is NULL");
    IDI_REQUIRE(!idi_arch_is_generator(recogniser->config.arch), IDI_ERR_ARG,
                "%s: is a generator (%s), want a recogniser", recogniser->path,
                idi_arch_name(recogniser->config.arch));
    IDI_REQUIRE(recogniser->context == context, IDI_ERR_ARG,
                "%s: is of another context than the generator", recogniser->path);
    const int64_t dim = recogniser->config.recogniser.embedding_dim;
    IDI_REQUIRE(target->count == dim && (!target->fingerprint[0] ||
                                         strcmp(target->fingerprint, recogniser->fingerprint) == 0),
                IDI_ERR_ENCODER,
                "attack: a target of %lld numbers by recogniser %s, but %s is %s (%lld numbers)",
                (long long)target->count, target->fingerprint[0] ? target->fingerprint : "(any)",
                recogniser->path, recogniser->fingerprint, (long long)dim);
    return IDI_OK;
}

static idi_status check(const job *j)
{
    IDI_REQUIRE_STRUCT(j->options, idi_attack_options);
    IDI_REQUIRE(j->generator->config.arch == IDI_ARCH_CA2SIS_ID, IDI_ERR_UNSUPPORTED,
                "%s: is a %s; an attack is searched through CA2-SIS with identity",
                j->generator->path, idi_arch_name(j->generator->config.arch));
    IDI_REQUIRE(j->count >= 1 && j->count <= IDI_ATTACK_RECOGNISERS, IDI_ERR_ARG,
                "attack: against %lld recognisers, want 1 to %d", (long long)j->count,
                (int)IDI_ATTACK_RECOGNISERS);
    IDI_TRY(idi_model_check_references(j->generator, j->style, j->own, 0));
    IDI_TRY(idi_model_check_references(j->generator, j->style, j->token, 0));
    for (int64_t k = 0; k < j->count; k++)
        IDI_TRY(check_target(j->attacked[k], j->targets[k], j->generator->context));
    return IDI_OK;
}

/* --- the search ------------------------------------------------------------------------------- */

static void set_sample(idi_search *s, const job *j, const uint8_t *labels)
{
    const size_t dim = (size_t)s->dim * sizeof(float);
    memcpy(s->labels, labels, (size_t)s->pixels);
    memcpy(s->styles, j->style->data, (size_t)s->style_count * sizeof(float));
    memcpy(s->own, j->own->data, dim);
    memcpy(s->token, j->token->data, dim);
    for (int64_t k = 0; k < j->count; k++)
        memcpy(s->targets[k], j->targets[k]->data, (size_t)j->targets[k]->count * sizeof(float));
}

static idi_status tell(void *user, int64_t step)
{
    const job *j = user;
    const idi_attack_options *o = j->options;
    if (o->progress && o->progress(o->user, "steps", step, o->steps))
        return idi_fail(IDI_ERR_CANCELLED, "attack: stopped after %lld of %lld steps",
                        (long long)step, (long long)o->steps);
    return IDI_OK;
}

static idi_status copy_picture(idi_context *context, const uint8_t *rgb, int64_t side,
                               idi_bitmap *out)
{
    *out = (idi_bitmap){NULL, side, side, 3};
    IDI_TRY(idi_alloc(context->memory, IDI_TAG_IMAGE, (size_t)(side * side * 3), &out->data));
    memcpy(out->data, rgb, (size_t)(side * side * 3));
    return IDI_OK;
}

static idi_status take(const idi_search *s, const job *j, idi_attack_result *r)
{
    const idi_generator_traits *traits = &j->generator->traits;
    const idi_shape shape = idi_shape3(traits->size, traits->size, 3);
    IDI_TRY(copy_picture(r->context, s->state.best, traits->size, &r->image));
    IDI_TRY(copy_picture(r->context, s->reference_rgb, traits->size, &r->reference));
    IDI_TRY(idi_identity_from_array(r->context, s->state.best_identity, s->dim, j->own->fingerprint,
                                    &r->identity));
    IDI_TRY(idi_style_from_array(r->context, s->state.best_style, traits->classes,
                                 traits->style_width, &r->style));
    const idi_tensor image = {r->image.data, IDI_U8, shape};
    const idi_tensor reference = {r->reference.data, IDI_U8, shape};
    return idi_ssim(r->context->memory, &image, &reference, NULL, IDI_SSIM_RGB, &r->ssim);
}

static idi_status search(job *j, const uint8_t *labels, idi_attack_result *r)
{
    const idi_attack_options *o = j->options;
    const idi_search_options options = {o->steps, o->rate, o->ssim, o->has_styles != 0};
    idi_search *s;
    IDI_TRY(idi_search_open(j->generator, j->attacked, j->count, &options, 1, &s));
    set_sample(s, j, labels);
    idi_status st = idi_search_run(s, 1, tell, j);
    if (st == IDI_OK) st = take(s, j, r);
    idi_search_close(&s);
    return st;
}

/* --- what came of it -------------------------------------------------------------------------- */

static idi_status compare(const idi_model *recogniser, const idi_bitmap *face,
                          const idi_identity *target, double *cosine_out)
{
    idi_identity *seen;
    IDI_TRY(idi_identity_from_image(recogniser, face, &seen));
    const idi_status st = idi_identity_similarity(seen, target, cosine_out);
    idi_identity_destroy(&seen);
    return st;
}

static idi_status compare_all(const job *j, idi_attack_result *r)
{
    for (int64_t k = 0; k < j->count; k++) {
        IDI_TRY(compare(j->attacked[k], &r->reference, j->targets[k], &r->before[k]));
        IDI_TRY(compare(j->attacked[k], &r->image, j->targets[k], &r->after[k]));
    }
    return IDI_OK;
}

static idi_status attack(job *j, const idi_bitmap *labels, idi_attack_result *r)
{
    const idi_generator_traits *t = &j->generator->traits;
    uint8_t *regions;
    IDI_TRY(idi_labels_for_network(r->context, labels, t->size, t->classes, &regions));
    idi_status st = search(j, regions, r);
    idi_free(r->context->memory, regions);
    if (st == IDI_OK) st = compare_all(j, r);
    return st;
}

idi_status idi_attack_search(const idi_model *generator, const idi_model *const *attacked,
                             const idi_identity *const *targets, int64_t attacked_count,
                             const idi_bitmap *labels, const idi_style *style,
                             const idi_identity *own, const idi_identity *token,
                             const idi_attack_options *options, idi_attack_result **result_out)
{
    idi_attack_options defaults;
    idi_attack_result *r;
    idi_attack_options_init(&defaults);
    IDI_REQUIRE(generator && attacked && targets && labels && style && own && token && result_out,
                IDI_ERR_ARG, "attack: a NULL argument");
    *result_out = NULL;
    job j = {.generator = generator,
             .attacked = attacked,
             .targets = targets,
             .count = attacked_count,
             .style = style,
             .own = own,
             .token = token,
             .options = options ? options : &defaults};
    IDI_TRY(check(&j));
    IDI_TRY(idi_alloc_zeroed(generator->context->memory, IDI_TAG_GENERAL, 1, sizeof *r, &r));
    r->context = generator->context;
    r->count = attacked_count;
    const idi_status st = attack(&j, labels, r);
    if (st != IDI_OK) idi_attack_result_destroy(&r);
    *result_out = r;
    return st;
}

void idi_attack_result_destroy(idi_attack_result **result)
{
    if (!result || !*result) return;
    idi_attack_result *const r = *result;
    idi_style_destroy(&r->style);
    idi_identity_destroy(&r->identity);
    idi_bitmap_free(r->context, &r->reference);
    idi_bitmap_free(r->context, &r->image);
    idi_free(r->context->memory, r);
    *result = NULL;
}

const idi_bitmap *idi_attack_result_image(const idi_attack_result *result)
{
    return result ? &result->image : NULL;
}

const idi_bitmap *idi_attack_result_reference(const idi_attack_result *result)
{
    return result ? &result->reference : NULL;
}

const idi_identity *idi_attack_result_identity(const idi_attack_result *result)
{
    return result ? result->identity : NULL;
}

const idi_style *idi_attack_result_style(const idi_attack_result *result)
{
    return result ? result->style : NULL;
}

double idi_attack_result_ssim(const idi_attack_result *result)
{
    return result ? result->ssim : (double)NAN;
}

idi_status idi_attack_result_cosine(const idi_attack_result *result, int64_t recogniser,
                                    double *before_out, double *after_out)
{
    IDI_REQUIRE(result && before_out && after_out, IDI_ERR_ARG, "attack: a NULL argument");
    IDI_REQUIRE(recogniser >= 0 && recogniser < result->count, IDI_ERR_ARG,
                "attack: recogniser %lld of %lld", (long long)recogniser, (long long)result->count);
    *before_out = result->before[recogniser];
    *after_out = result->after[recogniser];
    return IDI_OK;
}
