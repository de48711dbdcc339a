/* SPDX-License-Identifier: Apache-2.0 */
/* ops/mask_embed.h - a linear layer on the one-hot planes of a label map, as a sum of weight rows.
 *
 * mask_embed(labels, weight, bias) -> z[n, e, p] = bias[e] + sum of weight[q, e] over the pixels q
 *                                                  of class first_class + p
 *   labels  u8 [N, Hm, Wm]     read at (y*Hm/side, x*Wm/side) rounded down; q = y*side + x
 *   weight  [side*side, E]     (files hold [E, side*side]: IDI_LAYOUT_TRANSPOSED)
 *   bias    [E]
 *   z       [N, E, parts]      an absent part gets the bias; pixels of other classes count nowhere
 * The planes are never made: side*side row additions instead of parts*side*side*E products.
 * mask_embed_grad(dz, labels) -> dweight, dbias. */
#ifndef IDI_OPS_MASK_EMBED_H
#define IDI_OPS_MASK_EMBED_H

#include "ops/ops.h"

typedef struct idi_mask_embed_attr {
    int64_t side;
    int64_t first_class;
    int64_t parts;
} idi_mask_embed_attr;

idi_value idi_mask_embed(idi_graph *graph, idi_value labels, idi_value weight, idi_value bias,
                         int64_t first_class, int64_t parts);

#endif
