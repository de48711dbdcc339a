/* SPDX-License-Identifier: Apache-2.0 */
/* api/session.h - what a session holds, and what its ways to run share: session.c makes it,
 * session_generate.c runs it from and to the host, session_enqueue.c on a caller's stream,
 * session_references.c brings styles and identities to the device. */
#ifndef IDI_API_SESSION_H
#define IDI_API_SESSION_H

#include "api/objects.h"

struct idi_session {
    const idi_model *model;
    idi_backend *backend; /* its own, where the device has more than one */
    idi_network network;
    idi_graph_session *run;
    int64_t batch;
    int64_t noise_count;  /* numbers a sample; 0: the session has no noise */
    int64_t identity_dim; /* 0: the session injects none */
    bool has_label_mix;
    uint8_t *labels;      /* [batch, size, size] */
    float *styles;        /* [batch, classes, width]: as set last, to see what changed */
    float *identity;      /* [batch, identity_dim] */
    float *next;          /* the larger of the two, being gathered */
    float *noise;         /* [batch, noise_count] */
    float *label_weights; /* [batch, parts, parts], with a label mix: of one map's codes */
    float *image;         /* [batch, size, size, 3] */
    idi_status *status;
    bool has_styles; /* `styles` is what the network has */
    bool has_identity;
};

static inline const idi_generator_traits *idi_session_traits(const idi_session *session)
{
    return &session->model->traits;
}

static inline int64_t idi_session_pixels(const idi_session *session)
{
    return idi_session_traits(session)->size * idi_session_traits(session)->size;
}

static inline int64_t idi_session_style_count(const idi_session *session)
{
    return idi_session_traits(session)->classes * idi_session_traits(session)->style_width;
}

/* Classes with a mask code: all but the background. */
static inline int64_t idi_session_parts(const idi_session *session)
{
    return idi_session_traits(session)->classes - 1;
}

/* session_labels.c: sets the label maps, those of samples whose status is not IDI_OK as zeros, and
 * the weights of their codes. */
IDI_NODISCARD idi_status idi_session_set_labels(idi_session *session, const idi_generate *run);
/* Whether the run has what a label mix needs, and sample `sample` good labels. */
IDI_NODISCARD idi_status idi_session_check_label_mix(const idi_session *session,
                                                     const idi_generate *run);
IDI_NODISCARD idi_status idi_session_check_labels(const idi_session *session,
                                                  const idi_generate *run, int64_t sample);

/* session_references.c: whether sample `sample` can be run with these. Errors: ARG (there is none),
 * SHAPE, ENCODER. */
IDI_NODISCARD idi_status idi_session_check_references(const idi_session *session,
                                                      const idi_style *style,
                                                      const idi_identity *identity, int64_t sample);
/* Sets what differs from the last run; zeros for samples whose status is not IDI_OK. */
IDI_NODISCARD idi_status idi_session_set_references(idi_session *session,
                                                    const idi_style *const *styles,
                                                    const idi_identity *const *identities);

#endif
