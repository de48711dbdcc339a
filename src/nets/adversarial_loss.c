/* SPDX-License-Identifier: Apache-2.0 */
/* nets/adversarial_loss.c - see adversarial_loss.h. */
#include "nets/adversarial_loss.h"
#include "ops/add.h"
#include "ops/mean_loss.h"
#include "ops/scale.h"

static const double feature_weight = 10.0;

/* sum + weight*mean of the loss; sum may be IDI_NONE, at the beginning. */
static idi_value add_loss(idi_graph *graph, idi_value sum, double weight, idi_value x, idi_value t,
                          idi_loss loss)
{
    idi_value term = idi_mean_loss(graph, x, t, loss);
    if (weight != 1.0) term = idi_scale(graph, term, weight);
    return sum == IDI_NONE ? term : idi_add(graph, sum, term);
}

idi_value idi_discriminator_loss(idi_graph *graph, const idi_judgements *made,
                                 const idi_judgements *real)
{
    const double weight = 1.0 / (double)made->scales;
    idi_value sum = IDI_NONE;
    for (int i = 0; i < made->scales; i++) {
        sum =
            add_loss(graph, sum, weight, made->scale[i].prediction, IDI_NONE, IDI_LOSS_HINGE_FAKE);
        sum =
            add_loss(graph, sum, weight, real->scale[i].prediction, IDI_NONE, IDI_LOSS_HINGE_REAL);
    }
    return sum;
}

idi_value idi_adversarial_loss(idi_graph *graph, const idi_judgements *made)
{
    idi_value sum = IDI_NONE;
    for (int i = 0; i < made->scales; i++)
        sum = add_loss(graph, sum, 1.0 / (double)made->scales, made->scale[i].prediction, IDI_NONE,
                       IDI_LOSS_NEGATIVE);
    return sum;
}

idi_value idi_feature_matching_loss(idi_graph *graph, const idi_judgements *made,
                                    const idi_judgements *real)
{
    const double weight = feature_weight / (double)made->scales;
    idi_value sum = IDI_NONE;
    for (int i = 0; i < made->scales; i++)
        for (int l = 0; l < made->layers; l++)
            sum = add_loss(graph, sum, weight, made->scale[i].features[l],
                           real->scale[i].features[l], IDI_LOSS_ABSOLUTE);
    return sum;
}

idi_value idi_perceptual_loss(idi_graph *graph, const idi_value *made, const idi_value *real,
                              const double *weights, int count)
{
    idi_value sum = IDI_NONE;
    for (int i = 0; i < count; i++)
        sum = add_loss(graph, sum, weights[i], made[i], real[i], IDI_LOSS_ABSOLUTE);
    return sum;
}
