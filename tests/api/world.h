/* SPDX-License-Identifier: Apache-2.0 */
/* api/world.h - what a test from outside stands on: a context, tiny models, three people's
 * portraits, and words about refusals. Every test is an IDI_TEST, which fails if anything that it
 * made is left or damaged. (Criterion does not count what fails in a suite's .fini.) */
#ifndef IDI_TESTS_API_WORLD_H
#define IDI_TESTS_API_WORLD_H

#include "api/allocator.h"

#include <idinject/idinject.h>

#include <stdbool.h>

enum {
    IDI_TEST_PEOPLE = 3,
    IDI_TEST_SIZE = 64,
    IDI_TEST_PIXELS = IDI_TEST_SIZE * IDI_TEST_SIZE,
    IDI_TEST_VALUES = IDI_TEST_PIXELS * 3,
    IDI_TEST_IDENTITY_DIM = 32
};

typedef struct idi_test_world {
    idi_test_allocator allocator;
    idi_context *context;
    /* idi_test_open_models() */
    idi_model *generator, *recogniser;
    /* idi_test_open_people(): one of each for every person, drawn at the generator's size */
    idi_bitmap photo[IDI_TEST_PEOPLE], labels[IDI_TEST_PEOPLE];
    idi_style *style[IDI_TEST_PEOPLE];
    idi_identity *identity[IDI_TEST_PEOPLE];
} idi_test_world;

extern idi_test_world world;

/* A test between opening a world, by the file's own `open_world`, and closing it. */
#define IDI_TEST(suite, name)                                                                      \
    static void suite##_##name(void);                                                              \
    Test(suite, name)                                                                              \
    {                                                                                              \
        open_world();                                                                              \
        suite##_##name();                                                                          \
        idi_test_close();                                                                          \
    }                                                                                              \
    static void suite##_##name(void)

/* What open_world may be: the context alone, with its models, with people too, with their
 * photo_%d.png and labels_%d.png. */
void idi_test_open_context(void);
void idi_test_open_models(void);
void idi_test_open_people(void);
void idi_test_open_files(void);
void idi_test_close(void);

/* A path in a folder of this test's own, which closing removes; valid for the next 64 calls. */
const char *idi_test_path(const char *name);
/* Writes bytes to such a path, and reads a file (free() the result). */
void idi_test_write(const char *path, const void *bytes, size_t size);
unsigned char *idi_test_read(const char *path, size_t *size_out);
bool idi_test_exists(const char *path);

/* Writes a tiny model file under `name` and returns its path. `members` are JSON members that
 * differ from the tiny setting, such as "\"identity_dim\": 8", or NULL. */
const char *idi_test_generator_file(const char *name, const char *arch, unsigned long long seed,
                                    const char *members);
const char *idi_test_recogniser_file(const char *name, unsigned long long seed, int embedding_dim);

/* Writes a gray PNG by hand (through libpng): values that the library would not write. */
void idi_test_write_gray(const char *path, const unsigned char *values, int width, int height);

/* A run of one sample of these people, into `image` (IDI_TEST_VALUES floats; may be NULL). */
idi_status idi_test_generate(idi_session *session, int labels, int style, int identity,
                             float *image);
idi_session *idi_test_session(const idi_model *generator, long long batch);

idi_memory_report idi_test_memory_report(const idi_context *context);

/* Fails the test unless `got` is `want` and the sentence holds every word. */
#define IDI_REFUSED(got, want, ...)                                                                \
    idi_test_refused(__LINE__, (got), (want), (const char *const[]){__VA_ARGS__, NULL})
void idi_test_refused(int line, idi_status got, idi_status want, const char *const *words);

#endif
