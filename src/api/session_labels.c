/* SPDX-License-Identifier: Apache-2.0 */
/* api/session_labels.c - a run's label maps: checked and set, and the weights of two maps' codes.
 */
#include "api/session.h"

#include <math.h>
#include <string.h>

static idi_status check_map(const idi_session *s, const char *what, const uint8_t *labels,
                            int64_t sample)
{
    const int64_t size = idi_session_traits(s)->size;
    for (int64_t i = 0; i < size * size; i++)
        IDI_REQUIRE(labels[i] < idi_session_traits(s)->classes, IDI_ERR_LABELS,
                    "sample %lld: %s %d at (%lld, %lld), but the model has classes 0..%lld",
                    (long long)sample, what, labels[i], (long long)(i % size),
                    (long long)(i / size), (long long)idi_session_traits(s)->classes - 1);
    return IDI_OK;
}

idi_status idi_session_check_labels(const idi_session *session, const idi_generate *run,
                                    int64_t sample)
{
    const int64_t at = sample * idi_session_pixels(session);
    const int64_t classes = idi_session_traits(session)->classes;
    IDI_TRY(check_map(session, "label", run->labels + at, sample));
    if (!session->has_label_mix) return IDI_OK;
    for (int64_t c = 0; c < classes; c++)
        IDI_REQUIRE(isfinite(run->label_amounts[sample * classes + c]), IDI_ERR_ARG,
                    "sample %lld: the label amount of class %lld is not a number",
                    (long long)sample, (long long)c);
    return check_map(session, "other label", run->other_labels + at, sample);
}

idi_status idi_session_check_label_mix(const idi_session *session, const idi_generate *run)
{
    const bool has_all = run->other_labels && run->label_amounts;
    const bool has_any = run->other_labels || run->label_amounts;
    IDI_REQUIRE(!session->has_label_mix || has_all, IDI_ERR_ARG,
                "generate: the session has a label mix, and other_labels and label_amounts are "
                "needed");
    IDI_REQUIRE(session->has_label_mix || !has_any, IDI_ERR_ARG,
                "generate: there are other_labels or label_amounts, but the session has no label "
                "mix");
    return IDI_OK;
}

static idi_status set_map(idi_session *s, idi_value input, const uint8_t *labels)
{
    const int64_t pixels = idi_session_pixels(s);
    memset(s->labels, 0, (size_t)(s->batch * pixels));
    for (int64_t i = 0; i < s->batch; i++)
        if (s->status[i] == IDI_OK)
            memcpy(s->labels + i * pixels, labels + i * pixels, (size_t)pixels);
    return idi_graph_session_set(s->run, input, s->labels, (size_t)(s->batch * pixels));
}

/* Diagonals: of the own codes 1 - amount, of the other map's the amount. */
static idi_status set_weights(idi_session *s, idi_value input, const double *amounts, bool is_own)
{
    const int64_t parts = idi_session_parts(s);
    const int64_t count = s->batch * parts * parts;
    memset(s->label_weights, 0, (size_t)count * sizeof *s->label_weights);
    for (int64_t i = 0; i < s->batch; i++) {
        for (int64_t p = 0; p < parts; p++) {
            const double amount = s->status[i] == IDI_OK ? amounts[i * (parts + 1) + p + 1] : 0.0;
            s->label_weights[(i * parts + p) * parts + p] = (float)(is_own ? 1.0 - amount : amount);
        }
    }
    return idi_graph_session_set_floats(s->run, input, s->label_weights, count);
}

idi_status idi_session_set_labels(idi_session *session, const idi_generate *run)
{
    idi_session *s = session;
    IDI_TRY(set_map(s, s->network.labels, run->labels));
    if (!s->has_label_mix) return IDI_OK;
    IDI_TRY(set_map(s, s->network.other_labels, run->other_labels));
    IDI_TRY(set_weights(s, s->network.own_weights, run->label_amounts, true));
    return set_weights(s, s->network.other_weights, run->label_amounts, false);
}
