/* SPDX-License-Identifier: Apache-2.0 */
/* ops/spade_batch_norm.h - batch normalisation with stored statistics, modulated by maps: the norm
 * layers of SPADE (Park et al. 2019) and SEAN (Zhu et al. 2020) when they are used, not trained.
 *
 * spade_batch_norm(x, mean, variance, maps, style_maps?, blend_gamma?, blend_beta?, noise?,
 *                  noise_scale?)
 *   -> y = act((x + noise*noise_scale - mean)/sqrt(variance + eps)*(1 + gamma) + beta)
 *   x, y                         [N, H, W, C]
 *   mean, variance, noise_scale  [C]
 *   maps, style_maps             [N, H, W, 2C]  gammas, then betas
 *   blend_gamma, blend_beta      [1]
 *   noise                        [N, H, W]      one number a pixel
 * gamma is maps' or, with style_maps, s*style_maps' + (1 - s)*maps' with s =
 * sigmoid(blend_gamma); beta alike. style_maps come with both blends, noise with its scale.
 * act: none, relu or leaky_relu. Has no gradient. */
#ifndef IDI_OPS_SPADE_BATCH_NORM_H
#define IDI_OPS_SPADE_BATCH_NORM_H

#include "ops/activation.h"

typedef struct idi_spade_batch_norm_attr {
    double eps;
    idi_act act;
} idi_spade_batch_norm_attr;

/* In the op's order; IDI_NONE where absent. */
typedef struct idi_spade_batch_norm_inputs {
    idi_value x, mean, variance, maps;
    idi_value style_maps, blend_gamma, blend_beta;
    idi_value noise, noise_scale;
} idi_spade_batch_norm_inputs;

idi_value idi_spade_batch_norm(idi_graph *graph, const idi_spade_batch_norm_inputs *inputs,
                               double eps, idi_act act);

#endif
