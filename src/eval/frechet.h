/* SPDX-License-Identifier: Apache-2.0 */
/* eval/frechet.h - how far apart are two sets of pictures, by the features of a network.
 *
 * The squared Frechet (2-Wasserstein) distance of the two normal distributions that have the
 * features' means and covariances (Dowson and Landau 1982),
 *   d = |m1 - m2|^2 + tr(S1) + tr(S2) - 2 tr((S1 S2)^(1/2)),
 * which is FID when the features are Inception-v3's (Heusel et al. 2017). With others, such as a
 * recogniser's, it is a number of its own: say whose features, and compare nothing across networks.
 *
 * On sample size. The estimate is biased upwards, about as 1/count, and differently for different
 * generators (Chong and Forsyth, CVPR 2020). Two samples of n from one and the same N(0, I) lie
 * about dim^2 / 2n apart: 51 for 2560 in 512 dimensions, where 512 is the trace. So compare only
 * values from the same counts and the same reference set, and print the counts. Below dim + 1
 * pictures a covariance is singular: the distance is still computed as defined, but most of it is
 * then bias. Usual are 10,000 pictures and more for Inception's 2048 features. */
#ifndef IDI_EVAL_FRECHET_H
#define IDI_EVAL_FRECHET_H

#include "core/memory.h"

/* Mean and covariance of a set of features. */
typedef struct idi_moments {
    double *mean;       /* [dim] */
    double *covariance; /* [dim, dim], over count - 1, symmetric to the bit */
    int64_t count, dim;
} idi_moments;

/* features [count, dim]. IDI_ERR_ARG: count < 2, dim < 1 or above 16384, a feature not finite
 * (naming row and column). On failure the struct is zeroed. */
IDI_NODISCARD idi_status idi_moments_create(idi_memory *memory, const float *features,
                                            int64_t count, int64_t dim, idi_moments *moments_out);
/* NULL-safe on a zeroed struct, which it leaves. */
void idi_moments_free(idi_memory *memory, idi_moments *moments);

/* d, at least 0. Singular covariances are no special case: tr((S1 S2)^(1/2)) is computed as the sum
 * of the singular values of S2^(1/2) S1^(1/2), whose roots leave out eigenvalues that are rounding
 * (below dim * 2^-52 of the largest). Work grows as dim^3, memory is 5 dim^2 numbers (on one
 * core 0.2 s for 512, 8 s for 2048). Last digits may differ between machines: LAPACK's do.
 * IDI_ERR_SHAPE: different dims. IDI_ERR_NUMERIC: LAPACK does not converge (never seen), or a
 * number overflows. */
IDI_NODISCARD idi_status idi_frechet_distance(idi_memory *memory, const idi_moments *a,
                                              const idi_moments *b, double *distance_out);

#endif
