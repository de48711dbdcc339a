/* SPDX-License-Identifier: Apache-2.0 */
/* train/generator_step.c - see generator_step.h. */
#include "train/generator_step.h"
#include "ops/label_loss.h"
#include "ops/mean_loss.h"
#include "train/learning.h"

#include <math.h>
#include <string.h>

/* --- the graph -------------------------------------------------------------------------------- */

static idi_value rows(const idi_generator_scene *s, idi_value x, int64_t start, int64_t count)
{
    return idi_generator_scene_rows(s, x, start, count);
}

static idi_value pixel_term(const idi_generator_scene *s, int64_t start, int64_t count)
{
    if (count == 0) return IDI_NONE;
    return idi_mean_loss(s->graph, rows(s, s->images, start, count),
                         rows(s, s->faces, start, count), IDI_LOSS_ABSOLUTE);
}

static idi_value perceptual_term(const idi_generator_scene *s, const idi_view *view)
{
    if (s->own == 0) return IDI_NONE;
    const idi_view seen = idi_view_rows(s->graph, view, 0, s->own);
    const idi_view wanted = idi_view_rows(s->graph, &s->wanted, 0, s->own);
    return idi_view_distance(s->graph, &seen, &wanted);
}

static idi_value attention_term(const idi_generator_scene *s)
{
    const int64_t blocks = s->recipe->network.generator.block_count;
    idi_loss_sum sum = {s->graph, IDI_NONE};
    for (int64_t i = 0; i < blocks; i++)
        idi_loss_sum_add(&sum, idi_label_loss(s->graph, s->scores[i], s->labels),
                         1.0 / (double)blocks);
    return sum.total;
}

static idi_judgements own_judgements(const idi_generator_scene *s, const idi_judgements *all)
{
    idi_judgements own = *all;
    for (int64_t i = 0; i < all->scales; i++)
        for (int64_t l = 0; l < all->layers; l++)
            own.scale[i].features[l] = rows(s, all->scale[i].features[l], 0, s->own);
    return own;
}

/* The photographs' half has no way back: nothing that learns here is before it. */
static void add_adversarial_terms(const idi_generator_scene *s, const idi_discriminator *d,
                                  idi_value *terms)
{
    const idi_judgements made = idi_discriminator_judge(s->graph, d, s->labels, s->images);
    terms[IDI_TERM_ADVERSARIAL] = idi_adversarial_loss(s->graph, &made);
    if (s->recipe->weights.feature_matching == 0.0 || s->own == 0) return;
    const idi_judgements real = idi_discriminator_judge(s->graph, d, s->labels, s->faces);
    const idi_judgements own_made = own_judgements(s, &made);
    const idi_judgements own_real = own_judgements(s, &real);
    terms[IDI_TERM_FEATURE_MATCHING] = idi_feature_matching_loss(s->graph, &own_made, &own_real);
}

/* Features are those of the image itself, identities those of a view of it. */
static void add_recogniser_terms(idi_generator_step *step, int part)
{
    const idi_generator_scene *s = &step->parts[part].scene;
    const idi_teacher *teacher = &step->teacher;
    idi_value *terms = step->parts[part].terms;
    idi_view seen = idi_view_of(s->graph, &teacher->config, teacher->scope, s->images);
    terms[IDI_TERM_PERCEPTUAL] = perceptual_term(s, &seen);
    const idi_value shown =
        idi_views_build(s->graph, step->recipe, part, s->images, &step->parts[part].views);
    if (shown != s->images) seen = idi_view_of(s->graph, &teacher->config, teacher->scope, shown);
    idi_identity_losses(s, &step->surrogates, shown, seen.embedding, &terms[IDI_TERM_IDENTITY],
                        &terms[IDI_TERM_IDENTITY_SWAPPED]);
}

static void add_terms(idi_generator_step *step, int part)
{
    const idi_generator_scene *s = &step->parts[part].scene;
    idi_value *terms = step->parts[part].terms;
    terms[IDI_TERM_PIXEL] = pixel_term(s, 0, s->own);
    terms[IDI_TERM_PIXEL_SWAPPED] = pixel_term(s, s->own, s->swapped);
    if (s->has_teacher) add_recogniser_terms(step, part);
    terms[IDI_TERM_VGG] = idi_vgg_loss(s, &step->vgg);
    terms[IDI_TERM_CYCLE] = idi_cycle_build(s, part, &step->parts[part].cycle);
    if (s->recipe->weights.attention > 0.0) terms[IDI_TERM_ATTENTION] = attention_term(s);
    if (!idi_recipe_is_adversarial(s->recipe)) return;
    if (part == 0) step->judge = idi_recipe_discriminator(s->graph, s->recipe);
    add_adversarial_terms(s, &step->judge, terms);
}

/* Terms are means over their own faces; weights count each face of the batch the same. */
static idi_value sum_terms(const idi_generator_step *step, const idi_generator_part *part)
{
    const idi_recipe *r = step->recipe;
    const double own = (double)part->scene.own / (double)part->scene.batch;
    const double weights[IDI_TERM_COUNT] = {
        [IDI_TERM_PIXEL] = r->weights.pixel * own,
        [IDI_TERM_PIXEL_SWAPPED] = r->weights.pixel * r->swaps.pixel * (1.0 - own),
        [IDI_TERM_PERCEPTUAL] = r->weights.perceptual * own,
        [IDI_TERM_VGG] = r->weights.vgg * own,
        [IDI_TERM_IDENTITY] = r->weights.identity * own,
        [IDI_TERM_IDENTITY_SWAPPED] = r->weights.identity * (1.0 - own),
        [IDI_TERM_CYCLE] = r->weights.cycle * (1.0 - own),
        [IDI_TERM_ATTENTION] = r->weights.attention,
        [IDI_TERM_ADVERSARIAL] = r->weights.adversarial,
        [IDI_TERM_FEATURE_MATCHING] = r->weights.feature_matching * own,
    };
    idi_loss_sum sum = {step->graph, IDI_NONE};
    for (int i = 0; i < IDI_TERM_COUNT; i++) {
        if (part->terms[i] == IDI_NONE) continue;
        idi_loss_sum_add(&sum, part->terms[i], weights[i]);
        idi_graph_mark_output(step->graph, part->terms[i]);
    }
    return sum.total;
}

/* --- the optimiser ---------------------------------------------------------------------------- */

enum { GROUP_MATRICES, GROUP_VECTORS, GROUP_COUNT };

/* Everything of the generator learns, nothing of its recognisers and its discriminator. */
static int group_of(void *user, const char *name)
{
    if (strncmp(name, IDI_STORE_TRAINING, strlen(IDI_STORE_TRAINING)) == 0) return IDI_FROZEN;
    return idi_learning_is_matrix(user, name) ? GROUP_MATRICES : GROUP_VECTORS;
}

static idi_optimiser_config optimiser_config(const idi_generator_step *step)
{
    const idi_recipe *r = step->recipe;
    const double rate = r->optimiser.rate;
    return (idi_optimiser_config){
        .name = "",
        .group_count = GROUP_COUNT,
        .groups = {[GROUP_MATRICES] = idi_learning_group(r, rate, r->optimiser.weight_decay),
                   [GROUP_VECTORS] = idi_learning_group(r, rate, 0.0)},
        .group_of = group_of,
        .user = step->graph,
        .clip_norm = r->optimiser.clip_norm,
        .average_decay = r->optimiser.average_decay,
        .ranks = step->ranks};
}

static idi_value add_part(void *user, idi_graph *graph, int part)
{
    idi_generator_step *step = user;
    idi_generator_part *p = &step->parts[part];
    for (int i = 0; i < IDI_TERM_COUNT; i++)
        p->terms[i] = IDI_NONE;
    idi_generator_scene_build(graph, step->recipe, &step->teacher, part, &p->scene);
    add_terms(step, part);
    return sum_terms(step, p);
}

static idi_status build_graph(idi_generator_step *step)
{
    const idi_optimiser_config config = optimiser_config(step);
    return idi_optimiser_build_parts(step->graph, step->part_count, add_part, step, &config,
                                     &step->optimiser);
}

/* --- opening ---------------------------------------------------------------------------------- */

/* "res4.out_layers.3.bias", "cross2.proj_out.weight". */
static bool begins_with_zero(const char *name)
{
    return strstr(name, ".out_layers.3.") != NULL || strstr(name, ".proj_out.") != NULL;
}

static idi_status clear_last_layers(const idi_generator_step *step)
{
    idi_status st = IDI_OK;
    for (int64_t i = 0; i < idi_store_count(step->store) && st == IDI_OK; i++) {
        const idi_value_info *info = idi_store_at(step->store, i);
        float *zeros;
        if (!begins_with_zero(info->name)) continue;
        IDI_TRY(idi_alloc_zeroed(step->memory, IDI_TAG_GENERAL,
                                 (size_t)idi_shape_count(&info->shape), sizeof *zeros, &zeros));
        st = idi_store_set(step->store, i, zeros);
        idi_free(step->memory, zeros);
    }
    return st;
}

static idi_status require_fitting_teacher(const idi_generator_step *step)
{
    const int64_t want = step->recipe->network.generator.identity_dim;
    IDI_REQUIRE(
        !step->teacher.weights || want == 0 || want == step->teacher.config.embedding_dim,
        IDI_ERR_ARG, "recipe: network.identity_dim is %lld, but %s gives embeddings of %lld",
        (long long)want, step->recipe->recogniser, (long long)step->teacher.config.embedding_dim);
    return IDI_OK;
}

/* An idi_parameter_source; `user` is the step. */
static const void *source(void *user, const char *name, idi_dtype kind)
{
    idi_generator_step *step = user;
    const void *data = idi_vgg_find(&step->vgg, name, kind);
    return data ? data : idi_store_source(step->store, name, kind);
}

static idi_status open_step(idi_generator_step *step, idi_backend *backend)
{
    const idi_recipe *r = step->recipe;
    IDI_TRY(idi_alloc(step->memory, IDI_TAG_IMAGE,
                      (size_t)(idi_recipe_part(r) * r->data.size * r->data.size * 3) *
                          sizeof *step->numbers,
                      &step->numbers));
    IDI_TRY(idi_alloc_zeroed(step->memory, IDI_TAG_GENERAL, (size_t)step->part_count,
                             sizeof *step->parts, &step->parts));
    IDI_TRY(idi_teacher_open(step->memory, r->recogniser, IDI_TEACHER, &step->teacher));
    IDI_TRY(require_fitting_teacher(step));
    IDI_TRY(idi_surrogates_open(step->memory, r, &step->surrogates));
    IDI_TRY(idi_vgg_open(backend, r->vgg, &step->vgg));
    IDI_TRY(idi_learning_graph(backend, &step->graph));
    if (r->batch.is_recomputed) idi_graph_recompute_segments(step->graph);
    IDI_TRY(build_graph(step));
    IDI_TRY(idi_store_create(backend, &step->store));
    IDI_TRY(idi_store_add(step->store, step->graph, (uint64_t)r->seed));
    IDI_TRY(clear_last_layers(step));
    IDI_TRY(idi_teacher_place(&step->teacher, step->store));
    IDI_TRY(idi_surrogates_place(&step->surrogates, step->store));
    IDI_TRY(idi_graph_session_create(step->graph, backend, source, step, &step->session));
    return idi_discriminator_step_open(r, &step->teacher, step->store, step->ranks,
                                       &step->discriminator);
}

idi_status idi_generator_step_open(idi_backend *backend, const idi_recipe *recipe, idi_ranks *ranks,
                                   idi_generator_step *step_out)
{
    const int count = idi_ranks_count(ranks);
    *step_out = (idi_generator_step){.recipe = recipe,
                                     .memory = backend->memory,
                                     .ranks = ranks,
                                     .batch = recipe->batch.people / count,
                                     .part_count = (int)recipe->batch.parts / count};
    const idi_status st = open_step(step_out, backend);
    if (st != IDI_OK) idi_generator_step_close(step_out);
    return st;
}

void idi_generator_step_close(idi_generator_step *step)
{
    if (!step->memory) return;
    idi_discriminator_step_close(&step->discriminator);
    idi_graph_session_destroy(&step->session);
    idi_store_destroy(&step->store);
    idi_graph_destroy(&step->graph);
    idi_vgg_close(&step->vgg);
    idi_surrogates_close(&step->surrogates);
    idi_teacher_close(&step->teacher);
    idi_free(step->memory, step->numbers);
    idi_free(step->memory, step->parts);
    *step = (idi_generator_step){0};
}

/* --- a step ----------------------------------------------------------------------------------- */

/* The mean of this rank's parts', which all have the same terms. */
static idi_status read_term(const idi_generator_step *step, int term, float *value_out)
{
    double sum = 0.0;
    *value_out = NAN;
    if (step->parts[0].terms[term] == IDI_NONE) return IDI_OK;
    for (int p = 0; p < step->part_count; p++) {
        float value;
        IDI_TRY(idi_graph_session_get_floats(step->session, step->parts[p].terms[term], &value, 1));
        sum += (double)value;
    }
    *value_out = (float)(sum / step->part_count);
    return IDI_OK;
}

static idi_status read_terms(const idi_generator_step *step, double terms[IDI_TERM_COUNT])
{
    float means[IDI_TERM_COUNT];
    for (int i = 0; i < IDI_TERM_COUNT; i++)
        IDI_TRY(read_term(step, i, &means[i]));
    IDI_TRY(idi_ranks_mean(step->ranks, means, IDI_TERM_COUNT));
    for (int i = 0; i < IDI_TERM_COUNT; i++)
        terms[i] = (double)means[i];
    return IDI_OK;
}

static idi_status run_discriminator(idi_generator_step *step, int64_t number,
                                    const idi_batch *batch, double *loss_out)
{
    idi_step_report report;
    if (!step->discriminator.graph) return IDI_OK;
    IDI_TRY(
        idi_discriminator_step_run(&step->discriminator, number, batch, step->numbers, &report));
    idi_graph_session_note_parameters(step->session);
    *loss_out = report.loss;
    return IDI_OK;
}

static idi_status set_part(const idi_generator_step *step, int part, int64_t number,
                           const idi_batch *batch)
{
    const idi_generator_part *p = &step->parts[part];
    IDI_TRY(idi_generator_scene_set(&p->scene, step->session, batch, step->numbers));
    IDI_TRY(idi_cycle_set(&p->cycle, &p->scene, step->session, batch));
    if (!p->scene.has_teacher) return IDI_OK;
    return idi_views_set(&p->views, step->session, number,
                         idi_ranks_rank(step->ranks) * step->batch, step->numbers);
}

idi_status idi_generator_step_run(idi_generator_step *step, int64_t number, const idi_batch *batch,
                                  idi_step_report *report_out, double terms_out[IDI_TERM_COUNT])
{
    for (int p = 0; p < step->part_count; p++)
        IDI_TRY(set_part(step, p, number, batch));
    IDI_TRY(idi_optimiser_prepare(&step->optimiser, step->session, number));
    IDI_TRY(idi_graph_session_run(step->session, NULL, NULL));
    IDI_TRY(idi_ranks_agree(step->ranks, idi_optimiser_check(&step->optimiser, step->session,
                                                             step->store, number, report_out)));
    IDI_TRY(read_terms(step, terms_out));
    return run_discriminator(step, number, batch, &terms_out[IDI_TERM_DISCRIMINATOR]);
}
