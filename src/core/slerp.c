/* SPDX-License-Identifier: Apache-2.0 */
/* core/slerp.c - see slerp.h. */
#include "core/slerp.h"

#include <math.h>

/* The vectors are floats, so that opposite ones have a cosine of -1 only up to their rounding. */
idi_status idi_slerp_weights(double cosine, double t, double *a_out, double *b_out)
{
    const double angle = acos(cosine);
    *a_out = 1.0 - t;
    *b_out = t;
    if (angle < 1e-6) return IDI_OK;
    IDI_REQUIRE(cosine > -1.0 + 1e-6, IDI_ERR_ARG,
                "slerp: the identities are opposite (cosine %.6f), no arc between them is shortest",
                cosine);
    *a_out = sin((1.0 - t) * angle) / sin(angle);
    *b_out = sin(t * angle) / sin(angle);
    return IDI_OK;
}
