/* SPDX-License-Identifier: Apache-2.0 */
/* api/identity.c - identities: unit vectors that remember their recogniser. */
#include "api/run_once.h"
#include "api/values.h"
#include "core/slerp.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FACE_SIDE = 256 };

idi_status idi_identity_copy(idi_context *context, const float *data, int64_t count,
                             const char *fingerprint, idi_identity **identity_out)
{
    idi_identity *identity;
    IDI_TRY(idi_alloc_zeroed(context->memory, IDI_TAG_GENERAL, 1, sizeof *identity, &identity));
    const idi_status st = idi_alloc(context->memory, IDI_TAG_GENERAL,
                                    (size_t)count * sizeof *identity->data, &identity->data);
    if (st != IDI_OK) {
        idi_free(context->memory, identity);
        return st;
    }
    identity->context = context;
    identity->count = count;
    memcpy(identity->data, data, (size_t)count * sizeof *data);
    (void)snprintf(identity->fingerprint, sizeof identity->fingerprint, "%s",
                   fingerprint ? fingerprint : "");
    *identity_out = identity;
    return IDI_OK;
}

idi_status idi_identity_create(idi_context *context, const float *data, int64_t count,
                               const char *fingerprint, idi_identity **identity_out)
{
    double square = 0.0;
    for (int64_t i = 0; i < count; i++)
        square += (double)data[i] * (double)data[i];
    IDI_REQUIRE(square > 0.0, IDI_ERR_ARG, "identity: all %lld numbers are zero", (long long)count);
    IDI_TRY(idi_identity_copy(context, data, count, fingerprint, identity_out));
    for (int64_t i = 0; i < count; i++)
        (*identity_out)->data[i] = (float)((double)data[i] / sqrt(square));
    return IDI_OK;
}

static idi_status embed(const idi_model *recogniser, const float *face, float *embedding)
{
    idi_network network;
    IDI_TRY(idi_network_embed(recogniser->context->memory, &recogniser->config.recogniser, 1,
                              FACE_SIDE, &network));
    const idi_status st = idi_run_once(recogniser, &network, face, NULL, embedding);
    idi_network_destroy(&network);
    return st;
}

idi_status idi_identity_from_image(const idi_model *recogniser, const idi_bitmap *face,
                                   idi_identity **identity_out)
{
    IDI_REQUIRE(recogniser && face && identity_out, IDI_ERR_ARG, "identity: a NULL argument");
    *identity_out = NULL;
    IDI_REQUIRE(!idi_arch_is_generator(recogniser->config.arch), IDI_ERR_ARG,
                "%s: is a generator (%s), want a recogniser", recogniser->path,
                idi_arch_name(recogniser->config.arch));
    idi_context *context = recogniser->context;
    const int64_t count = recogniser->config.recogniser.embedding_dim;
    float *image = NULL;
    float *embedding = NULL;
    idi_status st = IDI_OK;
    IDI_TRY_TO(done, idi_image_for_network(context, face, FACE_SIDE, &image));
    IDI_TRY_TO(done, idi_alloc(context->memory, IDI_TAG_GENERAL, (size_t)count * sizeof *embedding,
                               &embedding));
    IDI_TRY_TO(done, embed(recogniser, image, embedding));
    IDI_TRY_TO(done, idi_require_finite("identity", embedding, count));
    IDI_TRY_TO(done, idi_identity_create(context, embedding, count, recogniser->fingerprint,
                                         identity_out));
done:
    idi_free(context->memory, embedding);
    idi_free(context->memory, image);
    return st;
}

idi_status idi_identity_from_array(idi_context *context, const float *data, int64_t count,
                                   const char *fingerprint, idi_identity **identity_out)
{
    IDI_REQUIRE(context && data && identity_out, IDI_ERR_ARG, "identity: a NULL argument");
    *identity_out = NULL;
    IDI_REQUIRE(count > 0, IDI_ERR_ARG, "identity: %lld numbers, want 1 or more", (long long)count);
    for (int64_t i = 0; i < count; i++)
        IDI_REQUIRE(isfinite(data[i]), IDI_ERR_ARG, "identity: element %lld is not finite",
                    (long long)i);
    return idi_identity_create(context, data, count, fingerprint, identity_out);
}

void idi_identity_destroy(idi_identity **identity)
{
    if (!identity || !*identity) return;
    idi_memory *memory = (*identity)->context->memory;
    idi_free(memory, (*identity)->data);
    idi_free(memory, *identity);
    *identity = NULL;
}

const float *idi_identity_data(const idi_identity *identity, int64_t *count_out)
{
    if (count_out) *count_out = identity ? identity->count : 0;
    return identity ? identity->data : NULL;
}

const char *idi_identity_fingerprint(const idi_identity *identity)
{
    return identity ? identity->fingerprint : "";
}

idi_status idi_identity_require_same(const idi_identity *a, const idi_identity *b)
{
    IDI_REQUIRE(a && b, IDI_ERR_ARG, "identities: a NULL argument");
    IDI_REQUIRE(a->count == b->count, IDI_ERR_ENCODER,
                "identities have %lld and %lld numbers: made by different recognisers",
                (long long)a->count, (long long)b->count);
    IDI_REQUIRE(!a->fingerprint[0] || !b->fingerprint[0] ||
                    strcmp(a->fingerprint, b->fingerprint) == 0,
                IDI_ERR_ENCODER, "identities were made by different recognisers: %s and %s",
                a->fingerprint, b->fingerprint);
    return IDI_OK;
}

double idi_identity_dot(const idi_identity *a, const idi_identity *b)
{
    double sum = 0.0;
    for (int64_t i = 0; i < a->count; i++)
        sum += (double)a->data[i] * (double)b->data[i];
    return sum < -1.0 ? -1.0 : sum > 1.0 ? 1.0 : sum;
}

idi_status idi_identity_similarity(const idi_identity *a, const idi_identity *b, double *cosine_out)
{
    IDI_REQUIRE(cosine_out, IDI_ERR_ARG, "similarity: no place for the result");
    IDI_TRY(idi_identity_require_same(a, b));
    *cosine_out = idi_identity_dot(a, b);
    return IDI_OK;
}

static idi_status mix(const idi_identity *a, const idi_identity *b, double wa, double wb,
                      idi_identity **identity_out)
{
    idi_memory *memory = a->context->memory;
    const char *fingerprint = a->fingerprint[0] ? a->fingerprint : b->fingerprint;
    float *mixed;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)a->count * sizeof *mixed, &mixed));
    for (int64_t i = 0; i < a->count; i++)
        mixed[i] = (float)(wa * (double)a->data[i] + wb * (double)b->data[i]);
    const idi_status st =
        idi_identity_create(a->context, mixed, a->count, fingerprint, identity_out);
    idi_free(memory, mixed);
    return st;
}

idi_status idi_identity_slerp(const idi_identity *a, const idi_identity *b, double t,
                              idi_identity **identity_out)
{
    IDI_REQUIRE(identity_out, IDI_ERR_ARG, "slerp: no place for the result");
    *identity_out = NULL;
    IDI_TRY(idi_identity_require_same(a, b));
    IDI_REQUIRE(isfinite(t), IDI_ERR_ARG, "slerp: strength is not a number");
    double wa;
    double wb;
    IDI_TRY(idi_slerp_weights(idi_identity_dot(a, b), t, &wa, &wb));
    /* The ends keep their bits: normalised again, they might differ in the last one. */
    if (fabs(t) <= 0.0)
        return idi_identity_copy(a->context, a->data, a->count, a->fingerprint, identity_out);
    if (fabs(t - 1.0) <= 0.0)
        return idi_identity_copy(a->context, b->data, b->count, b->fingerprint, identity_out);
    return mix(a, b, wa, wb, identity_out);
}
