/* SPDX-License-Identifier: Apache-2.0 */
/* nets/ca2sis.h - the CA2-SIS generator (arXiv 2308.16071) and its identity-injected extension
 * (arXiv 2404.10408): every width, depth and size comes from the configuration.
 *
 * Parameters carry the names of the public PyTorch checkpoints. Two things are ours:
 *   id_proj.{weight,bias}     Linear identity_dim -> style width: the identity as one more token
 *   modulation "spade"        in resN.in_layers.0 and resN.out_layers.0, instead of the group
 * norm's weight and bias, mlp_shared.0 / mlp_gamma / mlp_beta {weight,bias}: y = GroupNorm(x)*(1 +
 * gamma(labels)) + beta(labels)  (Park et al. 2019) */
#ifndef IDI_NETS_CA2SIS_H
#define IDI_NETS_CA2SIS_H

#include "graph/graph.h"

#include <stdbool.h>
#include <stdint.h>

enum { IDI_MAX_BLOCKS = 8 };

typedef enum idi_modulation { IDI_MODULATION_GROUP, IDI_MODULATION_SPADE } idi_modulation;

/* One resolution: resN (to `channels`) followed by crossN. N counts from 2, as in the checkpoints;
 * every block but the first doubles the side. */
typedef struct idi_ca2sis_block {
    int64_t channels; /* C of the feature map */
    int64_t heads;
    int64_t head_dim; /* inner width D = heads*head_dim */
    bool has_self_attention;
} idi_ca2sis_block;

typedef struct idi_ca2sis_config {
    int64_t size;          /* image side in pixels, a power of two from 64 to 1024 */
    int64_t classes;       /* label classes, the background (class 0) included: 19 */
    int64_t code_side;     /* the mask embedder's code is code_side x code_side: 16 */
    int64_t code_channels; /* channels after reshape_conv: 512 */
    int64_t style_dim;     /* style code length a class and scale: 256 */
    int64_t style_width;   /* features a class in the style encoder's first layer: 4 */
    int64_t style_downs;   /* strided layers of the style encoder: 6; scales = style_downs - 1 */
    int64_t norm_groups;   /* group norm groups in res and cross blocks: 32 */
    int64_t noise_dim;     /* noise encoder input: 16; 0 = the model has no noise encoder */
    int64_t noise_hidden;  /* noise encoder width: 512 */
    int64_t identity_dim;  /* 512; 0 = plain CA2-SIS, no identity token */
    int64_t spade_hidden;  /* hidden channels of the SPADE maps: 128 */
    idi_modulation modulation;
    bool has_tanh;       /* final tanh; early public checkpoints have none */
    int64_t block_count; /* log2(size / code_side) + 1 */
    idi_ca2sis_block blocks[IDI_MAX_BLOCKS];
} idi_ca2sis_config;

/* The published setting at 256; at other sizes the same rule: channels halve from 256 to 32,
 * self-attention up to 64x64, the last block is narrow (4 heads of 32). identity_dim 0 or 512. */
void idi_ca2sis_config_init(idi_ca2sis_config *config, int64_t size, int64_t identity_dim);

/* Every member against its range and against the others. */
IDI_NODISCARD idi_status idi_ca2sis_config_check(const idi_ca2sis_config *config);

/* Length of a style token: (style_downs - 1)*style_dim. */
int64_t idi_ca2sis_token_width(const idi_ca2sis_config *config);

/* The parts, as graph builders (graph/graph.h: the first failure stays in the graph).
 * N batch, S = size, R = classes, W = token width.
 *   image   [N, S, S, 3]  -1..1
 *   labels  u8 [N, S, S] */

/* How: one code a class from the look of its pixels. -> [N, R, W]. A class without pixels gets
 * tanh of a bias, not zero. */
idi_value idi_ca2sis_style_encoder(idi_graph *graph, const idi_ca2sis_config *config,
                                   idi_value image, idi_value labels);

/* How, from noise [N, noise_dim]. -> [N, R, W], zero for classes that the labels lack. */
idi_value idi_ca2sis_noise_encoder(idi_graph *graph, const idi_ca2sis_config *config,
                                   idi_value noise, idi_value labels);

/* Where: a code_side x code_side map a part (the background is none). -> [N, side, side, R - 1] */
idi_value idi_ca2sis_mask_embedder(idi_graph *graph, const idi_ca2sis_config *config,
                                   idi_value labels);

/* How and who as tokens: styles [N, R, W] and, if identity_dim, one token made of the unit-length
 * identity [N, identity_dim] (IDI_NONE otherwise). -> [N, R (+ 1), W], of their kind */
idi_value idi_ca2sis_tokens(idi_graph *graph, const idi_ca2sis_config *config, idi_value styles,
                            idi_value identity);

/* Two forms of the same function, equal in exact arithmetic. */
typedef enum idi_form {
    IDI_FORM_PLAIN, /* as published: what training needs */
    IDI_FORM_FOLDED /* products of weights and of tokens made once: half the operations an image */
} idi_form;

/* The image: mask embedder, then res and cross blocks. tokens as above, reals for the plain form
 * and wide for the folded one. -> [N, S, S, 3] */
idi_value idi_ca2sis_generator(idi_graph *graph, const idi_ca2sis_config *config, idi_form form,
                               idi_value labels, idi_value tokens);

/* The same of a mask code [N, code_side, code_side, R - 1] of the caller's:
 * idi_ca2sis_mask_embedder() of the labels, or a mixture of several. The labels themselves only
 * enter the SPADE modulation. */
idi_value idi_ca2sis_generator_of_code(idi_graph *graph, const idi_ca2sis_config *config,
                                       idi_form form, idi_value labels, idi_value code,
                                       idi_value tokens);

/* Codes of two label maps mixed part by part: own and other are [N, R - 1, R - 1], diagonal, the
 * weights of each part's code. -> [N, code_side, code_side, R - 1] */
idi_value idi_ca2sis_mixed_code(idi_graph *graph, const idi_ca2sis_config *config, idi_value labels,
                                idi_value own, idi_value other_labels, idi_value other);

/* The plain form, and for each block i scores_out[i] [N, pixels, R]: how much each pixel's
 * attention is drawn to each class's token, before the softmax, averaged over heads (the identity's
 * token is left out): what CA2-SIS's attention loss is taken of (ops/label_loss.h). */
idi_value idi_ca2sis_generator_with_scores(idi_graph *graph, const idi_ca2sis_config *config,
                                           idi_value labels, idi_value tokens,
                                           idi_value scores_out[IDI_MAX_BLOCKS]);

/* The plain form, and for each block i maps_out[i] [N, heads, pixels, tokens]: how much of each
 * pixel's attention goes to each token, the identity's last. Up to 64 tokens. */
idi_value idi_ca2sis_generator_with_maps(idi_graph *graph, const idi_ca2sis_config *config,
                                         idi_value labels, idi_value tokens,
                                         idi_value maps_out[IDI_MAX_BLOCKS]);

#endif
