/* SPDX-License-Identifier: Apache-2.0 */
/* 04_compare_faces.c - a recogniser alone: how alike are faces? The first file against the others.
 */
#include <idinject/idinject.h>
#include <stdio.h>

static idi_status embed(idi_context *context, const idi_model *recogniser, const char *path,
                        idi_identity **identity_out)
{
    idi_bitmap face;
    *identity_out = NULL;
    idi_status status = idi_bitmap_load(context, path, &face);
    if (status != IDI_OK) return status;
    status = idi_identity_from_image(recogniser, &face, identity_out);
    idi_bitmap_free(context, &face);
    return status;
}

static idi_status compare(idi_context *context, const idi_model *recogniser,
                          const idi_identity *first, const char *path)
{
    idi_identity *other;
    double cosine = 0.0;
    idi_status status = embed(context, recogniser, path, &other);
    if (status != IDI_OK) return status;
    status = idi_identity_similarity(first, other, &cosine);
    if (status == IDI_OK) printf("%-30s %.4f\n", path, cosine);
    idi_identity_destroy(&other);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s FACE OTHER...\n", argv[0]);
        return 2;
    }
    idi_context *context = NULL;
    idi_model *recogniser = NULL;
    idi_identity *first = NULL;
    idi_status status = idi_context_create(NULL, &context);
    if (status == IDI_OK) status = idi_model_load(context, "recogniser.safetensors", &recogniser);
    if (status == IDI_OK) status = embed(context, recogniser, argv[1], &first);
    for (int i = 2; i < argc && status == IDI_OK; i++)
        status = compare(context, recogniser, first, argv[i]);
    if (status != IDI_OK) fprintf(stderr, "%s\n", idi_last_error());
    idi_identity_destroy(&first);
    idi_model_destroy(&recogniser);
    idi_context_destroy(&context);
    return status != IDI_OK;
}
