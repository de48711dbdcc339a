/* SPDX-License-Identifier: Apache-2.0 */
/* nets/vgg19.h - VGG-19 (Simonyan and Zisserman 2014) as far as relu5_1, whose maps tell how much
 * alike two pictures look. Parameters have torchvision's names, features.<index>.{weight,bias}; two
 * networks of one graph want a scope (idi_graph_push_scope). */
#ifndef IDI_NETS_VGG19_H
#define IDI_NETS_VGG19_H

#include "graph/graph.h"

enum { IDI_VGG19_FEATURES = 5 };

/* The published losses' weights of the five (idi_perceptual_loss), which they multiply by 10. */
extern const double idi_vgg19_weights[IDI_VGG19_FEATURES];

/* relu1_1, relu2_1, relu3_1, relu4_1 and relu5_1 of an image [N, H, W, 3], sides from 16. The
 * published trainings give it images in -1..1 as they are. width: channels of the first block, 64
 * as published. */
void idi_vgg19(idi_graph *graph, int64_t width, idi_value image,
               idi_value features_out[IDI_VGG19_FEATURES]);

#endif
