/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/tiny_recogniser.c - see tiny_recogniser.h. */
#include "support/tiny_recogniser.h"
#include "core/rng.h"
#include "model/config.h"
#include "model/weights.h"
#include "support/golden.h"
#include "train/learning.h"
#include "train/margin_head.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { PIXELS = IDI_TINY_SIDE * IDI_TINY_SIDE * 3, COUNT = IDI_TINY_BATCH * PIXELS };

const char idi_tiny_config[] = "{\"arch\": \"iresnet\", \"input_side\": 16, \"embedding_dim\": 8, "
                               "\"width\": 2, \"blocks\": [1, 1, 1, 1]}";

static const idi_margin_loss_attr cosface = {.scale = 8.0, .additive = 0.2};

/* The head learns faster. features.weight does not learn: its scale is the embeddings'. */
static int group_of(void *user, const char *name)
{
    (void)user;
    if (strcmp(name, "features.weight") == 0) return IDI_FROZEN;
    return strcmp(name, IDI_MARGIN_HEAD_WEIGHT) == 0 ? 1 : 0;
}

/* An eps that is large beside gradients which are 0 but for rounding: that of fc.bias, say. */
static const idi_optimiser_config optimiser_config = {
    .name = "",
    .group_count = 2,
    .groups = {{.schedule = {.rate = 0.01, .warmup_steps = 2, .decay_after = 40, .total_steps = 80},
                .adam = {0.9, 0.99, 0.05, 0.01}},
               {.schedule = {.rate = 0.02}, .adam = {0.5, 0.9, 0.05, 0.0}}},
    .group_of = group_of,
    .clip_norm = IDI_TINY_CLIP_NORM,
    .average_decay = 0.95};

static void build(idi_tiny_training *t)
{
    idi_model_config config;
    OK(idi_config_parse(idi_tiny_config, strlen(idi_tiny_config), &config));
    t->images = idi_graph_input(t->graph, "images", IDI_REAL,
                                idi_shape4(IDI_TINY_BATCH, IDI_TINY_SIDE, IDI_TINY_SIDE, 3),
                                IDI_RATE_IMAGE);
    t->classes =
        idi_graph_input(t->graph, "classes", IDI_I32, idi_shape1(IDI_TINY_BATCH), IDI_RATE_IMAGE);
    const idi_value embedding =
        idi_recogniser(t->graph, &config.recogniser, t->images, IDI_MODE_TRAINING);
    const idi_value loss =
        idi_margin_head(t->graph, embedding, t->classes, IDI_NONE, IDI_TINY_CLASSES, &cosface);
    OK(idi_optimiser_build(t->graph, loss, &optimiser_config, &t->optimiser));
}

void idi_tiny_training_open(idi_tiny_training *t, idi_backend *backend, uint64_t seed)
{
    *t = (idi_tiny_training){.backend = backend};
    OK(idi_learning_graph(backend, &t->graph));
    build(t);
    OK(idi_store_create(backend, &t->store));
    OK(idi_store_add(t->store, t->graph, seed));
    OK(idi_graph_session_create(t->graph, backend, idi_store_source, t->store, &t->session));
}

void idi_tiny_training_close(idi_tiny_training *t)
{
    idi_graph_session_destroy(&t->session);
    idi_store_destroy(&t->store);
    idi_graph_destroy(&t->graph);
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What a tensor's values are called, or NULL: an average has its weight's, a moment none. */
static const char *golden_key(const char *name)
{
    if (has_prefix(name, IDI_STORE_FIRST_MOMENT) || has_prefix(name, IDI_STORE_SECOND_MOMENT))
        return NULL;
    return has_prefix(name, IDI_STORE_AVERAGE) ? name + strlen(IDI_STORE_AVERAGE) : name;
}

void idi_tiny_training_set_golden(idi_tiny_training *t)
{
    for (int64_t i = 0; i < idi_store_count(t->store); i++) {
        const idi_value_info *info = idi_store_at(t->store, i);
        const char *key = golden_key(info->name);
        const size_t count = (size_t)idi_shape_count(&info->shape);
        int rank;
        int64_t dim[IDI_MAX_RANK];
        if (!key) continue;
        float *file = malloc(2 * count * sizeof *file);
        cr_assert_not_null(file);
        idi_weights_file_shape(info, &rank, dim);
        idi_golden_fill(key, rank, dim, file);
        idi_weights_to_graph(info, file, file + count);
        OK(idi_store_set(t->store, i, file + count));
        free(file);
    }
}

static void set_batch(idi_tiny_training *t, const float *images)
{
    int32_t classes[IDI_TINY_BATCH];
    for (int n = 0; n < IDI_TINY_BATCH; n++)
        classes[n] = n % IDI_TINY_CLASSES;
    OK(idi_graph_session_set_floats(t->session, t->images, images, COUNT));
    OK(idi_graph_session_set(t->session, t->classes, classes, sizeof classes));
}

void idi_tiny_training_set_people(idi_tiny_training *t, int64_t step)
{
    static float images[COUNT];
    for (int i = 0; i < COUNT; i++) {
        const int person = i / PIXELS % IDI_TINY_CLASSES;
        const double pattern = idi_uniform(77, (uint64_t)person, (uint64_t)(i % PIXELS));
        const double noise = idi_uniform(78, (uint64_t)step, (uint64_t)i);
        images[i] = (float)(pattern + noise - 1.0);
    }
    set_batch(t, images);
}

void idi_tiny_training_set_golden_batch(idi_tiny_training *t, int64_t step)
{
    static const int64_t dim[4] = {IDI_TINY_BATCH, 3, IDI_TINY_SIDE, IDI_TINY_SIDE};
    static float images[COUNT];
    char key[32];
    (void)snprintf(key, sizeof key, "input%lld", (long long)step);
    idi_golden_fill_channels_last(key, dim, images);
    set_batch(t, images);
}

idi_step_report idi_tiny_training_step(idi_tiny_training *t, int64_t step)
{
    idi_step_report report;
    OK(idi_optimiser_prepare(&t->optimiser, t->session, step));
    OK(idi_graph_session_run(t->session, NULL, NULL));
    OK(idi_optimiser_check(&t->optimiser, t->session, t->store, step, &report));
    return report;
}

float *idi_tiny_training_get(const idi_tiny_training *t, int64_t index)
{
    const idi_shape *shape = &idi_store_at(t->store, index)->shape;
    float *values = malloc((size_t)idi_shape_count(shape) * sizeof *values);
    cr_assert_not_null(values);
    OK(idi_store_get(t->store, index, values));
    return values;
}
