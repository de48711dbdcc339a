/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/adam.c - adam in double as the plain loop, but in vectors. */
#include "ops/adam.h"
#include "cpu/fast/fast.h"

#include <math.h>

/* Outputs may lie in the inputs' memory, element on element: simd says that no other meet. */
IDI_FAST_OP(adam)
{
    const idi_adam_attr *attr = e->attr;
    const int64_t count = idi_shape_count(&e->out[0].shape);
    const float *p = e->in[0].data;
    const float *g = e->in[1].data;
    const float *m = e->in[2].data;
    const float *v = e->in[3].data;
    const float *rates = e->in[4].data;
    float *p_out = e->out[0].data;
    float *m_out = e->out[1].data;
    float *v_out = e->out[2].data;
    const double beta1 = attr->beta1;
    const double beta2 = attr->beta2;
    const double eps = attr->eps;
    const double rate = (double)rates[0];
    const double decay = attr->weight_decay;
    const double correction1 = (double)rates[1];
    const double correction2 = (double)rates[2];
    const double scale = (double)rates[3];
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < count; i++) {
        const double value = (double)p[i];
        const double gradient = scale * (double)g[i];
        const double first = beta1 * (double)m[i] + (1.0 - beta1) * gradient;
        const double second = beta2 * (double)v[i] + (1.0 - beta2) * gradient * gradient;
        const double step =
            first / correction1 / (sqrt(second / correction2) + eps) + decay * value;
        p_out[i] = (float)(value - rate * step);
        m_out[i] = (float)first;
        v_out[i] = (float)second;
    }
    return IDI_OK;
}
