/* SPDX-License-Identifier: Apache-2.0 */
/* nets/discriminator.h - the multi-scale PatchGAN that CA2-SIS, SEAN and SPADE are trained against:
 * equal networks, each of which looks at the label map's planes and the image at half the size of
 * the one before, and says for each patch how real it looks.
 *
 * A network is `layers` convolutions of kernel 4 and padding 2, each behind a leaky ReLU, and one
 * more to the one channel of its prediction. All but the first and the last are spectrally
 * normalised and followed by instance normalisation. Strides are 2, but 1 in the fourth layer
 * (which SPADE has) and in the last. Parameters are discriminator_<scale>.model<layer>.0... as in
 * PyTorch.
 */
#ifndef IDI_NETS_DISCRIMINATOR_H
#define IDI_NETS_DISCRIMINATOR_H

#include "graph/graph.h"
#include "nets/mode.h"

enum { IDI_DISCRIMINATOR_SCALES = 4, IDI_DISCRIMINATOR_LAYERS = 4 }; /* the most */

typedef struct idi_discriminator_config {
    int64_t classes;
    int64_t scales; /* 2 */
    int64_t layers; /* 3; SPADE: 4 */
    int64_t width;  /* of the first layer: 64; doubles with each layer, up to 8 times as much */
} idi_discriminator_config;

void idi_discriminator_config_init(idi_discriminator_config *config, int64_t classes);
IDI_NODISCARD idi_status idi_discriminator_config_check(const idi_discriminator_config *config);

/* The weights of a discriminator as a graph's values, ready to be used. */
typedef struct idi_discriminator {
    idi_discriminator_config config;
    struct {
        idi_value weight[IDI_DISCRIMINATOR_LAYERS + 1];
        idi_value bias[IDI_DISCRIMINATOR_LAYERS + 1]; /* IDI_NONE between the first and the last */
    } scale[IDI_DISCRIMINATOR_SCALES];
} idi_discriminator;

/* Checked configuration. In training, a step of the power iteration is made here and assigned, so
 * once for each graph; made and real images are then judged by the same weights. */
idi_discriminator idi_discriminator_open(idi_graph *graph, const idi_discriminator_config *config,
                                         idi_mode mode);

/* What one network makes of a batch. */
typedef struct idi_judgement {
    idi_value features[IDI_DISCRIMINATOR_LAYERS]; /* after the activations; `layers` of them */
    idi_value prediction;                         /* [N, h, w, 1] */
} idi_judgement;

typedef struct idi_judgements {
    int64_t scales, layers;
    idi_judgement scale[IDI_DISCRIMINATOR_SCALES];
} idi_judgements;

/* labels u8 [N, Hm, Wm] and image [N, S, S, 3] in -1..1, S at least 16. Samples do not see each
 * other: made and real ones may come in one batch or in two calls. The second spares the way back
 * through the real half where only the generator learns. */
idi_judgements idi_discriminator_judge(idi_graph *graph, const idi_discriminator *discriminator,
                                       idi_value labels, idi_value image);

#endif
