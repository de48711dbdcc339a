/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_stats.c - the clock, and what many measurements come to. */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

double idi_bench_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double idi_bench_mean(const double *values, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++)
        sum += values[i];
    return count > 0 ? sum / (double)count : 0.0;
}

double idi_bench_spread(const double *values, int64_t count)
{
    const double mean = idi_bench_mean(values, count);
    double low = mean;
    double high = mean;
    for (int64_t i = 0; i < count; i++) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    return mean > 0.0 ? 100.0 * (high - low) / mean : 0.0;
}

static int order(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

void idi_bench_sort(double *values, int64_t count)
{
    qsort(values, (size_t)count, sizeof *values, order);
}

double idi_bench_percentile(const double *sorted, int64_t count, double percent)
{
    /* 99.9% of 1000 is 999.0000000000001 in binary, and rank 999 all the same. */
    const double rank = ceil(percent / 100.0 * (double)count - 1e-9);
    int64_t index = (int64_t)rank - 1;
    if (index < 0) index = 0;
    if (index > count - 1) index = count - 1;
    return sorted[index];
}
