/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/training.h - training in small, on any backend of f32 or double. Whatever fails,
 * fails the running test. */
#ifndef IDI_TESTS_TRAINING_H
#define IDI_TESTS_TRAINING_H

#include "graph/session.h"

/* Trains linear -> mean_loss by adam in one session, and wants each step's loss and the parameters
 * at the end within `bound` of what loops in double give here; the loss falls to a tenth. */
void idi_check_tiny_training(idi_backend *backend, double bound);

/* A step whose three outputs are its inputs' memory gives the same bits as one with outputs apart.
 */
void idi_check_adam_in_place(idi_backend *backend);

#endif
