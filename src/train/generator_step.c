/* SPDX-License-Identifier: Apache-2.0 */
/* train/generator_step.c - see generator_step.h. */
#include "train/generator_step.h"
#include "data/image.h"
#include "ops/concat.h"
#include "ops/label_loss.h"
#include "ops/mean_loss.h"
#include "ops/scale.h"
#include "ops/slice.h"
#include "train/generator_losses.h"
#include "train/learning.h"

#include <math.h>
#include <string.h>

/* --- the graph -------------------------------------------------------------------------------- */

/* The values of one step that several losses look at. */
typedef struct scene {
    idi_generator_step *step;
    idi_graph *graph;
    idi_value identity; /* [N, E] of each image, or IDI_NONE */
    idi_value images;   /* [N, S, S, 3] */
    idi_value scores[IDI_MAX_BLOCKS];
    idi_view seen, wanted; /* of the images, of the photographs */
} scene;

static idi_value rows(const scene *s, idi_value x, int64_t start, int64_t count)
{
    return idi_slice(s->graph, x, 0, start, count);
}

static int64_t own_count(const scene *s)
{
    return s->step->batch - s->step->swapped;
}

/* Own ones first, then those of the last `swapped` people, each moved on by one. */
static idi_value exchange(const scene *s, idi_value embeddings)
{
    const int64_t own = own_count(s);
    const int64_t swapped = s->step->swapped;
    idi_value parts[3];
    int count = 0;
    if (swapped == 0) return embeddings;
    if (own > 0) parts[count++] = rows(s, embeddings, 0, own);
    parts[count++] = rows(s, embeddings, own + 1, swapped - 1);
    parts[count++] = rows(s, embeddings, own, 1);
    return idi_concat(s->graph, parts, count, 0);
}

static void generate(scene *s)
{
    const idi_generator_step *step = s->step;
    const idi_ca2sis_config *config = &step->recipe->network.generator;
    const idi_value styles = idi_ca2sis_style_encoder(s->graph, config, step->faces, step->labels);
    const idi_value tokens =
        idi_ca2sis_tokens(s->graph, config, styles, config->identity_dim ? s->identity : IDI_NONE);
    s->images =
        step->recipe->weights.attention > 0.0
            ? idi_ca2sis_generator_with_scores(s->graph, config, step->labels, tokens, s->scores)
            : idi_ca2sis_generator(s->graph, config, IDI_FORM_PLAIN, step->labels, tokens);
}

static idi_value pixel_term(const scene *s, int64_t start, int64_t count)
{
    if (count == 0) return IDI_NONE;
    return idi_mean_loss(s->graph, rows(s, s->images, start, count),
                         rows(s, s->step->faces, start, count), IDI_LOSS_ABSOLUTE);
}

static idi_value identity_term(const scene *s, int64_t start, int64_t count)
{
    if (count == 0) return IDI_NONE;
    return idi_identity_loss(s->graph, rows(s, s->seen.embedding, start, count),
                             rows(s, s->identity, start, count));
}

static idi_value perceptual_term(const scene *s)
{
    const int64_t own = own_count(s);
    if (own == 0) return IDI_NONE;
    const idi_view seen = idi_view_rows(s->graph, &s->seen, 0, own);
    const idi_view wanted = idi_view_rows(s->graph, &s->wanted, 0, own);
    return idi_view_distance(s->graph, &seen, &wanted);
}

static idi_value attention_term(const scene *s)
{
    const int64_t blocks = s->step->recipe->network.generator.block_count;
    idi_loss_sum sum = {s->graph, IDI_NONE};
    for (int64_t i = 0; i < blocks; i++)
        idi_loss_sum_add(&sum, idi_label_loss(s->graph, s->scores[i], s->step->labels),
                         1.0 / (double)blocks);
    return sum.total;
}

/* Terms are means over their own faces; weights count each face of the batch the same. */
static idi_value add_terms(const scene *s)
{
    const idi_recipe *r = s->step->recipe;
    idi_value *terms = s->step->terms;
    const double own = (double)own_count(s) / (double)s->step->batch;
    const double weights[IDI_TERM_COUNT] = {
        [IDI_TERM_PIXEL] = r->weights.pixel * own,
        [IDI_TERM_PIXEL_SWAPPED] = r->weights.pixel * r->swaps.pixel * (1.0 - own),
        [IDI_TERM_PERCEPTUAL] = r->weights.perceptual * own,
        [IDI_TERM_IDENTITY] = r->weights.identity * own,
        [IDI_TERM_IDENTITY_SWAPPED] = r->weights.identity * (1.0 - own),
        [IDI_TERM_ATTENTION] = r->weights.attention,
    };
    const bool has_teacher = s->step->teacher.weights != NULL;
    idi_loss_sum sum = {s->graph, IDI_NONE};
    terms[IDI_TERM_PIXEL] = pixel_term(s, 0, own_count(s));
    terms[IDI_TERM_PIXEL_SWAPPED] = pixel_term(s, own_count(s), s->step->swapped);
    if (has_teacher) {
        terms[IDI_TERM_PERCEPTUAL] = perceptual_term(s);
        terms[IDI_TERM_IDENTITY] = identity_term(s, 0, own_count(s));
        terms[IDI_TERM_IDENTITY_SWAPPED] = identity_term(s, own_count(s), s->step->swapped);
    }
    if (r->weights.attention > 0.0) terms[IDI_TERM_ATTENTION] = attention_term(s);
    for (int i = 0; i < IDI_TERM_COUNT; i++) {
        if (terms[i] == IDI_NONE) continue;
        idi_loss_sum_add(&sum, terms[i], weights[i]);
        idi_graph_mark_output(s->graph, terms[i]);
    }
    return sum.total;
}

/* --- the optimiser ---------------------------------------------------------------------------- */

enum { GROUP_MATRICES, GROUP_VECTORS, GROUP_COUNT };

/* Everything of the generator learns, nothing of its teacher. */
static int group_of(void *user, const char *name)
{
    if (strncmp(name, IDI_TEACHER, strlen(IDI_TEACHER)) == 0) return IDI_FROZEN;
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
        .average_decay = r->optimiser.average_decay};
}

static idi_status build_graph(idi_generator_step *step)
{
    const int64_t size = step->recipe->network.generator.size;
    scene s = {.step = step, .graph = step->graph, .identity = IDI_NONE};
    step->faces = idi_graph_input(s.graph, "faces", IDI_REAL,
                                  idi_shape4(step->batch, size, size, 3), IDI_RATE_IMAGE);
    step->labels = idi_graph_input(s.graph, "labels", IDI_U8, idi_shape3(step->batch, size, size),
                                   IDI_RATE_IMAGE);
    for (int i = 0; i < IDI_TERM_COUNT; i++)
        step->terms[i] = IDI_NONE;
    if (step->teacher.weights) {
        s.wanted = idi_view_of(s.graph, &step->teacher.config, IDI_TEACHER, step->faces);
        s.identity = exchange(&s, s.wanted.embedding);
    }
    generate(&s);
    if (step->teacher.weights)
        s.seen = idi_view_of(s.graph, &step->teacher.config, IDI_TEACHER, s.images);
    const idi_value loss = add_terms(&s);
    const idi_optimiser_config config = optimiser_config(step);
    return idi_optimiser_build(s.graph, loss, &config, &step->optimiser);
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

static idi_status open_step(idi_generator_step *step, idi_backend *backend)
{
    const idi_recipe *r = step->recipe;
    IDI_TRY(
        idi_alloc(step->memory, IDI_TAG_IMAGE,
                  (size_t)(step->batch * r->data.size * r->data.size * 3) * sizeof *step->numbers,
                  &step->numbers));
    IDI_TRY(idi_teacher_open(step->memory, r->recogniser, &step->teacher));
    IDI_TRY(require_fitting_teacher(step));
    IDI_TRY(idi_graph_create(step->memory, &step->graph));
    IDI_TRY(build_graph(step));
    IDI_TRY(idi_store_create(backend, &step->store));
    IDI_TRY(idi_store_add(step->store, step->graph, (uint64_t)r->seed));
    IDI_TRY(clear_last_layers(step));
    IDI_TRY(idi_teacher_place(&step->teacher, step->store));
    return idi_graph_session_create(step->graph, backend, idi_store_source, step->store,
                                    &step->session);
}

idi_status idi_generator_step_open(idi_backend *backend, const idi_recipe *recipe,
                                   idi_generator_step *step_out)
{
    *step_out = (idi_generator_step){.recipe = recipe,
                                     .memory = backend->memory,
                                     .batch = recipe->batch.people,
                                     .swapped = idi_recipe_swapped(recipe)};
    const idi_status st = open_step(step_out, backend);
    if (st != IDI_OK) idi_generator_step_close(step_out);
    return st;
}

void idi_generator_step_close(idi_generator_step *step)
{
    if (!step->memory) return;
    idi_graph_session_destroy(&step->session);
    idi_store_destroy(&step->store);
    idi_graph_destroy(&step->graph);
    idi_teacher_close(&step->teacher);
    idi_free(step->memory, step->numbers);
    *step = (idi_generator_step){0};
}

/* --- a step ----------------------------------------------------------------------------------- */

static idi_status set_inputs(idi_generator_step *step, const idi_batch *batch)
{
    const int64_t pixels = step->batch * batch->size * batch->size;
    idi_image_to_float(batch->rgb, 3 * pixels, step->numbers);
    IDI_TRY(idi_graph_session_set_floats(step->session, step->faces, step->numbers, 3 * pixels));
    return idi_graph_session_set(step->session, step->labels, batch->labels, (size_t)pixels);
}

static idi_status read_terms(idi_generator_step *step, double terms[IDI_TERM_COUNT])
{
    for (int i = 0; i < IDI_TERM_COUNT; i++) {
        float value = NAN;
        if (step->terms[i] != IDI_NONE)
            IDI_TRY(idi_graph_session_get_floats(step->session, step->terms[i], &value, 1));
        terms[i] = (double)value;
    }
    return IDI_OK;
}

idi_status idi_generator_step_run(idi_generator_step *step, int64_t number, const idi_batch *batch,
                                  idi_step_report *report_out, double terms_out[IDI_TERM_COUNT])
{
    IDI_TRY(set_inputs(step, batch));
    IDI_TRY(idi_optimiser_prepare(&step->optimiser, step->session, number));
    IDI_TRY(idi_graph_session_run(step->session, NULL, NULL));
    IDI_TRY(idi_optimiser_check(&step->optimiser, step->session, step->store, number, report_out));
    return read_terms(step, terms_out);
}
