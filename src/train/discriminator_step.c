/* SPDX-License-Identifier: Apache-2.0 */
/* train/discriminator_step.c - see discriminator_step.h. */
#include "train/discriminator_step.h"
#include "train/learning.h"

#include <string.h>

bool idi_recipe_is_adversarial(const idi_recipe *recipe)
{
    return recipe->weights.adversarial > 0.0 || recipe->weights.feature_matching > 0.0;
}

idi_discriminator idi_recipe_discriminator(idi_graph *graph, const idi_recipe *recipe)
{
    const idi_discriminator_config config = {.classes = recipe->network.generator.classes,
                                             .scales = recipe->discriminator.scales,
                                             .layers = recipe->discriminator.layers,
                                             .width = recipe->discriminator.width};
    idi_graph_push_scope(graph, IDI_DISCRIMINATOR_SCOPE);
    const idi_discriminator d = idi_discriminator_open(graph, &config, IDI_MODE_TRAINING);
    idi_graph_pop_scope(graph);
    return d;
}

/* Nothing learns but the discriminator. */
static int group_of(void *user, const char *name)
{
    (void)user;
    return strncmp(name, IDI_DISCRIMINATOR, strlen(IDI_DISCRIMINATOR)) == 0 ? 0 : IDI_FROZEN;
}

static idi_value add_part(void *user, idi_graph *graph, int part)
{
    idi_discriminator_step *step = user;
    idi_generator_scene *s = &step->scenes[part];
    idi_generator_scene_build(graph, step->recipe, step->teacher, part, s);
    if (part == 0) step->judge = idi_recipe_discriminator(graph, step->recipe);
    const idi_judgements made = idi_discriminator_judge(graph, &step->judge, s->labels, s->images);
    const idi_judgements real = idi_discriminator_judge(graph, &step->judge, s->labels, s->faces);
    return idi_discriminator_loss(graph, &made, &real);
}

static idi_status build_graph(idi_discriminator_step *step)
{
    const idi_recipe *r = step->recipe;
    const double rate = r->discriminator.rate > 0.0 ? r->discriminator.rate : r->optimiser.rate;
    const idi_optimiser_config config = {.name = "",
                                         .group_count = 1,
                                         .groups = {idi_learning_group(r, rate, 0.0)},
                                         .group_of = group_of,
                                         .clip_norm = r->optimiser.clip_norm,
                                         .ranks = step->ranks};
    return idi_optimiser_build_parts(step->graph, step->part_count, add_part, step, &config,
                                     &step->optimiser);
}

static idi_status open_step(idi_discriminator_step *step)
{
    idi_backend *backend = idi_store_backend(step->store);
    IDI_TRY(idi_alloc_zeroed(backend->memory, IDI_TAG_GENERAL, (size_t)step->part_count,
                             sizeof *step->scenes, &step->scenes));
    IDI_TRY(idi_learning_graph(backend, &step->graph));
    IDI_TRY(build_graph(step));
    IDI_TRY(idi_store_add(step->store, step->graph, (uint64_t)step->recipe->seed));
    return idi_graph_session_create(step->graph, backend, idi_store_source, step->store,
                                    &step->session);
}

idi_status idi_discriminator_step_open(const idi_recipe *recipe, const idi_teacher *teacher,
                                       idi_store *store, idi_ranks *ranks,
                                       idi_discriminator_step *step_out)
{
    *step_out =
        (idi_discriminator_step){.recipe = recipe,
                                 .teacher = teacher,
                                 .ranks = ranks,
                                 .part_count = (int)recipe->batch.parts / idi_ranks_count(ranks),
                                 .store = store};
    if (!idi_recipe_is_adversarial(recipe)) return IDI_OK;
    const idi_status st = open_step(step_out);
    if (st != IDI_OK) idi_discriminator_step_close(step_out);
    return st;
}

void idi_discriminator_step_close(idi_discriminator_step *step)
{
    idi_graph_session_destroy(&step->session);
    idi_graph_destroy(&step->graph);
    if (step->store) idi_free(idi_store_backend(step->store)->memory, step->scenes);
    *step = (idi_discriminator_step){0};
}

/* The generator's step has moved both networks' parameters. */
idi_status idi_discriminator_step_run(idi_discriminator_step *step, int64_t number,
                                      const idi_batch *batch, float *numbers,
                                      idi_step_report *report_out)
{
    idi_graph_session_note_parameters(step->session);
    for (int p = 0; p < step->part_count; p++)
        IDI_TRY(idi_generator_scene_set(&step->scenes[p], step->session, batch, numbers));
    IDI_TRY(idi_optimiser_prepare(&step->optimiser, step->session, number));
    IDI_TRY(idi_graph_session_run(step->session, NULL, NULL));
    return idi_ranks_agree(step->ranks, idi_optimiser_check(&step->optimiser, step->session,
                                                            step->store, number, report_out));
}
