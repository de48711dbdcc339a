/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_out_of_memory.c - every allocation may fail: an error, no leak, and life goes on. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(out_of_memory);

static void (*const open_world)(void) = idi_test_open_files;

/* Makes something and destroys it. */
typedef idi_status (*scenario)(void);

static void arm(long long fail_at, bool fails_on)
{
    world.allocator.fails_on = fails_on;
    atomic_store(&world.allocator.fail_at, fail_at);
}

/* One run in which allocation `n` (and, with fails_on, all later ones) is refused. */
static bool expect_survival(scenario run, long long n, bool fails_on)
{
    const long long live = atomic_load(&world.allocator.live);
    const long long refused = atomic_load(&world.allocator.refused);
    arm(atomic_load(&world.allocator.made) + n, fails_on);
    const idi_status st = run();
    arm(-1, false);
    const bool was_refused = atomic_load(&world.allocator.refused) > refused;
    cr_assert_eq(atomic_load(&world.allocator.live), live, "allocation %lld: %lld blocks leaked", n,
                 (long long)atomic_load(&world.allocator.live) - live);
    if (st != IDI_OK)
        IDI_REFUSED(st, IDI_ERR_NOMEM, "memory");
    else
        cr_assert(!was_refused || !fails_on, "allocation %lld: refused, and yet a success", n);
    return st != IDI_OK;
}

/* Refuses the first allocations one by one, then in steps, so that about `tries` are tried. */
static void fail_each(scenario run, long long tries)
{
    const long long before = atomic_load(&world.allocator.made);
    OK(run());
    const long long count = atomic_load(&world.allocator.made) - before;
    const long long step = 1 + count / tries;
    long long failures = 0;
    long long tried = 0;
    for (long long n = 0; n < count; n += n < 16 ? 1 : step) {
        failures += expect_survival(run, n, tried % 2 == 1);
        tried++;
    }
    cr_expect(count > 0 && failures > 0 && failures >= tried / 2,
              "%lld of %lld tries failed (%lld allocations)", failures, tried, count);
    cr_expect(!expect_survival(run, count, true), "allocation %lld was the last", count - 1);
}

static idi_status make_context(void)
{
    const idi_context_options options = idi_test_allocator_options(&world.allocator);
    idi_context *context;
    const idi_status st = idi_context_create(&options, &context);
    cr_assert_eq(context == NULL, st != IDI_OK);
    idi_context_destroy(&context);
    return st;
}

static idi_status load_generator(void)
{
    idi_model *model;
    const idi_status st =
        idi_model_load(world.context, idi_test_path("generator.safetensors"), &model);
    cr_assert_eq(model == NULL, st != IDI_OK);
    idi_model_destroy(&model);
    return st;
}

static idi_status load_recogniser(void)
{
    idi_model *model;
    const idi_status st =
        idi_model_load(world.context, idi_test_path("recogniser.safetensors"), &model);
    cr_assert_eq(model == NULL, st != IDI_OK);
    idi_model_destroy(&model);
    return st;
}

static idi_status write_model(void)
{
    const char *path = idi_test_path("new.safetensors");
    (void)unlink(path);
    const idi_status st = idi_model_file_init(
        world.context, "mobilefacenet", idi_test_path("recogniser.safetensors.json"), 3, path);
    cr_assert_eq(idi_test_exists(path), st == IDI_OK);
    return st;
}

static idi_status convert_model(void)
{
    const char *path = idi_test_path("converted.safetensors");
    (void)unlink(path);
    const idi_status st =
        idi_model_file_convert(world.context, idi_test_path("recogniser.safetensors"), NULL, path);
    cr_assert_eq(idi_test_exists(path), st == IDI_OK);
    return st;
}

static idi_status make_identity(void)
{
    idi_identity *identity;
    const idi_status st = idi_identity_from_image(world.recogniser, &world.photo[0], &identity);
    cr_assert_eq(identity == NULL, st != IDI_OK);
    idi_identity_destroy(&identity);
    return st;
}

static idi_status mix_identities(void)
{
    idi_identity *identity;
    const idi_status st = idi_identity_slerp(world.identity[0], world.identity[1], 0.5, &identity);
    cr_assert_eq(identity == NULL, st != IDI_OK);
    idi_identity_destroy(&identity);
    return st;
}

static idi_status make_style(void)
{
    idi_style *style;
    const idi_status st =
        idi_style_from_image(world.generator, &world.photo[0], &world.labels[0], &style);
    cr_assert_eq(style == NULL, st != IDI_OK);
    idi_style_destroy(&style);
    return st;
}

/* Edited values: each destroyed at once. */
static idi_status edit_values(void)
{
    enum { CLASSES = 19 };
    static const int32_t table[2][CLASSES] = {{0, 1, 2}, {2, 1, 0}};
    static const int64_t nose[1] = {2};
    double amounts[CLASSES] = {0.5};
    const idi_style *const *styles = (const idi_style *const *)world.style;
    const idi_identity *const *people = (const idi_identity *const *)world.identity;
    idi_style *mixed = NULL, *mean = NULL, *rows[2] = {NULL, NULL};
    idi_identity *average = NULL;
    idi_bitmap labels = {NULL, 0, 0, 0};
    idi_status st = idi_style_mix(styles[0], styles[1], amounts, CLASSES, &mixed);
    if (st == IDI_OK) st = idi_style_table(styles, IDI_TEST_PEOPLE, table[0], 2, CLASSES, rows);
    cr_assert(st == IDI_OK || (!rows[0] && !rows[1]));
    if (st == IDI_OK) st = idi_style_average(styles, IDI_TEST_PEOPLE, &mean);
    if (st == IDI_OK)
        st = idi_identity_average(people, IDI_TEST_PEOPLE, -1.0, NULL, NULL, &average);
    if (st == IDI_OK)
        st = idi_labels_take(world.context, &world.labels[0], &world.labels[1], nose, 1, &labels);
    idi_bitmap_free(world.context, &labels);
    idi_identity_destroy(&average);
    idi_style_destroy(&mean);
    idi_style_destroy(&rows[1]);
    idi_style_destroy(&rows[0]);
    idi_style_destroy(&mixed);
    return st;
}

static idi_status make_session(void)
{
    idi_session *session;
    const idi_status st = idi_session_create(world.generator, NULL, &session);
    cr_assert_eq(session == NULL, st != IDI_OK);
    idi_session_destroy(&session);
    return st;
}

static idi_status make_plan(void)
{
    idi_plan_report plan = {.struct_size = sizeof plan};
    return idi_session_plan(world.generator, NULL, &plan);
}

static idi_status make_pictures(void)
{
    idi_bitmap photo, labels, small = {NULL, 0, 0, 0}, loaded = {NULL, 0, 0, 0};
    const char *path = idi_test_path("labels.png");
    (void)unlink(path);
    idi_status st = idi_portrait_draw(world.context, 3, 4, 64, &photo, &labels, NULL);
    if (st == IDI_OK) st = idi_bitmap_resize(world.context, &photo, 32, 32, &small);
    if (st == IDI_OK) st = idi_bitmap_save(world.context, path, &labels, 0);
    cr_assert(st == IDI_OK || !idi_test_exists(path));
    if (st == IDI_OK) st = idi_bitmap_load_labels(world.context, path, NULL, &loaded);
    idi_bitmap_free(world.context, &loaded);
    idi_bitmap_free(world.context, &small);
    idi_bitmap_free(world.context, &labels);
    idi_bitmap_free(world.context, &photo);
    return st;
}

static idi_status generate_file(void)
{
    const char *out = idi_test_path("out.png");
    idi_generate_file_options options;
    idi_generate_file_init(&options);
    options.model = idi_test_path("generator.safetensors");
    options.recogniser = idi_test_path("recogniser.safetensors");
    options.labels = idi_test_path("labels_0.png");
    options.style = idi_test_path("photo_0.png");
    options.identity = idi_test_path("photo_1.png");
    options.identity_strength = 0.5;
    options.out = out;
    (void)unlink(out);
    const idi_status st = idi_generate_file(world.context, &options);
    cr_assert_eq(idi_test_exists(out), st == IDI_OK);
    return st;
}

static int give_two(void *user, int64_t index, idi_job *job)
{
    (void)user;
    job->labels = idi_test_path("labels_0.png");
    job->style = idi_test_path(index ? "photo_1.png" : "photo_0.png");
    job->identity = idi_test_path("photo_1.png");
    job->out = idi_test_path(index ? "out_1.png" : "out_0.png");
    return index < 2;
}

/* With threads of its own, whichever of them is refused memory. */
static idi_status run_batch_with(int copy_count)
{
    const idi_model *const copies[1] = {world.generator};
    idi_batch_options options;
    idi_batch_report report = {.struct_size = sizeof report};
    idi_batch_options_init(&options);
    options.generator = world.generator;
    options.recogniser = world.recogniser;
    options.next = give_two;
    options.copies = copies;
    options.copy_count = copy_count;
    const idi_status st = idi_batch_run(&options, &report);
    cr_assert(st != IDI_OK || report.made == 2);
    return st;
}

static idi_status run_batch(void)
{
    return run_batch_with(0);
}

static idi_status run_batch_on_two(void)
{
    return run_batch_with(1);
}

static idi_evaluate_options small_evaluation(void)
{
    idi_evaluate_options o;
    idi_evaluate_options_init(&o);
    o.data.size = 32;
    o.data.people = 4;
    o.data.photos = 2;
    o.attacks = 1;
    o.replicates = 100;
    o.batch = 1;
    o.report_path = idi_test_path("report.json");
    o.scores_path = idi_test_path("scores.csv");
    (void)unlink(o.report_path);
    return o;
}

static idi_status evaluate_recogniser(void)
{
    const idi_evaluate_options o = small_evaluation();
    const idi_status st = idi_evaluate_recogniser(world.recogniser, &o, NULL);
    cr_assert_eq(idi_test_exists(o.report_path), st == IDI_OK);
    return st;
}

static idi_status search_attack(void)
{
    const idi_model *attacked[1] = {world.recogniser};
    const idi_identity *targets[1] = {world.identity[1]};
    idi_attack_options o;
    idi_attack_result *result = NULL;
    idi_attack_options_init(&o);
    o.steps = 1;
    const idi_status st =
        idi_attack_search(world.generator, attacked, targets, 1, &world.labels[0], world.style[0],
                          world.identity[0], world.identity[1], &o, &result);
    idi_attack_result_destroy(&result);
    return st;
}

static idi_status evaluate_generator(void)
{
    static const double half = 0.5;
    idi_evaluate_options o = small_evaluation();
    o.strengths = &half;
    o.strength_count = 1;
    o.sheet_path = idi_test_path("sheet.png");
    const idi_model *recognisers[1] = {world.recogniser};
    const idi_status st = idi_evaluate_generator(world.generator, recognisers, 1, &o, NULL);
    cr_assert_eq(idi_test_exists(o.report_path), st == IDI_OK);
    return st;
}

IDI_TEST(out_of_memory, context)
{
    fail_each(make_context, 100);
}

IDI_TEST(out_of_memory, models)
{
    fail_each(load_generator, 150);
    fail_each(load_recogniser, 150);
}

IDI_TEST(out_of_memory, model_files)
{
    fail_each(write_model, 100);
    fail_each(convert_model, 100);
}

IDI_TEST(out_of_memory, identities)
{
    fail_each(mix_identities, 100);
    fail_each(make_identity, 120);
}

IDI_TEST(out_of_memory, styles)
{
    fail_each(make_style, 120);
}

IDI_TEST(out_of_memory, edited_values)
{
    fail_each(edit_values, 120);
}

IDI_TEST(out_of_memory, sessions)
{
    fail_each(make_plan, 150);
    fail_each(make_session, 150);
}

IDI_TEST(out_of_memory, pictures)
{
    fail_each(make_pictures, 150);
}

IDI_TEST(out_of_memory, files_in_and_out)
{
    fail_each(generate_file, 100);
    fail_each(run_batch, 150);
    fail_each(run_batch_on_two, 150);
}

IDI_TEST(out_of_memory, evaluations)
{
    fail_each(evaluate_recogniser, 40);
    fail_each(evaluate_generator, 60);
    fail_each(search_attack, 40);
}
