/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/fast/vector.h - elementwise functions on float arrays. Static: each instruction set's files
 * have their own. */
#ifndef IDI_CPU_FAST_VECTOR_H
#define IDI_CPU_FAST_VECTOR_H

#include "cpu/fast/math.h"
#include "ops/activation.h"

#include <stdint.h>

/* x[i] = act(x[i]) on the calling thread. Relative error of the functions within 4e-7. */
static inline void fast_activate_serial(float *x, int64_t count, idi_act act)
{
    switch (act) { /* one loop a function, so that each vectorises */
    case IDI_ACT_NONE:
        return;
    case IDI_ACT_RELU:
        for (int64_t i = 0; i < count; i++)
            x[i] = x[i] > 0.0F ? x[i] : 0.0F;
        return;
    case IDI_ACT_LEAKY_RELU:
        for (int64_t i = 0; i < count; i++)
            x[i] = x[i] > 0.0F ? x[i] : 0.2F * x[i];
        return;
    case IDI_ACT_TANH:
        for (int64_t i = 0; i < count; i++)
            x[i] = fast_tanh(x[i]);
        return;
    case IDI_ACT_SIGMOID:
        for (int64_t i = 0; i < count; i++)
            x[i] = fast_sigmoid(x[i]);
        return;
    case IDI_ACT_SILU:
        for (int64_t i = 0; i < count; i++)
            x[i] = x[i] * fast_sigmoid(x[i]);
        return;
    case IDI_ACT_GELU:
        for (int64_t i = 0; i < count; i++)
            x[i] = fast_gelu(x[i]);
        return;
    }
}

/* The same on all cores. */
static inline void fast_activate(float *x, int64_t count, idi_act act)
{
    enum { CHUNK = 4096 };
    if (act == IDI_ACT_NONE) return;
#pragma omp parallel for schedule(static)
    for (int64_t start = 0; start < count; start += CHUNK) {
        const int64_t length = count - start < CHUNK ? count - start : CHUNK;
        fast_activate_serial(x + start, length, act);
    }
}

#endif
