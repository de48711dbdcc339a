/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_json.c - results as objects; CSV is the same, flat. */
#include "bench.h"

#include <time.h>

const char *idi_bench_verdict_name(idi_bench_verdict verdict)
{
    static const char *const names[] = {"VALID", "UNSTABLE", "INVALID"};
    return names[verdict];
}

const char *idi_bench_form_name(const idi_bench_config *config)
{
    return config->is_plain ? "plain" : "folded";
}

void idi_bench_percentile_name(double percent, char out[16])
{
    (void)snprintf(out, 16, "p%g", percent);
    for (char *c = out; *c; c++)
        if (*c == '.') *c = '_';
}

double idi_bench_gflops(const idi_bench_result *result, int64_t macs_a_batch)
{
    return 2e-9 * (double)macs_a_batch / (double)result->config.batch * result->images_per_s;
}

double idi_bench_share(const idi_bench_result *result)
{
    return 100.0 * idi_bench_gflops(result, result->plan.macs) / result->ceiling;
}

static json_t *numbers(const double *values, int64_t count)
{
    json_t *array = json_array();
    for (int64_t i = 0; array && i < count; i++)
        (void)json_array_append_new(array, json_real(values[i]));
    return array;
}

static json_t *sentences(const idi_bench_result *result)
{
    json_t *array = json_array();
    for (int i = 0; array && i < result->warning_count; i++)
        (void)json_array_append_new(array, json_string(result->warnings[i]));
    return array;
}

static json_t *latency(const idi_bench *bench, const idi_bench_result *r)
{
    json_t *object = json_pack("{s:f, s:f}", "min", r->latency_min, "mean", r->latency_mean);
    for (int i = 0; object && i < bench->lists.percentile_count; i++) {
        char name[16];
        idi_bench_percentile_name(bench->lists.percentiles[i], name);
        (void)json_object_set_new(object, name, json_real(r->latency_at[i]));
    }
    json_t *rest =
        json_pack("{s:f, s:I}", "max", r->latency_max, "count", (json_int_t)r->call_count);
    (void)json_object_update(object, rest);
    json_decref(rest);
    return object;
}

/* Without --check the same keys, empty. */
static json_t *check(const idi_bench_result *r)
{
    if (!r->is_checked)
        return json_pack("{s:n, s:n, s:n, s:n, s:n}", "max_abs", "relative_l2", "max_abs_limit",
                         "relative_l2_limit", "is_good");
    return json_pack("{s:f, s:f, s:f, s:f, s:b}", "max_abs", r->check.max_abs, "relative_l2",
                     r->check.relative_l2, "max_abs_limit", 10.0 * r->check.limit,
                     "relative_l2_limit", r->check.limit, "is_good", r->check.is_good);
}

static json_t *ceiling(const idi_bench_result *r)
{
    if (r->ceiling <= 0.0) return json_pack("{s:n, s:n}", "ceiling_gflop_per_s", "share_percent");
    return json_pack("{s:f, s:f}", "ceiling_gflop_per_s", r->ceiling, "share_percent",
                     idi_bench_share(r));
}

static json_t *change(const idi_bench_result *r)
{
    if (r->earlier_images_per_s <= 0.0)
        return json_pack("{s:n, s:n}", "earlier_images_per_s", "change_percent");
    return json_pack("{s:f, s:f}", "earlier_images_per_s", r->earlier_images_per_s,
                     "change_percent", r->change);
}

static json_t *identification(const idi_bench *bench, const idi_bench_result *r)
{
    const idi_bench_arguments *a = bench->arguments;
    char now[32];
    const time_t seconds = time(NULL);
    struct tm utc;
    (void)strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &utc));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s}", "schema",
                     "idinject-bench/1", "version", idi_version(), "time", now, "model", a->model,
                     "arch", bench->people.arch, "fingerprint", bench->people.fingerprint, "device",
                     r->device, "device_name", r->device_name, "scenario", a->scenario, "precision",
                     r->config.precision, "batch", (json_int_t)r->config.batch, "size",
                     (json_int_t)bench->people.info.size, "form", idi_bench_form_name(&r->config));
}

static json_t *measurement(const idi_bench *bench, const idi_bench_result *r)
{
    const json_int_t batch = (json_int_t)r->config.batch;
    const size_t plan_bytes = r->plan.activation_bytes + r->plan.workspace_bytes;
    return json_pack(
        "{s:s, s:f, s:o, s:f, s:o, s:I, s:I, s:f, s:f, s:I, s:I, s:I, s:I, s:o, s:o}", "verdict",
        idi_bench_verdict_name(r->verdict), "images_per_s", r->images_per_s, "images_per_s_repeats",
        numbers(r->rates, bench->arguments->repeat), "spread_percent", r->spread, "latency_ms",
        latency(bench, r), "plain_macs", (json_int_t)r->plan.plain_macs / batch, "executed_macs",
        (json_int_t)r->plan.macs / batch, "plain_gflop_per_s",
        idi_bench_gflops(r, r->plan.plain_macs), "executed_gflop_per_s",
        idi_bench_gflops(r, r->plan.macs), "plan_bytes", (json_int_t)plan_bytes, "peak_bytes",
        (json_int_t)r->peak_bytes, "device_peak_bytes", (json_int_t)r->device_peak_bytes,
        "allocations", (json_int_t)r->allocations, "check", check(r), "warnings", sentences(r));
}

/* The seed as text: JSON's readers keep 53 bits of a number. */
static json_t *settings(const idi_bench *bench)
{
    const idi_bench_arguments *a = bench->arguments;
    char seed[24];
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)a->seed);
    return json_pack("{s:s, s:I, s:f, s:I, s:I, s:f}", "seed", seed, "warmup",
                     (json_int_t)a->warmup, "duration_s", a->duration, "min_iters",
                     (json_int_t)a->min_iters, "repeat", (json_int_t)a->repeat, "stable_percent",
                     a->stable);
}

static json_t *object_of(const idi_bench *bench, const idi_bench_result *result)
{
    json_t *object = identification(bench, result);
    json_t *parts[] = {measurement(bench, result), ceiling(result), change(result),
                       settings(bench)};
    bool is_whole = object != NULL;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i] || json_object_update(object, parts[i]) != 0) is_whole = false;
        json_decref(parts[i]);
    }
    if (is_whole) return object;
    json_decref(object);
    return NULL;
}

json_t *idi_bench_json(const idi_bench *bench)
{
    json_t *array = json_array();
    for (int i = 0; array && i < bench->count; i++) {
        if (json_array_append_new(array, object_of(bench, &bench->results[i])) == 0) continue;
        json_decref(array);
        return NULL;
    }
    return array;
}
