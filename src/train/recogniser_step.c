/* SPDX-License-Identifier: Apache-2.0 */
/* train/recogniser_step.c - see recogniser_step.h. */
#include "train/recogniser_step.h"
#include "ops/batch_stats.h"
#include "ops/moving_average.h"
#include "ops/quality_margins.h"
#include "ops/row_length.h"
#include "train/learning.h"
#include "train/margin_head.h"

#include <string.h>

/* AdaFace's running mean and variance of embeddings' lengths, their first values (by which all
 * faces are of middling quality), and how fast they run. */
#define QUALITY          "train.quality."
#define QUALITY_MEAN     QUALITY "mean"
#define QUALITY_VARIANCE QUALITY "variance"
static const float first_mean = 20.0F, first_variance = 100.0F * 100.0F;
static const double quality_rate = 0.01;

/* The head has a rate of its own. */
enum { GROUP_MATRICES, GROUP_VECTORS, GROUP_HEAD, GROUP_COUNT };

/* The last batch norm's scale stays 1: what it would learn is the margin loss's scale. */
static int group_of(void *user, const char *name)
{
    if (strcmp(name, "features.weight") == 0) return IDI_FROZEN;
    if (strncmp(name, QUALITY, strlen(QUALITY)) == 0) return IDI_FROZEN;
    if (strcmp(name, IDI_MARGIN_HEAD_WEIGHT) == 0) return GROUP_HEAD;
    return idi_learning_is_matrix(user, name) ? GROUP_MATRICES : GROUP_VECTORS;
}

static idi_optimiser_config optimiser_config(const idi_recogniser_step *s)
{
    const idi_recipe *r = s->recipe;
    const double rate = r->optimiser.rate;
    const double head_rate = r->optimiser.head_rate > 0.0 ? r->optimiser.head_rate : rate;
    idi_optimiser_config config = {.name = "",
                                   .group_count = GROUP_COUNT,
                                   .group_of = group_of,
                                   .user = s->graph,
                                   .clip_norm = r->optimiser.clip_norm,
                                   .average_decay = r->optimiser.average_decay,
                                   .ranks = s->ranks};
    config.groups[GROUP_MATRICES] = idi_learning_group(r, rate, r->optimiser.weight_decay);
    config.groups[GROUP_VECTORS] = idi_learning_group(r, rate, 0.0);
    config.groups[GROUP_HEAD] = idi_learning_group(r, head_rate, r->optimiser.weight_decay);
    return config;
}

/* A running statistic, moved towards the batch's. */
static idi_value running(idi_graph *graph, const char *name, idi_value of_batch)
{
    const idi_moving_average_attr attr = {quality_rate};
    const idi_value before = idi_graph_parameter_of_kind(
        graph, idi_graph_exact_kind(graph), IDI_LAYOUT_PLAIN, idi_shape1(1), "%s", name);
    const idi_value now = idi_moving_average(graph, before, of_batch, IDI_NONE, &attr);
    (void)idi_graph_assign(graph, before, now);
    return now;
}

/* The input of margins, and what the loss takes: the same, or AdaFace's made of one margin. */
static idi_value add_margins(idi_recogniser_step *s, idi_value embedding)
{
    idi_graph *graph = s->graph;
    const idi_quality_margins_attr attr = {s->recipe->loss.concentration};
    const bool is_adaface = s->recipe->loss.kind == IDI_MARGIN_ADAFACE;
    const idi_shape shape = is_adaface ? idi_shape1(1) : idi_shape2(s->batch, 2);
    s->margins =
        idi_graph_input(graph, "margins", idi_graph_exact_kind(graph), shape, IDI_RATE_IMAGE);
    if (!is_adaface) return s->margins;
    const idi_value lengths = idi_row_length(graph, embedding);
    const idi_batch_stats stats = idi_batch_stats_of(graph, lengths);
    return idi_quality_margins(graph, lengths, running(graph, QUALITY_MEAN, stats.mean),
                               running(graph, QUALITY_VARIANCE, stats.variance), s->margins, &attr);
}

/* AdaFace keeps away from angles where its margin would turn round. */
static idi_margin_loss_attr loss_attr(const idi_recipe *r)
{
    const bool is_adaface = r->loss.kind == IDI_MARGIN_ADAFACE;
    return (idi_margin_loss_attr){.scale = r->loss.scale,
                                  .edge = is_adaface ? 1e-3 : 0.0,
                                  .beyond = is_adaface ? IDI_MARGIN_CLIP : IDI_MARGIN_PLAIN};
}

static idi_status build_graph(idi_recogniser_step *s, int64_t class_count)
{
    const idi_recogniser_config *network = &s->recipe->network.recogniser;
    const int64_t side = network->input_side;
    const idi_margin_loss_attr attr = loss_attr(s->recipe);
    s->crops = idi_graph_input(s->graph, "crops", IDI_REAL, idi_shape4(s->batch, side, side, 3),
                               IDI_RATE_IMAGE);
    s->classes =
        idi_graph_input(s->graph, "classes", IDI_I32, idi_shape1(s->batch), IDI_RATE_IMAGE);
    const idi_value embedding =
        idi_exact(s->graph, idi_recogniser(s->graph, network, s->crops, IDI_MODE_TRAINING));
    const idi_value loss = idi_margin_head(s->graph, embedding, s->classes,
                                           add_margins(s, embedding), class_count, &attr);
    const idi_optimiser_config config = optimiser_config(s);
    return idi_optimiser_build(s->graph, loss, &config, &s->optimiser);
}

static idi_status set_first_quality(const idi_recogniser_step *s)
{
    if (s->recipe->loss.kind != IDI_MARGIN_ADAFACE) return IDI_OK;
    IDI_TRY(idi_store_set(s->store, idi_store_find(s->store, QUALITY_MEAN), &first_mean));
    return idi_store_set(s->store, idi_store_find(s->store, QUALITY_VARIANCE), &first_variance);
}

static idi_status open_step(idi_recogniser_step *s, idi_backend *backend, int64_t class_count)
{
    idi_memory *memory = backend->memory;
    IDI_TRY(
        idi_alloc(memory, IDI_TAG_GENERAL, (size_t)s->batch * sizeof *s->class_of, &s->class_of));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, 2 * (size_t)s->batch * sizeof *s->margin_of,
                      &s->margin_of));
    IDI_TRY(idi_learning_graph(backend, &s->graph));
    IDI_TRY(build_graph(s, class_count));
    IDI_TRY(idi_store_create(backend, &s->store));
    IDI_TRY(idi_store_add(s->store, s->graph, (uint64_t)s->recipe->seed));
    IDI_TRY(set_first_quality(s));
    IDI_TRY(idi_statistics_open(s->store, s->graph, s->ranks, &s->statistics));
    return idi_graph_session_create(s->graph, backend, idi_store_source, s->store, &s->session);
}

idi_status idi_recogniser_step_open(idi_backend *backend, const idi_recipe *recipe,
                                    idi_ranks *ranks, int64_t class_count,
                                    idi_recogniser_step *step_out)
{
    const int64_t people = recipe->batch.people / idi_ranks_count(ranks);
    *step_out = (idi_recogniser_step){.recipe = recipe,
                                      .memory = backend->memory,
                                      .ranks = ranks,
                                      .batch = people * recipe->batch.photos};
    const idi_status st = open_step(step_out, backend, class_count);
    if (st != IDI_OK) idi_recogniser_step_close(step_out);
    return st;
}

void idi_recogniser_step_close(idi_recogniser_step *step)
{
    if (!step->memory) return;
    idi_free(step->memory, step->class_of);
    idi_free(step->memory, step->margin_of);
    idi_statistics_close(&step->statistics);
    idi_graph_session_destroy(&step->session);
    idi_store_destroy(&step->store);
    idi_graph_destroy(&step->graph);
    *step = (idi_recogniser_step){0};
}

double idi_recogniser_margin(const idi_recipe *recipe, int64_t step)
{
    const int64_t *ramp = recipe->loss.ramp;
    if (step >= ramp[1]) return recipe->loss.margin;
    if (step <= ramp[0]) return 0.0;
    return recipe->loss.margin * (double)(step - ramp[0]) / (double)(ramp[1] - ramp[0]);
}

/* Angular and additive margin, the same for each face; of AdaFace m. Returns how many numbers. */
static int64_t fill_margins(idi_recogniser_step *s, int64_t number)
{
    const idi_recipe *r = s->recipe;
    const double margin = idi_recogniser_margin(r, number);
    const double share = r->loss.margin > 0.0 ? margin / r->loss.margin : 1.0;
    const bool is_cosface = r->loss.kind == IDI_MARGIN_COSFACE;
    const double additive = r->loss.kind == IDI_MARGIN_COMBINED ? share * r->loss.additive : 0.0;
    for (int64_t n = 0; n < s->batch; n++) {
        s->margin_of[2 * n] = is_cosface ? 0.0F : (float)margin;
        s->margin_of[2 * n + 1] = is_cosface ? (float)margin : (float)additive;
    }
    return r->loss.kind == IDI_MARGIN_ADAFACE ? 1 : 2 * s->batch;
}

static idi_status set_inputs(idi_recogniser_step *s, int64_t number, const float *crops,
                             const int64_t *identities)
{
    const int64_t side = s->recipe->network.recogniser.input_side;
    for (int64_t n = 0; n < s->batch; n++)
        s->class_of[n] = (int32_t)identities[n];
    IDI_TRY(idi_graph_session_set_floats(s->session, s->crops, crops, s->batch * side * side * 3));
    IDI_TRY(idi_graph_session_set_floats(s->session, s->margins, s->margin_of,
                                         fill_margins(s, number)));
    return idi_graph_session_set(s->session, s->classes, s->class_of,
                                 (size_t)s->batch * sizeof *s->class_of);
}

idi_status idi_recogniser_step_run(idi_recogniser_step *step, int64_t number, const float *crops,
                                   const int64_t *identities, idi_step_report *report_out)
{
    IDI_TRY(set_inputs(step, number, crops, identities));
    IDI_TRY(idi_optimiser_prepare(&step->optimiser, step->session, number));
    IDI_TRY(idi_graph_session_run(step->session, NULL, NULL));
    IDI_TRY(idi_ranks_agree(step->ranks, idi_optimiser_check(&step->optimiser, step->session,
                                                             step->store, number, report_out)));
    return idi_statistics_join(&step->statistics);
}
