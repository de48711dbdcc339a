/* SPDX-License-Identifier: Apache-2.0 */
/* eval/normal.h - the standard normal distribution's quantile. */
#ifndef IDI_EVAL_NORMAL_H
#define IDI_EVAL_NORMAL_H

/* z with P(Z <= z) = p, to about 15 digits for p from 1e-300. 0 gives -infinity, 1 +infinity,
 * anything outside 0..1 and NaN give NaN. */
double idi_normal_quantile(double p);

#endif
