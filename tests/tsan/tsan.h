/* SPDX-License-Identifier: Apache-2.0 */
/* tsan/tsan.h - what ThreadSanitizer is to watch, as a plain program: Criterion, which starts a
 * process a test, does not start under it. Each part uses the library from several threads as its
 * headers allow, and says whether the results are right; whether the accesses were, the sanitizer
 * says (tests/tsan/run.sh). */
#ifndef IDI_TESTS_TSAN_H
#define IDI_TESTS_TSAN_H

#include <idinject/idinject.h>

#include <stdbool.h>

enum { TSAN_SIDE = 64, TSAN_PEOPLE = 3, TSAN_VALUES = TSAN_SIDE * TSAN_SIDE * 3 };

/* The models that run.sh made in the working folder, and people with photo_%d.png and
 * labels_%d.png beside them. Nobody writes to it once it is open. */
typedef struct tsan_world {
    idi_context *context;
    idi_model *generator, *recogniser;
    idi_bitmap photo[TSAN_PEOPLE], labels[TSAN_PEOPLE];
    idi_style *style[TSAN_PEOPLE];
    idi_identity *identity[TSAN_PEOPLE];
} tsan_world;

extern tsan_world world;

/* Ends the program with a sentence unless it is IDI_OK, or true. From the main thread. */
#define NEED(call) tsan_need((call), #call)
void tsan_need(idi_status status, const char *what);
#define EXPECT(condition) tsan_expect((condition), __FILE__, __LINE__, #condition)
void tsan_expect(bool is_true, const char *file, int line, const char *what);

/* Starts `count` threads with their piece of `items`, and waits for all. */
void tsan_together(int count, void *(*work)(void *), void *items, size_t item_bytes);

void tsan_sessions(void); /* sessions.c */
void tsan_stops(void);    /* stops.c */
void tsan_batches(void);  /* batches.c */
void tsan_loaders(void);  /* loaders.c */

#endif
