/* SPDX-License-Identifier: Apache-2.0 */
/* api/batch_network.c - see batch_network.h. */
#include "api/batch_network.h"

#include <math.h>
#include <string.h>

static int64_t sample_count(const idi_network *network, idi_value value, int64_t batch)
{
    const idi_shape shape = idi_graph_shape(network->graph, value);
    return idi_shape_count(&shape) / batch;
}

static idi_status open_session(idi_batch_network *n)
{
    const idi_context *context = n->model->context;
    IDI_TRY(idi_device_backend_open(context->device, context->precision, &n->backend));
    IDI_TRY(idi_model_session_create(n->model, n->network.graph, n->backend, &n->session));
    n->image_count = sample_count(&n->network, n->network.image, n->batch);
    n->output_count = sample_count(&n->network, n->network.output, n->batch);
    IDI_TRY(idi_alloc_zeroed(context->memory, IDI_TAG_IMAGE, (size_t)(n->batch * n->image_count),
                             sizeof *n->image, &n->image));
    return idi_alloc_zeroed(context->memory, IDI_TAG_GENERAL, (size_t)(n->batch * n->output_count),
                            sizeof *n->output, &n->output);
}

idi_status idi_batch_embedder_open(const idi_model *recogniser, int64_t batch,
                                   idi_batch_network *network_out)
{
    idi_batch_network *const n = network_out;
    *n = (idi_batch_network){.model = recogniser, .batch = batch};
    idi_status st = idi_network_embed(recogniser->context->memory, &recogniser->config.recogniser,
                                      batch, IDI_FACE_SIDE, &n->network);
    if (st == IDI_OK) st = open_session(n);
    if (st != IDI_OK) idi_batch_network_close(n);
    return st;
}

idi_status idi_batch_stylist_open(const idi_model *generator, int64_t batch,
                                  idi_batch_network *network_out)
{
    idi_batch_network *const n = network_out;
    const int64_t size = generator->traits.size;
    *n = (idi_batch_network){.model = generator, .batch = batch, .label_count = size * size};
    idi_memory *memory = generator->context->memory;
    idi_status st = idi_network_style(memory, &generator->config, batch, &n->network);
    if (st == IDI_OK) st = open_session(n);
    if (st == IDI_OK)
        st = idi_alloc_zeroed(memory, IDI_TAG_IMAGE, (size_t)batch, (size_t)n->label_count,
                              &n->labels);
    if (st != IDI_OK) idi_batch_network_close(n);
    return st;
}

void idi_batch_network_close(idi_batch_network *network)
{
    if (!network->model) return;
    const idi_context *context = network->model->context;
    idi_graph_session_destroy(&network->session);
    idi_network_destroy(&network->network);
    idi_device_backend_close(context->device, &network->backend);
    idi_free(context->memory, network->image);
    idi_free(context->memory, network->labels);
    idi_free(context->memory, network->output);
    *network = (idi_batch_network){0};
}

/* As idi_identity_from_image() does: in double, rounded once. */
static idi_status normalise(float *embedding, int64_t count)
{
    double square = 0.0;
    for (int64_t i = 0; i < count; i++)
        square += (double)embedding[i] * (double)embedding[i];
    IDI_REQUIRE(square > 0.0, IDI_ERR_NUMERIC, "an embedding of %lld zeros", (long long)count);
    for (int64_t i = 0; i < count; i++)
        embedding[i] = (float)((double)embedding[i] / sqrt(square));
    return IDI_OK;
}

static void clear_rest(idi_batch_network *n, int64_t count)
{
    const size_t rest = (size_t)(n->batch - count);
    memset(n->image + count * n->image_count, 0, rest * (size_t)n->image_count * sizeof *n->image);
    if (n->labels) memset(n->labels + count * n->label_count, 0, rest * (size_t)n->label_count);
}

static idi_status run(idi_batch_network *n)
{
    IDI_TRY(idi_graph_session_set_floats(n->session, n->network.image, n->image,
                                         n->batch * n->image_count));
    if (n->labels)
        IDI_TRY(idi_graph_session_set(n->session, n->network.labels, n->labels,
                                      (size_t)(n->batch * n->label_count)));
    IDI_TRY(idi_graph_session_run(n->session, NULL, NULL));
    return idi_graph_session_get_floats(n->session, n->network.output, n->output,
                                        n->batch * n->output_count);
}

idi_status idi_batch_network_run(idi_batch_network *network, int64_t count)
{
    const bool is_embedder = !network->labels;
    clear_rest(network, count);
    IDI_TRY(run(network));
    IDI_TRY(
        idi_require_finite(network->model->path, network->output, count * network->output_count));
    for (int64_t i = 0; is_embedder && i < count; i++)
        IDI_TRY(normalise(network->output + i * network->output_count, network->output_count));
    return IDI_OK;
}
