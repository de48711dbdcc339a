/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/mean_loss.c - ops/mean_loss.h as loops. */
#include "ops/mean_loss.h"
#include "cpu/cpu.h"

#include <math.h>

/* A NaN stays one: it must not look like a loss of 0. */
static double positive_part(double x)
{
    return x <= 0.0 ? 0.0 : x;
}

static double value(idi_loss loss, double x, double t)
{
    switch (loss) {
    case IDI_LOSS_ABSOLUTE:
        return fabs(x - t);
    case IDI_LOSS_SQUARE:
        return (x - t) * (x - t);
    case IDI_LOSS_HINGE_REAL:
        return positive_part(1.0 - x);
    case IDI_LOSS_HINGE_FAKE:
        return positive_part(1.0 + x);
    case IDI_LOSS_NEGATIVE:
        return -x;
    }
    return 0.0;
}

static double slope(idi_loss loss, double x, double t)
{
    switch (loss) {
    case IDI_LOSS_ABSOLUTE:
        return (x > t) - (x < t);
    case IDI_LOSS_SQUARE:
        return 2.0 * (x - t);
    case IDI_LOSS_HINGE_REAL:
        return x < 1.0 ? -1.0 : 0.0;
    case IDI_LOSS_HINGE_FAKE:
        return x > -1.0 ? 1.0 : 0.0;
    case IDI_LOSS_NEGATIVE:
        return -1.0;
    }
    return 0.0;
}

IDI_CPU_OP(mean_loss)
{
    const idi_mean_loss_attr *attr = e->attr;
    const int64_t count = idi_shape_count(&e->in[0].shape);
    const real *x = in_real(e, 0);
    const real *t = in_real(e, 1);
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++)
        sum += value(attr->loss, (double)x[i], t ? (double)t[i] : 0.0);
    out_real(e, 0)[0] = (real)(sum / (double)count);
    return IDI_OK;
}

IDI_CPU_OP(mean_loss_grad)
{
    const idi_mean_loss_attr *attr = e->attr;
    const int64_t count = idi_shape_count(&e->in[0].shape);
    const real *x = in_real(e, 0);
    const real *t = in_real(e, 1);
    const double factor = (double)in_real(e, 2)[0] / (double)count;
    for (int64_t i = 0; i < count; i++)
        out_real(e, 0)[i] =
            (real)(factor * slope(attr->loss, (double)x[i], t ? (double)t[i] : 0.0));
    return IDI_OK;
}
