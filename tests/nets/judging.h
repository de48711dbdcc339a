/* SPDX-License-Identifier: Apache-2.0 */
/* nets/judging.h - a discriminator between two pictures, and steps of its training against the
 * independent reference's, on any backend of f32 or double. */
#ifndef IDI_TESTS_NETS_JUDGING_H
#define IDI_TESTS_NETS_JUDGING_H

#include "nets/adversarial_loss.h"
#include "nets/net_case.h"

enum { IDI_JUDGING_LOSSES = 3 };

/* A graph that judges two images. */
typedef struct idi_judging {
    idi_net_case net;
    idi_discriminator_config config;
    idi_value labels, image, target, dy;
    idi_judgements made, real;
    idi_value loss[IDI_JUDGING_LOSSES]; /* the discriminator's; the generator's; feature matching */
} idi_judging;

/* In an open case: the setting, the inputs, the network on the image (made), and on the target
 * (real) with all losses if there is one. */
void idi_judging_build(idi_judging *s, idi_mode mode, bool has_target);
void idi_judging_set_labels(idi_judging *s);

/* Three steps with moving vectors: losses, vectors, gradients. */
void idi_check_adversarial_steps(const idi_parity_target *target);

#endif
