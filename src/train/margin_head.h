/* SPDX-License-Identifier: Apache-2.0 */
/* train/margin_head.h - a recogniser's loss: its embeddings against a learned centre for each
 * person, which the training keeps for itself. */
#ifndef IDI_TRAIN_MARGIN_HEAD_H
#define IDI_TRAIN_MARGIN_HEAD_H

#include "ops/margin_loss.h"

/* The centres [K, D]. */
#define IDI_MARGIN_HEAD_WEIGHT "train.head.weight"

/* margin_loss of the cosines between raw embeddings [N, D] and the centres of class_count people;
 * classes i32 [N]; margins [N, 2] or IDI_NONE. -> [1] */
idi_value idi_margin_head(idi_graph *graph, idi_value embedding, idi_value classes,
                          idi_value margins, int64_t class_count, const idi_margin_loss_attr *attr);

#endif
