/* SPDX-License-Identifier: Apache-2.0 */
/* train/cycle.h - the way back (Zhu et al., "Unpaired Image-to-Image Translation using
 * Cycle-Consistent Adversarial Networks", 2017): an image that shows somebody else is taken for a
 * photograph, encoded from its own pixels, and given the first person's identity again. What comes
 * of it should be the first photograph: so an exchanged identity may take nothing else away. */
#ifndef IDI_TRAIN_CYCLE_H
#define IDI_TRAIN_CYCLE_H

#include "train/generator_scene.h"

typedef struct idi_cycle {
    idi_value labels; /* input u8 [swapped, S, S]: slices are of real numbers alone; IDI_NONE */
} idi_cycle;

/* The mean absolute difference [1] between the photographs of a scene's swapped faces and the way
 * back to them, a second pass through the same parameters; IDI_NONE without loss.cycle. */
idi_value idi_cycle_build(const idi_generator_scene *scene, int part, idi_cycle *cycle_out);

/* Sets the input to the scene's rows of the batch. */
IDI_NODISCARD idi_status idi_cycle_set(const idi_cycle *cycle, const idi_generator_scene *scene,
                                       idi_graph_session *session, const idi_batch *batch);

#endif
