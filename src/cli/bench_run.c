/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_run.c - measuring one configuration: warm-up, repeats of single calls, verdict. */
#include "bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void idi_bench_warn(idi_bench_result *result, const char *format, ...)
{
    va_list values;
    if (result->warning_count == IDI_BENCH_WARNINGS) return;
    va_start(values, format);
    (void)vsnprintf(result->warnings[result->warning_count++], sizeof result->warnings[0], format,
                    values);
    va_end(values);
}

/* One call after another; each call's time ends where the next one's begins, so that nothing falls
 * between. latency: seconds, IDI_BENCH_MAX_CALLS of them. */
static idi_status time_repeat(const idi_bench *bench, idi_bench_stage *stage, double *latency,
                              int64_t *count_out, double *seconds_out)
{
    const idi_bench_arguments *a = bench->arguments;
    const double start = idi_bench_now();
    double last = start;
    int64_t n = 0;
    while (n < IDI_BENCH_MAX_CALLS && (n < a->min_iters || last - start < a->duration)) {
        IDI_CLI_TRY(idi_session_generate(stage->session, &stage->run));
        const double now = idi_bench_now();
        latency[n++] = now - last;
        last = now;
    }
    *count_out = n;
    *seconds_out = last - start;
    return IDI_OK;
}

/* Keeps the faster: what disturbs a machine only ever makes it slower. In a context of its own,
 * whose memory is not the session's. */
static idi_status measure_ceiling(const idi_bench *bench, idi_bench_result *result)
{
    enum { CPU_SIDE = 2048, GPU_SIDE = 8192 };
    idi_context *context;
    double flops;
    if (!bench->arguments->has_ceiling) return IDI_OK;
    IDI_CLI_TRY(idi_cli_open_context(bench->cli, &bench->arguments->common, &context));
    const bool is_cpu = strcmp(idi_context_device(context), "cpu") == 0;
    const int64_t side = is_cpu ? CPU_SIDE : GPU_SIDE;
    const idi_status st = idi_context_product_rate(context, result->config.precision, side, &flops);
    idi_context_destroy(&context);
    result->ceiling = fmax(result->ceiling, 1e-9 * flops);
    return st;
}

static idi_status run_repeats(const idi_bench *bench, int index, idi_bench_stage *stage,
                              double *latency, idi_bench_result *result)
{
    const int64_t repeats = bench->arguments->repeat;
    for (int64_t i = 0; i < bench->arguments->warmup; i++)
        IDI_CLI_TRY(idi_session_generate(stage->session, &stage->run));
    idi_memory_report before = {.struct_size = sizeof before};
    idi_memory_report after = before;
    IDI_CLI_TRY(idi_context_memory(stage->context, &before));
    for (int64_t i = 0; i < repeats; i++) {
        int64_t count;
        double seconds;
        idi_cli_progress(bench->cli, "repeats", index * repeats + i, bench->count * repeats);
        IDI_CLI_TRY(time_repeat(bench, stage, latency + result->call_count, &count, &seconds));
        result->call_count += count;
        result->rates[i] = (double)(count * result->config.batch) / seconds;
    }
    IDI_CLI_TRY(idi_context_memory(stage->context, &after));
    result->allocations = after.allocation_count - before.allocation_count;
    result->peak_bytes = after.peak_bytes;
    result->device_peak_bytes = after.device_peak_bytes;
    return IDI_OK;
}

static void summarise(const idi_bench *bench, double *latency, idi_bench_result *result)
{
    const int64_t count = result->call_count;
    double least = 100.0; /* percentile that has no call above it */
    for (int64_t i = 0; i < count; i++)
        latency[i] *= 1e3;
    idi_bench_sort(latency, count);
    result->latency_min = latency[0];
    result->latency_max = latency[count - 1];
    result->latency_mean = idi_bench_mean(latency, count);
    for (int i = 0; i < bench->lists.percentile_count; i++) {
        const double percent = bench->lists.percentiles[i];
        result->latency_at[i] = idi_bench_percentile(latency, count, percent);
        if ((double)count * (100.0 - percent) < 100.0 - 1e-6) least = fmin(least, percent);
    }
    if (least < 100.0)
        idi_bench_warn(result, "of %lld calls p%g is the maximum", (long long)count, least);
    result->images_per_s = idi_bench_mean(result->rates, bench->arguments->repeat);
    result->spread = idi_bench_spread(result->rates, bench->arguments->repeat);
}

static void judge(const idi_bench *bench, idi_bench_result *result)
{
    if (result->allocations > 0)
        idi_bench_warn(result, "the timed calls made %lld allocations, want none",
                       (long long)result->allocations);
    if (result->spread > bench->arguments->stable) {
        idi_bench_warn(result, "the repeats differ by %.1f%%, want at most %g%%", result->spread,
                       bench->arguments->stable);
        result->verdict = IDI_BENCH_UNSTABLE;
    }
    if (result->is_checked && !result->check.is_good) {
        idi_bench_warn(result,
                       "the images are off by %.3g of their norm and at most %.3g a value, want "
                       "%.3g and %.3g",
                       result->check.relative_l2, result->check.max_abs, result->check.limit,
                       10.0 * result->check.limit);
        result->verdict = IDI_BENCH_INVALID;
    }
}

/* The names of the device that a context is on. */
static void note_device(const idi_context *context, idi_bench_result *result)
{
    (void)snprintf(result->device, sizeof result->device, "%s", idi_context_device(context));
    for (int i = 0; i < idi_device_count(); i++) {
        idi_device_info info = {.struct_size = sizeof info};
        if (idi_device_get_info(i, &info) != IDI_OK) continue;
        if (strcmp(info.id, result->device) == 0)
            (void)snprintf(result->device_name, sizeof result->device_name, "%s", info.name);
    }
}

idi_status idi_bench_measure(const idi_bench *bench, int index, idi_bench_result *result)
{
    idi_bench_stage stage;
    const size_t most = (size_t)bench->arguments->repeat * IDI_BENCH_MAX_CALLS;
    double *latency = calloc(most, sizeof *latency);
    if (!latency) return idi_cli_fail(bench->cli, IDI_ERR_NOMEM, "no memory for the latencies");
    idi_status st = idi_bench_open_stage(bench, &result->config, &stage);
    if (st == IDI_OK) st = measure_ceiling(bench, result);
    if (st == IDI_OK) st = run_repeats(bench, index, &stage, latency, result);
    if (st == IDI_OK) st = measure_ceiling(bench, result);
    if (st == IDI_OK) {
        note_device(stage.context, result);
        summarise(bench, latency, result);
        if (bench->arguments->is_checked) idi_bench_compare_images(bench, &stage, result);
        judge(bench, result);
    }
    idi_bench_close_stage(&stage);
    free(latency);
    return st;
}
