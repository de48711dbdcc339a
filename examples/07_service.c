/* SPDX-License-Identifier: Apache-2.0 */
/* 07_service.c - in a service: a model is shared by all threads, each has a session of its own.
 * Memory is taken at the start; a request allocates nothing for the image, and fails alone. */
#include <idinject/idinject.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORKERS = 2, REQUESTS = 3 };

typedef struct worker {
    pthread_t thread;
    idi_session *session;
    const idi_bitmap *labels;
    const idi_style *style;
    const idi_identity *identity;
    uint8_t *rgb;
    int made;
} worker;

static void *serve(void *user)
{
    worker *w = (worker *)user;
    for (int request = 0; request < REQUESTS; request++) {
        idi_generate run;
        idi_generate_init(&run);
        run.labels = w->labels->data;
        run.styles = &w->style;
        run.identities = &w->identity;
        run.rgb_out = w->rgb;
        /* run.should_stop: a function that can cancel it, such as when the client is gone */
        if (idi_session_generate(w->session, &run) == IDI_OK) w->made++;
        /* otherwise idi_last_error() has this thread's own sentence */
    }
    return NULL;
}

int main(void)
{
    idi_context *context;
    idi_model *generator, *recogniser;
    idi_model_info info = {.struct_size = sizeof info};
    idi_bitmap photo, labels;
    idi_style *style;
    idi_identity *identity;
    int made = 0;
    if (idi_context_create(NULL, &context) || /* IDI_OK is 0 */
        idi_model_load(context, "generator.safetensors", &generator) ||
        idi_model_load(context, "recogniser.safetensors", &recogniser) ||
        idi_model_get_info(generator, &info) ||
        idi_portrait_draw(context, 1, 0, info.size, &photo, &labels, NULL) ||
        idi_style_from_image(generator, &photo, &labels, &style) ||
        idi_identity_from_image(recogniser, &photo, &identity)) {
        fprintf(stderr, "%s\n", idi_last_error());
        return 1; /* the process ends: nothing is tidied up */
    }
    worker workers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (worker){.labels = &labels, .style = style, .identity = identity};
        workers[i].rgb = (uint8_t *)malloc((size_t)(info.size * info.size * 3));
        if (!workers[i].rgb || idi_session_create(generator, NULL, &workers[i].session)) return 1;
        if (pthread_create(&workers[i].thread, NULL, serve, &workers[i]) != 0) return 1;
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        idi_session_destroy(&workers[i].session);
        free(workers[i].rgb);
        made += workers[i].made;
    }
    printf("%d images\n", made);
    idi_identity_destroy(&identity);
    idi_style_destroy(&style);
    idi_bitmap_free(context, &labels);
    idi_bitmap_free(context, &photo);
    idi_model_destroy(&recogniser);
    idi_model_destroy(&generator);
    idi_context_destroy(&context);
    return made != WORKERS * REQUESTS;
}
