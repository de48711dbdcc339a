/* SPDX-License-Identifier: Apache-2.0 */
/* api/world.c - see world.h. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { PATH_BYTES = 1024, PATHS = 64 };

idi_test_world world;

/* Paths and files */

/* This test's folder, without and with a name in it. */
static int format_path(char *path, const char *slash, const char *name)
{
    return snprintf(path, PATH_BYTES, IDI_SCRATCH "/api_%s_%s%s%s", criterion_current_suite->name,
                    criterion_current_test->name, slash, name);
}

const char *idi_test_path(const char *name)
{
    static char paths[PATHS][PATH_BYTES];
    static unsigned next;
    char *path = paths[next++ % PATHS];
    (void)format_path(path, "", "");
    (void)mkdir(IDI_SCRATCH, 0777);
    (void)mkdir(path, 0777);
    cr_assert_lt(format_path(path, "/", name), PATH_BYTES, "%s: path too long", name);
    return path;
}

/* Model files add up. */
static void remove_folder(void)
{
    char path[PATH_BYTES];
    (void)format_path(path, "", "");
    DIR *folder = opendir(path);
    if (!folder) return;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        (void)format_path(path, "/", entry->d_name);
        (void)unlink(path);
    }
    (void)closedir(folder);
    (void)format_path(path, "", "");
    (void)rmdir(path);
}

void idi_test_write(const char *path, const void *bytes, size_t size)
{
    FILE *stream = fopen(path, "wb");
    cr_assert_not_null(stream, "%s cannot be written", path);
    cr_assert_eq(fwrite(bytes, 1, size, stream), size);
    cr_assert_eq(fclose(stream), 0);
}

unsigned char *idi_test_read(const char *path, size_t *size_out)
{
    FILE *stream = fopen(path, "rb");
    cr_assert_not_null(stream, "%s cannot be read", path);
    (void)fseek(stream, 0, SEEK_END);
    const long size = ftell(stream);
    rewind(stream);
    unsigned char *bytes = malloc((size_t)size + 1);
    cr_assert_not_null(bytes);
    cr_assert_eq(fread(bytes, 1, (size_t)size, stream), (size_t)size);
    (void)fclose(stream);
    *size_out = (size_t)size;
    return bytes;
}

bool idi_test_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

void idi_test_write_gray(const char *path, const unsigned char *values, int width, int height)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = PNG_FORMAT_GRAY};
    cr_assert(png_image_write_to_file(&image, path, 0, values, 0, NULL), "%s", image.message);
}

/* Models */

static const char *model_file(const char *name, const char *arch, unsigned long long seed,
                              const char *json)
{
    char config[64];
    (void)snprintf(config, sizeof config, "%s.json", name);
    const char *config_path = idi_test_path(config);
    const char *path = idi_test_path(name);
    idi_test_write(config_path, json, strlen(json));
    OK(idi_model_file_init(world.context, arch, config_path, seed, path));
    return path;
}

const char *idi_test_generator_file(const char *name, const char *arch, unsigned long long seed,
                                    const char *members)
{
    char json[1024];
    const char *identity = strcmp(arch, "ca2sis-id") == 0 ? ", \"identity_dim\": 32" : "";
    if (members && strstr(members, "identity_dim")) identity = "";
    (void)snprintf(
        json, sizeof json,
        "{\"arch\": \"%s\", \"size\": 64, \"code_channels\": 32, \"style_width\": 2,"
        " \"style_downs\": 4, \"norm_groups\": 8, \"noise_dim\": 0%s, %s, \"blocks\": ["
        "{\"channels\": 32, \"heads\": 2, \"head_dim\": 16, \"has_self_attention\": true},"
        "{\"channels\": 24, \"heads\": 2, \"head_dim\": 8, \"has_self_attention\": false},"
        "{\"channels\": 16, \"heads\": 2, \"head_dim\": 8, \"has_self_attention\": false}]}",
        arch, identity, members ? members : "\"style_dim\": 16");
    return model_file(name, arch, seed, json);
}

const char *idi_test_recogniser_file(const char *name, unsigned long long seed, int embedding_dim)
{
    char json[128];
    (void)snprintf(json, sizeof json,
                   "{\"arch\": \"mobilefacenet\", \"width\": 8, \"embedding_dim\": %d}",
                   embedding_dim);
    return model_file(name, "mobilefacenet", seed, json);
}

/* Opening and closing */

void idi_test_open_context(void)
{
    atomic_store(&world.allocator.fail_at, -1);
    const idi_context_options options = idi_test_allocator_options(&world.allocator);
    OK(idi_context_create(&options, &world.context));
}

void idi_test_open_models(void)
{
    idi_test_open_context();
    OK(idi_model_load(world.context,
                      idi_test_generator_file("generator.safetensors", "ca2sis-id", 1, NULL),
                      &world.generator));
    OK(idi_model_load(world.context,
                      idi_test_recogniser_file("recogniser.safetensors", 2, IDI_TEST_IDENTITY_DIM),
                      &world.recogniser));
}

void idi_test_open_people(void)
{
    idi_test_open_models();
    for (int i = 0; i < IDI_TEST_PEOPLE; i++) {
        OK(idi_portrait_draw(world.context, (uint64_t)(11 + i), 3, IDI_TEST_SIZE, &world.photo[i],
                             &world.labels[i], NULL));
        OK(idi_style_from_image(world.generator, &world.photo[i], &world.labels[i],
                                &world.style[i]));
        OK(idi_identity_from_image(world.recogniser, &world.photo[i], &world.identity[i]));
    }
}

void idi_test_open_files(void)
{
    idi_test_open_people();
    for (int i = 0; i < IDI_TEST_PEOPLE; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "photo_%d.png", i);
        OK(idi_bitmap_save(world.context, idi_test_path(name), &world.photo[i], IDI_SAVE_DRAWN));
        (void)snprintf(name, sizeof name, "labels_%d.png", i);
        OK(idi_bitmap_save(world.context, idi_test_path(name), &world.labels[i], 0));
    }
}

void idi_test_close(void)
{
    for (int i = 0; i < IDI_TEST_PEOPLE; i++) {
        idi_identity_destroy(&world.identity[i]);
        idi_style_destroy(&world.style[i]);
        idi_bitmap_free(world.context, &world.labels[i]);
        idi_bitmap_free(world.context, &world.photo[i]);
    }
    idi_model_destroy(&world.recogniser);
    idi_model_destroy(&world.generator);
    idi_context_destroy(&world.context);
    cr_expect_null(world.context);
    cr_expect_eq(atomic_load(&world.allocator.live), 0, "%lld blocks are left",
                 (long long)atomic_load(&world.allocator.live));
    cr_expect_eq(atomic_load(&world.allocator.damaged), 0, "%lld blocks were overrun",
                 (long long)atomic_load(&world.allocator.damaged));
    cr_expect_gt(atomic_load(&world.allocator.made), 0);
    remove_folder();
}

/* Runs and refusals */

idi_session *idi_test_session(const idi_model *generator, long long batch)
{
    idi_session_options options;
    idi_session *session;
    idi_session_options_init(&options);
    options.batch = batch;
    OK(idi_session_create(generator, &options, &session));
    return session;
}

idi_status idi_test_generate(idi_session *session, int labels, int style, int identity,
                             float *image)
{
    const idi_style *styles[1] = {world.style[style]};
    const idi_identity *identities[1] = {world.identity[identity]};
    idi_generate run;
    idi_generate_init(&run);
    run.labels = world.labels[labels].data;
    run.styles = styles;
    run.identities = identities;
    run.image_out = image;
    return idi_session_generate(session, &run);
}

idi_memory_report idi_test_memory_report(const idi_context *context)
{
    idi_memory_report report = {.struct_size = sizeof report};
    OK(idi_context_memory(context, &report));
    return report;
}

void idi_test_refused(int line, idi_status got, idi_status want, const char *const *words)
{
    const char *sentence = idi_last_error();
    cr_expect_eq(got, want, "line %d: status %s, want %s (\"%s\")", line, idi_status_name(got),
                 idi_status_name(want), sentence);
    if (got == IDI_OK) return;
    for (; *words; words++)
        cr_expect_not_null(strstr(sentence, *words), "line %d: \"%s\" lacks \"%s\"", line, sentence,
                           *words);
    const size_t length = strlen(sentence);
    cr_expect(length > 0 && !strchr(sentence, '\n') && sentence[length - 1] != '.',
              "line %d: \"%s\" is no sentence as they should be", line, sentence);
    cr_expect(strlen(idi_last_error_trace()) > 0, "line %d: no trace", line);
}
