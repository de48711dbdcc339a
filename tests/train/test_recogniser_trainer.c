/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_recogniser_trainer.c - whole trainings in small: the loss falls, a stop at any
 * step and going on leaves the files that an undisturbed training leaves, and what is refused. */
#include "core/file.h"
#include "core/rng.h"
#include "cpu/backend.h"
#include "model/weights.h"
#include "support/random.h"
#include "train/checkpoint.h"
#include "train/task.h"
#include "train/trainer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

static const char *const files[] = {"checkpoint.safetensors", "log.csv", "loss.svg",
                                    "model.safetensors"};
enum { FILE_COUNT = sizeof files / sizeof files[0], STEPS = 24 };

static const char tiny[] =
    "{\"network\": {\"arch\": \"iresnet\", \"input_side\": 32, \"embedding_dim\": 8, \"width\": 4, "
    "\"blocks\": [1, 1, 1, 1]}, \"steps\": 24, \"log_every\": 2, \"checkpoint_every\": 1000, "
    "\"seed\": 3, \"data\": {\"people\": [0, 7], \"photos\": 3}, "
    "\"batch\": {\"people\": 4, \"photos\": 2}, "
    "\"validation\": {\"every\": 10, \"people\": [8, 27], \"photos\": 2}, "
    "\"loss\": {\"scale\": 8, \"margin\": 0.2, \"ramp\": [2, 12]}, "
    "\"optimiser\": {\"rate\": 0.01, \"decay_after\": 12, \"weight_decay\": 0.01, \"clip_norm\": "
    "20, "
    "\"average_decay\": 0.9}, "
    "\"augmentation\": {\"flips\": true, \"shift\": 0.02, \"gain\": 0.1, \"noise\": 0.02}}";

static idi_memory *memory;
static idi_backend *backend;
static idi_recipe recipe;

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

static void open_rig(void)
{
    memory = idi_test_memory();
    OK(idi_cpu32_backend_create(memory, false, &backend));
    OK(idi_recipe_parse(tiny, strlen(tiny), &recipe));
}

static void close_rig(void)
{
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(recogniser_trainer, .init = open_rig, .fini = close_rig);

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

Test(recogniser_trainer, a_stop_at_any_step_changes_nothing)
{
    static const char whole[] = IDI_SCRATCH "/trainer_whole";
    static const char cut[] = IDI_SCRATCH "/trainer_cut";
    const int64_t stop =
        1 + (int64_t)(idi_uniform(idi_test_seed(), 1, 2) * (STEPS - 1)); /* 1..23 */
    clear(whole);
    clear(cut);
    OK(train(whole, -1));
    cr_assert_eq(train(cut, stop), IDI_ERR_CANCELLED);
    cr_expect(strstr(idi_last_error(), "of 24"), "%s", idi_last_error());
    cr_expect_neq(access(path_in(cut, "model.safetensors"), F_OK), 0);
    cr_assert_eq(train(cut, stop), IDI_ERR_CANCELLED); /* before it does a step */
    recipe.workers = 3;                                /* nor does how the work is done */
    recipe.data.cache_mib = 0;
    recipe.checkpoint_every = 5;
    OK(train(cut, -1));
    expect_same_files(whole, cut);
    OK(train(cut, -1)); /* finished: the model and the curve are written again */
    idi_safetensors *file;
    idi_checkpoint checkpoint;
    OK(idi_checkpoint_open(memory, path_in(cut, "checkpoint.safetensors"), &file, &checkpoint));
    cr_expect_eq(checkpoint.step, STEPS);
    idi_safetensors_close(&file);
    expect_same_files(whole, cut);
}

Test(recogniser_trainer, lines_behind_the_checkpoint_are_made_again)
{
    static const char whole[] = IDI_SCRATCH "/trainer_lines_whole";
    static const char cut[] = IDI_SCRATCH "/trainer_lines_cut";
    clear(whole);
    clear(cut);
    OK(train(whole, -1));
    cr_assert_eq(train(cut, 7), IDI_ERR_CANCELLED);
    FILE *log = fopen(path_in(cut, "log.csv"), "ab"); /* as a killed training may leave it */
    cr_assert(log && fputs("8,9,9,9,9,,\n10,9,9", log) >= 0 && fclose(log) == 0);
    OK(train(cut, -1));
    expect_same_files(whole, cut);
}

static double mean_loss(const idi_log_line *lines, int64_t first, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = first; i < first + count; i++)
        sum += lines[i].values[IDI_COLUMN_LOSS];
    return sum / (double)count;
}

static void expect_learning(const char *folder)
{
    idi_log_line *lines;
    int64_t count;
    clear(folder);
    OK(train(folder, -1));
    OK(idi_training_log_read(memory, path_in(folder, "log.csv"), &idi_recogniser_task.layout,
                             &lines, &count));
    cr_assert_eq(count, STEPS / 2 + STEPS / 2);
    const double first = mean_loss(lines, 0, 4);
    const double last = mean_loss(lines, count - 4, 4);
    cr_expect_lt(last, 0.75 * first, "the loss fell from %g to %g only", first, last);
    cr_expect_not(
        isnan(lines[count - 1].values[idi_log_column_find(&idi_recogniser_task.layout, "eer")]));
    idi_free(memory, lines);
}

/* Without a ramp, which would let it rise. */
static void learn_longer(void)
{
    recipe.steps = 2 * STEPS;
    recipe.loss.ramp[0] = recipe.loss.ramp[1] = 0;
    recipe.optimiser.rate = 0.02;
}

Test(recogniser_trainer, the_loss_falls)
{
    learn_longer();
    expect_learning(IDI_SCRATCH "/trainer_cosface");
}

Test(recogniser_trainer, the_loss_falls_on_angles)
{
    learn_longer();
    recipe.loss.kind = IDI_MARGIN_ARCFACE;
    expect_learning(IDI_SCRATCH "/trainer_arcface");
}

Test(recogniser_trainer, the_loss_falls_with_both_margins)
{
    learn_longer();
    recipe.loss.kind = IDI_MARGIN_COMBINED;
    recipe.loss.additive = 0.1;
    expect_learning(IDI_SCRATCH "/trainer_combined");
}

Test(recogniser_trainer, the_loss_falls_with_margins_by_quality)
{
    learn_longer();
    recipe.loss.kind = IDI_MARGIN_ADAFACE;
    expect_learning(IDI_SCRATCH "/trainer_adaface");
}

/* Its running mean and variance of lengths are in the checkpoint. */
Test(recogniser_trainer, a_stop_keeps_the_lengths_statistics)
{
    static const char whole[] = IDI_SCRATCH "/trainer_adaface_whole";
    static const char cut[] = IDI_SCRATCH "/trainer_adaface_cut";
    clear(whole);
    clear(cut);
    recipe.loss.kind = IDI_MARGIN_ADAFACE;
    OK(train(whole, -1));
    cr_assert_eq(train(cut, 9), IDI_ERR_CANCELLED);
    OK(train(cut, -1));
    expect_same_files(whole, cut);
}

Test(recogniser_trainer, a_mobilefacenet_is_trained)
{
    static const char network[] = "{\"arch\": \"mobilefacenet\", \"input_side\": 32, "
                                  "\"embedding_dim\": 8, \"width\": 4, \"blocks\": [1, 1, 1, 0]}";
    learn_longer();
    OK(idi_config_parse(network, strlen(network), &recipe.network));
    expect_learning(IDI_SCRATCH "/trainer_mobilefacenet");
}

/* The averages, as a model with its notes; in f16 but for vectors. */
Test(recogniser_trainer, the_model_is_the_average)
{
    static const char folder[] = IDI_SCRATCH "/trainer_model";
    idi_safetensors *model;
    idi_safetensors *checkpoint;
    idi_model_config config;
    idi_tensor_table table;
    idi_weights *weights;
    clear(folder);
    (void)snprintf(recipe.model.licence, sizeof recipe.model.licence, "Apache-2.0");
    OK(train(folder, -1));
    OK(idi_safetensors_open(memory, path_in(folder, "model.safetensors"), &model));
    OK(idi_safetensors_open(memory, path_in(folder, "checkpoint.safetensors"), &checkpoint));
    OK(idi_config_of_file(model, NULL, &config));
    OK(idi_tensor_table_create(model, &table));
    OK(idi_weights_load(memory, &config, &table, &weights));
    cr_expect_str_eq(idi_safetensors_metadata(model, IDI_METADATA_LICENCE), "Apache-2.0");
    cr_expect(strstr(idi_safetensors_metadata(model, IDI_METADATA_TRAINING_DATA), "people 0 to 7"));
    cr_expect(strstr(idi_safetensors_metadata(model, IDI_METADATA_RECIPE), "\"steps\": 24"));
    const idi_safetensor *matrix = idi_safetensors_find(model, "conv1.weight");
    const idi_safetensor *vector = idi_safetensors_find(model, "bn1.weight");
    const idi_safetensor *average = idi_safetensors_find(checkpoint, "average.bn1.weight");
    cr_assert(matrix && vector && average);
    cr_expect_eq(matrix->dtype, IDI_F16);
    cr_expect_eq(vector->dtype, IDI_F32);
    cr_expect_arr_eq(vector->data, average->data, average->bytes);
    cr_expect_null(idi_safetensors_find(model, "train.head.weight"));
    idi_weights_destroy(&weights);
    idi_tensor_table_destroy(&table);
    idi_safetensors_close(&checkpoint);
    idi_safetensors_close(&model);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void refused(const char *folder, idi_status status, const char *words)
{
    cr_expect_eq(train(folder, -1), status, "%s", idi_last_error());
    cr_expect(strstr(idi_last_error(), words), "'%s' does not say '%s'", idi_last_error(), words);
}

Test(recogniser_trainer, another_recipes_folder_is_refused)
{
    static const char folder[] = IDI_SCRATCH "/trainer_other";
    clear(folder);
    cr_assert_eq(train(folder, 1), IDI_ERR_CANCELLED);
    recipe.loss.margin = 0.3;
    refused(folder, IDI_ERR_STATE, "loss.margin is 0.2");
    recipe.network.recogniser.width = 8;
    refused(folder, IDI_ERR_STATE, "the network is another one there; use another folder");
}

Test(recogniser_trainer, what_is_no_checkpoint_is_refused)
{
    static const char folder[] = IDI_SCRATCH "/trainer_bad";
    clear(folder);
    (void)mkdir(folder, 0777);
    FILE *file = fopen(path_in(folder, "checkpoint.safetensors"), "wb");
    cr_assert(file && fputs("no checkpoint at all", file) >= 0 && fclose(file) == 0);
    refused(folder, IDI_ERR_FORMAT, "checkpoint.safetensors");
    refused(IDI_SCRATCH "/no/such/folder", IDI_ERR_IO, "the folder cannot be made");
}

Test(recogniser_trainer, too_few_people_to_validate_on_are_refused)
{
    recipe.validation.people[1] = 11;
    refused(IDI_SCRATCH "/trainer_few", IDI_ERR_ARG, "want 1 and 100: more people or photos");
}

/* A rate that no training survives: told by step and tensor, the checkpoint before it stays. */
Test(recogniser_trainer, a_loss_that_is_not_finite_ends_it)
{
    static const char folder[] = IDI_SCRATCH "/trainer_nan";
    clear(folder);
    recipe.optimiser.rate = 1e3;
    recipe.optimiser.weight_decay = 1e3; /* weights times a million a step */
    recipe.optimiser.decay_after = -1;
    recipe.optimiser.clip_norm = 0.0;
    recipe.validation.every = 0;
    recipe.checkpoint_every = 1;
    refused(folder, IDI_ERR_NUMERIC, "are not finite, the first is ");
    cr_expect_eq(access(path_in(folder, "checkpoint.safetensors"), F_OK), 0);
    cr_expect_neq(access(path_in(folder, "model.safetensors"), F_OK), 0);
}

/* --- memory that ends ------------------------------------------------------------------------- */

static idi_status train_with(idi_memory *failing, const char *folder)
{
    idi_backend *small;
    IDI_TRY(idi_cpu32_backend_create(failing, false, &small));
    const idi_trainer_options options = {.recipe = &recipe, .folder = folder, .backend = small};
    const idi_status st = idi_trainer_run(&options);
    idi_cpu_backend_destroy(&small);
    return st;
}

/* Every allocation up to the first step, then some behind. */
Test(recogniser_trainer, allocations_may_fail)
{
    static const char folder[] = IDI_SCRATCH "/trainer_memory";
    idi_status st = IDI_ERR_NOMEM;
    recipe.steps = 1;
    recipe.optimiser.decay_after = -1;
    recipe.workers = 0;
    for (int64_t n = 0; st != IDI_OK; n += 1 + n / 12) {
        cr_assert_lt(n, 1000000);
        clear(folder);
        idi_memory *failing = idi_test_failing_memory(n);
        st = train_with(failing, folder);
        idi_test_memory_close(&failing); /* nothing leaked */
        cr_assert(st == IDI_OK || st == IDI_ERR_NOMEM, "allocation %lld: %s", (long long)n,
                  idi_last_error());
    }
}
