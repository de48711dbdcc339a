/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_generator_parts.c - a generator's batch in parts, in double: losses and
 * gradients of generator and discriminator are those of the whole batch, or, where identities are
 * exchanged within parts, the means of the parts' own; the memory is that of a part. And blocks
 * that are computed again on the way back: the same to the bit, in less memory. */
#include "core/rng.h"
#include "cpu/backend.h"
#include "model/create.h"
#include "support/random.h"
#include "support/vgg_file.h"
#include "train/generator_step.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OK(call)   cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())
#define RECOGNISER IDI_SCRATCH "/generator_parts_recogniser.safetensors"
#define SURROGATE  IDI_SCRATCH "/generator_parts_surrogate.safetensors"
#define VGG        IDI_SCRATCH "/generator_parts_vgg.safetensors"

enum { SIDE = 64, MOST = 6 };

static const char recogniser[] =
    "{\"arch\": \"iresnet\", \"input_side\": 32, \"embedding_dim\": 8, "
    "\"width\": 4, \"blocks\": [1, 1, 1, 1]}";

static const char surrogate[] = "{\"arch\": \"iresnet\", \"input_side\": 48, \"embedding_dim\": 6, "
                                "\"width\": 4, \"blocks\": [1, 1, 1, 1]}";

/* Adam's first moment is the gradient where beta1 is 0, and so small a rate changes nothing. */
static const char tiny[] =
    "{\"network\": {\"arch\": \"ca2sis-id\", \"size\": 64, \"code_side\": 16, "
    "\"code_channels\": 12, \"style_dim\": 5, \"style_width\": 1, \"style_downs\": 3, "
    "\"norm_groups\": 4, \"noise_dim\": 0, \"identity_dim\": 8, \"blocks\": ["
    "{\"channels\": 12, \"heads\": 2, \"head_dim\": 4, \"has_self_attention\": true}, "
    "{\"channels\": 8, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}, "
    "{\"channels\": 4, \"heads\": 1, \"head_dim\": 4, \"has_self_attention\": false}]}, "
    "\"recogniser\": \"" RECOGNISER "\", \"surrogates\": [\"" SURROGATE
    "\"], \"data\": {\"people\": [0, 9]}, "
    "\"batch\": {\"people\": 6, \"parts\": 2}, \"swaps\": {\"share\": 0.6, \"pixel\": 0.25}, "
    "\"loss\": {\"pixel\": 1, \"perceptual\": 1, \"vgg\": 0.6, \"identity\": 1, "
    "\"cycle\": 0.7, \"attention\": 1, "
    "\"adversarial\": 0.5, \"feature_matching\": 0.2}, "
    "\"vgg\": \"" VGG "\", \"discriminator\": {\"layers\": 2, \"width\": 4}, "
    "\"optimiser\": {\"rate\": 1e-30, \"beta1\": 0, \"decay_after\": -1}}";

static idi_memory *memory;
static idi_backend *backend;
static idi_recipe recipe;
static uint8_t *rgb, *labels;

static void open_rig(void)
{
    idi_model_config config;
    const uint64_t seed = idi_test_seed();
    memory = idi_test_memory();
    OK(idi_cpu64_backend_create(memory, false, &backend));
    OK(idi_recipe_parse(tiny, strlen(tiny), &recipe));
    OK(idi_config_parse(recogniser, strlen(recogniser), &config));
    OK(idi_model_create_random(memory, &config, 5, RECOGNISER));
    OK(idi_config_parse(surrogate, strlen(surrogate), &config));
    OK(idi_model_create_random(memory, &config, 6, SURROGATE));
    idi_write_vgg(memory, VGG, 2, 7, NULL);
    rgb = malloc(MOST * SIDE * SIDE * 3);
    labels = malloc(MOST * SIDE * SIDE);
    for (int64_t i = 0; i < MOST * SIDE * SIDE * 3; i++)
        rgb[i] = (uint8_t)(256.0 * idi_uniform(seed, 7, (uint64_t)(i / 17)));
    for (int64_t i = 0; i < MOST * SIDE * SIDE; i++)
        labels[i] = (uint8_t)(19.0 * idi_uniform(seed, 8, (uint64_t)(i / 97)));
}

static void close_rig(void)
{
    free(rgb);
    free(labels);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(generator_parts, .init = open_rig, .fini = close_rig);

/* What a step gives. */
typedef struct outcome {
    double loss, terms[IDI_TERM_COUNT];
    double *gradients; /* of generator and discriminator, in the order of the store */
    double *sizes;     /* of what each is a sum of */
    int64_t count;
} outcome;

static bool is_gradient(const idi_store *store, int64_t index)
{
    return strncmp(idi_store_at(store, index)->name, IDI_STORE_FIRST_MOMENT,
                   strlen(IDI_STORE_FIRST_MOMENT)) == 0;
}

static void read_gradients(const idi_store *store, outcome *o)
{
    o->count = 0;
    for (int64_t i = 0; i < idi_store_count(store); i++)
        if (is_gradient(store, i)) o->count += idi_shape_count(&idi_store_at(store, i)->shape);
    o->gradients = malloc((size_t)o->count * sizeof *o->gradients);
    o->sizes = malloc((size_t)o->count * sizeof *o->sizes);
    float *values = malloc((size_t)o->count * sizeof *values);
    int64_t at = 0;
    for (int64_t i = 0; i < idi_store_count(store); i++) {
        if (!is_gradient(store, i)) continue;
        OK(idi_store_get(store, i, values));
        const int64_t count = idi_shape_count(&idi_store_at(store, i)->shape);
        for (int64_t k = 0; k < count; k++, at++) {
            o->gradients[at] = (double)values[k];
            o->sizes[at] = fabs(o->gradients[at]);
        }
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

/* A first step on `people` faces from `first` on. */
static outcome step_on(int64_t first, int64_t people, int64_t parts)
{
    const idi_batch batch = {.count = people,
                             .size = SIDE,
                             .rgb = rgb + first * SIDE * SIDE * 3,
                             .labels = labels + first * SIDE * SIDE};
    idi_generator_step step;
    idi_step_report report;
    outcome o;
    recipe.batch.people = people;
    recipe.batch.parts = parts;
    OK(idi_generator_step_open(backend, &recipe, NULL, &step));
    wake(step.store);
    OK(idi_generator_step_run(&step, 1, &batch, &report, o.terms));
    o.loss = report.loss;
    read_gradients(step.store, &o);
    idi_generator_step_close(&step);
    return o;
}

/* Sums in double in another order, then read as floats: what differs is a float's last digit. */
static void expect_same(const outcome *a, const outcome *b)
{
    double largest = 0.0;
    cr_assert_eq(a->count, b->count);
    cr_expect_float_eq(a->loss, b->loss, 1e-6 * fabs(b->loss));
    for (int i = 0; i < IDI_TERM_COUNT; i++)
        cr_expect((isnan(a->terms[i]) && isnan(b->terms[i])) ||
                      fabs(a->terms[i] - b->terms[i]) <= 1e-6 * fabs(b->terms[i]) + 1e-9,
                  "term %d is %.9g, want %.9g", i, a->terms[i], b->terms[i]);
    for (int64_t i = 0; i < b->count; i++)
        largest = fmax(largest, fabs(b->gradients[i]));
    cr_expect_gt(largest, 1e-3, "there is nothing to compare");
    for (int64_t i = 0; i < b->count; i++)
        cr_assert_float_eq(a->gradients[i], b->gradients[i], 1e-6 * b->sizes[i] + 1e-9 * largest,
                           "gradient %lld", (long long)i);
}

static void forget(outcome *o)
{
    free(o->gradients);
    free(o->sizes);
}

Test(generator_parts, without_swaps_parts_are_the_whole)
{
    recipe.swaps.share = recipe.weights.cycle = 0.0;
    recipe.views = (idi_augmentation){0.05, 0.1, 0.2, 0.2, 0.05, 0.1, 0.05, 0.3};
    outcome whole = step_on(0, 6, 1);
    outcome parts = step_on(0, 6, 3);
    expect_same(&parts, &whole);
    forget(&whole);
    forget(&parts);
}

Test(generator_parts, swaps_are_within_parts)
{
    outcome parts = step_on(0, 6, 2);
    outcome mean = step_on(0, 3, 1);
    outcome second = step_on(3, 3, 1);
    mean.loss = (mean.loss + second.loss) / 2.0;
    for (int i = 0; i < IDI_TERM_COUNT; i++)
        mean.terms[i] = (mean.terms[i] + second.terms[i]) / 2.0;
    for (int64_t i = 0; i < mean.count; i++) {
        mean.gradients[i] = (mean.gradients[i] + second.gradients[i]) / 2.0;
        mean.sizes[i] = (mean.sizes[i] + second.sizes[i]) / 2.0;
    }
    expect_same(&parts, &mean);
    forget(&parts);
    forget(&mean);
    forget(&second);
}

static size_t slab_of(int64_t people, int64_t parts)
{
    idi_generator_step step;
    idi_graph_plan plan;
    recipe.batch.people = people;
    recipe.batch.parts = parts;
    OK(idi_generator_step_open(backend, &recipe, NULL, &step));
    OK(idi_graph_plan_bytes(step.graph, backend, &plan));
    idi_generator_step_close(&step);
    return plan.slab_bytes;
}

/* Of gradients there is a second set, and each part has its inputs. */
Test(generator_parts, parts_take_the_memory_of_one)
{
    recipe.swaps.share = recipe.weights.cycle = 0.0;
    const size_t one = slab_of(2, 1);
    const size_t parts = slab_of(6, 3);
    const size_t whole = slab_of(6, 1);
    cr_expect_leq((double)parts, 1.3 * (double)one, "%zu bytes in parts of %zu", parts, one);
    cr_expect_geq((double)whole, 2.0 * (double)one, "%zu bytes as a whole, %zu a part", whole, one);
}

Test(generator_parts, recomputed_blocks_are_the_same_to_the_bit)
{
    outcome kept = step_on(0, 6, 2);
    recipe.batch.is_recomputed = true;
    outcome again = step_on(0, 6, 2);
    cr_assert_eq(again.count, kept.count);
    cr_expect_eq(again.loss, kept.loss);
    cr_expect_eq(memcmp(again.gradients, kept.gradients, (size_t)kept.count * sizeof(double)), 0);
    forget(&kept);
    forget(&again);
}

Test(generator_parts, recomputed_blocks_take_less_memory)
{
    const size_t kept = slab_of(6, 1);
    recipe.batch.is_recomputed = true;
    const size_t again = slab_of(6, 1);
    cr_expect_leq((double)again, 0.8 * (double)kept, "%zu bytes, kept %zu", again, kept);
}
