/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/tiny_generator.c - see tiny_generator.h. */
#include "support/tiny_generator.h"
#include "core/rng.h"
#include "model/create.h"
#include "support/rounding_backend.h"
#include "support/vgg_file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { SIDE = 64, FACES = 3 };

static const char recogniser[] =
    "{\"arch\": \"iresnet\", \"input_side\": %d, \"embedding_dim\": 8, "
    "\"width\": 4, \"blocks\": [1, 1, 1, 1]}";

/* Adam's first moment is the gradient where beta1 is 0, and so small a rate changes nothing. */
static const char text[] =
    "{\"network\": {\"arch\": \"ca2sis-id\", \"size\": 64, \"code_side\": 16, "
    "\"code_channels\": 12, \"style_dim\": 5, \"style_width\": 1, \"style_downs\": 3, "
    "\"norm_groups\": 4, \"noise_dim\": 0, \"identity_dim\": 8, \"blocks\": ["
    "{\"channels\": 12, \"heads\": 2, \"head_dim\": 8, \"has_self_attention\": true}, "
    "{\"channels\": 8, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}, "
    "{\"channels\": 4, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}]}, "
    "\"recogniser\": \"%s\", \"surrogates\": [\"%s\"], \"vgg\": \"%s\", "
    "\"data\": {\"people\": [0, 9]}, "
    "\"batch\": {\"people\": 3}, \"swaps\": {\"share\": 0.6, \"pixel\": 0.25}, "
    "\"loss\": {\"pixel\": 1, \"perceptual\": 1, \"vgg\": 0.6, \"identity\": 1, "
    "\"cycle\": 0.7, \"attention\": 1, \"adversarial\": 0.5, \"feature_matching\": 0.2}, "
    "\"views\": {\"shift\": 0.05, \"roll\": 0.2, \"gain\": 0.2, \"noise\": 0.05}, "
    "\"discriminator\": {\"layers\": 2, \"width\": 4}, "
    "\"optimiser\": {\"rate\": 1e-30, \"beta1\": 0, \"decay_after\": -1, \"average_decay\": 0.9}}";

static void write_recogniser(idi_memory *memory, int side, uint64_t seed, const char *path)
{
    char json[256];
    idi_model_config config;
    (void)snprintf(json, sizeof json, recogniser, side);
    OK(idi_config_parse(json, strlen(json), &config));
    OK(idi_model_create_random(memory, &config, seed, path));
}

static void draw_faces(idi_tiny_generator *t, uint64_t seed)
{
    t->rgb = malloc(FACES * SIDE * SIDE * 3);
    t->labels = malloc(FACES * SIDE * SIDE);
    for (int64_t i = 0; i < FACES * SIDE * SIDE * 3; i++)
        t->rgb[i] = (uint8_t)(256.0 * idi_uniform(seed, 7, (uint64_t)(i / 17)));
    for (int64_t i = 0; i < FACES * SIDE * SIDE; i++)
        t->labels[i] = (uint8_t)(19.0 * idi_uniform(seed, 8, (uint64_t)(i / 97)));
    t->batch = (idi_batch){.count = FACES, .size = SIDE, .rgb = t->rgb, .labels = t->labels};
}

void idi_tiny_generator_open(idi_memory *memory, const char *name, uint64_t seed,
                             idi_tiny_generator *tiny_out)
{
    enum { FILES = 3, PATH_BYTES = 256 };
    char path[FILES][PATH_BYTES];
    char json[4096];
    for (int i = 0; i < FILES; i++)
        (void)snprintf(path[i], PATH_BYTES, "%s/%s_%d.safetensors", IDI_SCRATCH, name, i);
    write_recogniser(memory, 32, seed, path[0]);
    write_recogniser(memory, 48, seed + 1, path[1]);
    idi_write_vgg(memory, path[2], 2, seed, NULL);
    (void)snprintf(json, sizeof json, text, path[0], path[1], path[2]);
    OK(idi_recipe_parse(json, strlen(json), &tiny_out->recipe));
    draw_faces(tiny_out, seed);
}

void idi_tiny_generator_close(idi_tiny_generator *tiny)
{
    free(tiny->rgb);
    free(tiny->labels);
}

static bool is_gradient(const idi_store *store, int64_t index)
{
    return strncmp(idi_store_at(store, index)->name, IDI_STORE_FIRST_MOMENT,
                   strlen(IDI_STORE_FIRST_MOMENT)) == 0;
}

static void read_gradients(const idi_store *store, idi_tiny_outcome *o)
{
    int64_t at = 0;
    o->count = 0;
    for (int64_t i = 0; i < idi_store_count(store); i++)
        if (is_gradient(store, i)) o->count += idi_shape_count(&idi_store_at(store, i)->shape);
    o->gradients = malloc((size_t)o->count * sizeof *o->gradients);
    float *values = malloc((size_t)o->count * sizeof *values);
    for (int64_t i = 0; i < idi_store_count(store); i++) {
        const int64_t count = idi_shape_count(&idi_store_at(store, i)->shape);
        if (!is_gradient(store, i)) continue;
        OK(idi_store_get(store, i, values));
        for (int64_t k = 0; k < count; k++, at++)
            o->gradients[at] = (double)values[k];
    }
    free(values);
}

/* What begins with zeros hides what is behind it. */
static void wake(idi_store *store)
{
    for (int64_t i = 0; i < idi_store_count(store); i++) {
        const idi_value_info *info = idi_store_at(store, i);
        if (strncmp(info->name, "res", 3) != 0 && strncmp(info->name, "cross", 5) != 0) continue;
        const int64_t count = idi_shape_count(&info->shape);
        float *values = malloc((size_t)count * sizeof *values);
        OK(idi_store_get(store, i, values));
        for (int64_t k = 0; k < count; k++)
            if (values[k] == 0.0F)
                values[k] = (float)(0.2 * idi_uniform(3, (uint64_t)i, (uint64_t)k) - 0.1);
        OK(idi_store_set(store, i, values));
        free(values);
    }
}

idi_tiny_outcome idi_tiny_generator_step(const idi_tiny_generator *tiny, idi_backend *backend)
{
    idi_generator_step step;
    idi_step_report report;
    idi_tiny_outcome o;
    OK(idi_generator_step_open(backend, &tiny->recipe, NULL, &step));
    wake(step.store);
    OK(idi_generator_step_run(&step, 1, &tiny->batch, &report, o.terms));
    o.loss = report.loss;
    o.roundings = idi_graph_real_outputs(step.graph);
    read_gradients(step.store, &o);
    idi_generator_step_close(&step);
    return o;
}
