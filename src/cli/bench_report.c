/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_report.c - results into a stream or a file, in one of four formats. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

enum { FLAGS = JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10) };

/* Whether the stream took it is for the caller to ask. */
static bool write_results(const idi_bench *bench, FILE *stream, const char *format)
{
    if (strcmp(format, "md") == 0) {
        idi_bench_print_table(stream, bench);
        return true;
    }
    json_t *results = idi_bench_json(bench);
    if (!results) return false;
    if (strcmp(format, "csv") == 0) idi_bench_print_csv(stream, results);
    if (strcmp(format, "json") == 0) {
        (void)json_dumpf(results, stream, FLAGS | JSON_INDENT(1));
        (void)fputc('\n', stream);
    }
    for (size_t i = 0; strcmp(format, "jsonl") == 0 && i < json_array_size(results); i++) {
        (void)json_dumpf(json_array_get(results, i), stream, FLAGS);
        (void)fputc('\n', stream);
    }
    json_decref(results);
    return true;
}

static idi_status no_memory(const idi_bench *bench)
{
    return idi_cli_fail(bench->cli, IDI_ERR_NOMEM, "no memory for the report");
}

idi_status idi_bench_print(const idi_bench *bench, const char *format)
{
    return write_results(bench, stdout, format) ? IDI_OK : no_memory(bench);
}

idi_status idi_bench_save(const idi_bench *bench, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream) return no_memory(bench);
    const bool is_written = write_results(bench, stream, strrchr(path, '.') + 1);
    const bool is_whole = is_written && !ferror(stream);
    if (fclose(stream) != 0 || !is_whole) {
        free(text);
        return no_memory(bench);
    }
    const idi_status st = idi_cli_save_text(bench->cli, path, text);
    free(text);
    return st;
}
