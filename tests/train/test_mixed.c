/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_mixed.c - trainings whose graphs mix kinds of numbers (idi_graph_mix). Where
 * both kinds are floats, the bits are those of a training that does not mix; where reals are
 * rounded to bf16, checkpoints are those of any other training, and what is refused. */
#include "core/file.h"
#include "cpu/backend.h"
#include "support/random.h"
#include "support/rounding_backend.h"
#include "support/tiny_generator.h"
#include "support/tiny_recogniser.h"
#include "train/trainer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

static const char *const files[] = {"checkpoint.safetensors", "log.csv", "model.safetensors"};
enum { FILE_COUNT = sizeof files / sizeof files[0], STEPS = 4 };

static const char recogniser[] =
    "{\"network\": {\"arch\": \"iresnet\", \"input_side\": 32, \"embedding_dim\": 8, \"width\": 4, "
    "\"blocks\": [1, 1, 1, 1]}, \"steps\": 4, \"log_every\": 1, \"checkpoint_every\": 1000, "
    "\"seed\": 3, \"data\": {\"people\": [0, 7], \"photos\": 3}, "
    "\"batch\": {\"people\": 4, \"photos\": 2}, "
    "\"validation\": {\"every\": 3, \"people\": [8, 27], \"photos\": 2}, "
    "\"loss\": {\"kind\": \"adaface\", \"scale\": 8, \"margin\": 0.2}, "
    "\"optimiser\": {\"rate\": 0.01, \"weight_decay\": 0.01, \"clip_norm\": 20, "
    "\"average_decay\": 0.9}}";

static idi_memory *memory;
static idi_backend *plain, *mixed, *rounded;

static void open_rig(void)
{
    memory = idi_test_memory();
    OK(idi_cpu32_backend_create(memory, false, &plain));
    OK(idi_cpu32_backend_create(memory, false, &mixed));
    OK(idi_cpu32_backend_create(memory, false, &rounded));
    mixed->is_coarse = true;
    idi_round_backend(rounded);
}

static void close_rig(void)
{
    idi_cpu_backend_destroy(&plain);
    idi_cpu_backend_destroy(&mixed);
    idi_cpu_backend_destroy(&rounded);
    idi_test_memory_close(&memory);
}

TestSuite(mixed, .init = open_rig, .fini = close_rig);

static void path_in(const char *folder, const char *name, char path[256])
{
    (void)snprintf(path, 256, IDI_SCRATCH "/mixed_%s/%s", folder, name);
}

static void clear(const char *folder)
{
    char path[256];
    for (int i = 0; i < FILE_COUNT; i++) {
        path_in(folder, files[i], path);
        (void)unlink(path);
    }
}

static bool stop_at(void *user, const idi_trainer_progress *progress)
{
    return progress->step == *(const int64_t *)user;
}

static idi_status train(const idi_recipe *recipe, const char *folder, idi_backend *backend,
                        int64_t stop)
{
    char path[256];
    path_in(folder, "", path);
    const idi_trainer_options options = {
        .recipe = recipe, .folder = path, .backend = backend, .progress = stop_at, .user = &stop};
    return idi_trainer_run(&options);
}

static bool has_same(const char *name, const char *a, const char *b)
{
    char path[256];
    uint8_t *content[2];
    size_t bytes[2];
    path_in(a, name, path);
    OK(idi_file_read(memory, path, 1 << 26, &content[0], &bytes[0]));
    path_in(b, name, path);
    OK(idi_file_read(memory, path, 1 << 26, &content[1], &bytes[1]));
    const bool is_same = bytes[0] == bytes[1] && memcmp(content[0], content[1], bytes[0]) == 0;
    idi_free(memory, content[0]);
    idi_free(memory, content[1]);
    return is_same;
}

static void expect_same_files(const char *a, const char *b)
{
    for (int i = 0; i < FILE_COUNT; i++)
        cr_expect(has_same(files[i], a, b), "%s differs between %s and %s", files[i], a, b);
}

static void expect_same_training(const idi_recipe *recipe, const char *a, const char *b)
{
    clear(a);
    clear(b);
    OK(train(recipe, a, plain, -1));
    OK(train(recipe, b, mixed, -1));
    expect_same_files(a, b);
}

Test(mixed, a_recognisers_bits_are_the_same_where_both_kinds_are_floats)
{
    idi_recipe recipe;
    OK(idi_recipe_parse(recogniser, strlen(recogniser), &recipe));
    expect_same_training(&recipe, "recogniser_plain", "recogniser_mixed");
}

/* With everything that a generator's recipe has: the parts meet in the gradients of one parameter,
 * and so do two passes through the same network; blocks are computed again. */
static void open_generator(const char *name, idi_tiny_generator *tiny)
{
    idi_tiny_generator_open(memory, name, 5, tiny);
    idi_recipe *r = &tiny->recipe;
    r->steps = STEPS;
    r->log_every = 1;
    r->data.people[1] = 5;
    r->data.photos = 2;
    r->batch.people = 6;
    r->batch.parts = 2;
    r->batch.is_recomputed = true;
    r->validation.every = 3;
    r->validation.people[0] = 6;
    r->validation.people[1] = 14;
    r->validation.photos = 2;
    r->optimiser.rate = 0.003;
    r->optimiser.clip_norm = 5.0;
}

Test(mixed, a_generators_bits_are_the_same_where_both_kinds_are_floats)
{
    idi_tiny_generator tiny;
    open_generator("mixed_generator", &tiny);
    expect_same_training(&tiny.recipe, "generator_plain", "generator_mixed");
    idi_tiny_generator_close(&tiny);
}

/* --- rounded ---------------------------------------------------------------------------------- */

Test(mixed, a_rounded_training_goes_on_unrounded_and_the_other_way_round)
{
    enum { STOP = 2 };
    idi_recipe recipe;
    OK(idi_recipe_parse(recogniser, strlen(recogniser), &recipe));
    static const char *const folders[] = {"whole", "exact", "cut", "up", "down"};
    for (int i = 0; i < 5; i++)
        clear(folders[i]);
    OK(train(&recipe, "whole", rounded, -1));
    OK(train(&recipe, "exact", plain, -1));
    cr_assert_eq(train(&recipe, "cut", rounded, STOP), IDI_ERR_CANCELLED);
    OK(train(&recipe, "cut", rounded, -1));
    expect_same_files("whole", "cut");
    cr_assert_eq(train(&recipe, "up", rounded, STOP), IDI_ERR_CANCELLED);
    OK(train(&recipe, "up", plain, -1));
    cr_assert_eq(train(&recipe, "down", plain, STOP), IDI_ERR_CANCELLED);
    OK(train(&recipe, "down", rounded, -1));
    /* Neither half is what a training of one kind from the beginning would have made. */
    for (int i = 3; i < 5; i++) {
        cr_expect_not(has_same("model.safetensors", "whole", folders[i]), "%s was rounded whole",
                      folders[i]);
        cr_expect_not(has_same("model.safetensors", "exact", folders[i]), "%s was never rounded",
                      folders[i]);
    }
}

/* Weights that move by less than bf16 resolves have to move all the same. */
Test(mixed, small_steps_are_not_lost)
{
    idi_tiny_training t;
    idi_tiny_training_open(&t, rounded, 7);
    const int64_t index = idi_store_find(t.store, "conv1.weight");
    const int64_t count = idi_shape_count(&idi_store_at(t.store, index)->shape);
    float *before = idi_tiny_training_get(&t, index);
    for (int64_t step = 1; step <= 2; step++) {
        idi_tiny_training_set_people(&t, step);
        OK(idi_optimiser_prepare(&t.optimiser, t.session, step));
        float rates[IDI_ADAM_RATES] = {1e-6F, 1.0F, 1.0F, 1.0F};
        OK(idi_graph_session_set_floats(t.session, t.optimiser.rates[0], rates, IDI_ADAM_RATES));
        OK(idi_graph_session_run(t.session, NULL, NULL));
    }
    float *after = idi_tiny_training_get(&t, index);
    int64_t moved = 0;
    for (int64_t i = 0; i < count; i++) {
        cr_expect_float_eq(after[i], before[i], 1e-4F);
        moved += after[i] != before[i];
    }
    cr_expect_gt(moved, count / 2, "only %lld of %lld numbers moved", (long long)moved,
                 (long long)count);
    free(before);
    free(after);
    idi_tiny_training_close(&t);
}

Test(mixed, a_cpu_that_multiplies_bf16_is_refused)
{
    idi_recipe recipe;
    OK(idi_recipe_parse(recogniser, strlen(recogniser), &recipe));
    plain->is_for_inference = true;
    cr_assert_eq(train(&recipe, "refused", plain, -1), IDI_ERR_UNSUPPORTED);
    cr_expect(strstr(idi_last_error(), "wants precision f32"), "%s", idi_last_error());
}
