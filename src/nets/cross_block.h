/* SPDX-License-Identifier: Apache-2.0 */
/* nets/cross_block.h - CA2-SIS's transformer block: group norm, a 1x1 projection to D features,
 * (self-attention,) cross-attention to the style and identity tokens, a gated feed-forward layer, a
 * 1x1 projection back, and the skip. */
#ifndef IDI_NETS_CROSS_BLOCK_H
#define IDI_NETS_CROSS_BLOCK_H

#include "nets/ca2sis.h"

typedef struct idi_cross_block {
    const char *prefix; /* of its parameters: "cross2" */
    idi_ca2sis_block sizes;
    int64_t norm_groups;
} idi_cross_block;

/* x [N, H, W, C], tokens [N, S, W'] -> [N, H, W, C]. The tokens are reals. */
idi_value idi_cross_block_plain(idi_graph *graph, const idi_cross_block *block, idi_value x,
                                idi_value tokens);
/* The same, and what its cross-attention does. */
typedef struct idi_cross_watch {
    idi_value scores; /* [N, H*W, S] what the softmax is taken of, averaged over the heads */
    idi_value maps;   /* [N, heads, H*W, S] what comes of it (ops/attention.h): up to 64 tokens */
} idi_cross_watch;
typedef enum idi_cross_wish { IDI_WATCH_SCORES = 1, IDI_WATCH_MAPS = 2 } idi_cross_wish;
/* wishes: bits; what is not wished for is IDI_NONE. */
idi_value idi_cross_block_watched(idi_graph *graph, const idi_cross_block *block, idi_value x,
                                  idi_value tokens, unsigned wishes, idi_cross_watch *watch_out);
/* q [N, T, D], k [N, S, D] -> [N, T, S]: q k' / sqrt(D/heads), averaged over the heads. */
idi_value idi_mean_scores(idi_graph *graph, idi_value q, idi_value k, int64_t heads);
/* The same function with everything linear between two non-linear steps multiplied together: the
 * products of weights once a model, those with the tokens once a person. The tokens, the weights
 * that are multiplied and the products are wide; what the pixels meet is rounded once. */
idi_value idi_cross_block_folded(idi_graph *graph, const idi_cross_block *block, idi_value x,
                                 idi_value tokens);

/* For the two forms: the block's parameters. D = heads*head_dim, H = 4 D. */
typedef struct idi_attention_parameters {
    idi_value norm_weight, norm_bias; /* [D] */
    idi_value to_q, to_k, to_v;       /* [D, D], or [D, width of the context] */
    idi_value to_out, to_out_bias;    /* [D, D], [D] */
} idi_attention_parameters;

typedef struct idi_cross_block_parameters {
    idi_value proj_in, proj_in_bias;        /* [D, C], [D] */
    idi_attention_parameters self, cross;   /* self: IDI_NONE where there is none */
    idi_value ff_norm_weight, ff_norm_bias; /* [D] */
    idi_value ff1, ff1_bias, ff2, ff2_bias; /* [2H, D], [2H], [D, H], [D] */
    idi_value proj_out, proj_out_bias;      /* [C, D], [C] */
} idi_cross_block_parameters;

/* `kind`: IDI_REAL or IDI_WIDE. */
idi_cross_block_parameters idi_cross_block_parameters_of(idi_graph *graph,
                                                         const idi_cross_block *block,
                                                         int64_t token_width, idi_dtype kind);
/* The block's entry norm. */
idi_value idi_cross_block_enter(idi_graph *graph, const idi_cross_block *block, idi_value x);

#endif
