/* SPDX-License-Identifier: Apache-2.0 */
/* nets/adversarial_loss.h - the losses of a generator and its discriminator, each [1], as sums of
 * means (ops/mean_loss.h): hinge losses, feature matching and perceptual losses.
 *
 * Targets have no gradient stopped at them. A generator's step differentiates by the generator's
 * parameters alone, on which what is real does not depend, so nothing flows there. */
#ifndef IDI_NETS_ADVERSARIAL_LOSS_H
#define IDI_NETS_ADVERSARIAL_LOSS_H

#include "nets/discriminator.h"

/* The discriminator's: the mean over scales of mean(max(0, 1 + made)) + mean(max(0, 1 - real)). */
idi_value idi_discriminator_loss(idi_graph *graph, const idi_judgements *made,
                                 const idi_judgements *real);

/* The generator's: the mean over scales of -mean(made). */
idi_value idi_adversarial_loss(idi_graph *graph, const idi_judgements *made);

/* 10 times the mean over scales of the sum over features of mean(|made - real|); the prediction is
 * no feature. */
idi_value idi_feature_matching_loss(idi_graph *graph, const idi_judgements *made,
                                    const idi_judgements *real);

/* The sum of weights[i]*mean(|made[i] - real[i]|) over `count` features, of a network that knows
 * images (nets/vgg19.h, nets/recogniser.h). */
idi_value idi_perceptual_loss(idi_graph *graph, const idi_value *made, const idi_value *real,
                              const double *weights, int count);

#endif
