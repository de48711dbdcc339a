/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/label_loss.c - ops/label_loss.h as loops. */
#include "ops/label_loss.h"
#include "cpu/cpu.h"
#include "cpu/label_map.h"

#include <math.h>

/* 1 where element i of the logits [N, T, R] is its pixel's own class, else 0. */
static double target(const idi_exec *e, int64_t i)
{
    const idi_label_loss_attr *attr = e->attr;
    const int64_t classes = e->in[0].shape.dim[2];
    const int64_t side = attr->side;
    const int64_t p = i / classes % (side * side);
    const int64_t n = i / classes / (side * side);
    return label_at(&e->in[1], n, p / side, p % side, side, side) == i % classes ? 1.0 : 0.0;
}

IDI_CPU_OP(label_loss)
{
    const int64_t count = idi_shape_count(&e->in[0].shape);
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        const double l = (double)in_real(e, 0)[i];
        sum += (l <= 0.0 ? 0.0 : l) - l * target(e, i) + log1p(exp(-fabs(l)));
    }
    out_real(e, 0)[0] = (real)(sum / (double)count);
    return IDI_OK;
}

IDI_CPU_OP(label_loss_grad)
{
    const int64_t count = idi_shape_count(&e->in[0].shape);
    const double factor = (double)in_real(e, 2)[0] / (double)count;
    for (int64_t i = 0; i < count; i++) {
        const double l = (double)in_real(e, 0)[i];
        out_real(e, 0)[i] = (real)(factor * (1.0 / (1.0 + exp(-l)) - target(e, i)));
    }
    return IDI_OK;
}
