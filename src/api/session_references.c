/* SPDX-License-Identifier: Apache-2.0 */
/* api/session_references.c - a run's styles and identities: checked, and uploaded where they
 * changed. */
#include "api/session.h"

#include <string.h>

static idi_status check_style(const idi_model *model, const idi_style *style, int64_t sample)
{
    const int64_t width = model->traits.style_width, classes = model->traits.classes;
    IDI_REQUIRE(width > 0 || !style, IDI_ERR_ARG, "sample %lld has a style, but %s takes none",
                (long long)sample, model->path);
    if (width == 0) return IDI_OK;
    IDI_REQUIRE(style, IDI_ERR_ARG, "sample %lld has no style", (long long)sample);
    IDI_REQUIRE(style->classes == classes && style->width == width, IDI_ERR_SHAPE,
                "sample %lld: style is [%lld, %lld], the model wants [%lld, %lld]",
                (long long)sample, (long long)style->classes, (long long)style->width,
                (long long)classes, (long long)width);
    return IDI_OK;
}

static idi_status check_identity(const idi_model *model, const idi_identity *identity,
                                 int64_t sample)
{
    const int64_t dim = model->traits.identity_dim;
    if (dim == 0) return IDI_OK;
    IDI_REQUIRE(identity, IDI_ERR_ARG,
                "sample %lld has no identity, and %s injects one (the style photograph's own keeps "
                "the person)",
                (long long)sample, model->path);
    IDI_REQUIRE(identity->count == dim, IDI_ERR_SHAPE,
                "sample %lld: the identity has %lld numbers (recogniser %s), the model takes %lld",
                (long long)sample, (long long)identity->count,
                identity->fingerprint[0] ? identity->fingerprint : "unknown", (long long)dim);
    const char *wanted = model->recogniser_fingerprint;
    IDI_REQUIRE(
        !wanted[0] || !identity->fingerprint[0] || strcmp(wanted, identity->fingerprint) == 0,
        IDI_ERR_ENCODER,
        "sample %lld: the identity was made by recogniser %s, the model takes those of %s%s%s",
        (long long)sample, identity->fingerprint, wanted, model->recogniser[0] ? ", " : "",
        model->recogniser);
    return IDI_OK;
}

idi_status idi_model_check_references(const idi_model *model, const idi_style *style,
                                      const idi_identity *identity, int64_t sample)
{
    IDI_TRY(check_style(model, style, sample));
    return check_identity(model, identity, sample);
}

idi_status idi_session_check_references(const idi_session *session, const idi_style *style,
                                        const idi_identity *identity, int64_t sample)
{
    if (session->identity_dim > 0)
        return idi_model_check_references(session->model, style, identity, sample);
    return check_style(session->model, style, sample);
}

/* Uploads `next` if it differs from what was set last. */
static idi_status set_if_new(idi_session *s, idi_value input, float *last, bool *is_set,
                             int64_t count)
{
    const size_t bytes = (size_t)(s->batch * count) * sizeof *last;
    if (*is_set && memcmp(last, s->next, bytes) == 0) return IDI_OK;
    *is_set = false; /* until it is there */
    memcpy(last, s->next, bytes);
    IDI_TRY(idi_graph_session_set_floats(s->run, input, last, s->batch * count));
    *is_set = true;
    return IDI_OK;
}

static idi_status set_styles(idi_session *s, const idi_style *const *styles)
{
    const int64_t style = idi_session_style_count(s);
    memset(s->next, 0, (size_t)(s->batch * style) * sizeof *s->next);
    for (int64_t i = 0; i < s->batch; i++)
        if (s->status[i] == IDI_OK)
            memcpy(s->next + i * style, styles[i]->data, (size_t)style * sizeof *s->next);
    return set_if_new(s, s->network.styles, s->styles, &s->has_styles, style);
}

idi_status idi_session_set_references(idi_session *session, const idi_style *const *styles,
                                      const idi_identity *const *identities)
{
    idi_session *s = session;
    const int64_t style = idi_session_style_count(s);
    const int64_t identity = s->identity_dim;
    if (style) IDI_TRY(set_styles(s, styles));
    if (!identity) return IDI_OK;
    memset(s->next, 0, (size_t)(s->batch * identity) * sizeof *s->next);
    for (int64_t i = 0; i < s->batch; i++)
        if (s->status[i] == IDI_OK)
            memcpy(s->next + i * identity, identities[i]->data, (size_t)identity * sizeof *s->next);
    return set_if_new(s, s->network.identity, s->identity, &s->has_identity, identity);
}
