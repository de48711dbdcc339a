/* SPDX-License-Identifier: Apache-2.0 */
/* ops/upsample.h - twice the height and width.
 *
 * upsample(x) -> y: [N, H, W, C] -> [N, 2H, 2W, C]
 *   nearest   each pixel becomes a 2x2 block
 *   bilinear  half-pixel centres: source coordinate max(0, (i + 0.5)/2 - 0.5), clamped at the end
 * upsample_grad(dy) -> dx. */
#ifndef IDI_OPS_UPSAMPLE_H
#define IDI_OPS_UPSAMPLE_H

#include "ops/ops.h"

typedef enum idi_upsample_mode { IDI_UPSAMPLE_NEAREST, IDI_UPSAMPLE_BILINEAR } idi_upsample_mode;

typedef struct idi_upsample_attr {
    idi_upsample_mode mode;
} idi_upsample_attr;

idi_value idi_upsample(idi_graph *graph, idi_value x, idi_upsample_mode mode);

#endif
