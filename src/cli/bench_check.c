/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_check.c - a benchmark of wrong images is none: what was timed is compared with what the
 * plain form makes of the same inputs in f32. */
#include "bench.h"

#include <math.h>
#include <string.h>

/* Some twelve roundings of the number type, relative to the image's norm, is what the networks of
 * the library's own tests stay within; f32 sums in another order and stays far below its own. */
static double limit_of(const char *precision)
{
    if (strcmp(precision, "f32") == 0) return 5e-5;
    return strcmp(precision, "bf16") == 0 ? 5e-2 : 1e-2;
}

static void compare_sample(const float *got, const float *wanted, int64_t count,
                           idi_bench_check *check)
{
    double difference = 0.0;
    double size = 0.0;
    for (int64_t i = 0; i < count; i++) {
        const double off = (double)got[i] - (double)wanted[i];
        check->max_abs = fmax(check->max_abs, fabs(off));
        difference += off * off;
        size += (double)wanted[i] * (double)wanted[i];
    }
    const double relative = difference > 0.0 ? sqrt(difference / size) : 0.0;
    check->relative_l2 = fmax(check->relative_l2, relative);
}

void idi_bench_compare_images(const idi_bench *bench, const idi_bench_stage *stage,
                              idi_bench_result *result)
{
    const idi_bench_arguments *a = bench->arguments;
    const int64_t count = 3 * bench->people.info.size * bench->people.info.size;
    idi_bench_check *check = &result->check;
    check->limit = isnan(a->check_limit) ? limit_of(result->config.precision) : a->check_limit;
    for (int64_t i = 0; i < result->config.batch; i++)
        compare_sample(stage->image + i * count, bench->people.wanted[i % IDI_BENCH_PEOPLE], count,
                       check);
    check->is_good = check->relative_l2 <= check->limit && check->max_abs <= 10.0 * check->limit;
    result->is_checked = true;
}
