/* SPDX-License-Identifier: Apache-2.0 */
/* model/network.h - configurations to graphs: each thing that a model file can compute. */
#ifndef IDI_MODEL_NETWORK_H
#define IDI_MODEL_NETWORK_H

#include "model/config.h"

/* A built graph and the values that its user sets and reads; IDI_NONE where there is none. */
typedef struct idi_network {
    idi_graph *graph;        /* owned; idi_network_destroy */
    idi_value labels;        /* u8 [N, S, S] */
    idi_value image;         /* [N, S, S, 3]: the photograph, or the face */
    idi_value styles;        /* [N, R, W]; wide in the generator's folded form */
    idi_value identity;      /* [N, identity_dim], unit length; as styles */
    idi_value noise;         /* [N, noise_dim], or SEAN's [N, idi_sean_noise_count()] */
    idi_value other_labels;  /* as labels; with has_label_mix */
    idi_value own_weights;   /* [N, R - 1, R - 1], diagonal: of the codes of labels */
    idi_value other_weights; /* and of other_labels (nets/ca2sis.h) */
    idi_value output;
} idi_network;

/* How a generator is built. */
typedef struct idi_network_options {
    idi_form form; /* CA2-SIS's; the others have one form */
    int64_t batch;
    bool has_noise;       /* SEAN's noise, as an input */
    bool has_label_mix;   /* CA2-SIS: a second label map, and weights of both maps' codes */
    bool is_identity_off; /* no identity's token */
} idi_network_options;

/* Whichever generator the configuration is of; `styles`, `identity` and `noise` are IDI_NONE where
 * it takes none. Errors: UNSUPPORTED (noise, of another than SEAN; a label mix, of another than
 * CA2-SIS). */
IDI_NODISCARD idi_status idi_network_generator(idi_memory *memory, const idi_model_config *config,
                                               const idi_network_options *options,
                                               idi_network *network_out);
/* Image and labels to styles. Errors: UNSUPPORTED (a generator that has none). */
IDI_NODISCARD idi_status idi_network_style(idi_memory *memory, const idi_model_config *config,
                                           int64_t batch, idi_network *network_out);

/* CA2-SIS alone, in parts.
 *
 * Labels, styles and identity to the image [N, S, S, 3]. Styles and identity are references. */
IDI_NODISCARD idi_status idi_network_generate(idi_memory *memory, const idi_ca2sis_config *config,
                                              idi_form form, int64_t batch,
                                              idi_network *network_out);
/* Image and labels to styles [N, R, W]. */
IDI_NODISCARD idi_status idi_network_encode_style(idi_memory *memory,
                                                  const idi_ca2sis_config *config, int64_t batch,
                                                  idi_network *network_out);
/* Noise and labels to styles. */
IDI_NODISCARD idi_status idi_network_encode_noise(idi_memory *memory,
                                                  const idi_ca2sis_config *config, int64_t batch,
                                                  idi_network *network_out);
/* Aligned faces [N, side, side, 3] to raw embeddings; side 0: the crops themselves. */
IDI_NODISCARD idi_status idi_network_embed(idi_memory *memory, const idi_recogniser_config *config,
                                           int64_t batch, int64_t side, idi_network *network_out);
/* Everything that the configuration has parameters for, in one graph: to list them. */
IDI_NODISCARD idi_status idi_network_all(idi_memory *memory, const idi_model_config *config,
                                         idi_network *network_out);
void idi_network_destroy(idi_network *network);

#endif
