/* SPDX-License-Identifier: Apache-2.0 */
/* ops/row_length.h - how long embeddings are: row_length(x [..., D]) -> y [rows, 1] = |x[row, :]|,
 * the Euclidean norm. Has no gradient. */
#ifndef IDI_OPS_ROW_LENGTH_H
#define IDI_OPS_ROW_LENGTH_H

#include "ops/ops.h"

idi_value idi_row_length(idi_graph *graph, idi_value x);

#endif
