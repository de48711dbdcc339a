/* SPDX-License-Identifier: Apache-2.0 */
/* nets/recogniser.h - face recognisers: IResNet (Duta et al. 2020, as in arcface_torch) and
 * MobileFaceNet (Chen et al. 2018, classic layout), input 112x112; FaceNet's InceptionResnetV1
 * (Schroff et al. 2015, Szegedy et al. 2016, as in facenet-pytorch), input 160x160, for use and not
 * for training. RGB in -1..1; output a raw embedding; callers normalise. */
#ifndef IDI_NETS_RECOGNISER_H
#define IDI_NETS_RECOGNISER_H

#include "graph/graph.h"
#include "nets/mode.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum idi_recogniser_kind {
    IDI_IRESNET,
    IDI_MOBILEFACENET,
    IDI_FACENET
} idi_recogniser_kind;

typedef struct idi_recogniser_config {
    idi_recogniser_kind kind;
    int64_t input_side;    /* 112; FaceNet 160 */
    int64_t embedding_dim; /* 512 */
    int64_t width;     /* channels of the stem: 64; stages have width * 1, 2, 4, 8. FaceNet 32 */
    int64_t blocks[4]; /* IResNet: blocks a stage; MobileFaceNet: residual units {4, 6, 2, 0};
                          FaceNet: of its three kinds {5, 10, 5, 0} */
} idi_recogniser_config;

/* depth 18, 34, 50 or 100. */
IDI_NODISCARD idi_status idi_iresnet_config_init(idi_recogniser_config *config, int depth);
void idi_mobilefacenet_config_init(idi_recogniser_config *config);
void idi_facenet_config_init(idi_recogniser_config *config);
IDI_NODISCARD idi_status idi_recogniser_config_check(const idi_recogniser_config *config);

/* The recogniser's view of an aligned face: the square that pSp and its successors cut (rows 35 to
 * 222 and columns 32 to 219 of 256), averaged to input_side; other sizes are first averaged to 256.
 * FaceNet, which is fed unaligned faces with much of the head, has the whole face averaged.
 * face [N, S, S, 3].
 * -> [N, input_side, input_side, 3] */
idi_value idi_recogniser_crop(idi_graph *graph, const idi_recogniser_config *config,
                              idi_value face);

/* The raw embedding of crops [N, input_side, input_side, 3]. -> [N, embedding_dim] */
idi_value idi_recogniser(idi_graph *graph, const idi_recogniser_config *config, idi_value crop,
                         idi_mode mode);

/* The same, and what the network has seen on its way: the maps at the end of its four stages, whose
 * sides are a half, a quarter, an eighth and a sixteenth of the input's; FaceNet's are its stem,
 * its two series of blocks and what comes before its last pool. */
enum { IDI_RECOGNISER_STAGES = 4 };
idi_value idi_recogniser_with_stages(idi_graph *graph, const idi_recogniser_config *config,
                                     idi_value crop, idi_mode mode,
                                     idi_value stages_out[IDI_RECOGNISER_STAGES]);

/* The networks behind both. */
idi_value idi_iresnet(idi_graph *graph, const idi_recogniser_config *config, idi_value crop,
                      idi_mode mode, idi_value stages_out[IDI_RECOGNISER_STAGES]);
idi_value idi_mobilefacenet(idi_graph *graph, const idi_recogniser_config *config, idi_value crop,
                            idi_mode mode, idi_value stages_out[IDI_RECOGNISER_STAGES]);
idi_value idi_facenet(idi_graph *graph, const idi_recogniser_config *config, idi_value crop,
                      idi_mode mode, idi_value stages_out[IDI_RECOGNISER_STAGES]);

#endif
