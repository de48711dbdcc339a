/* SPDX-License-Identifier: Apache-2.0 */
/* api/references.c - see references.h. A batch has at most some hundred: a list will do. */
#include "api/references.h"

#include "api/paths.h"

#include <stdio.h>
#include <string.h>

struct idi_references {
    idi_context *context;
    const char *scheme;
    const idi_style *mean_style;
    int64_t capacity, count, clock;
    idi_reference *list; /* [capacity]: never moves */
};

void idi_outcome_note(idi_outcome *outcome, idi_status status)
{
    if (status == IDI_OK || outcome->status != IDI_OK) return;
    outcome->status = status;
    (void)snprintf(outcome->sentence, sizeof outcome->sentence, "%s", idi_last_error());
}

idi_status idi_outcome_status(const idi_outcome *outcome)
{
    if (outcome->status == IDI_OK) return IDI_OK;
    return idi_fail(outcome->status, "%s", outcome->sentence);
}

static void clear_bitmaps(idi_context *context, idi_reference *reference)
{
    idi_bitmap_free(context, &reference->photo);
    idi_bitmap_free(context, &reference->labels);
}

static void clear_reference(idi_context *context, idi_reference *reference)
{
    clear_bitmaps(context, reference);
    idi_style_destroy(&reference->style);
    idi_identity_destroy(&reference->identity);
    idi_free(context->memory, reference->labels_path);
    idi_free(context->memory, reference->photo_path);
    *reference = (idi_reference){0};
}

idi_status idi_references_create(idi_context *context, int64_t capacity, const char *scheme,
                                 const idi_style *mean_style, idi_references **references_out)
{
    idi_references *references;
    *references_out = NULL;
    IDI_TRY(idi_alloc_zeroed(context->memory, IDI_TAG_GENERAL, 1, sizeof *references, &references));
    references->context = context;
    references->scheme = scheme;
    references->mean_style = mean_style;
    references->capacity = capacity;
    const idi_status st = idi_alloc_zeroed(context->memory, IDI_TAG_GENERAL, (size_t)capacity,
                                           sizeof *references->list, &references->list);
    if (st != IDI_OK) idi_references_destroy(&references);
    *references_out = references;
    return st;
}

void idi_references_destroy(idi_references **references)
{
    if (!references || !*references) return;
    idi_references *old = *references;
    for (int64_t i = 0; i < old->count; i++)
        clear_reference(old->context, &old->list[i]);
    idi_free(old->context->memory, old->list);
    idi_free(old->context->memory, old);
    *references = NULL;
}

static bool is_same_path(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static idi_reference *find(idi_references *references, const char *photo, const char *labels)
{
    for (int64_t i = 0; i < references->count; i++) {
        idi_reference *reference = &references->list[i];
        if (is_same_path(reference->photo_path, photo) &&
            is_same_path(reference->labels_path, labels))
            return reference;
    }
    return NULL;
}

/* A place for one more. */
static idi_reference *make_room(idi_references *references)
{
    if (references->count < references->capacity) return &references->list[references->count++];
    idi_reference *oldest = NULL;
    for (int64_t i = 0; i < references->count; i++) {
        idi_reference *reference = &references->list[i];
        if (reference->user_count) continue;
        if (!oldest || reference->last_use < oldest->last_use) oldest = reference;
    }
    if (oldest) clear_reference(references->context, oldest);
    return oldest;
}

static idi_status add(idi_references *references, const char *photo, const char *labels,
                      idi_reference **reference_out)
{
    idi_memory *memory = references->context->memory;
    idi_reference *reference = make_room(references);
    IDI_ENSURE(reference);
    IDI_TRY(idi_strdup(memory, photo, &reference->photo_path));
    if (labels) IDI_TRY(idi_strdup(memory, labels, &reference->labels_path));
    *reference_out = reference;
    return IDI_OK;
}

idi_status idi_references_take(idi_references *references, const char *photo_path,
                               const char *labels_path, idi_reference **reference_out,
                               bool *is_new_out)
{
    *reference_out = find(references, photo_path, labels_path);
    *is_new_out = !*reference_out;
    if (*is_new_out) IDI_TRY(add(references, photo_path, labels_path, reference_out));
    (*reference_out)->user_count++;
    (*reference_out)->last_use = ++references->clock;
    return IDI_OK;
}

void idi_references_drop(idi_reference **reference)
{
    if (*reference) (*reference)->user_count--;
    *reference = NULL;
}

static idi_status read_array(idi_context *context, const char *path, idi_identity **identity_out)
{
    float *data;
    int64_t shape[4];
    int rank;
    IDI_TRY(idi_array_load(context, path, &data, shape, &rank));
    const int64_t count = shape[0] * shape[1] * shape[2] * shape[3];
    const idi_status st = idi_identity_from_array(context, data, count, NULL, identity_out);
    idi_array_free(context, &data);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: ", path);
}

static idi_status read_files(const idi_references *references, idi_reference *reference)
{
    idi_context *context = references->context;
    const char *photo = reference->photo_path;
    if (!reference->labels_path && idi_path_ends_with(photo, ".npy"))
        return read_array(context, photo, &reference->identity);
    IDI_TRY(idi_bitmap_load(context, photo, &reference->photo));
    if (!reference->labels_path) return IDI_OK;
    return idi_bitmap_load_labels(context, reference->labels_path, references->scheme,
                                  &reference->labels);
}

void idi_reference_read(const idi_references *references, idi_reference *reference)
{
    idi_outcome_note(&reference->outcome, read_files(references, reference));
}

static idi_status make_style(const idi_references *references, const idi_reference *reference,
                             const idi_model *generator, idi_style **style_out)
{
    idi_style *own;
    IDI_TRY(idi_style_from_image(generator, &reference->photo, &reference->labels, &own));
    *style_out = own;
    if (!references->mean_style) return IDI_OK;
    const idi_status st = idi_style_complete(own, references->mean_style, style_out);
    idi_style_destroy(&own);
    return st;
}

static idi_status encode_style(const idi_references *references, idi_reference *reference,
                               const idi_model *generator)
{
    const idi_status st = make_style(references, reference, generator, &reference->style);
    return st == IDI_OK
               ? IDI_OK
               : idi_fail_prefix(st, "%s with %s: ", reference->photo_path, reference->labels_path);
}

/* Of the length that the generator takes. */
static idi_status check_length(const idi_reference *reference, const idi_model *generator)
{
    const int64_t wanted = generator->traits.identity_dim;
    const int64_t count = reference->identity->count;
    IDI_REQUIRE(count == wanted, IDI_ERR_SHAPE,
                "%s: the identity has %lld numbers, but %s takes %lld", reference->photo_path,
                (long long)count, generator->path, (long long)wanted);
    return IDI_OK;
}

static idi_status encode_identity(idi_reference *reference, const idi_model *generator,
                                  const idi_model *recogniser)
{
    if (!reference->identity) {
        IDI_REQUIRE(recogniser, IDI_ERR_ARG,
                    "%s: a photograph's identity needs a recogniser, and none is given",
                    reference->photo_path);
        const idi_status st =
            idi_identity_from_image(recogniser, &reference->photo, &reference->identity);
        if (st != IDI_OK) return idi_fail_prefix(st, "%s: ", reference->photo_path);
    }
    return check_length(reference, generator);
}

static idi_status encode(const idi_references *references, idi_reference *reference,
                         const idi_model *generator, const idi_model *recogniser, int64_t *encoded)
{
    IDI_TRY(idi_outcome_status(&reference->outcome));
    if (reference->photo.data) (*encoded)++;
    return reference->labels_path ? encode_style(references, reference, generator)
                                  : encode_identity(reference, generator, recogniser);
}

idi_status idi_reference_encode(idi_references *references, idi_reference *reference,
                                const idi_model *generator, const idi_model *recogniser,
                                int64_t *encoded)
{
    if (!reference->is_encoded)
        idi_outcome_note(&reference->outcome,
                         encode(references, reference, generator, recogniser, encoded));
    reference->is_encoded = true;
    clear_bitmaps(references->context, reference);
    return idi_outcome_status(&reference->outcome);
}
