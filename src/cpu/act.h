/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/act.h - the activations and their derivatives for one number, in double. */
#ifndef IDI_CPU_ACT_H
#define IDI_CPU_ACT_H

#include "ops/activation.h"

#include <math.h>

static inline double act_value(idi_act act, double x)
{
    switch (act) {
    case IDI_ACT_NONE:
        return x;
    case IDI_ACT_RELU:
        return x > 0.0 ? x : 0.0;
    case IDI_ACT_LEAKY_RELU:
        return x > 0.0 ? x : 0.2 * x;
    case IDI_ACT_TANH:
        return tanh(x);
    case IDI_ACT_SIGMOID:
        return 1.0 / (1.0 + exp(-x));
    case IDI_ACT_SILU:
        return x / (1.0 + exp(-x));
    case IDI_ACT_GELU:
        return 0.5 * x * (1.0 + erf(x * 0.70710678118654752440));
    }
    return x;
}

/* f'(x) from x, or from y = f(x) where the function is output based (ops/activation.h). */
static inline double act_slope(idi_act act, double x, double y)
{
    double s;
    switch (act) {
    case IDI_ACT_NONE:
        return 1.0;
    case IDI_ACT_RELU:
        return y > 0.0 ? 1.0 : 0.0;
    case IDI_ACT_LEAKY_RELU:
        return y > 0.0 ? 1.0 : 0.2;
    case IDI_ACT_TANH:
        return 1.0 - y * y;
    case IDI_ACT_SIGMOID:
        return y * (1.0 - y);
    case IDI_ACT_SILU:
        s = 1.0 / (1.0 + exp(-x));
        return s * (1.0 + x * (1.0 - s));
    case IDI_ACT_GELU:
        return 0.5 * (1.0 + erf(x * 0.70710678118654752440)) +
               x * 0.39894228040143267794 * exp(-0.5 * x * x);
    }
    return 1.0;
}

#endif
