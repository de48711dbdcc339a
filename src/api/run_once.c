/* SPDX-License-Identifier: Apache-2.0 */
/* api/run_once.c - see run_once.h. */
#include "api/run_once.h"

static idi_status set_and_run(idi_graph_session *session, const idi_network *network,
                              const float *image, const uint8_t *labels, float *out)
{
    IDI_TRY(idi_graph_session_set(session, network->image, image,
                                  idi_graph_session_bytes(session, network->image)));
    if (labels)
        IDI_TRY(idi_graph_session_set(session, network->labels, labels,
                                      idi_graph_session_bytes(session, network->labels)));
    IDI_TRY(idi_graph_session_run(session, NULL, NULL));
    return idi_graph_session_get(session, network->output, out,
                                 idi_graph_session_bytes(session, network->output));
}

idi_status idi_run_once(const idi_model *model, const idi_network *network, const float *image,
                        const uint8_t *labels, float *out)
{
    idi_graph_session *session;
    IDI_TRY(idi_graph_session_create(network->graph, model->context->backend, idi_weights_source,
                                     model->weights, &session));
    const idi_status st = set_and_run(session, network, image, labels, out);
    idi_graph_session_destroy(&session);
    return st;
}
