/* SPDX-License-Identifier: Apache-2.0 */
/* api/placed.c - a model's weights where its sessions run: the host's block, or one placement for
 * each number type that sessions of a GPU have asked for. */
#include "api/objects.h"
#include "model/placement.h"

#include <pthread.h>

typedef struct placed {
    idi_backend *backend; /* the placement's own, so that it outlives the session that asked */
    idi_placement *placement;
} placed;

struct idi_placed {
    const idi_model *model;
    pthread_mutex_t lock; /* sessions of one model are made by several threads */
    placed at[IDI_DTYPE_COUNT];
};

idi_status idi_placed_create(const idi_model *model, idi_placed **placed_out)
{
    *placed_out = NULL;
    idi_placed *p;
    IDI_TRY(idi_alloc_zeroed(model->context->memory, IDI_TAG_GENERAL, 1, sizeof *p, &p));
    p->model = model;
    if (pthread_mutex_init(&p->lock, NULL) != 0) {
        idi_free(model->context->memory, p);
        return idi_fail(IDI_ERR_INTERNAL, "the weights' lock could not be made");
    }
    *placed_out = p;
    return IDI_OK;
}

void idi_placed_destroy(idi_placed **placed_weights)
{
    if (!placed_weights || !*placed_weights) return;
    idi_placed *p = *placed_weights;
    const idi_context *context = p->model->context;
    for (int i = 0; i < IDI_DTYPE_COUNT; i++) {
        idi_placement_destroy(&p->at[i].placement);
        idi_device_backend_close(context->device, &p->at[i].backend);
    }
    (void)pthread_mutex_destroy(&p->lock);
    idi_free(context->memory, p);
    *placed_weights = NULL;
}

static idi_status place(const idi_model *model, idi_dtype real, placed *at)
{
    const idi_device *device = model->context->device;
    if (at->placement) return IDI_OK;
    IDI_TRY(idi_device_backend_open(device, idi_dtype_name(real), &at->backend));
    const idi_status st = idi_placement_create(model->weights, at->backend, &at->placement);
    if (st != IDI_OK) {
        idi_device_backend_close(device, &at->backend);
        return idi_fail_prefix(st, "%s: ", model->path);
    }
    return IDI_OK;
}

idi_status idi_model_source(const idi_model *model, idi_backend *backend,
                            idi_parameter_source *source_out, void **user_out)
{
    *source_out = idi_weights_source;
    *user_out = model->weights;
    if (!backend->is_remote) return IDI_OK;
    placed *at = &model->placed->at[backend->real];
    (void)pthread_mutex_lock(&model->placed->lock);
    const idi_status st = place(model, backend->real, at);
    (void)pthread_mutex_unlock(&model->placed->lock);
    *source_out = idi_placement_source;
    *user_out = at->placement;
    return st;
}

idi_status idi_model_session_create(const idi_model *model, const idi_graph *graph,
                                    idi_backend *backend, idi_graph_session **session_out)
{
    idi_parameter_source source;
    void *user;
    *session_out = NULL;
    IDI_TRY(idi_model_source(model, backend, &source, &user));
    return idi_graph_session_create(graph, backend, source, user, session_out);
}
