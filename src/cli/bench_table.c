/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_table.c - results for people: the number they want first, then a Markdown table. */
#include "bench.h"

#include <string.h>

static bool is_single(const idi_bench *bench)
{
    return strcmp(bench->arguments->scenario, "single") == 0;
}

/* The fastest; one that is not VALID only if none is. */
static const idi_bench_result *best_of(const idi_bench *bench)
{
    const idi_bench_result *best = &bench->results[0];
    for (int i = 1; i < bench->count; i++) {
        const idi_bench_result *r = &bench->results[i];
        const bool is_better = r->verdict != best->verdict ? r->verdict < best->verdict
                                                           : r->images_per_s > best->images_per_s;
        if (is_better) best = r;
    }
    return best;
}

static void print_headline(FILE *stream, const idi_bench *bench)
{
    const idi_bench_result *r = best_of(bench);
    const int last = bench->lists.percentile_count - 1;
    if (is_single(bench)) {
        (void)fprintf(stream, "%.4g ms p%g (%.4g ms mean)", r->latency_at[last],
                      bench->lists.percentiles[last], r->latency_mean);
    } else {
        (void)fprintf(stream, "%.4g images/s", r->images_per_s);
    }
    (void)fprintf(stream,
                  " - %s (%s), %s, %lldx%lld, batch %lld, %s form, %s; repeats within %.1f%%: %s\n",
                  r->device, r->device_name, r->config.precision,
                  (long long)bench->people.info.size, (long long)bench->people.info.size,
                  (long long)r->config.batch, idi_bench_form_name(&r->config),
                  bench->arguments->scenario, r->spread, idi_bench_verdict_name(r->verdict));
}

static void print_head(FILE *stream, const idi_bench *bench)
{
    static const char *const after[] = {"max ms",  "calls",    "executed GFLOP/s", "plain GFLOP/s",
                                        "share %", "plan MiB", "peak MiB",         "verdict"};
    const int percentiles = bench->lists.percentile_count;
    const int count = (int)(sizeof after / sizeof *after);
    (void)fprintf(stream, "| precision | batch | images/s | spread %% | mean ms |");
    for (int i = 0; i < percentiles; i++)
        (void)fprintf(stream, " p%g ms |", bench->lists.percentiles[i]);
    for (int i = 0; i < count; i++)
        (void)fprintf(stream, " %s |", after[i]);
    (void)fprintf(stream, "\n| --- |");
    for (int i = 0; i < 4 + percentiles + count - 1; i++)
        (void)fprintf(stream, " ---: |");
    (void)fprintf(stream, " --- |\n");
}

static double mebibytes(size_t bytes)
{
    return (double)bytes / 1048576.0;
}

static void print_result(FILE *stream, const idi_bench *bench, const idi_bench_result *r)
{
    const size_t plan = r->plan.activation_bytes + r->plan.workspace_bytes;
    (void)fprintf(stream, "| %s | %lld | %.4g | %.1f | %.4g |", r->config.precision,
                  (long long)r->config.batch, r->images_per_s, r->spread, r->latency_mean);
    for (int i = 0; i < bench->lists.percentile_count; i++)
        (void)fprintf(stream, " %.4g |", r->latency_at[i]);
    (void)fprintf(stream, " %.4g | %lld | %.4g | %.4g |", r->latency_max, (long long)r->call_count,
                  idi_bench_gflops(r, r->plan.macs), idi_bench_gflops(r, r->plan.plain_macs));
    if (r->ceiling > 0.0) (void)fprintf(stream, " %.0f", idi_bench_share(r));
    (void)fprintf(stream, " | %.1f | %.1f | %s |\n", mebibytes(plan),
                  mebibytes(r->peak_bytes + r->device_peak_bytes),
                  idi_bench_verdict_name(r->verdict));
}

static void print_notes(FILE *stream, const idi_bench *bench, const idi_bench_result *r)
{
    char name[40];
    (void)snprintf(name, sizeof name, "%s, batch %lld", r->config.precision,
                   (long long)r->config.batch);
    if (r->is_checked)
        (void)fprintf(
            stream, "%s: check: relative l2 %.3g (limit %.3g), max abs %.3g (limit %.3g)\n", name,
            r->check.relative_l2, r->check.limit, r->check.max_abs, 10.0 * r->check.limit);
    if (r->earlier_images_per_s > 0.0)
        (void)fprintf(stream, "%s: %+.1f%% against %s: %.4g images/s, then %.4g%s\n", name,
                      r->change, bench->arguments->earlier, r->images_per_s,
                      r->earlier_images_per_s, idi_bench_is_slower(bench, r) ? "; slower" : "");
    if (bench->earlier && r->earlier_images_per_s <= 0.0)
        (void)fprintf(stream, "%s: not in %s\n", name, bench->arguments->earlier);
    if (r->ceiling > 0.0)
        (void)fprintf(stream, "%s: ceiling: bare products at %.4g GFLOP/s\n", name, r->ceiling);
    for (int i = 0; i < r->warning_count; i++)
        (void)fprintf(stream, "%s: warning: %s\n", name, r->warnings[i]);
}

void idi_bench_print_table(FILE *stream, const idi_bench *bench)
{
    print_headline(stream, bench);
    (void)fputc('\n', stream);
    print_head(stream, bench);
    for (int i = 0; i < bench->count; i++)
        print_result(stream, bench, &bench->results[i]);
    (void)fputc('\n', stream);
    for (int i = 0; i < bench->count; i++)
        print_notes(stream, bench, &bench->results[i]);
}
