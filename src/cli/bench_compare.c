/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_compare.c - --compare: each configuration against its namesake in an earlier file. */
#include "bench.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    return text ? text : "";
}

/* What a later result needs of an earlier one. */
static bool is_result(const json_t *entry)
{
    const double rate = json_number_value(json_object_get(entry, "images_per_s"));
    return text_of(entry, "precision")[0] && text_of(entry, "scenario")[0] &&
           json_is_integer(json_object_get(entry, "batch")) &&
           json_is_integer(json_object_get(entry, "size")) && rate > 0.0 && isfinite(rate);
}

/* One document: a result, or an array of them. */
static bool add_document(json_t *all, json_t *document)
{
    if (json_is_array(document)) {
        for (size_t i = 0; i < json_array_size(document); i++)
            if (!is_result(json_array_get(document, i))) return false;
        return json_array_extend(all, document) == 0;
    }
    return is_result(document) && json_array_append(all, document) == 0;
}

static bool is_at_end(FILE *stream)
{
    int c = fgetc(stream);
    while (c != EOF && isspace(c))
        c = fgetc(stream);
    if (c != EOF) (void)ungetc(c, stream);
    return c == EOF;
}

/* JSON and JSON lines are both documents, one after another. */
static idi_status read_documents(const idi_bench *bench, FILE *stream, json_t *all)
{
    const char *path = bench->arguments->earlier;
    json_error_t error;
    while (!is_at_end(stream)) {
        json_t *document = json_loadf(stream, JSON_DISABLE_EOF_CHECK, &error);
        const bool is_good = document && add_document(all, document);
        if (!document)
            return idi_cli_fail(bench->cli, IDI_ERR_FORMAT, "%s: is not JSON: %s", path,
                                error.text);
        json_decref(document);
        if (!is_good) break;
        if (is_at_end(stream)) return IDI_OK;
    }
    return idi_cli_fail(bench->cli, IDI_ERR_FORMAT,
                        "%s: holds something else than results of 'idinject bench'", path);
}

idi_status idi_bench_read_earlier(idi_bench *bench)
{
    const char *path = bench->arguments->earlier;
    if (!path) return IDI_OK;
    FILE *stream = fopen(path, "r");
    if (!stream)
        return idi_cli_fail(bench->cli, IDI_ERR_IO, "%s: cannot be opened: %s", path,
                            strerror(errno));
    bench->earlier = json_array();
    const idi_status st = bench->earlier ? read_documents(bench, stream, bench->earlier)
                                         : idi_cli_fail(bench->cli, IDI_ERR_NOMEM, "no memory");
    (void)fclose(stream);
    return st;
}

static bool is_namesake(const idi_bench *bench, const idi_bench_result *result, const json_t *entry)
{
    return json_integer_value(json_object_get(entry, "batch")) == result->config.batch &&
           json_integer_value(json_object_get(entry, "size")) == bench->people.info.size &&
           strcmp(text_of(entry, "precision"), result->config.precision) == 0 &&
           strcmp(text_of(entry, "scenario"), bench->arguments->scenario) == 0;
}

/* The last one of the same form, or else the last one: a file may have been added to. */
static const json_t *find(const idi_bench *bench, const idi_bench_result *result)
{
    const json_t *best = NULL;
    bool is_best_form = false;
    for (size_t i = 0; i < json_array_size(bench->earlier); i++) {
        const json_t *entry = json_array_get(bench->earlier, i);
        const bool is_form =
            strcmp(text_of(entry, "form"), idi_bench_form_name(&result->config)) == 0;
        if (!is_namesake(bench, result, entry) || (is_best_form && !is_form)) continue;
        best = entry;
        is_best_form = is_form;
    }
    return best;
}

idi_status idi_bench_find_earlier(const idi_bench *bench)
{
    if (isnan(bench->arguments->fail_if)) return IDI_OK;
    for (int i = 0; i < bench->count; i++)
        if (find(bench, &bench->results[i])) return IDI_OK;
    return idi_cli_fail(bench->cli, IDI_ERR_ARG,
                        "%s: holds none of the configurations to measure, so nothing can be slower",
                        bench->arguments->earlier);
}

static void warn_if_other(idi_bench_result *result, const json_t *entry, const char *key,
                          const char *now)
{
    const char *then = text_of(entry, key);
    if (strcmp(then, now) != 0)
        idi_bench_warn(result, "compared with another %s: then '%.60s', now '%.60s'", key, then,
                       now);
}

static void compare(const idi_bench *bench, idi_bench_result *result)
{
    const json_t *entry = find(bench, result);
    if (!entry) return;
    result->earlier_images_per_s = json_number_value(json_object_get(entry, "images_per_s"));
    result->change = 100.0 * (result->images_per_s / result->earlier_images_per_s - 1.0);
    warn_if_other(result, entry, "device", result->device);
    warn_if_other(result, entry, "device_name", result->device_name);
    warn_if_other(result, entry, "fingerprint", bench->people.fingerprint);
    warn_if_other(result, entry, "form", idi_bench_form_name(&result->config));
    if (strcmp(text_of(entry, "verdict"), "VALID") != 0)
        idi_bench_warn(result, "compared with a result that was not VALID");
}

void idi_bench_compare(idi_bench *bench)
{
    for (int i = 0; i < bench->count && bench->earlier; i++)
        compare(bench, &bench->results[i]);
}

bool idi_bench_is_slower(const idi_bench *bench, const idi_bench_result *result)
{
    return result->earlier_images_per_s > 0.0 && result->change < -bench->arguments->fail_if;
}
