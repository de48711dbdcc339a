/* SPDX-License-Identifier: Apache-2.0 */
/* tsan/main.c - "threads": all parts. "threads race pthread" and "threads race openmp": two threads
 * that add to one number, for run.sh to see that a race of either kind is reported. */
#include "tsan.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tsan_world world;

void tsan_need(idi_status status, const char *what)
{
    if (status == IDI_OK) return;
    (void)fprintf(stderr, "FAILED: %s: %s\n", what, idi_last_error());
    exit(1);
}

void tsan_expect(bool is_true, const char *file, int line, const char *what)
{
    if (is_true) return;
    (void)fprintf(stderr, "FAILED: %s:%d: %s\n", file, line, what);
    exit(1);
}

void tsan_together(int count, void *(*work)(void *), void *items, size_t item_bytes)
{
    pthread_t threads[16];
    EXPECT(count <= (int)(sizeof threads / sizeof threads[0]));
    for (int i = 0; i < count; i++)
        EXPECT(pthread_create(&threads[i], NULL, work, (char *)items + (size_t)i * item_bytes) ==
               0);
    for (int i = 0; i < count; i++)
        EXPECT(pthread_join(threads[i], NULL) == 0);
}

static void save(const char *format, int person, const idi_bitmap *bitmap)
{
    char path[32];
    (void)snprintf(path, sizeof path, format, person);
    NEED(idi_bitmap_save(world.context, path, bitmap, IDI_SAVE_DEFAULT));
}

static void open_world(void)
{
    idi_context_options options;
    idi_context_options_init(&options);
    options.device = "cpu";
    NEED(idi_context_create(&options, &world.context));
    NEED(idi_model_load(world.context, "generator.safetensors", &world.generator));
    NEED(idi_model_load(world.context, "recogniser.safetensors", &world.recogniser));
    for (int i = 0; i < TSAN_PEOPLE; i++) {
        NEED(idi_portrait_draw(world.context, (uint64_t)(20 + i), 1, TSAN_SIDE, &world.photo[i],
                               &world.labels[i], NULL));
        NEED(idi_style_from_image(world.generator, &world.photo[i], &world.labels[i],
                                  &world.style[i]));
        NEED(idi_identity_from_image(world.recogniser, &world.photo[i], &world.identity[i]));
        save("photo_%d.png", i, &world.photo[i]);
        save("labels_%d.png", i, &world.labels[i]);
    }
}

static void close_world(void)
{
    for (int i = 0; i < TSAN_PEOPLE; i++) {
        idi_identity_destroy(&world.identity[i]);
        idi_style_destroy(&world.style[i]);
        idi_bitmap_free(world.context, &world.labels[i]);
        idi_bitmap_free(world.context, &world.photo[i]);
    }
    idi_model_destroy(&world.recogniser);
    idi_model_destroy(&world.generator);
    idi_context_destroy(&world.context);
}

/* --- races on purpose ---------------------------------------------------------------------------
 */

enum { ADDITIONS = 1000 };

static int shared_number;

static void *add(void *user)
{
    (void)user;
    for (int i = 0; i < ADDITIONS; i++)
        shared_number++;
    return NULL;
}

static void race(const char *kind)
{
    char nothing[2];
    if (strcmp(kind, "pthread") == 0) {
        tsan_together(2, add, nothing, 1);
        return;
    }
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 2 * ADDITIONS; i++)
        shared_number++;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = {{"sessions", tsan_sessions},
                 {"stops", tsan_stops},
                 {"batches", tsan_batches},
                 {"loaders", tsan_loaders}};
    if (argc == 3 && strcmp(argv[1], "race") == 0) {
        race(argv[2]);
        return shared_number == 0;
    }
    open_world();
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        (void)printf("%s\n", parts[i].name);
        (void)fflush(stdout);
        parts[i].run();
    }
    close_world();
    return 0;
}
