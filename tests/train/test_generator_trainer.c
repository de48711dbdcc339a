/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_generator_trainer.c - whole trainings of a generator in small: every loss falls,
 * the gradient of all of them together is the right one, a stop at any step and going on leaves the
 * files of an undisturbed training, and what is refused. */
#include "core/file.h"
#include "core/rng.h"
#include "cpu/backend.h"
#include "data/image.h"
#include "model/create.h"
#include "model/weights.h"
#include "support/random.h"
#include "support/vgg_file.h"
#include "train/checkpoint.h"
#include "train/generator_step.h"
#include "train/task.h"
#include "train/trainer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK(call)   cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())
#define RECOGNISER IDI_SCRATCH "/generator_trainer_recogniser.safetensors"
#define SURROGATE  IDI_SCRATCH "/generator_trainer_surrogate.safetensors"
#define VGG        IDI_SCRATCH "/generator_trainer_vgg.safetensors"

enum { STEPS = 9 };
static const char *const files[] = {
    "checkpoint.safetensors", "log.csv",           "loss.svg",
    "model.safetensors",      "sample_000004.png", "sample_000009.png"};
enum { FILE_COUNT = sizeof files / sizeof files[0] };

static const char recogniser[] =
    "{\"arch\": \"iresnet\", \"input_side\": 32, \"embedding_dim\": 8, "
    "\"width\": 4, \"blocks\": [1, 1, 1, 1]}";

static const char surrogate[] = "{\"arch\": \"iresnet\", \"input_side\": 48, \"embedding_dim\": 6, "
                                "\"width\": 4, \"blocks\": [1, 1, 1, 1]}";

static const char tiny[] =
    "{\"network\": {\"arch\": \"ca2sis-id\", \"size\": 64, \"code_side\": 16, "
    "\"code_channels\": 12, \"style_dim\": 5, \"style_width\": 1, \"style_downs\": 3, "
    "\"norm_groups\": 4, \"noise_dim\": 0, \"identity_dim\": 8, \"blocks\": ["
    "{\"channels\": 12, \"heads\": 2, \"head_dim\": 4, \"has_self_attention\": true}, "
    "{\"channels\": 8, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}, "
    "{\"channels\": 4, \"heads\": 1, \"head_dim\": 4, \"has_self_attention\": false}]}, "
    "\"recogniser\": \"" RECOGNISER "\", "
    "\"steps\": 9, \"log_every\": 1, \"checkpoint_every\": 1000, \"seed\": 3, "
    "\"data\": {\"people\": [0, 5], \"photos\": 2}, \"batch\": {\"people\": 5}, "
    "\"validation\": {\"every\": 5, \"people\": [6, 14], \"photos\": 2}, "
    "\"samples\": {\"every\": 4}, \"swaps\": {\"share\": 0.4, \"pixel\": 0.25}, "
    "\"loss\": {\"pixel\": 1, \"perceptual\": 1, \"vgg\": 0.6, \"identity\": 1, "
    "\"cycle\": 0.7, \"attention\": 1, "
    "\"adversarial\": 0.5, \"feature_matching\": 0.2}, "
    "\"vgg\": \"" VGG "\", \"discriminator\": {\"rate\": 0.001, \"layers\": 2, \"width\": 4}, "
    "\"augmentation\": {\"flips\": true}, "
    "\"optimiser\": {\"rate\": 0.003, \"decay_after\": 6, \"clip_norm\": 5, \"average_decay\": "
    "0.9}}";

static idi_memory *memory;
static idi_backend *backend;
static idi_recipe recipe;
static uint64_t seed;

static void open_rig(void)
{
    idi_model_config config;
    memory = idi_test_memory();
    seed = idi_test_seed();
    OK(idi_cpu32_backend_create(memory, false, &backend));
    OK(idi_recipe_parse(tiny, strlen(tiny), &recipe));
    OK(idi_config_parse(recogniser, strlen(recogniser), &config));
    OK(idi_model_create_random(memory, &config, 5, RECOGNISER));
    OK(idi_config_parse(surrogate, strlen(surrogate), &config));
    OK(idi_model_create_random(memory, &config, 6, SURROGATE));
    idi_write_vgg(memory, VGG, 2, 7, NULL);
}

static void add_surrogate(void)
{
    (void)snprintf(recipe.surrogates[0], sizeof recipe.surrogates[0], "%s", SURROGATE);
}

static void close_rig(void)
{
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(generator_trainer, .init = open_rig, .fini = close_rig);

static const idi_augmentation views = {0.05, 0.1, 0.2, 0.2, 0.05, 0.1, 0.05, 0.3};

static const char *path_in(const char *folder, const char *name)
{
    static char text[4][256];
    static int next;
    char *out = text[next++ % 4];
    (void)snprintf(out, sizeof text[0], "%s/%s", folder, name);
    return out;
}

static void clear(const char *folder)
{
    for (int i = 0; i < FILE_COUNT; i++)
        (void)unlink(path_in(folder, files[i]));
}

static bool stop_at(void *user, const idi_trainer_progress *progress)
{
    return progress->step == *(const int64_t *)user;
}

static idi_status train(const char *folder, int64_t stop)
{
    const idi_trainer_options options = {.recipe = &recipe,
                                         .folder = folder,
                                         .backend = backend,
                                         .progress = stop_at,
                                         .user = &stop};
    return idi_trainer_run(&options);
}

static void expect_same_files(const char *a, const char *b)
{
    for (int i = 0; i < FILE_COUNT; i++) {
        uint8_t *one;
        uint8_t *other;
        size_t one_bytes;
        size_t other_bytes;
        OK(idi_file_read(memory, path_in(a, files[i]), 1 << 26, &one, &one_bytes));
        OK(idi_file_read(memory, path_in(b, files[i]), 1 << 26, &other, &other_bytes));
        cr_expect(one_bytes == other_bytes && memcmp(one, other, one_bytes) == 0,
                  "%s differs from an undisturbed training's", files[i]);
        idi_free(memory, one);
        idi_free(memory, other);
    }
}

static void check_stop(const char *whole, const char *cut)
{
    const int64_t stop = 1 + (int64_t)(idi_uniform(seed, 1, 2) * (STEPS - 1));
    clear(whole);
    clear(cut);
    OK(train(whole, -1));
    cr_assert_eq(train(cut, stop), IDI_ERR_CANCELLED);
    recipe.workers = 3;
    recipe.data.cache_mib = 0;
    recipe.checkpoint_every = 2;
    OK(train(cut, -1));
    expect_same_files(whole, cut);
}

Test(generator_trainer, a_stop_at_any_step_changes_nothing)
{
    check_stop(IDI_SCRATCH "/generator_whole", IDI_SCRATCH "/generator_cut");
}

Test(generator_trainer, a_stop_changes_nothing_with_surrogates_and_views)
{
    add_surrogate();
    recipe.views = views;
    check_stop(IDI_SCRATCH "/generator_whole_s", IDI_SCRATCH "/generator_cut_s");
}

/* Recognisers are in the checkpoint, so that no other file can change what goes on. */
Test(generator_trainer, the_checkpoint_holds_the_recognisers_and_the_model_does_not)
{
    static const char folder[] = IDI_SCRATCH "/generator_model";
    idi_safetensors *file;
    idi_model_config config;
    idi_tensor_table table;
    idi_weights *weights;
    idi_teacher teacher;
    clear(folder);
    add_surrogate();
    OK(train(folder, -1));
    OK(idi_teacher_open(memory, RECOGNISER, IDI_TEACHER, &teacher));
    OK(idi_safetensors_open(memory, path_in(folder, "checkpoint.safetensors"), &file));
    cr_expect_not_null(idi_safetensors_find(file, "train.recogniser.conv1.weight"));
    cr_expect_null(idi_safetensors_find(file, "train.m.train.recogniser.conv1.weight"));
    cr_expect_not_null(idi_safetensors_find(file, "train.surrogate0.conv1.weight"));
    cr_expect_null(idi_safetensors_find(file, "train.m.train.surrogate0.conv1.weight"));
    for (int64_t i = 0; i < idi_safetensors_count(file); i++)
        cr_expect_not(strstr(idi_safetensors_get(file, i)->name, "train.elsewhere"));
    cr_expect_not_null(idi_safetensors_find(file, "train.discriminator_0.model1.0.0.weight_u"));
    cr_expect_not_null(idi_safetensors_find(file, "train.v.train.discriminator_1.model0.0.weight"));
    idi_safetensors_close(&file);
    OK(idi_safetensors_open(memory, path_in(folder, "model.safetensors"), &file));
    OK(idi_config_of_file(file, NULL, &config));
    cr_expect(idi_config_equal(&config, &recipe.network));
    OK(idi_tensor_table_create(file, &table));
    OK(idi_weights_load(memory, &config, &table, &weights));
    cr_expect_null(idi_safetensors_find(file, "train.recogniser.conv1.weight"));
    cr_expect_null(idi_safetensors_find(file, "train.surrogate0.conv1.weight"));
    cr_expect(strstr(idi_safetensors_metadata(file, IDI_METADATA_RECIPE), SURROGATE));
    cr_expect_str_eq(idi_safetensors_metadata(file, IDI_METADATA_FINGERPRINT), teacher.fingerprint);
    cr_expect_str_eq(idi_safetensors_metadata(file, IDI_METADATA_RECOGNISER),
                     strrchr(RECOGNISER, '/') + 1);
    idi_weights_destroy(&weights);
    idi_tensor_table_destroy(&table);
    idi_safetensors_close(&file);
    idi_teacher_close(&teacher);
}

/* --- learning --------------------------------------------------------------------------------- */

static const idi_log_line *line_of(const idi_log_line *lines, int64_t count, int64_t step)
{
    for (int64_t i = 0; i < count; i++)
        if (lines[i].step == step) return &lines[i];
    cr_assert(false, "no line of step %lld", (long long)step);
    return NULL;
}

static double mean_of(const idi_log_line *lines, int64_t count, int column, int64_t first,
                      int64_t last)
{
    double sum = 0.0;
    for (int64_t step = first; step <= last; step++)
        sum += line_of(lines, count, step)->values[column];
    return sum / (double)(last - first + 1);
}

/* One batch of the same people again and again: they can be learnt by heart. */
Test(generator_trainer, every_loss_falls)
{
    static const char folder[] = IDI_SCRATCH "/generator_learning";
    static const char *const columns[] = {"loss",       "pixel",    "pixel_swapped",
                                          "perceptual", "identity", "identity_swapped",
                                          "vgg",        "cycle",    "attention"};
    const idi_log_layout *layout = &idi_generator_task.layout;
    idi_log_line *lines;
    int64_t count;
    clear(folder);
    recipe.steps = 40;
    recipe.optimiser.decay_after = 30;
    recipe.optimiser.rate = 0.01;
    recipe.data.people[1] = 4;
    recipe.data.photos = 1;
    recipe.has_flips = false;
    recipe.samples.every = 0;
    recipe.validation.every = 0;
    recipe.swaps.pixel = 1.0;
    recipe.weights.identity = 5.0;
    OK(train(folder, -1));
    OK(idi_training_log_read(memory, path_in(folder, "log.csv"), layout, &lines, &count));
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        const int column = idi_log_column_find(layout, columns[i]);
        const double first = mean_of(lines, count, column, 1, 5);
        const double last = mean_of(lines, count, column, 36, 40);
        cr_expect_lt(last, 0.95 * first, "%s fell from %g to %g only", columns[i], first, last);
    }
    idi_free(memory, lines);
}

/* --- the gradient of the whole loss ----------------------------------------------------------- */

typedef struct probe {
    idi_generator_step step;
    idi_backend *wide;
    idi_batch batch;
    uint8_t *rgb, *labels;
} probe;

/* Adam's first moment is the gradient where beta1 is 0, and so small a rate changes nothing. */
static void open_probe(probe *p)
{
    const int64_t pixels = 5 * 64 * 64;
    OK(idi_cpu64_backend_create(memory, false, &p->wide));
    recipe.optimiser.beta1 = 0.0;
    recipe.optimiser.rate = recipe.discriminator.rate = 1e-30;
    recipe.optimiser.decay_after = -1;
    recipe.optimiser.clip_norm = 0.0;
    recipe.optimiser.average_decay = 0.0;
    OK(idi_generator_step_open(p->wide, &recipe, NULL, &p->step));
    p->rgb = malloc((size_t)pixels * 3);
    p->labels = malloc((size_t)pixels);
    for (int64_t i = 0; i < pixels * 3; i++)
        p->rgb[i] = (uint8_t)(256.0 * idi_uniform(seed, 7, (uint64_t)(i / 17)));
    for (int64_t i = 0; i < pixels; i++)
        p->labels[i] = (uint8_t)(19.0 * idi_uniform(seed, 8, (uint64_t)(i / 97)));
    p->batch = (idi_batch){.count = 5, .size = 64, .rgb = p->rgb, .labels = p->labels};
}

static void close_probe(probe *p)
{
    idi_generator_step_close(&p->step);
    idi_cpu_backend_destroy(&p->wide);
    free(p->rgb);
    free(p->labels);
}

/* Each step moves the directions of the discriminator's spectral normalisation: back to where they
 * were, so that losses are of one function. */
static void rewind_directions(const probe *p)
{
    for (int64_t i = 0; i < idi_store_count(p->step.store); i++) {
        const idi_value_info *info = idi_store_at(p->step.store, i);
        if (!strstr(info->name, ".weight_u") && !strstr(info->name, ".weight_v")) continue;
        float *values = malloc((size_t)idi_shape_count(&info->shape) * sizeof *values);
        idi_parameter_fill_random(info, 1, values);
        OK(idi_store_set(p->step.store, i, values));
        free(values);
    }
}

static double loss_of(probe *p)
{
    idi_step_report report;
    double terms[IDI_TERM_COUNT];
    double loss; /* the report's is a float */
    rewind_directions(p);
    idi_graph_session_note_parameters(p->step.session);
    OK(idi_generator_step_run(&p->step, 1, &p->batch, &report, terms));
    for (int i = 0; i < IDI_TERM_COUNT; i++)
        cr_assert(isfinite(terms[i]), "term %d is %g", i, terms[i]);
    OK(idi_graph_session_get(p->step.session, p->step.optimiser.loss, &loss, sizeof loss));
    return loss;
}

static float *values_of(const probe *p, int64_t index)
{
    const idi_value_info *info = idi_store_at(p->step.store, index);
    float *values = malloc((size_t)idi_shape_count(&info->shape) * sizeof *values);
    OK(idi_store_get(p->step.store, index, values));
    return values;
}

/* What a generator's weight is moved by: its gradient's tensor, or -1. */
static int64_t moment_of(const probe *p, int64_t index)
{
    char name[256];
    if (strncmp(idi_store_at(p->step.store, index)->name, IDI_DISCRIMINATOR,
                strlen(IDI_DISCRIMINATOR)) == 0)
        return -1;
    (void)snprintf(name, sizeof name, IDI_STORE_FIRST_MOMENT "%s",
                   idi_store_at(p->step.store, index)->name);
    return idi_store_find(p->step.store, name);
}

/* Replaces zeros, behind which nothing has a gradient. */
static void wake(const probe *p, int64_t index)
{
    const int64_t count = idi_shape_count(&idi_store_at(p->step.store, index)->shape);
    float *values = values_of(p, index);
    for (int64_t i = 0; i < count; i++)
        if (values[i] == 0.0F)
            values[i] = (float)(0.2 * idi_uniform(seed, (uint64_t)index, (uint64_t)i) - 0.1);
    OK(idi_store_set(p->step.store, index, values));
    free(values);
}

/* A direction's product with the gradient, and the length of its terms as a vector: what they may
 * cancel from. */
typedef struct slope {
    double along, length;
} slope;

/* Moves tensors [first, last] along a random direction by `length`, as far as floats hold the move.
 */
static slope move(const probe *p, int64_t first, int64_t last, double length)
{
    slope s = {0.0, 0.0};
    for (int64_t index = first; index <= last; index++) {
        const int64_t moment = moment_of(p, index);
        if (moment < 0) continue;
        const int64_t count = idi_shape_count(&idi_store_at(p->step.store, index)->shape);
        float *values = values_of(p, index);
        float *gradient = values_of(p, moment);
        for (int64_t i = 0; i < count; i++) {
            const float to =
                (float)((double)values[i] +
                        length * (2.0 * idi_uniform(11, (uint64_t)index, (uint64_t)i) - 1.0));
            const double term = (double)gradient[i] * ((double)to - (double)values[i]);
            s.along += term;
            s.length += term * term;
            values[i] = to;
        }
        OK(idi_store_set(p->step.store, index, values));
        free(values);
        free(gradient);
    }
    s.length = sqrt(s.length);
    return s;
}

/* Of tensors [first, last]: how far the loss's change along a direction is from what the gradients
 * before and after say (their mean is right to the third order), in parts of their terms' length.
 */
static double error_along(probe *p, int64_t first, int64_t last, double length)
{
    const double before = loss_of(p);
    const slope there = move(p, first, last, length);
    const double after = loss_of(p);
    const slope back = move(p, first, last, -length);
    const double want = (there.along - back.along) / 2.0;
    return fabs(after - before - want) / (there.length + 1e-9);
}

/* A step over a kink (of an absolute difference, a ReLU) is nobody's mistake: a shorter one then.
 */
static void check_direction(probe *p, int64_t first, int64_t last)
{
    static const double lengths[] = {2e-5, 4e-6, 1e-6};
    double error = 1.0;
    for (int i = 0; i < 3 && error > 0.01; i++)
        error = error_along(p, first, last, lengths[i]);
    cr_expect_leq(error, 0.01, "%s to %s: off by %g", idi_store_at(p->step.store, first)->name,
                  idi_store_at(p->step.store, last)->name, error);
}

static void check_gradient(void)
{
    probe p;
    open_probe(&p);
    const int64_t count = idi_store_count(p.step.store);
    for (int64_t i = 0; i < count; i++)
        if (moment_of(&p, i) >= 0) wake(&p, i);
    (void)loss_of(&p);
    check_direction(&p, 0, count - 1);
    for (int k = 0; k < 6; k++) {
        const int64_t i = (int64_t)(idi_uniform(seed, 9, (uint64_t)k) * (double)count);
        if (moment_of(&p, i) >= 0) check_direction(&p, i, i);
    }
    close_probe(&p);
}

Test(generator_trainer, the_gradient_of_all_losses_together)
{
    check_gradient();
}

Test(generator_trainer, the_gradient_with_surrogates_and_views)
{
    add_surrogate();
    recipe.views = views;
    check_gradient();
}

/* --- refusals --------------------------------------------------------------------------------- */

static void refused(idi_status status, const char *words)
{
    cr_expect_eq(train(IDI_SCRATCH "/generator_refused", -1), status, "%s", idi_last_error());
    cr_expect(strstr(idi_last_error(), words), "'%s' does not say '%s'", idi_last_error(), words);
}

Test(generator_trainer, a_recogniser_that_does_not_fit_is_refused)
{
    recipe.network.generator.identity_dim = 9;
    refused(IDI_ERR_ARG, "identity_dim is 9, but " RECOGNISER " gives embeddings of 8");
    recipe.network.generator.identity_dim = 8;
    recipe.recogniser[0] = '\0';
    refused(IDI_ERR_ARG, "recogniser is missing");
    (void)snprintf(recipe.recogniser, sizeof recipe.recogniser, "%s", IDI_SCRATCH "/none");
    refused(IDI_ERR_IO, "none");
}

Test(generator_trainer, surrogates_that_cannot_judge_are_refused)
{
    (void)snprintf(recipe.surrogates[0], sizeof recipe.surrogates[0], "%s", IDI_SCRATCH "/none");
    refused(IDI_ERR_IO, "recipe: surrogates: " IDI_SCRATCH "/none");
    add_surrogate();
    recipe.weights.identity = 0.0;
    refused(IDI_ERR_ARG, "surrogates are given, but loss.identity, which they are for, is 0");
}

/* In no checkpoint, which knows it by its numbers. */
Test(generator_trainer, another_vgg_ends_a_training)
{
    static const char folder[] = IDI_SCRATCH "/generator_vgg";
    static const char path[] = IDI_SCRATCH "/generator_trainer_other_vgg.safetensors";
    clear(folder);
    (void)snprintf(recipe.vgg, sizeof recipe.vgg, "%s", path);
    idi_write_vgg(memory, path, 2, 7, NULL);
    cr_assert_eq(train(folder, 1), IDI_ERR_CANCELLED);
    idi_write_vgg(memory, path, 2, 8, NULL);
    cr_expect_eq(train(folder, 2), IDI_ERR_STATE);
    cr_expect(strstr(idi_last_error(), "vgg was another model there"), "%s", idi_last_error());
    idi_write_vgg(memory, path, 2, 7, NULL);
    cr_expect_eq(train(folder, 2), IDI_ERR_CANCELLED);
}

Test(generator_trainer, recipes_that_cannot_be_are_refused)
{
    recipe.swaps.share = 0.2;
    refused(IDI_ERR_ARG, "swaps.share of batch.people is one person");
    recipe.swaps.share = 0.0;
    refused(IDI_ERR_ARG, "loss.cycle is given, but swaps.share, whose images it is of, is 0 of 5");
    recipe.swaps.share = 0.4;
    recipe.data.size = 96;
    refused(IDI_ERR_ARG, "data.size is 96, but network.size 64");
    recipe.data.size = 64;
    recipe.network.generator.noise_dim = 4;
    refused(IDI_ERR_ARG, "noise_dim is 4, want 0");
    recipe.network.generator.noise_dim = 0;
    recipe.validation.people[1] = 12;
    refused(IDI_ERR_ARG, "validation has 7 people, want at least 8");
}

/* Without a recogniser only the photograph is a target. */
Test(generator_trainer, a_generator_without_identity_needs_no_recogniser)
{
    static const char folder[] = IDI_SCRATCH "/generator_plain";
    clear(folder);
    recipe.network.arch = IDI_ARCH_CA2SIS;
    recipe.network.generator.identity_dim = 0;
    recipe.recogniser[0] = '\0';
    recipe.weights.perceptual = recipe.weights.identity = 0.0;
    recipe.weights.adversarial = recipe.weights.feature_matching = 0.0;
    recipe.swaps.share = recipe.weights.cycle = 0.0;
    OK(train(folder, -1));
    cr_expect_eq(access(path_in(folder, "model.safetensors"), F_OK), 0);
}
