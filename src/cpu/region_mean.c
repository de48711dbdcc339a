/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/region_mean.c - ops/region_mean.h as loops. */
#include "ops/region_mean.h"
#include "cpu/cpu.h"
#include "cpu/label_map.h"

enum { MAX_CLASSES = 256 };

IDI_CPU_OP(region_mean)
{
    const idi_region_mean_attr *attr = e->attr;
    const int64_t *d = e->in[0].shape.dim; /* N, H, W, K */
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < d[0] * d[3]; i++) {
        const int64_t n = i / d[3];
        const int64_t k = i % d[3];
        double sum[MAX_CLASSES] = {0.0};
        double count[MAX_CLASSES] = {0.0};
        for (int64_t p = 0; p < d[1] * d[2]; p++) {
            const int64_t r = label_at(&e->in[1], n, p / d[2], p % d[2], d[1], d[2]);
            sum[r] += (double)in_real(e, 0)[(n * d[1] * d[2] + p) * d[3] + k];
            count[r] += 1.0;
        }
        for (int64_t r = 0; r < attr->regions; r++)
            out_real(e, 0)[(n * attr->regions + r) * d[3] + k] =
                (real)(count[r] > 0.0 ? sum[r] / count[r] : 0.0);
    }
    return IDI_OK;
}
