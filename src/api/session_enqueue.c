/* SPDX-License-Identifier: Apache-2.0 */
/* api/session_enqueue.c - a run on the caller's stream, from and to the device's memory. */
#include "api/session.h"

void idi_enqueue_init(idi_enqueue *run)
{
    if (!run) return;
    *run = (idi_enqueue){.struct_size = sizeof *run};
}

static idi_status check_addresses(idi_backend *backend, const idi_enqueue *run)
{
    IDI_REQUIRE(run->labels && run->image_out, IDI_ERR_ARG,
                "enqueue: labels, styles and image_out are needed");
    IDI_REQUIRE((uintptr_t)run->image_out % sizeof *run->image_out == 0, IDI_ERR_ARG,
                "enqueue: image_out is not aligned as floats are");
    if (!backend->check_address) return IDI_OK;
    IDI_TRY(backend->check_address(backend, "enqueue: labels", run->labels));
    return backend->check_address(backend, "enqueue: image_out", run->image_out);
}

static idi_status check_samples(idi_session *s, const idi_enqueue *run)
{
    for (int64_t i = 0; i < s->batch; i++) {
        const idi_identity *identity = run->identities ? run->identities[i] : NULL;
        const idi_style *style = run->styles ? run->styles[i] : NULL;
        IDI_TRY(idi_session_check_references(s, style, identity, i));
        s->status[i] = IDI_OK;
    }
    return IDI_OK;
}

static idi_status enqueue(idi_session *s, const idi_enqueue *run)
{
    const int64_t pixels = s->batch * idi_session_pixels(s);
    IDI_TRY(idi_graph_session_set_from(s->run, s->network.labels, run->labels, (size_t)pixels));
    IDI_TRY(idi_session_set_references(s, run->styles, run->identities));
    IDI_TRY(idi_graph_session_run(s->run, NULL, NULL));
    return idi_graph_session_get_floats_to(s->run, s->network.output, run->image_out, pixels * 3);
}

/* Whatever was enqueued before a failure reads and writes the caller's memory too, so its stream
 * waits in any case. */
idi_status idi_session_enqueue(idi_session *session, const idi_enqueue *run)
{
    IDI_REQUIRE(session, IDI_ERR_ARG, "enqueue: no session");
    IDI_REQUIRE_STRUCT(run, idi_enqueue);
    IDI_REQUIRE(run->styles || !idi_session_traits(session)->style_width, IDI_ERR_ARG,
                "enqueue: labels, styles and image_out are needed");
    IDI_REQUIRE(!session->noise_count, IDI_ERR_UNSUPPORTED,
                "enqueue: the session has noise, which only idi_session_generate() makes");
    IDI_REQUIRE(!session->has_label_mix, IDI_ERR_UNSUPPORTED,
                "enqueue: the session has a label mix, which only idi_session_generate() makes");
    idi_backend *backend = session->backend;
    IDI_TRY(check_addresses(backend, run));
    IDI_TRY(check_samples(session, run));
    if (!backend->follow) return enqueue(session, run);
    const idi_status followed = backend->follow(backend, run->stream);
    if (followed != IDI_OK) return idi_fail_prefix(followed, "enqueue: ");
    const idi_status st = enqueue(session, run);
    const idi_status led = backend->lead(backend, run->stream);
    return led == IDI_OK ? st : led;
}
