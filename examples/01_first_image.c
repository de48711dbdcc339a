/* SPDX-License-Identifier: Apache-2.0 */
/* 01_first_image.c - where, how and who from files, a face into a file. */
#include <idinject/idinject.h>
#include <stdio.h>

int main(void)
{
    idi_context *context;
    if (idi_context_create(NULL, &context) != IDI_OK) return 1;
    idi_generate_file_options options;
    idi_generate_file_init(&options);
    options.model = "generator.safetensors";
    options.recogniser = "recogniser.safetensors";
    options.labels = "where.png";
    options.style = "how.png";
    options.identity = "who.png";
    options.out = "face.png";
    idi_status status = idi_generate_file(context, &options);
    if (status != IDI_OK) fprintf(stderr, "%s\n", idi_last_error());
    idi_context_destroy(&context);
    return status != IDI_OK;
}
