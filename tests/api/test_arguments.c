/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_arguments.c - calls that cannot be meant: NULL, unset structs, devices, precisions. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(arguments);

static void (*const open_world)(void) = idi_test_open_people;

IDI_TEST(arguments, null_is_refused_by_contexts_and_models)
{
    idi_context *context = world.context;
    idi_model *model;
    idi_model_info info = {.struct_size = sizeof info};
    idi_memory_report report = {.struct_size = sizeof report};
    IDI_REFUSED(idi_context_create(NULL, NULL), IDI_ERR_ARG, "context");
    IDI_REFUSED(idi_context_memory(NULL, &report), IDI_ERR_ARG, "no context");
    IDI_REFUSED(idi_context_memory(context, NULL), IDI_ERR_ARG, "idi_memory_report");
    IDI_REFUSED(idi_model_load(NULL, "x", &model), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_model_load(context, NULL, &model), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_model_load(context, "x", NULL), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_model_load_recogniser(NULL, &model), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_model_get_info(NULL, &info), IDI_ERR_ARG, "no model");
    IDI_REFUSED(idi_model_get_info(world.generator, NULL), IDI_ERR_ARG, "idi_model_info");
    IDI_REFUSED(idi_model_file_init(NULL, "ca2sis", NULL, 0, "x"), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_model_file_init(context, NULL, NULL, 0, "x"), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_model_file_init(context, "ca2sis", NULL, 0, NULL), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_model_file_convert(NULL, "x", NULL, "y"), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_model_file_convert(context, NULL, NULL, "y"), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_model_file_convert(context, "x", NULL, NULL), IDI_ERR_ARG, "NULL");
}

IDI_TEST(arguments, null_is_refused_by_bitmaps)
{
    idi_context *context = world.context;
    idi_bitmap bitmap;
    const idi_bitmap empty = {NULL, 8, 8, 3};
    float *data;
    int64_t shape[4];
    int rank;
    IDI_REFUSED(idi_bitmap_load(NULL, "x", &bitmap), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_bitmap_load(context, NULL, &bitmap), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_bitmap_load(context, "x", NULL), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_bitmap_load_labels(context, NULL, NULL, &bitmap), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_bitmap_load_labels(context, "x", NULL, NULL), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_bitmap_save(NULL, "x", &world.photo[0], 0), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_bitmap_save(context, NULL, &world.photo[0], 0), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_bitmap_save(context, idi_test_path("x.png"), NULL, 0), IDI_ERR_ARG, "bitmap");
    IDI_REFUSED(idi_bitmap_save(context, idi_test_path("x.png"), &empty, 0), IDI_ERR_ARG, "bitmap");
    const idi_bitmap frames[2] = {world.photo[0], world.labels[0]};
    const char *const moving = idi_test_path("x.apng");
    IDI_REFUSED(idi_bitmap_save_animation(NULL, moving, frames, 1, 40, 0), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_bitmap_save_animation(context, moving, frames, 0, 40, 0), IDI_ERR_ARG, "frame");
    IDI_REFUSED(idi_bitmap_save_animation(context, moving, &empty, 1, 40, 0), IDI_ERR_ARG,
                "bitmap");
    IDI_REFUSED(idi_bitmap_save_animation(context, moving, frames, 1, 0, 0), IDI_ERR_ARG,
                "0 milli");
    IDI_REFUSED(idi_bitmap_save_animation(context, moving, frames, 2, 40, 0), IDI_ERR_SHAPE,
                "frame 1");
    IDI_REFUSED(idi_bitmap_resize(context, NULL, 4, 4, &bitmap), IDI_ERR_ARG, "bitmap");
    IDI_REFUSED(idi_bitmap_resize(context, &world.photo[0], 4, 4, NULL), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_array_load(context, NULL, &data, shape, &rank), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_array_save(context, "x", NULL, shape, 1), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_portrait_draw(NULL, 0, 0, 64, &bitmap, NULL, NULL), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_portrait_draw(context, 0, 0, 64, NULL, NULL, NULL), IDI_ERR_ARG, "NULL");
    cr_expect(!idi_test_exists(idi_test_path("x.png")));
}

IDI_TEST(arguments, null_is_refused_by_values_and_sessions)
{
    double cosine;
    idi_identity *identity;
    idi_style *style;
    idi_session *session;
    idi_plan_report plan = {.struct_size = sizeof plan};
    const float one[1] = {1.0f};
    const idi_bitmap *photo = &world.photo[0];
    IDI_REFUSED(idi_identity_from_image(NULL, photo, &identity), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_identity_from_image(world.recogniser, NULL, &identity), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_identity_from_image(world.recogniser, photo, NULL), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_identity_from_array(NULL, one, 1, NULL, &identity), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_identity_from_array(world.context, NULL, 1, NULL, &identity), IDI_ERR_ARG,
                "NULL");
    IDI_REFUSED(idi_identity_similarity(NULL, world.identity[0], &cosine), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_identity_similarity(world.identity[0], world.identity[0], NULL), IDI_ERR_ARG,
                "place");
    IDI_REFUSED(idi_identity_slerp(world.identity[0], NULL, 0.5, &identity), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_style_from_image(NULL, photo, photo, &style), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_style_from_image(world.generator, photo, NULL, &style), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_style_from_array(world.context, NULL, 1, 1, &style), IDI_ERR_ARG, "NULL");
    IDI_REFUSED(idi_session_create(NULL, NULL, &session), IDI_ERR_ARG, "no model");
    IDI_REFUSED(idi_session_create(world.generator, NULL, NULL), IDI_ERR_ARG, "place");
    IDI_REFUSED(idi_session_plan(NULL, NULL, &plan), IDI_ERR_ARG, "no model");
    IDI_REFUSED(idi_session_plan(world.generator, NULL, NULL), IDI_ERR_ARG, "idi_plan_report");
    IDI_REFUSED(idi_session_generate(NULL, NULL), IDI_ERR_ARG, "no session");
    IDI_REFUSED(idi_generate_file(NULL, NULL), IDI_ERR_ARG, "no context");
    IDI_REFUSED(idi_generate_file(world.context, NULL), IDI_ERR_ARG, "idi_generate_file_options");
}

IDI_TEST(arguments, a_run_lacks_something)
{
    const idi_style *styles[1] = {world.style[0]};
    const idi_style *no_styles[1] = {NULL};
    const idi_identity *no_identities[1] = {NULL};
    idi_session *session = idi_test_session(world.generator, 1);
    idi_generate run;
    idi_generate_init(&run);
    IDI_REFUSED(idi_session_generate(session, NULL), IDI_ERR_ARG, "idi_generate");
    run.styles = styles;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_ARG, "labels and styles");
    run.labels = world.labels[0].data;
    run.styles = NULL;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_ARG, "labels and styles");
    run.styles = styles;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_ARG, "sample 0", "no identity");
    run.identities = no_identities;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_ARG, "sample 0", "no identity");
    run.styles = no_styles;
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_ARG, "sample 0", "no style");
    idi_session_destroy(&session);
}

IDI_TEST(arguments, destroying_nothing_is_allowed)
{
    idi_context *context = NULL;
    idi_model *model = NULL;
    idi_session *session = NULL;
    idi_style *style = NULL;
    idi_identity *identity = NULL;
    idi_bitmap bitmap = {NULL, 0, 0, 0};
    float *array = NULL;
    idi_context_destroy(NULL);
    idi_context_destroy(&context);
    idi_model_destroy(NULL);
    idi_model_destroy(&model);
    idi_session_destroy(NULL);
    idi_session_destroy(&session);
    idi_style_destroy(NULL);
    idi_style_destroy(&style);
    idi_identity_destroy(NULL);
    idi_identity_destroy(&identity);
    idi_bitmap_free(NULL, &bitmap);
    idi_bitmap_free(world.context, NULL);
    idi_bitmap_free(world.context, &bitmap);
    idi_array_free(NULL, &array);
    idi_array_free(world.context, NULL);
    idi_array_free(world.context, &array);
}

IDI_TEST(arguments, asking_nothing_gives_nothing)
{
    int64_t count = 7;
    int64_t classes = 7;
    int64_t width = 7;
    idi_context_options_init(NULL);
    idi_convert_options_init(NULL);
    idi_session_options_init(NULL);
    idi_generate_init(NULL);
    idi_generate_file_init(NULL);
    cr_expect_str_eq(idi_context_device(NULL), "");
    cr_expect_str_eq(idi_identity_fingerprint(NULL), "");
    cr_expect_null(idi_identity_data(NULL, &count));
    cr_expect_eq(count, 0);
    cr_expect_null(idi_identity_data(NULL, NULL));
    cr_expect_null(idi_style_data(NULL, &classes, &width));
    cr_expect(classes == 0 && width == 0);
    cr_expect_null(idi_style_data(NULL, NULL, NULL));
}

IDI_TEST(arguments, an_unset_struct_is_refused)
{
    idi_context_options options = idi_test_allocator_options(&world.allocator);
    idi_context *context;
    idi_session *session;
    idi_memory_report report = {0};
    idi_model_info info = {0};
    idi_plan_report plan = {0};
    idi_session_options session_options = {0};
    idi_generate run = {0};
    idi_generate_file_options files = {0};
    idi_convert_options convert = {0};
    options.struct_size = 0;
    IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_ARG, "idi_context_options",
                "struct_size", "_init");
    cr_expect_null(context);
    IDI_REFUSED(idi_context_memory(world.context, &report), IDI_ERR_ARG, "idi_memory_report",
                "struct_size");
    IDI_REFUSED(idi_model_get_info(world.generator, &info), IDI_ERR_ARG, "idi_model_info",
                "struct_size");
    IDI_REFUSED(idi_session_plan(world.generator, NULL, &plan), IDI_ERR_ARG, "idi_plan_report",
                "struct_size");
    IDI_REFUSED(idi_session_create(world.generator, &session_options, &session), IDI_ERR_ARG,
                "idi_session_options", "struct_size");
    session = idi_test_session(world.generator, 1);
    IDI_REFUSED(idi_session_generate(session, &run), IDI_ERR_ARG, "idi_generate", "struct_size");
    IDI_REFUSED(idi_generate_file(world.context, &files), IDI_ERR_ARG, "idi_generate_file_options",
                "struct_size");
    IDI_REFUSED(idi_model_file_convert(world.context, "x", &convert, "y"), IDI_ERR_ARG,
                "idi_convert_options", "struct_size");
    idi_session_destroy(&session);
}

IDI_TEST(arguments, a_device_that_cannot_be_used_says_why)
{
    static const char *const devices[] = {"cuda:9999", "tpu", "", "cuda:0", "cuda"};
    idi_device_info gpu = {.struct_size = sizeof gpu};
    idi_context_options options = idi_test_allocator_options(&world.allocator);
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        idi_context *context = world.context;
        OK(idi_device_get_info(1, &gpu));
        if (gpu.is_usable && i >= 3) continue;
        options.device = devices[i];
        IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_DEVICE, devices[i], "cpu");
        cr_expect_null(context);
        if (devices[i][0] != 'c') continue;
        cr_expect_not_null(strstr(idi_last_error(), "CUDA"), "no reason: %s", idi_last_error());
    }
}

static void remember(void *user, idi_severity severity, const char *message)
{
    cr_expect_eq(severity, IDI_LOG_INFO);
    (void)snprintf(user, 256, "%s", message);
}

IDI_TEST(arguments, auto_says_what_it_took)
{
    char message[256] = "";
    idi_context_options options = idi_test_allocator_options(&world.allocator);
    idi_context *context;
    options.log = remember;
    options.log_user = message;
    OK(idi_context_create(&options, &context));
    cr_expect_str_eq(idi_context_device(context), "cpu");
    cr_expect_str_eq(message, "", "a device that was asked for needs no message");
    idi_context_destroy(&context);
    options.device = "auto";
    OK(idi_context_create(&options, &context));
    cr_expect_not_null(strstr(message, idi_context_device(context)), "\"%s\"", message);
    idi_context_destroy(&context);
}

IDI_TEST(arguments, half_an_allocator_is_refused)
{
    idi_context_options options = idi_test_allocator_options(&world.allocator);
    idi_context *context;
    options.free = NULL;
    IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_ARG, "alloc and free");
    options = idi_test_allocator_options(&world.allocator);
    options.alloc = NULL;
    IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_ARG, "alloc and free");
}

IDI_TEST(arguments, the_defaults_work)
{
    idi_context *context;
    idi_device_info gpu = {.struct_size = sizeof gpu};
    OK(idi_device_get_info(1, &gpu));
    OK(idi_context_create(NULL, &context));
    cr_expect_str_eq(idi_context_device(context), gpu.is_usable ? "cuda:0" : "cpu");
    idi_context_destroy(&context);
    cr_expect_null(context);
    cr_expect_str_eq(idi_version(), "0.1.0");
}

IDI_TEST(arguments, a_precision_of_gpus_is_unsupported)
{
    static const char *const precisions[] = {"f16", "tf32", "double"};
    idi_plan_report plan = {.struct_size = sizeof plan};
    idi_session_options options;
    idi_session *session;
    idi_session_options_init(&options);
    for (size_t i = 0; i < sizeof precisions / sizeof precisions[0]; i++) {
        options.precision = precisions[i];
        IDI_REFUSED(idi_session_create(world.generator, &options, &session), IDI_ERR_UNSUPPORTED,
                    precisions[i], "cpu", "f32");
        cr_expect_null(session);
        IDI_REFUSED(idi_session_plan(world.generator, &options, &plan), IDI_ERR_UNSUPPORTED,
                    precisions[i]);
    }
}

IDI_TEST(arguments, a_batch_is_from_one)
{
    static const int64_t batches[] = {0, -1, 1 << 20, INT64_MAX};
    idi_session_options options;
    idi_session *session;
    idi_session_options_init(&options);
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        options.batch = batches[i];
        IDI_REFUSED(idi_session_create(world.generator, &options, &session), IDI_ERR_ARG, "batch",
                    "want 1");
        cr_expect_null(session);
    }
}

IDI_TEST(arguments, sizes_out_of_range_are_refused)
{
    idi_context *context = world.context;
    const idi_bitmap two_channels = {world.photo[0].data, 64, 64, 2};
    const float one[1] = {1.0f};
    const int64_t shape[4] = {1, 1, 1, 1};
    idi_bitmap bitmap;
    idi_style *style;
    IDI_REFUSED(idi_portrait_draw(context, 1, 1, 31, &bitmap, NULL, NULL), IDI_ERR_ARG, "31", "32");
    IDI_REFUSED(idi_portrait_draw(context, 1, 1, 1025, &bitmap, NULL, NULL), IDI_ERR_ARG, "1025");
    IDI_REFUSED(idi_bitmap_resize(context, &world.photo[0], 0, 8, &bitmap), IDI_ERR_SHAPE, "0 x 8");
    IDI_REFUSED(idi_bitmap_resize(context, &world.labels[0], 8, -1, &bitmap), IDI_ERR_SHAPE,
                "8 x -1");
    IDI_REFUSED(idi_bitmap_resize(context, &two_channels, 8, 8, &bitmap), IDI_ERR_ARG,
                "2 channels");
    IDI_REFUSED(idi_array_save(context, idi_test_path("x.npy"), one, shape, 5), IDI_ERR_SHAPE,
                "rank 5");
    IDI_REFUSED(idi_style_from_array(context, one, 0, 1, &style), IDI_ERR_SHAPE, "[0, 1]");
    IDI_REFUSED(idi_style_from_array(context, one, 1, INT64_MAX, &style), IDI_ERR_SHAPE, "style");
    IDI_REFUSED(idi_model_file_init(context, "gan", NULL, 0, idi_test_path("x")), IDI_ERR_ARG,
                "gan");
    cr_expect(!idi_test_exists(idi_test_path("x.npy")) && !idi_test_exists(idi_test_path("x")));
}

IDI_TEST(arguments, statuses_have_names)
{
    cr_expect_str_eq(idi_status_name(IDI_OK), "IDI_OK");
    cr_expect_str_eq(idi_status_name(IDI_ERR_INTERNAL), "IDI_ERR_INTERNAL");
    cr_expect_not_null(idi_status_name((idi_status)-99));
    cr_expect_not_null(idi_status_name((idi_status)7));
}

IDI_TEST(arguments, devices_are_listed)
{
    idi_device_info info = {.struct_size = sizeof info};
    cr_expect_geq(idi_device_count(), 2);
    OK(idi_device_get_info(0, &info));
    cr_expect_str_eq(info.id, "cpu");
    cr_expect(info.is_usable && info.reason[0] == '\0');
    OK(idi_device_get_info(1, &info));
    cr_expect_str_eq(info.id, "cuda:0");
    cr_expect_eq(info.is_usable != 0, info.reason[0] == '\0', "\"%s\"", info.reason);
    IDI_REFUSED(idi_device_get_info(-1, &info), IDI_ERR_ARG, "index -1");
    IDI_REFUSED(idi_device_get_info(idi_device_count(), &info), IDI_ERR_ARG, "want 0 to");
    info.struct_size = 0;
    IDI_REFUSED(idi_device_get_info(0, &info), IDI_ERR_ARG, "struct_size");
    IDI_REFUSED(idi_device_get_info(0, NULL), IDI_ERR_ARG, "struct_size");
}

IDI_TEST(arguments, a_contexts_precision_is_checked_at_once)
{
    idi_context *context;
    idi_context_options options = idi_test_allocator_options(&world.allocator);
    options.precision = "f16";
    IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_UNSUPPORTED, "f16", "cpu",
                "want f32");
    cr_expect_null(context);
    options.precision = "f32";
    OK(idi_context_create(&options, &context));
    idi_context_trim(context);
    idi_context_trim(NULL);
    idi_context_destroy(&context);
}

static void free_nothing(void *user, void *memory, void *stream)
{
    (void)user;
    (void)memory;
    (void)stream;
}

IDI_TEST(arguments, half_a_device_allocator_is_refused)
{
    idi_context *context;
    idi_context_options options = idi_test_allocator_options(&world.allocator);
    options.device_free = free_nothing;
    IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_ARG, "device_alloc", "device_free");
}
