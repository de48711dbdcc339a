/* SPDX-License-Identifier: Apache-2.0 */
/* consumer/portrait.c - a stranger's program: draws a portrait, and makes a model file, which needs
 * every library that the static one stands on. */
#include <idinject/idinject.h>
#include <stdio.h>

static idi_status run(idi_context *context)
{
    idi_bitmap rgb;
    idi_status status = idi_portrait_draw(context, 7, 0, 64, &rgb, NULL, NULL);
    if (status != IDI_OK) return status;
    status = idi_bitmap_save(context, "portrait.png", &rgb, IDI_SAVE_DRAWN);
    idi_bitmap_free(context, &rgb);
    if (status != IDI_OK) return status;
    return idi_model_file_init(context, "mobilefacenet", NULL, 1, "recogniser.safetensors");
}

int main(void)
{
    idi_context *context;
    if (idi_context_create(NULL, &context) != IDI_OK) return 1;
    const idi_status status = run(context);
    if (status != IDI_OK) (void)fprintf(stderr, "%s\n", idi_last_error());
    idi_context_destroy(&context);
    (void)printf("%s %d.%d.%d\n", idi_version(), IDI_VERSION_MAJOR, IDI_VERSION_MINOR,
                 IDI_VERSION_PATCH);
    return status != IDI_OK;
}
