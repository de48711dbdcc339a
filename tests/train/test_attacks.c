/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_attacks.c - a recogniser trained on attacks: they are the images that the plain
 * network in double makes of the same faces, drawn as promised; and whole trainings with them. */
#include "core/file.h"
#include "core/rng.h"
#include "cpu/backend.h"
#include "model/create.h"
#include "support/random.h"
#include "train/attacks.h"
#include "train/checkpoint.h"
#include "train/faces.h"
#include "train/generator_losses.h"
#include "train/trainer.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK(call)   cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())
#define GENERATOR  IDI_SCRATCH "/attacks_generator.safetensors"
#define RECOGNISER IDI_SCRATCH "/attacks_recogniser.safetensors"
#define PLAIN      IDI_SCRATCH "/attacks_plain.safetensors"
#define LARGE      IDI_SCRATCH "/attacks_large.safetensors"
#define WIDER      IDI_SCRATCH "/attacks_wider.safetensors"

enum { SIDE = 64, FACE = SIDE * SIDE * 3, DIM = 8, FACES = 12, COUNT = 10, STEPS = 6 };

#define GENERATOR_OF(arch, size, identity)                                                         \
    "{\"arch\": \"" arch "\", \"size\": " size ", \"code_side\": 32, \"code_channels\": 12, "      \
    "\"style_dim\": 5, \"style_width\": 1, \"style_downs\": 3, \"norm_groups\": 4, "               \
    "\"noise_dim\": 0, \"identity_dim\": " identity ", \"blocks\": ["                              \
    "{\"channels\": 12, \"heads\": 2, \"head_dim\": 4, \"has_self_attention\": false}, "           \
    "{\"channels\": 8, \"heads\": 1, \"head_dim\": 8, \"has_self_attention\": false}"
#define BLOCK ", {\"channels\": 4, \"heads\": 1, \"head_dim\": 4, \"has_self_attention\": false}"
static const char generator[] = GENERATOR_OF("ca2sis-id", "64", "8") "]}";
static const char plain[] = GENERATOR_OF("ca2sis", "64", "0") "]}";
static const char large[] = GENERATOR_OF("ca2sis-id", "128", "8") BLOCK "]}";
static const char recogniser[] = "{\"arch\": \"iresnet\", \"input_side\": 32, "
                                 "\"embedding_dim\": 8, \"width\": 4, \"blocks\": [1, 1, 1, 1]}";
static const char wider[] = "{\"arch\": \"iresnet\", \"input_side\": 32, "
                            "\"embedding_dim\": 9, \"width\": 4, \"blocks\": [1, 1, 1, 1]}";

static const char tiny[] =
    "{\"network\": {\"arch\": \"iresnet\", \"input_side\": 32, \"embedding_dim\": 8, \"width\": 4, "
    "\"blocks\": [1, 1, 1, 1]}, \"steps\": 6, \"log_every\": 1, \"checkpoint_every\": 1000, "
    "\"seed\": 3, \"data\": {\"people\": [0, 7], \"photos\": 4}, "
    "\"batch\": {\"people\": 4, \"photos\": 3}, "
    "\"loss\": {\"scale\": 8, \"margin\": 0.2}, \"optimiser\": {\"rate\": 0.01}, "
    "\"attacks\": {\"generator\": \"" GENERATOR "\", \"recogniser\": \"" RECOGNISER "\", "
    "\"share\": 0.8, \"strength\": [0.4, 0.9]}, "
    "\"augmentation\": {\"flips\": true, \"shift\": 0.02, \"gain\": 0.1, \"noise\": 0.02}}";

static idi_memory *memory;
static idi_backend *backend;
static idi_recipe recipe;

static void create(const char *config_text, uint64_t seed, const char *path)
{
    idi_model_config config;
    OK(idi_config_parse(config_text, strlen(config_text), &config));
    OK(idi_model_create_random(memory, &config, seed, path));
}

static void open_rig(void)
{
    memory = idi_test_memory();
    OK(idi_cpu32_backend_create(memory, false, &backend));
    OK(idi_recipe_parse(tiny, strlen(tiny), &recipe));
    create(generator, 11, GENERATOR);
    create(recogniser, 12, RECOGNISER);
}

static void close_rig(void)
{
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(attacks, .init = open_rig, .fini = close_rig);

/* --- an oracle: the plain form in double ------------------------------------------------------ */

typedef struct model {
    idi_model_config config;
    idi_weights *weights;
    idi_placement *placement;
} model;

typedef struct oracle {
    idi_backend *backend;
    model generator, recogniser;
    idi_graph *embed, *generate;
    idi_value embed_faces, embedding, faces, labels, identity, images;
    idi_graph_session *embedder, *maker;
} oracle;

static void load_model(oracle *o, const char *path, model *m)
{
    idi_safetensors *file;
    idi_tensor_table table;
    OK(idi_safetensors_open(memory, path, &file));
    OK(idi_config_of_file(file, NULL, &m->config));
    OK(idi_tensor_table_create(file, &table));
    OK(idi_weights_load(memory, &m->config, &table, &m->weights));
    OK(idi_placement_create(m->weights, o->backend, &m->placement));
    idi_tensor_table_destroy(&table);
    idi_safetensors_close(&file);
}

static void open_oracle(oracle *o)
{
    const idi_shape face = idi_shape4(1, SIDE, SIDE, 3);
    OK(idi_cpu64_backend_create(memory, true, &o->backend));
    load_model(o, GENERATOR, &o->generator);
    load_model(o, RECOGNISER, &o->recogniser);
    const idi_ca2sis_config *config = &o->generator.config.generator;
    OK(idi_graph_create(memory, &o->embed));
    OK(idi_graph_create(memory, &o->generate));
    o->embed_faces = idi_graph_input(o->embed, "faces", IDI_REAL, face, IDI_RATE_IMAGE);
    o->embedding =
        idi_view_of(o->embed, &o->recogniser.config.recogniser, "", o->embed_faces).embedding;
    idi_graph_mark_output(o->embed, o->embedding);
    o->faces = idi_graph_input(o->generate, "faces", IDI_REAL, face, IDI_RATE_IMAGE);
    o->labels =
        idi_graph_input(o->generate, "labels", IDI_U8, idi_shape3(1, SIDE, SIDE), IDI_RATE_IMAGE);
    o->identity =
        idi_graph_input(o->generate, "identity", IDI_REAL, idi_shape2(1, DIM), IDI_RATE_IMAGE);
    const idi_value styles = idi_ca2sis_style_encoder(o->generate, config, o->faces, o->labels);
    o->images = idi_ca2sis_generator(o->generate, config, IDI_FORM_PLAIN, o->labels,
                                     idi_ca2sis_tokens(o->generate, config, styles, o->identity));
    idi_graph_mark_output(o->generate, o->images);
    OK(idi_graph_session_create(o->embed, o->backend, idi_placement_source, o->recogniser.placement,
                                &o->embedder));
    OK(idi_graph_session_create(o->generate, o->backend, idi_placement_source,
                                o->generator.placement, &o->maker));
}

static void close_model(model *m)
{
    idi_placement_destroy(&m->placement);
    idi_weights_destroy(&m->weights);
}

static void close_oracle(oracle *o)
{
    idi_graph_session_destroy(&o->maker);
    idi_graph_session_destroy(&o->embedder);
    idi_graph_destroy(&o->generate);
    idi_graph_destroy(&o->embed);
    close_model(&o->generator);
    close_model(&o->recogniser);
    idi_cpu_backend_destroy(&o->backend);
}

static void face_of(const idi_batch *batch, int64_t row, double *face)
{
    for (int i = 0; i < FACE; i++)
        face[i] = (double)batch->rgb[row * FACE + i] / 127.5 - 1.0;
}

static void embed(const oracle *o, const idi_batch *batch, int64_t row, double identity[DIM])
{
    double *face = malloc(FACE * sizeof *face);
    face_of(batch, row, face);
    OK(idi_graph_session_set(o->embedder, o->embed_faces, face, FACE * sizeof *face));
    OK(idi_graph_session_run(o->embedder, NULL, NULL));
    OK(idi_graph_session_get(o->embedder, o->embedding, identity, DIM * sizeof *identity));
    free(face);
}

/* Along the great circle: a turned towards what of b is at right angles to it. */
static void turn(const double *a, const double *b, double t, double *out)
{
    double cosine = 0.0;
    double length = 0.0;
    double right[DIM];
    for (int k = 0; k < DIM; k++)
        cosine += a[k] * b[k];
    for (int k = 0; k < DIM; k++) {
        right[k] = b[k] - cosine * a[k];
        length += right[k] * right[k];
    }
    const double angle = t * acos(cosine);
    for (int k = 0; k < DIM; k++)
        out[k] = cos(angle) * a[k] + sin(angle) * right[k] / sqrt(length);
}

/* The image of row `row` with the identity, as bytes are cut from it, but not cut. */
static double *image_of(const oracle *o, const idi_batch *batch, int64_t row,
                        const double identity[DIM])
{
    double *image = malloc(FACE * sizeof *image);
    face_of(batch, row, image);
    OK(idi_graph_session_set(o->maker, o->faces, image, FACE * sizeof *image));
    OK(idi_graph_session_set(o->maker, o->labels, batch->labels + row * SIDE * SIDE, SIDE * SIDE));
    OK(idi_graph_session_set(o->maker, o->identity, identity, DIM * sizeof *identity));
    OK(idi_graph_session_run(o->maker, NULL, NULL));
    OK(idi_graph_session_get(o->maker, o->images, image, FACE * sizeof *image));
    for (int i = 0; i < FACE; i++)
        image[i] = fmin(fmax((image[i] + 1.0) * 127.5, 0.0), 255.0);
    return image;
}

/* --- batches ---------------------------------------------------------------------------------- */

typedef struct rig {
    idi_faces faces;
    idi_loader *loader;
    idi_fixed_files files;
    idi_attacks attacks;
} rig;

static void open_attacks(rig *r)
{
    const idi_loader_options options = {.order = IDI_ORDER_BALANCED,
                                        .seed = idi_test_seed(),
                                        .people = recipe.batch.people,
                                        .photos = recipe.batch.photos,
                                        .has_flips = true};
    OK(idi_faces_open(memory, &recipe, recipe.data.people, recipe.data.photos, &r->faces));
    OK(idi_loader_create(memory, r->faces.cached, &options, &r->loader));
    OK(idi_attacks_open(backend, &recipe, NULL, &r->files, &r->attacks));
}

static void close_attacks(rig *r)
{
    idi_attacks_close(&r->attacks);
    idi_loader_destroy(&r->loader);
    idi_faces_close(&r->faces);
}

static void expect_attack(const oracle *o, const idi_batch *before, const idi_batch *after,
                          const idi_attack *attack)
{
    double own[DIM];
    double giver[DIM];
    double mixed[DIM];
    int equal = 0;
    int moved = 0;
    embed(o, before, attack->row, own);
    embed(o, before, attack->giver, giver);
    turn(own, giver, attack->strength, mixed);
    double *want = image_of(o, before, attack->row, mixed);
    double *unmoved = image_of(o, before, attack->row, own);
    for (int i = 0; i < FACE; i++) {
        const double have = (double)after->rgb[attack->row * FACE + i];
        cr_assert(fabs(have - floor(want[i])) <= 1.0, "row %lld, number %d: %g, want %g",
                  (long long)attack->row, i, have, want[i]);
        equal += have >= floor(want[i]) && have <= floor(want[i]);
        moved += floor(want[i]) < floor(unmoved[i]) || floor(want[i]) > floor(unmoved[i]);
    }
    cr_expect_gt(equal, FACE * 98 / 100, "row %lld", (long long)attack->row);
    cr_expect_gt(moved, FACE / 20, "the identity hardly shows: %d numbers of %d", moved, FACE);
    free(unmoved);
    free(want);
}

Test(attacks, they_are_the_generators_images_with_other_identities)
{
    rig r = {.files.count = 0};
    oracle o;
    idi_batch before;
    bool is_attacked[FACES] = {false};
    recipe.seed = (int64_t)(idi_test_seed() % 1000000);
    open_oracle(&o);
    open_attacks(&r);
    cr_assert_eq(r.attacks.count, COUNT);
    OK(idi_loader_next(r.loader, &before));
    idi_batch after = before;
    OK(idi_attacks_run(&r.attacks, &after));
    for (int i = 0; i < COUNT; i++) {
        const idi_attack attack = idi_attack_of(&r.attacks, &before, i);
        expect_attack(&o, &before, &after, &attack);
        is_attacked[attack.row] = true;
    }
    for (int row = 0; row < FACES; row++)
        cr_expect(is_attacked[row] ||
                      memcmp(before.rgb + row * FACE, after.rgb + row * FACE, FACE) == 0,
                  "row %d is no attack and has changed", row);
    cr_expect_eq(after.identities, before.identities); /* who they are called */
    cr_expect_eq(after.labels, before.labels);
    cr_expect_eq(r.files.count, 2);
    close_attacks(&r);
    close_oracle(&o);
}

Test(attacks, they_are_drawn_evenly)
{
    enum { BATCHES = 3000 };
    static const int64_t identities[FACES] = {5, 5, 5, 2, 2, 2, 7, 7, 7, 0, 0, 0};
    const idi_attacks attacks = {.recipe = &recipe, .ranks = 1, .count = COUNT};
    double strengths = 0.0;
    int taken[FACES] = {0};
    int given[FACES] = {0};
    recipe.seed = (int64_t)(idi_test_seed() % 1000000);
    for (int b = 0; b < BATCHES; b++) {
        const idi_batch batch = {.number = b, .count = FACES, .identities = identities};
        bool is_taken[FACES] = {false};
        for (int i = 0; i < COUNT; i++) {
            const idi_attack a = idi_attack_of(&attacks, &batch, i);
            cr_assert(a.row >= 0 && a.row < FACES && !is_taken[a.row]);
            cr_assert_neq(identities[a.row], identities[a.giver]);
            cr_assert(a.strength >= 0.4 && a.strength < 0.9);
            is_taken[a.row] = true;
            taken[a.row]++;
            given[a.giver]++;
            strengths += a.strength / (BATCHES * COUNT);
        }
    }
    const double each = (double)BATCHES * COUNT / FACES; /* six deviations */
    for (int row = 0; row < FACES; row++) {
        cr_expect(fabs(taken[row] - each) < 6.0 * sqrt(each), "row %d: %d", row, taken[row]);
        cr_expect(fabs(given[row] - each) < 6.0 * sqrt(each), "row %d: %d", row, given[row]);
    }
    cr_expect(fabs(strengths - 0.65) < 6.0 * 0.145 / sqrt(BATCHES * COUNT), "%g", strengths);
}

Test(attacks, another_rank_draws_others)
{
    static const int64_t identities[4] = {0, 1, 2, 3};
    const idi_batch batch = {.number = 7, .count = 4, .identities = identities};
    const idi_attacks first = {.recipe = &recipe, .rank = 0, .ranks = 2, .count = 3};
    const idi_attacks second = {.recipe = &recipe, .rank = 1, .ranks = 2, .count = 3};
    int equal = 0;
    for (int i = 0; i < 3; i++)
        equal +=
            idi_attack_of(&first, &batch, i).strength >=
                idi_attack_of(&second, &batch, i).strength &&
            idi_attack_of(&first, &batch, i).strength <= idi_attack_of(&second, &batch, i).strength;
    cr_expect_eq(equal, 0);
}

/* --- whole trainings -------------------------------------------------------------------------- */

static const char *const files[] = {"checkpoint.safetensors", "log.csv", "loss.svg",
                                    "model.safetensors"};
enum { FILE_COUNT = sizeof files / sizeof files[0] };

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

static bool are_same(const char *a, const char *b, const char *name)
{
    uint8_t *one;
    uint8_t *other;
    size_t one_bytes;
    size_t other_bytes;
    OK(idi_file_read(memory, path_in(a, name), 1 << 26, &one, &one_bytes));
    OK(idi_file_read(memory, path_in(b, name), 1 << 26, &other, &other_bytes));
    const bool is_same = one_bytes == other_bytes && memcmp(one, other, one_bytes) == 0;
    idi_free(memory, one);
    idi_free(memory, other);
    return is_same;
}

Test(attacks, a_stop_at_any_step_changes_nothing)
{
    static const char whole[] = IDI_SCRATCH "/attacks_whole";
    static const char cut[] = IDI_SCRATCH "/attacks_cut";
    const int64_t stop = 1 + (int64_t)(idi_uniform(idi_test_seed(), 1, 2) * (STEPS - 1));
    clear(whole);
    clear(cut);
    OK(train(whole, -1));
    cr_assert_eq(train(cut, stop), IDI_ERR_CANCELLED);
    recipe.workers = 3;
    recipe.data.cache_mib = 0;
    OK(train(cut, -1));
    for (int i = 0; i < FILE_COUNT; i++)
        cr_expect(are_same(whole, cut, files[i]), "%s differs", files[i]);
}

/* What a share of 0 trains is what a recipe without attacks does, whatever files it names; with one
 * it is something else. */
Test(attacks, none_is_as_without)
{
    static const char without[] = IDI_SCRATCH "/attacks_without";
    static const char none[] = IDI_SCRATCH "/attacks_none";
    static const char some[] = IDI_SCRATCH "/attacks_some";
    clear(without);
    clear(none);
    clear(some);
    OK(train(some, -1));
    recipe.attacks.share = 0.0;
    OK(train(none, -1));
    memset(&recipe.attacks, 0, sizeof recipe.attacks);
    OK(train(without, -1));
    cr_expect(are_same(without, none, "log.csv"));
    cr_expect_not(are_same(without, some, "log.csv"));
    idi_safetensors *one;
    idi_safetensors *other;
    OK(idi_safetensors_open(memory, path_in(without, "checkpoint.safetensors"), &one));
    OK(idi_safetensors_open(memory, path_in(none, "checkpoint.safetensors"), &other));
    cr_assert_eq(idi_safetensors_count(one), idi_safetensors_count(other));
    for (int64_t i = 0; i < idi_safetensors_count(one); i++) {
        const idi_safetensor *a = idi_safetensors_get(one, i);
        const idi_safetensor *b = idi_safetensors_find(other, a->name);
        cr_assert(b && a->bytes == b->bytes && memcmp(a->data, b->data, a->bytes) == 0, "%s",
                  a->name);
    }
    idi_safetensors_close(&other);
    idi_safetensors_close(&one);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void refused(idi_status status, const char *words)
{
    static const char folder[] = IDI_SCRATCH "/attacks_refused";
    clear(folder);
    cr_expect_eq(train(folder, 1), status, "%s: %s", words, idi_last_error());
    cr_expect(strstr(idi_last_error(), words), "'%s' does not say '%s'", idi_last_error(), words);
}

static void name(char *member, const char *path)
{
    (void)snprintf(member, IDI_RECIPE_TEXT_BYTES, "%s", path);
}

Test(attacks, what_cannot_attack_is_refused_by_name)
{
    create(plain, 1, PLAIN);
    create(large, 1, LARGE);
    create(wider, 1, WIDER);
    name(recipe.attacks.generator, IDI_SCRATCH "/attacks_no_such_file");
    refused(IDI_ERR_IO, "recipe: attacks.generator: ");
    name(recipe.attacks.generator, RECOGNISER);
    refused(IDI_ERR_ARG, "is a iresnet, want a generator that takes identities");
    name(recipe.attacks.generator, PLAIN);
    refused(IDI_ERR_ARG, "is a ca2sis, want a generator that takes identities");
    name(recipe.attacks.generator, LARGE);
    refused(IDI_ERR_ARG, "data.size is 64, but attacks.generator, " LARGE ", makes images of 128");
    name(recipe.attacks.generator, GENERATOR);
    name(recipe.attacks.recogniser, IDI_SCRATCH "/attacks_no_such_file");
    refused(IDI_ERR_IO, "recipe: attacks.recogniser: ");
    name(recipe.attacks.recogniser, PLAIN);
    refused(IDI_ERR_ARG, "attacks.recogniser: " PLAIN " is a ca2sis, want a recogniser");
    name(recipe.attacks.recogniser, WIDER);
    refused(IDI_ERR_ARG, "gives embeddings of 9, attacks.generator takes 8");
}

/* A generator's file may say for whose identities it was made. */
Test(attacks, identities_of_another_recogniser_are_refused)
{
    static const char noted[] = IDI_SCRATCH "/attacks_noted.safetensors";
    const idi_import_options options = {.recogniser = "r",
                                        .recogniser_fingerprint = "0123456789abcdef"};
    OK(idi_model_import(memory, GENERATOR, &options, noted));
    name(recipe.attacks.generator, noted);
    refused(IDI_ERR_ARG, "attacks.generator was made for 0123456789abcdef");
}

static void goes_on_no_more(const char *folder, const char *words)
{
    cr_expect_eq(train(folder, -1), IDI_ERR_STATE, "%s", idi_last_error());
    cr_expect(strstr(idi_last_error(), words), "'%s' does not say '%s'", idi_last_error(), words);
}

/* Their paths are the same: the recipe cannot tell. (Tests run side by side: no other one has these
 * two files.) */
Test(attacks, other_models_end_a_training)
{
    static const char folder[] = IDI_SCRATCH "/attacks_other";
    static const char maker[] = IDI_SCRATCH "/attacks_other_generator.safetensors";
    static const char judge[] = IDI_SCRATCH "/attacks_other_recogniser.safetensors";
    name(recipe.attacks.generator, maker);
    name(recipe.attacks.recogniser, judge);
    create(generator, 11, maker);
    create(recogniser, 12, judge);
    clear(folder);
    cr_assert_eq(train(folder, 2), IDI_ERR_CANCELLED);
    create(generator, 13, maker);
    goes_on_no_more(folder, "is of another training: attacks.generator was another model there");
    create(generator, 11, maker);
    create(recogniser, 14, judge);
    goes_on_no_more(folder, "attacks.recogniser was another model there");
    create(recogniser, 12, judge);
    OK(train(folder, -1));
}

/* --- memory that ends ------------------------------------------------------------------------- */

static idi_status open_with(idi_memory *failing, idi_batch *batch)
{
    idi_backend *small;
    idi_fixed_files known = {.count = 0};
    idi_attacks attacks;
    IDI_TRY(idi_cpu32_backend_create(failing, false, &small));
    idi_status st = idi_attacks_open(small, &recipe, NULL, &known, &attacks);
    if (st == IDI_OK) st = idi_attacks_run(&attacks, batch);
    idi_attacks_close(&attacks);
    idi_cpu_backend_destroy(&small);
    return st;
}

Test(attacks, allocations_may_fail)
{
    rig r = {.files.count = 0};
    idi_batch batch;
    idi_status st = IDI_ERR_NOMEM;
    open_attacks(&r);
    OK(idi_loader_next(r.loader, &batch));
    for (int64_t n = 0; st != IDI_OK; n += 1 + n / 12) {
        idi_batch copy = batch;
        idi_memory *failing = idi_test_failing_memory(n);
        st = open_with(failing, &copy);
        idi_test_memory_close(&failing); /* nothing leaked */
        cr_assert(st == IDI_OK || st == IDI_ERR_NOMEM, "allocation %lld: %s", (long long)n,
                  idi_last_error());
    }
    close_attacks(&r);
}
