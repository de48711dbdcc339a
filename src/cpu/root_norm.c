/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/root_norm.c - ops/root_norm.h as loops. */
#include "ops/root_norm.h"
#include "cpu/root.h"

#include <math.h>

IDI_CPU_OP(root_norm)
{
    const idi_root_norm_attr *attr = e->attr;
    const int64_t channels = idi_shape_last(&e->in[0].shape);
    double *v = e->workspace;
    v[channels] = 1.0;
    for (int64_t r = 0; r < idi_shape_rows(&e->in[0].shape); r++) {
        for (int64_t c = 0; c < channels; c++)
            v[c] = (double)in_real(e, 0)[r * channels + c];
        const double sigma = sqrt(root_variance(in_real(e, 1), v, channels + 1) + attr->eps);
        for (int64_t c = 0; c <= channels; c++)
            out_real(e, 0)[r * (channels + 1) + c] = (real)(v[c] / sigma);
    }
    return IDI_OK;
}

IDI_CPU_WORKSPACE(root_norm)
{
    return (size_t)idi_shape_last(&e->out[0].shape) * sizeof(double);
}
