/* SPDX-License-Identifier: Apache-2.0 */
/* eval/normal.c - see normal.h. */
#include "eval/normal.h"

#include <math.h>

static const double ROOT_HALF = 0.70710678118654752440;
static const double ROOT_TWO_PI = 2.50662827463100050242;

double idi_normal_quantile(double p)
{
    if (!(p >= 0.0 && p <= 1.0)) return NAN;
    if (p == 0.0) return -INFINITY;
    if (p == 1.0) return INFINITY;
    /* 1 - p is exact from one half on, and the left tail keeps its digits. */
    if (p > 0.5) return -idi_normal_quantile(1.0 - p);
    /* Abramowitz and Stegun 26.2.23, to 4.5e-4; Halley's steps for the rest. */
    const double t = sqrt(-2.0 * log(p));
    double z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                         (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
    for (int step = 0; step < 3; step++) {
        const double density = exp(-z * z / 2.0) / ROOT_TWO_PI;
        const double u = (erfc(-z * ROOT_HALF) / 2.0 - p) / density;
        z -= u / (1.0 + z * u / 2.0);
    }
    return z;
}
