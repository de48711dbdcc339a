/* SPDX-License-Identifier: Apache-2.0 */
/* 02_swap_people.c - one session, many images: what is made once (styles, identities) and what is
 * made often. Two drawn people, each with the own and with the other's identity. */
#include <idinject/idinject.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program with the library's sentence; fine for an example. */
static void must(idi_status status)
{
    if (status == IDI_OK) return;
    fprintf(stderr, "%s: %s\n", idi_status_name(status), idi_last_error());
    exit(1);
}

int main(void)
{
    idi_context *context;
    idi_model *generator, *recogniser;
    idi_session *session;
    idi_bitmap photo[2], labels[2];
    idi_style *style[2];
    idi_identity *identity[2];
    idi_model_info info = {.struct_size = sizeof info};

    must(idi_context_create(NULL, &context));
    must(idi_model_load(context, "generator.safetensors", &generator));
    must(idi_model_load(context, "recogniser.safetensors", &recogniser));
    must(idi_model_get_info(generator, &info));
    must(idi_session_create(generator, NULL, &session));
    for (int person = 0; person < 2; person++) {
        must(idi_portrait_draw(context, (uint64_t)person, 0, info.size, &photo[person],
                               &labels[person], NULL));
        must(idi_style_from_image(generator, &photo[person], &labels[person], &style[person]));
        must(idi_identity_from_image(recogniser, &photo[person], &identity[person]));
    }

    idi_bitmap face = {malloc((size_t)(info.size * info.size * 3)), info.size, info.size, 3};
    if (!face.data) return 1;
    for (int look = 0; look < 2; look++) {
        for (int who = 0; who < 2; who++) {
            char path[40];
            const idi_style *one_style = style[look];
            const idi_identity *one_identity = identity[who];
            idi_generate run;
            idi_generate_init(&run);
            run.labels = labels[look].data;
            run.styles = &one_style;
            run.identities = &one_identity;
            run.rgb_out = face.data;
            must(idi_session_generate(session, &run));
            sprintf(path, "look_%d_who_%d.png", look, who);
            must(idi_bitmap_save(context, path, &face, IDI_SAVE_DEFAULT));
        }
    }

    free(face.data);
    for (int person = 0; person < 2; person++) {
        idi_identity_destroy(&identity[person]);
        idi_style_destroy(&style[person]);
        idi_bitmap_free(context, &labels[person]);
        idi_bitmap_free(context, &photo[person]);
    }
    idi_session_destroy(&session);
    idi_model_destroy(&recogniser);
    idi_model_destroy(&generator);
    idi_context_destroy(&context);
    return 0;
}
