/* SPDX-License-Identifier: Apache-2.0 */
/* nets/fixture.c - see fixture.h. */
#include "nets/fixture.h"
#include "model/weights.h"

#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 320 };

void idi_fixture_open(idi_fixture *fixture, const char *name, idi_memory *memory)
{
    char path[sizeof IDI_FIXTURES + 80];
    (void)snprintf(path, sizeof path, "%s/nets/%s.safetensors", IDI_FIXTURES, name);
    *fixture = (idi_fixture){.name = name, .memory = memory};
    cr_assert_eq(idi_safetensors_open(memory, path, &fixture->file), IDI_OK, "%s",
                 idi_last_error());
}

void idi_fixture_close(idi_fixture *fixture)
{
    idi_safetensors_close(&fixture->file);
}

static const char *metadata(const idi_fixture *fixture, const char *key)
{
    const char *text = idi_safetensors_metadata(fixture->file, key);
    cr_assert_not_null(text, "%s has no metadata %s", fixture->name, key);
    return text;
}

int64_t idi_fixture_number(const idi_fixture *fixture, const char *key)
{
    return strtoll(metadata(fixture, key), NULL, 10);
}

idi_model_config idi_fixture_config(const idi_fixture *fixture)
{
    const char *text = metadata(fixture, "config");
    idi_model_config config;
    cr_assert_eq(idi_config_parse(text, strlen(text), &config), IDI_OK, "%s: %s", fixture->name,
                 idi_last_error());
    return config;
}

/* The reference's values, after a look at their shape. */
static double *reference(const idi_fixture *fixture, const char *key, int rank, const int64_t *dim)
{
    const idi_safetensor *tensor = idi_safetensors_find(fixture->file, key);
    cr_assert_not_null(tensor, "%s has no tensor %s", fixture->name, key);
    cr_assert(tensor->dtype == IDI_F64 && tensor->rank == rank, "%s/%s: dtype %s, rank %d",
              fixture->name, key, idi_dtype_name(tensor->dtype), tensor->rank);
    for (int i = 0; i < rank; i++)
        cr_assert_eq(tensor->dim[i], dim[i], "%s/%s: dimension %d is %lld, the reference has %lld",
                     fixture->name, key, i, (long long)dim[i], (long long)tensor->dim[i]);
    double *values = malloc(tensor->bytes + 1);
    cr_assert_not_null(values);
    memcpy(values, tensor->data, tensor->bytes);
    return values;
}

/* ||got - want|| / ||want||, which must be within the bound. Takes both arrays. */
static double expect_close(const idi_fixture *fixture, const char *key, double *got, double *want,
                           int64_t count)
{
    double square = 0.0;
    double error = 0.0;
    double worst = -1.0;
    int64_t at = 0;
    for (int64_t i = 0; i < count; i++) {
        const double difference = fabs(got[i] - want[i]);
        square += want[i] * want[i];
        error += difference * difference;
        if (difference <= worst) continue; /* NaN counts as worst */
        worst = difference;
        at = i;
    }
    const double relative = sqrt(error / square);
    cr_log_info("%s %s %s: %.2e", fixture->name, fixture->backend, key, relative);
    cr_expect(relative <= fixture->bound,
              "%s on %s: %s is off by %.3g of its norm, bound %.3g; worst at [%lld]: %.17g, the "
              "reference has %.17g",
              fixture->name, fixture->backend, key, relative, fixture->bound, (long long)at,
              got[at], want[at]);
    free(got);
    free(want);
    return relative;
}

double idi_fixture_expect_map(const idi_fixture *fixture, const char *key, const double *ours,
                              const idi_shape *shape, int64_t step)
{
    const int64_t height = shape->dim[1], width = shape->dim[2], channels = shape->dim[3];
    const int64_t dim[4] = {shape->dim[0], channels, (height + step - 1) / step,
                            (width + step - 1) / step};
    double *want = reference(fixture, key, 4, dim);
    double *got = malloc((size_t)(dim[0] * dim[1] * dim[2] * dim[3]) * sizeof *got);
    cr_assert_not_null(got);
    int64_t count = 0;
    for (int64_t n = 0; n < dim[0]; n++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t y = 0; y < height; y += step)
                for (int64_t x = 0; x < width; x += step)
                    got[count++] = ours[((n * height + y) * width + x) * channels + c];
    return expect_close(fixture, key, got, want, count);
}

void idi_fixture_expect_rows(const idi_fixture *fixture, const char *key, const double *ours,
                             const idi_shape *shape, int64_t step)
{
    int64_t dim[IDI_MAX_RANK];
    memcpy(dim, shape->dim, sizeof dim);
    const int64_t width = idi_shape_last(shape);
    dim[shape->rank - 1] = (width + step - 1) / step;
    double *want = reference(fixture, key, shape->rank, dim);
    double *got = malloc((size_t)idi_shape_count(shape) * sizeof *got);
    cr_assert_not_null(got);
    int64_t count = 0;
    for (int64_t r = 0; r < idi_shape_rows(shape); r++)
        for (int64_t i = 0; i < width; i += step)
            got[count++] = ours[r * width + i];
    (void)expect_close(fixture, key, got, want, count);
}

/* A parameter as the reference writes it: "key dim dim". */
typedef struct line {
    char text[TEXT_BYTES];
} line;

static line describe(const idi_value_info *info)
{
    line out;
    int rank;
    int64_t dim[IDI_MAX_RANK];
    idi_weights_file_shape(info, &rank, dim);
    int used = snprintf(out.text, sizeof out.text, "%s", info->name);
    for (int i = 0; i < rank; i++)
        used +=
            snprintf(out.text + used, sizeof out.text - (size_t)used, " %lld", (long long)dim[i]);
    return out;
}

/* By key: up to the blank, which is smaller than any character of a key. */
static int compare_lines(const void *a, const void *b)
{
    return strcmp(((const line *)a)->text, ((const line *)b)->text);
}

static line *list_parameters(const idi_graph *graph, int64_t *count_out)
{
    const int32_t values = idi_graph_value_count(graph);
    line *lines = calloc((size_t)values + 1, sizeof *lines);
    cr_assert_not_null(lines);
    *count_out = 0;
    for (idi_value v = 0; v < values; v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (info->role == IDI_ROLE_PARAMETER) lines[(*count_out)++] = describe(info);
    }
    qsort(lines, (size_t)*count_out, sizeof *lines, compare_lines);
    return lines;
}

void idi_fixture_expect_parameters(const idi_fixture *fixture, const idi_graph *graph)
{
    int64_t count;
    line *ours = list_parameters(graph, &count);
    const char *rest = metadata(fixture, "parameters");
    int64_t read = 0;
    while (*rest) {
        const size_t length = strcspn(rest, ";");
        const char *mine = read < count ? ours[read].text : "";
        cr_assert(strlen(mine) == length && strncmp(mine, rest, length) == 0,
                  "%s: parameter %lld is '%s', the reference has '%.*s'", fixture->name,
                  (long long)read, mine, (int)length, rest);
        rest += length + (rest[length] == ';');
        read++;
    }
    cr_assert(read == count && count > 0, "%s: %lld parameters, the reference has %lld",
              fixture->name, (long long)count, (long long)read);
    free(ours);
}
