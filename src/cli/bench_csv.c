/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_csv.c - the JSON objects as rows: an object within gives "latency_ms.p50", an array
 * "a;b". */
#include "bench.h"

#include <string.h>

/* RFC 4180: in quotes where it would be misread, quotes doubled. */
static void print_text(FILE *stream, const char *text)
{
    const bool is_quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (is_quoted) (void)fputc('"', stream);
    for (const char *c = text; *c; c++) {
        if (*c == '"') (void)fputc('"', stream);
        (void)fputc(*c, stream);
    }
    if (is_quoted) (void)fputc('"', stream);
}

static void print_scalar(FILE *stream, const json_t *value)
{
    if (json_is_string(value)) print_text(stream, json_string_value(value));
    if (json_is_integer(value)) (void)fprintf(stream, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value)) (void)fprintf(stream, "%.10g", json_real_value(value));
    if (json_is_boolean(value)) (void)fputs(json_is_true(value) ? "true" : "false", stream);
}

static void print_array(FILE *stream, const json_t *array)
{
    char text[4096] = "";
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);
        const size_t used = strlen(text);
        const char *separator = i > 0 ? ";" : "";
        if (json_is_string(item)) {
            (void)snprintf(text + used, sizeof text - used, "%s%s", separator,
                           json_string_value(item));
        } else {
            (void)snprintf(text + used, sizeof text - used, "%s%.10g", separator,
                           json_number_value(item));
        }
    }
    print_text(stream, text);
}

/* Column names, or the values. */
static void print_row(FILE *stream, json_t *object, const char *outer, bool is_head)
{
    const char *key;
    json_t *value;
    const char *separator = outer[0] ? "" : NULL;
    json_object_foreach(object, key, value)
    {
        if (separator) (void)fputs(separator, stream);
        separator = ",";
        if (json_is_object(value)) {
            char name[64];
            (void)snprintf(name, sizeof name, "%s.", key);
            print_row(stream, value, name, is_head);
        } else if (is_head) {
            (void)fprintf(stream, "%s%s", outer, key);
        } else if (json_is_array(value)) {
            print_array(stream, value);
        } else {
            print_scalar(stream, value);
        }
    }
}

void idi_bench_print_csv(FILE *stream, const json_t *results)
{
    for (size_t i = 0; i < json_array_size(results); i++) {
        json_t *object = json_array_get(results, i);
        if (i == 0) {
            print_row(stream, object, "", true);
            (void)fputc('\n', stream);
        }
        print_row(stream, object, "", false);
        (void)fputc('\n', stream);
    }
}
