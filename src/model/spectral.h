/* SPDX-License-Identifier: Apache-2.0 */
/* model/spectral.h - spectrally normalised layers as PyTorch stores them, folded into plain ones.
 *
 * Stored are <layer>.weight_orig [O, ...], .weight_u [O] and .weight_v [the other dimensions'
 * product]; with M = weight_orig as [O, ...] the layer's weight is weight_orig/(u'(M v)). Files
 * from before 2019 lack weight_v and hold the weight as it was when they were written: that is
 * taken as it is. */
#ifndef IDI_MODEL_SPECTRAL_H
#define IDI_MODEL_SPECTRAL_H

#include "model/tensor_table.h"

/* Every <layer>.weight_orig of the table and what belongs to it becomes <layer>.weight, in the
 * table's own memory; sums in double, rounded once. Errors: WEIGHTS (something is missing or of
 * another shape, or u'(M v) is 0 or not finite). */
IDI_NODISCARD idi_status idi_spectral_fold(idi_tensor_table *table);

#endif
