/* SPDX-License-Identifier: Apache-2.0 */
/* core/slerp.h - the arc between two unit vectors, as what each of them counts on it. */
#ifndef IDI_CORE_SLERP_H
#define IDI_CORE_SLERP_H

#include "core/status.h"

/* Weights of a and b, of unit length and that cosine, at t on the arc between them; their chord's
 * where the angle is too small to divide by its sine. ARG: they are opposite, and no arc is
 * shortest. */
IDI_NODISCARD idi_status idi_slerp_weights(double cosine, double t, double *a_out, double *b_out);

#endif
