/* SPDX-License-Identifier: Apache-2.0 */
/* 03_identity_strength.c - from one person to another in five steps, by files alone: the easy call
 * with an identity strength, and an embedding kept as numbers (.npy). */
#include <idinject/idinject.h>
#include <stdio.h>

/* Reads a face's identity and writes its numbers, so that the photograph is not needed again. */
static idi_status keep_identity(idi_context *context, const char *photo, const char *path)
{
    idi_model *recogniser = NULL;
    idi_bitmap face = {NULL, 0, 0, 0};
    idi_identity *identity = NULL;
    idi_status status = idi_model_load(context, "recogniser.safetensors", &recogniser);
    if (status == IDI_OK) status = idi_bitmap_load(context, photo, &face);
    if (status == IDI_OK) status = idi_identity_from_image(recogniser, &face, &identity);
    if (status == IDI_OK) {
        int64_t count;
        const float *numbers = idi_identity_data(identity, &count);
        status = idi_array_save(context, path, numbers, &count, 1);
    }
    idi_identity_destroy(&identity);
    idi_bitmap_free(context, &face);
    idi_model_destroy(&recogniser);
    return status;
}

static idi_status make(idi_context *context, double strength, const char *out)
{
    idi_generate_file_options options;
    idi_generate_file_init(&options);
    options.model = "generator.safetensors";
    options.recogniser = "recogniser.safetensors";
    options.labels = "where.png";
    options.style = "how.png";
    options.identity = "who.npy";
    options.identity_strength = strength; /* 0: the style photograph's own, 1: who.npy */
    options.out = out;
    return idi_generate_file(context, &options);
}

int main(void)
{
    idi_context *context;
    if (idi_context_create(NULL, &context) != IDI_OK) {
        fprintf(stderr, "%s\n", idi_last_error());
        return 1;
    }
    idi_status status = keep_identity(context, "who.png", "who.npy");
    for (int step = 0; step <= 4 && status == IDI_OK; step++) {
        char path[40];
        sprintf(path, "strength_%d.png", step * 25);
        status = make(context, step / 4.0, path);
    }
    if (status != IDI_OK) fprintf(stderr, "%s\n", idi_last_error());
    idi_context_destroy(&context);
    return status != IDI_OK;
}
