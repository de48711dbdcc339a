/* SPDX-License-Identifier: Apache-2.0 */
/* tsan/sessions.c - one context, one generator and one recogniser for eight threads, each with
 * sessions and values of its own, and a model that each loads for itself. */
#include "tsan.h"

#include <string.h>

enum { THREADS = 8, RUNS = 2 };

typedef struct worker {
    int number;
    float image[RUNS][TSAN_VALUES];
    idi_status status;
    bool is_its_own; /* its last error */
} worker;

static idi_status generate(idi_session *session, const idi_style *style,
                           const idi_identity *identity, int labels, float *image)
{
    idi_generate run;
    idi_generate_init(&run);
    run.labels = world.labels[labels].data;
    run.styles = &style;
    run.identities = &identity;
    run.image_out = image;
    return idi_session_generate(session, &run);
}

/* Odd ones run the network plainly, so that weights are placed for both forms at once. */
static idi_status make_images(worker *w)
{
    idi_session_options options;
    idi_session *session = NULL;
    idi_style *style = NULL;
    idi_identity *identity = NULL;
    idi_session_options_init(&options);
    options.is_plain = w->number % 2;
    idi_status st = idi_session_create(world.generator, &options, &session);
    if (st == IDI_OK)
        st = idi_style_from_image(world.generator, &world.photo[1], &world.labels[1], &style);
    if (st == IDI_OK) st = idi_identity_from_image(world.recogniser, &world.photo[2], &identity);
    for (int run = 0; run < RUNS && st == IDI_OK; run++)
        st = generate(session, style, identity, run, w->image[run]);
    idi_identity_destroy(&identity);
    idi_style_destroy(&style);
    idi_session_destroy(&session);
    return st;
}

static idi_status load_and_measure(void)
{
    idi_memory_report report = {.struct_size = sizeof report};
    idi_model *model = NULL;
    idi_status st = idi_model_load(world.context, "recogniser.safetensors", &model);
    if (st == IDI_OK) st = idi_context_memory(world.context, &report);
    idi_context_trim(world.context);
    idi_model_destroy(&model);
    return st;
}

static bool fails_alone(int number)
{
    char name[] = "no-model-of-thread-0";
    idi_model *model;
    name[sizeof name - 2] = (char)('0' + number);
    return idi_model_load(world.context, name, &model) == IDI_ERR_IO &&
           strstr(idi_last_error(), name);
}

static void *work(void *user)
{
    worker *w = user;
    w->status = make_images(w);
    if (w->status == IDI_OK) w->status = load_and_measure();
    w->is_its_own = fails_alone(w->number);
    return NULL;
}

void tsan_sessions(void)
{
    static worker workers[THREADS];
    for (int i = 0; i < THREADS; i++)
        workers[i].number = i;
    tsan_together(THREADS, work, workers, sizeof workers[0]);
    for (int i = 0; i < THREADS; i++) {
        EXPECT(workers[i].status == IDI_OK);
        EXPECT(workers[i].is_its_own);
        EXPECT(memcmp(workers[i].image, workers[i % 2].image, sizeof workers[i].image) == 0);
    }
}
