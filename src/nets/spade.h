/* SPDX-License-Identifier: Apache-2.0 */
/* nets/spade.h - the SPADE generator (Park et al. 2019) and the SEAN generator (Zhu et al. 2020),
 * which has the same skeleton: seven residual blocks on maps that grow from size/32 to size, whose
 * norms are modulated by maps made of the labels (SPADE) and of the labels and a style code a class
 * (SEAN). As they are used: batch norms have their stored statistics.
 *
 * Parameters carry the names of the public PyTorch checkpoints, with two exceptions: spectrally
 * normalised convolutions have one `weight`, the product that the checkpoint's weight_orig,
 * weight_u and weight_v stand for (model/spectral.h); and what cannot reach the image is left out:
 * SEAN's Spade.param_free_norm, the blending of up_3, and the bias of Zencoder.model.10, which an
 * instance norm takes off again. */
#ifndef IDI_NETS_SPADE_H
#define IDI_NETS_SPADE_H

#include "graph/graph.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct idi_spade_config {
    int64_t size;         /* image side in pixels, a multiple of 32 up to 1024: 256 */
    int64_t classes;      /* label classes: 19 */
    int64_t width;        /* channels of the last block: 64; the first has 16 times as many */
    int64_t spade_hidden; /* channels between the labels and the modulating maps: 128 */
    int64_t style_dim;    /* SEAN: length of a style code, 512; 0: SPADE */
} idi_spade_config;

/* The published setting. style_dim: 0, or 512. */
void idi_spade_config_init(idi_spade_config *config, int64_t size, int64_t style_dim);
IDI_NODISCARD idi_status idi_spade_config_check(const idi_spade_config *config);

/* SEAN's noise for one image: numbers of all its maps, of a pixel each. */
int64_t idi_sean_noise_count(const idi_spade_config *config);

/* The image. N batch, S = size, R = classes.
 *   labels  u8 [N, S, S]
 *   styles  [N, R, style_dim]; IDI_NONE for SPADE
 *   noise   [N, idi_sean_noise_count()], standard normal, or IDI_NONE: none is added. SEAN's maps
 *           one after another, [H, W] each, in the order of its draws: block by block, in a block
 *           ace_s (where there is one), ace_0, ace_1
 * -> [N, S, S, 3] */
idi_value idi_spade_generator(idi_graph *graph, const idi_spade_config *config, idi_value labels,
                              idi_value styles, idi_value noise);

/* SEAN's style encoder: image [N, S, S, 3], labels -> [N, R, style_dim], zeros for a class of which
 * no pixel is left at half the side. */
idi_value idi_sean_style_encoder(idi_graph *graph, const idi_spade_config *config, idi_value image,
                                 idi_value labels);

#endif
