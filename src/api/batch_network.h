/* SPDX-License-Identifier: Apache-2.0 */
/* api/batch_network.h - one of a model's encoders planned for a batch and run often: photographs to
 * embeddings, or to styles. */
#ifndef IDI_API_BATCH_NETWORK_H
#define IDI_API_BATCH_NETWORK_H

#include "api/objects.h"

/* What a recogniser's network takes; smaller and larger faces are brought to it. */
enum { IDI_FACE_SIDE = 256 };

typedef struct idi_batch_network {
    const idi_model *model;
    idi_network network;
    idi_backend *backend;
    idi_graph_session *session;
    int64_t batch;
    int64_t image_count, label_count, output_count; /* numbers a sample */
    float *image;    /* [batch, image_count] what the next run reads */
    uint8_t *labels; /* [batch, label_count] */
    float *output;   /* [batch, output_count] */
} idi_batch_network;

/* Faces [IDI_FACE_SIDE, IDI_FACE_SIDE, 3] to embeddings, which a run makes unit length. */
IDI_NODISCARD idi_status idi_batch_embedder_open(const idi_model *recogniser, int64_t batch,
                                                 idi_batch_network *network_out);
/* Photographs [size, size, 3] and label maps [size, size] to styles. */
IDI_NODISCARD idi_status idi_batch_stylist_open(const idi_model *generator, int64_t batch,
                                                idi_batch_network *network_out);
/* NULL-safe on a zeroed struct, which it leaves. */
void idi_batch_network_close(idi_batch_network *network);

/* Computes `output` from the first `count` samples of `image` and `labels`; the rest of the batch
 * is zeros. IDI_ERR_NUMERIC: a number is not finite, or an embedding has no length. */
IDI_NODISCARD idi_status idi_batch_network_run(idi_batch_network *network, int64_t count);

#endif
