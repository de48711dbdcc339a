/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_ranks_trainer.c - trainings of several ranks, here threads: they are the
 * training of one with as many parts, go on after a stop as if there had been none, keep equal
 * weights, and end together. */
#include "core/file.h"
#include "cpu/backend.h"
#include "model/create.h"
#include "support/random.h"
#include "support/thread_ranks.h"
#include "train/checkpoint.h"
#include "train/recogniser_step.h"
#include "train/task.h"
#include "train/trainer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())
#define TEACHER  IDI_SCRATCH "/ranks_recogniser.safetensors"

enum { RANKS = 2, STEPS = 6 };
static const char *const files[] = {"checkpoint.safetensors", "log.csv", "loss.svg",
                                    "model.safetensors"};
enum { FILE_COUNT = sizeof files / sizeof files[0] };

static const char recogniser[] =
    "{\"arch\": \"iresnet\", \"input_side\": 32, \"embedding_dim\": 8, "
    "\"width\": 4, \"blocks\": [1, 1, 1, 1]}";

static const char generator_recipe[] =
    "{\"network\": {\"arch\": \"ca2sis-id\", \"size\": 64, \"code_side\": 16, "
    "\"code_channels\": 12, \"style_dim\": 5, \"style_width\": 1, \"style_downs\": 3, "
    "\"norm_groups\": 4, \"noise_dim\": 0, \"identity_dim\": 8, \"blocks\": ["
    "{\"channels\": 12, \"heads\": 2, \"head_dim\": 4, \"has_self_attention\": true}, "
    "{\"channels\": 8, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}, "
    "{\"channels\": 4, \"heads\": 1, \"head_dim\": 4, \"has_self_attention\": false}]}, "
    "\"recogniser\": \"" TEACHER "\", \"surrogates\": [\"" TEACHER
    "\"], \"steps\": 6, \"log_every\": 1, \"seed\": 3, "
    "\"data\": {\"people\": [0, 7], \"photos\": 2}, \"batch\": {\"people\": 8}, "
    "\"validation\": {\"every\": 4, \"people\": [8, 16], \"photos\": 2}, "
    "\"swaps\": {\"share\": 0.5, \"pixel\": 0.25}, "
    "\"loss\": {\"attention\": 1, \"cycle\": 0.5, \"adversarial\": 0.5, \"feature_matching\": "
    "0.2}, "
    "\"discriminator\": {\"layers\": 2, \"width\": 4}, \"augmentation\": {\"flips\": true}, "
    "\"views\": {\"shift\": 0.05, \"zoom\": 0.1, \"roll\": 0.2, \"gain\": 0.2, \"bias\": 0.05, "
    "\"white_balance\": 0.1, \"noise\": 0.05, \"grey\": 0.3}, "
    "\"optimiser\": {\"rate\": 0.003, \"decay_after\": 4, \"clip_norm\": 1, "
    "\"average_decay\": 0.9}}";

static const char recogniser_recipe[] =
    "{\"network\": {\"arch\": \"iresnet\", \"input_side\": 32, \"embedding_dim\": 8, "
    "\"width\": 4, \"blocks\": [1, 1, 1, 1]}, \"steps\": 6, \"log_every\": 1, \"seed\": 3, "
    "\"data\": {\"people\": [0, 7], \"photos\": 2}, \"batch\": {\"people\": 8, \"photos\": 2}, "
    "\"validation\": {\"every\": 4, \"people\": [8, 27], \"photos\": 2}, "
    "\"loss\": {\"kind\": \"adaface\", \"scale\": 8}, "
    "\"augmentation\": {\"flips\": true, \"shift\": 0.02, \"noise\": 0.02}, "
    "\"optimiser\": {\"rate\": 0.01, \"decay_after\": 4, \"average_decay\": 0.9}}";

static idi_memory *memory;

static void open_rig(void)
{
    idi_model_config config;
    memory = idi_test_memory();
    OK(idi_config_parse(recogniser, strlen(recogniser), &config));
    OK(idi_model_create_random(memory, &config, 5, TEACHER));
}

static void close_rig(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(ranks_trainer, .init = open_rig, .fini = close_rig);

/* --- trainings -------------------------------------------------------------------------------- */

typedef struct training {
    idi_recipe recipe;
    const char *folder;
    int odd_rank;   /* that wants the stop, or has the broken recipe */
    int64_t stop;   /* after this step; -1: none */
    bool is_broken; /* the odd one's recogniser is missing */
    idi_status status[RANKS];
    char sentence[RANKS][256];
} training;

static training training_of(const char *text, const char *folder)
{
    training t = {.folder = folder, .stop = -1};
    OK(idi_recipe_parse(text, strlen(text), &t.recipe));
    return t;
}

static bool stop_at(void *user, const idi_trainer_progress *progress)
{
    return progress->step == *(const int64_t *)user;
}

static void train_rank(void *user, idi_memory *own, idi_ranks *ranks)
{
    training *t = user;
    const int rank = idi_ranks_rank(ranks);
    int64_t stop = rank == t->odd_rank ? t->stop : -1;
    idi_recipe recipe = t->recipe;
    idi_backend *backend;
    if (t->is_broken && rank == t->odd_rank)
        (void)snprintf(recipe.recogniser, sizeof recipe.recogniser, "no_such.safetensors");
    OK(idi_cpu32_backend_create(own, false, &backend));
    const idi_trainer_options options = {.recipe = &recipe,
                                         .folder = t->folder,
                                         .backend = backend,
                                         .ranks = ranks,
                                         .progress = stop_at,
                                         .user = &stop};
    t->status[rank] = idi_trainer_run(&options);
    (void)snprintf(t->sentence[rank], sizeof t->sentence[rank], "%s", idi_last_error());
    cr_expect(!ranks || idi_ranks_are_over(ranks), "rank %d: %s", rank, t->sentence[rank]);
    idi_cpu_backend_destroy(&backend);
}

static void train(training *t)
{
    idi_with_thread_ranks(RANKS, train_rank, t);
}

static void expect_end(const training *t, idi_status status, const char *words)
{
    for (int r = 0; r < RANKS; r++) {
        cr_assert_eq(t->status[r], status, "rank %d: %s", r, t->sentence[r]);
        cr_expect(strstr(t->sentence[r], words), "rank %d: '%s' does not say '%s'", r,
                  t->sentence[r], words);
    }
}

/* --- their files ------------------------------------------------------------------------------ */

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

static void expect_same_files(const char *a, const char *b)
{
    for (int i = 0; i < FILE_COUNT; i++) {
        uint8_t *one;
        uint8_t *other;
        size_t one_bytes;
        size_t other_bytes;
        OK(idi_file_read(memory, path_in(a, files[i]), 1 << 26, &one, &one_bytes));
        OK(idi_file_read(memory, path_in(b, files[i]), 1 << 26, &other, &other_bytes));
        cr_expect(one_bytes == other_bytes && memcmp(one, other, one_bytes) == 0, "%s differs",
                  files[i]);
        idi_free(memory, one);
        idi_free(memory, other);
    }
}

static idi_log_line *log_of(const char *folder, const idi_log_layout *layout)
{
    idi_log_line *lines;
    int64_t count;
    OK(idi_training_log_read(memory, path_in(folder, "log.csv"), layout, &lines, &count));
    cr_assert_eq(count, STEPS);
    return lines;
}

/* The same sums in another order: a few roundings of f32 at first, which Adam, who divides by a
 * gradient's size, carries into the weights of later steps. */
static void expect_like_logs(const char *a, const char *b, const idi_log_layout *layout)
{
    idi_log_line *one = log_of(a, layout);
    idi_log_line *other = log_of(b, layout);
    for (int i = 0; i < STEPS; i++)
        for (int c = 0; c < layout->count; c++) {
            const double x = one[i].values[c];
            const double y = other[i].values[c];
            const double tolerance = (i == 0 ? 1e-5 : 1e-3) * fabs(y) + 1e-6;
            cr_expect((isnan(x) && isnan(y)) || fabs(x - y) <= tolerance, "%s of step %d: %g, %g",
                      layout->columns[c].name, i + 1, x, y);
        }
    idi_free(memory, one);
    idi_free(memory, other);
}

/* --- a generator ------------------------------------------------------------------------------ */

Test(ranks_trainer, ranks_are_the_parts_of_one)
{
    training two = training_of(generator_recipe, IDI_SCRATCH "/ranks_two");
    training one = training_of(generator_recipe, IDI_SCRATCH "/ranks_one");
    clear(two.folder);
    clear(one.folder);
    train(&two);
    expect_end(&two, IDI_OK, "");
    one.recipe.batch.parts = RANKS;
    train_rank(&one, memory, NULL);
    cr_assert_eq(one.status[0], IDI_OK, "%s", one.sentence[0]);
    expect_like_logs(two.folder, one.folder, &idi_generator_task.layout);
}

Test(ranks_trainer, ranks_with_parts_of_their_own)
{
    training two = training_of(generator_recipe, IDI_SCRATCH "/ranks_two_parts");
    training one = training_of(generator_recipe, IDI_SCRATCH "/ranks_four_parts");
    clear(two.folder);
    clear(one.folder);
    two.recipe.batch.parts = one.recipe.batch.parts = 4;
    two.recipe.swaps.share = one.recipe.swaps.share = 1.0;
    two.recipe.weights.feature_matching = one.recipe.weights.feature_matching = 0.0;
    train(&two);
    expect_end(&two, IDI_OK, "");
    train_rank(&one, memory, NULL);
    cr_assert_eq(one.status[0], IDI_OK, "%s", one.sentence[0]);
    expect_like_logs(two.folder, one.folder, &idi_generator_task.layout);
}

/* Whichever rank wants the stop. */
static void check_resume(const char *text, const char *whole_folder, const char *cut_folder)
{
    training whole = training_of(text, whole_folder);
    training cut = training_of(text, cut_folder);
    clear(whole_folder);
    clear(cut_folder);
    train(&whole);
    expect_end(&whole, IDI_OK, "");
    cut.stop = 2;
    cut.odd_rank = 1;
    train(&cut);
    expect_end(&cut, IDI_ERR_CANCELLED, "stopped after step 2 of 6");
    cut.stop = 5;
    cut.odd_rank = 0;
    train(&cut);
    expect_end(&cut, IDI_ERR_CANCELLED, "stopped after step 5 of 6");
    cut.stop = -1;
    train(&cut);
    expect_end(&cut, IDI_OK, "");
    expect_same_files(whole_folder, cut_folder);
}

Test(ranks_trainer, a_generator_goes_on_as_if_nothing_had_been)
{
    check_resume(generator_recipe, IDI_SCRATCH "/ranks_whole", IDI_SCRATCH "/ranks_cut");
}

Test(ranks_trainer, a_recogniser_goes_on_as_if_nothing_had_been)
{
    check_resume(recogniser_recipe, IDI_SCRATCH "/ranks_whole_r", IDI_SCRATCH "/ranks_cut_r");
}

/* --- equal weights ---------------------------------------------------------------------------- */

static void expect_equal_tensors(idi_memory *own, idi_store *store, idi_ranks *ranks)
{
    for (int64_t i = 0; i < idi_store_count(store); i++) {
        const int64_t count = idi_shape_count(&idi_store_at(store, i)->shape);
        const size_t bytes = (size_t)count * sizeof(float);
        float *values;
        OK(idi_alloc(own, IDI_TAG_GENERAL, 2 * bytes, &values));
        OK(idi_store_get(store, i, values));
        memcpy(values + count, values, bytes);
        OK(idi_ranks_broadcast(ranks, values, bytes));
        cr_expect(memcmp(values, values + count, bytes) == 0, "%s differs between ranks",
                  idi_store_at(store, i)->name);
        idi_free(own, values);
    }
}

/* Each rank has faces of its own. */
static void step_rank(void *user, idi_memory *own, idi_ranks *ranks)
{
    static const int64_t identities[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    training *t = user;
    idi_recipe recipe = t->recipe;
    idi_backend *backend;
    idi_recogniser_step step;
    idi_step_report report;
    const int64_t count = 8 * 32 * 32 * 3;
    float *crops = malloc((size_t)count * sizeof *crops);
    for (int64_t i = 0; i < count; i++)
        crops[i] = (float)((i * 7919 + 13 * idi_ranks_rank(ranks)) % 101) / 50.0F - 1.0F;
    OK(idi_recipe_divide(&recipe, RANKS));
    OK(idi_cpu32_backend_create(own, false, &backend));
    OK(idi_recogniser_step_open(backend, &recipe, ranks, 8, &step));
    for (int64_t i = 1; i <= 3; i++)
        OK(idi_recogniser_step_run(&step, i, crops, identities, &report));
    cr_expect_gt(step.statistics.count, 20, "%lld statistics", (long long)step.statistics.count);
    expect_equal_tensors(own, step.store, ranks);
    idi_recogniser_step_close(&step);
    idi_cpu_backend_destroy(&backend);
    free(crops);
}

Test(ranks_trainer, weights_and_statistics_stay_equal)
{
    training t = training_of(recogniser_recipe, NULL);
    idi_with_thread_ranks(RANKS, step_rank, &t);
}

/* --- ends ------------------------------------------------------------------------------------- */

Test(ranks_trainer, one_that_fails_is_the_end_of_all)
{
    training t = training_of(generator_recipe, IDI_SCRATCH "/ranks_broken");
    clear(t.folder);
    t.is_broken = true;
    t.odd_rank = 1;
    train(&t);
    expect_end(&t, IDI_ERR_IO, "rank 1: no_such.safetensors");
    t.odd_rank = 0;
    train(&t);
    expect_end(&t, IDI_ERR_IO, "no_such.safetensors");
    t.is_broken = false;
    t.recipe.batch.people = 7;
    train(&t);
    expect_end(&t, IDI_ERR_ARG, "2 processes cannot share batch.people 7");
    cr_expect_neq(access(path_in(t.folder, "checkpoint.safetensors"), F_OK), 0);
}

/* A spoilt loss shows on all ranks, and is told once. */
Test(ranks_trainer, a_loss_that_is_not_finite_is_everybodys)
{
    training t = training_of(recogniser_recipe, IDI_SCRATCH "/ranks_spoilt");
    clear(t.folder);
    t.recipe.optimiser.rate = 1e3;
    t.recipe.optimiser.weight_decay = 1e3;
    t.recipe.loss.scale = 1e4;
    t.recipe.steps = 40;
    t.recipe.validation.every = 0;
    t.recipe.optimiser.decay_after = -1;
    train(&t);
    expect_end(&t, IDI_ERR_NUMERIC, "the loss is");
}

/* A recipe knows how many shared it. */
Test(ranks_trainer, another_number_of_ranks_is_another_training)
{
    training t = training_of(recogniser_recipe, IDI_SCRATCH "/ranks_number");
    clear(t.folder);
    t.stop = 1;
    train(&t);
    expect_end(&t, IDI_ERR_CANCELLED, "stopped after step 1");
    train_rank(&t, memory, NULL);
    cr_expect_eq(t.status[0], IDI_ERR_STATE);
    cr_expect(strstr(t.sentence[0], "batch.parts is 2 there and 1 in this recipe"), "%s",
              t.sentence[0]);
}

static void train_remotely(void *user, idi_memory *own, idi_ranks *ranks)
{
    const training *t = user;
    idi_backend *backend;
    OK(idi_cpu32_backend_create(own, false, &backend));
    backend->is_remote = true;
    const idi_trainer_options options = {
        .recipe = &t->recipe, .folder = t->folder, .backend = backend, .ranks = ranks};
    cr_expect_eq(idi_trainer_run(&options), IDI_ERR_UNSUPPORTED);
    cr_expect(strstr(idi_last_error(), "2 processes cannot share a training on GPUs yet"), "%s",
              idi_last_error());
    idi_cpu_backend_destroy(&backend);
}

Test(ranks_trainer, a_gpu_is_for_one)
{
    training t = training_of(recogniser_recipe, IDI_SCRATCH "/ranks_remote");
    idi_with_thread_ranks(RANKS, train_remotely, &t);
}
