/* SPDX-License-Identifier: Apache-2.0 */
/* model/placement.h - a model's weights on a device: converted and uploaded once, and then read by
 * any number of sessions. */
#ifndef IDI_MODEL_PLACEMENT_H
#define IDI_MODEL_PLACEMENT_H

#include "graph/backend.h"
#include "model/weights.h"

typedef struct idi_placement idi_placement;

/* In the backend's real type and its memory, under IDI_TAG_WEIGHT; complete on return. Where reals
 * have 16 bits, what a network reads as wide numbers is there as floats too.
 * Ownership: the caller destroys it; `weights` and `backend` must outlive it.
 * Thread: immutable afterwards. */
IDI_NODISCARD idi_status idi_placement_create(const idi_weights *weights, idi_backend *backend,
                                              idi_placement **placement_out);
/* No session may read it any more. */
void idi_placement_destroy(idi_placement **placement);

/* An idi_parameter_source; `user` is the idi_placement. */
const void *idi_placement_source(void *user, const char *name, idi_dtype kind);

#endif
