/* SPDX-License-Identifier: Apache-2.0 */
/* bench/gpu/main.c - what is measured of the generator on a GPU.
 *
 *     bench_gpu MODEL --step [--precision P] [--batch N] [--repeat R]
 *                         for each line on standard input, the seconds of one decode (mean of R)
 *     bench_gpu MODEL --ceilings | --ops | --ladder [--precision P] [--batch N] [--json FILE]
 *
 * The step protocol is that of bench/peer_pytorch.py, and so is what is timed: one decode from
 * inputs on the device to the image on the device. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *model, *mode, *precision, *json_path;
    int64_t batch, repeat;
} arguments;

static bool parse(int argc, char **argv, arguments *a)
{
    *a = (arguments){.precision = "bf16", .batch = 1, .repeat = 1};
    if (argc < 3) return false;
    a->model = argv[1];
    for (int i = 2; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (value && strcmp(argv[i], "--precision") == 0)
            a->precision = argv[++i];
        else if (value && strcmp(argv[i], "--batch") == 0)
            a->batch = strtoll(argv[++i], NULL, 10);
        else if (value && strcmp(argv[i], "--repeat") == 0)
            a->repeat = strtoll(argv[++i], NULL, 10);
        else if (value && strcmp(argv[i], "--json") == 0)
            a->json_path = argv[++i];
        else
            a->mode = argv[i];
    }
    return a->mode && a->batch > 0 && a->repeat > 0;
}

static idi_status step(const arguments *a)
{
    bench_generator b;
    char line[64];
    double seconds;
    idi_status st = bench_open(a->model, a->precision, a->batch, &b);
    if (st == IDI_OK) (void)printf("ready\n");
    (void)fflush(stdout);
    while (st == IDI_OK && fgets(line, sizeof line, stdin)) {
        st = bench_run(&b, a->repeat, &seconds);
        if (st == IDI_OK) (void)printf("%.6f\n", seconds);
        (void)fflush(stdout);
    }
    if (st == IDI_OK) (void)printf("peak device: %.0f MiB\n", bench_device_mib(&b));
    bench_close(&b);
    return st;
}

int main(int argc, char **argv)
{
    arguments a;
    if (!parse(argc, argv, &a)) {
        (void)fprintf(stderr, "usage: bench_gpu MODEL --step | --ceilings | --ops | --ladder "
                              "[--precision P] [--batch N] [--repeat R] [--json FILE]\n");
        return 2;
    }
    json_t *result = json_object();
    idi_status st = IDI_OK;
    if (strcmp(a.mode, "--step") == 0)
        st = step(&a);
    else if (strcmp(a.mode, "--ceilings") == 0)
        st = bench_ceilings(result);
    else if (strcmp(a.mode, "--ops") == 0)
        st = bench_ops(a.model, a.precision, a.batch, result);
    else if (strcmp(a.mode, "--ladder") == 0)
        st = bench_ladder(a.model, result);
    else
        st = idi_fail(IDI_ERR_ARG, "unknown mode %s", a.mode);
    if (st == IDI_OK && a.json_path && json_dump_file(result, a.json_path, JSON_INDENT(1)) != 0)
        st = idi_fail(IDI_ERR_IO, "%s: cannot be written", a.json_path);
    json_decref(result);
    if (st != IDI_OK) (void)fprintf(stderr, "bench_gpu: error: %s\n", idi_last_error());
    return st != IDI_OK;
}
