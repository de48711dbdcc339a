/* SPDX-License-Identifier: Apache-2.0 */
/* api/run_once.c - see run_once.h. */
#include "api/run_once.h"

static int64_t count_of(const idi_network *network, idi_value value)
{
    const idi_shape shape = idi_graph_shape(network->graph, value);
    return idi_shape_count(&shape);
}

static idi_status set_and_run(idi_graph_session *session, const idi_network *network,
                              const float *image, const uint8_t *labels, float *out)
{
    const idi_value source = network->image == IDI_NONE ? network->noise : network->image;
    IDI_TRY(idi_graph_session_set_floats(session, source, image, count_of(network, source)));
    if (labels)
        IDI_TRY(idi_graph_session_set(session, network->labels, labels,
                                      idi_graph_session_bytes(session, network->labels)));
    IDI_TRY(idi_graph_session_run(session, NULL, NULL));
    return idi_graph_session_get_floats(session, network->output, out,
                                        count_of(network, network->output));
}

idi_status idi_run_once(const idi_model *model, const idi_network *network, const float *image,
                        const uint8_t *labels, float *out)
{
    const idi_context *context = model->context;
    idi_graph_session *session = NULL;
    idi_backend *backend;
    IDI_TRY(idi_device_backend_open(context->device, context->precision, &backend));
    idi_status st = idi_model_session_create(model, network->graph, backend, &session);
    if (st == IDI_OK) st = set_and_run(session, network, image, labels, out);
    idi_graph_session_destroy(&session);
    idi_device_backend_close(context->device, &backend);
    return st;
}
