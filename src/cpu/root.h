/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/root.h - a variance from its root (ops/variance_root.h). */
#ifndef IDI_CPU_ROOT_H
#define IDI_CPU_ROOT_H

#include "cpu/cpu.h"

/* |root z|^2 for an upper triangular root [count, count]. */
static inline double root_variance(const real *root, const double *z, int64_t count)
{
    double squares = 0.0;
    for (int64_t i = 0; i < count; i++) {
        double sum = 0.0;
        for (int64_t j = i; j < count; j++)
            sum += (double)root[i * count + j] * z[j];
        squares += sum * sum;
    }
    return squares;
}

#endif
