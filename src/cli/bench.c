/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench.c - how fast a model makes images here: the options. */
#include "bench.h"

#include <math.h>

typedef idi_bench_arguments arguments;

static const arguments defaults = {.batches = "1",
                                   .precisions = "f32",
                                   .scenario = "offline",
                                   .percentiles = "50,90,99",
                                   .format = "md",
                                   .warmup = 5,
                                   .min_iters = 10,
                                   .repeat = 5,
                                   .duration = 2.0,
                                   .stable = 5.0,
                                   .check_limit = (double)NAN,
                                   .fail_if = (double)NAN,
                                   .seed = 1};

static const idi_option options[] = {
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "generator, a model file"},
    {.name = "batch",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, batches),
     .value_name = "LIST",
     .help = "images a call, such as 1,8,32; default 1"},
    {.name = "precision",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, precisions),
     .value_name = "LIST",
     .help = "what to compute in: f32; on a GPU tf32, bf16 or f16; on some CPUs bf16 in part; such "
             "as f32,bf16; default "
             "f32. Lists are measured in all combinations"},
    {.name = "scenario",
     .kind = IDI_OPTION_CHOICE,
     .offset = offsetof(arguments, scenario),
     .value_name = "NAME",
     .choices = "offline|single",
     .help = "offline: how many images a second; single: how long one image takes, at batch 1; "
             "default offline"},
    {.name = "warmup",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, warmup),
     .value_name = "N",
     .high = 1000000,
     .help = "calls before the clock starts; default 5"},
    {.name = "duration",
     .kind = IDI_OPTION_NUMBER,
     .offset = offsetof(arguments, duration),
     .value_name = "SECONDS",
     .help = "of a repeat at least, unless it has had 65536 calls; default 2"},
    {.name = "min-iters",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, min_iters),
     .value_name = "N",
     .low = 1,
     .high = IDI_BENCH_MAX_CALLS,
     .help = "calls of a repeat at least; default 10"},
    {.name = "repeat",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, repeat),
     .value_name = "N",
     .low = 2,
     .high = IDI_BENCH_REPEATS,
     .help = "repeats, whose agreement is the verdict; default 5"},
    {.name = "stable",
     .kind = IDI_OPTION_NUMBER,
     .offset = offsetof(arguments, stable),
     .value_name = "PERCENT",
     .help = "how far apart the repeats may be; default 5"},
    {.name = "percentiles",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, percentiles),
     .value_name = "LIST",
     .help = "of the latencies of the calls; default 50,90,99"},
    {.name = "seed",
     .kind = IDI_OPTION_SEED,
     .offset = offsetof(arguments, seed),
     .value_name = "N",
     .help = "of the four drawn people that are the input; default 1"},
    {.name = "no-fold",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, is_plain),
     .help = "time the network as published, nothing folded"},
    {.name = "check",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, is_checked),
     .help = "compare the images with those of the network as published in f32: relative l2 at "
             "most 5e-5 in f32, 1e-2 in tf32 and f16, 5e-2 in bf16, and no value off by more than "
             "ten times that"},
    {.name = "check-limit",
     .kind = IDI_OPTION_NUMBER,
     .offset = offsetof(arguments, check_limit),
     .value_name = "X",
     .help = "relative l2 to allow instead"},
    {.name = "ceiling",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, has_ceiling),
     .help = "measure bare matrix products too, before and after, and print the executed FLOP/s as "
             "a share of the faster of the two"},
    {.name = "format",
     .kind = IDI_OPTION_CHOICE,
     .offset = offsetof(arguments, format),
     .value_name = "NAME",
     .choices = "md|csv|json|jsonl",
     .help = "what to print: md, csv, json or jsonl; default md"},
    {.name = "out",
     .kind = IDI_OPTION_OUTPUT,
     .offset = offsetof(arguments, out),
     .value_name = "FILE",
     .choices = "md|csv|json|jsonl",
     .help = "the results also as a file, in the format that its name ends in"},
    {.name = "compare",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, earlier),
     .value_name = "FILE",
     .help = "earlier results, .json or .jsonl: prints the change of each configuration"},
    {.name = "fail-if",
     .kind = IDI_OPTION_NUMBER,
     .offset = offsetof(arguments, fail_if),
     .value_name = "PERCENT",
     .help = "with --compare: exit code 5 if images/s fell by more"},
    {.name = "dump-calls",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, is_dumping),
     .help = "print the C calls that would be timed, and time nothing"},
    IDI_COMMON_OPTIONS};

static idi_status check_numbers(idi_cli *cli, const arguments *a)
{
    if (a->duration < 0.0 || a->duration > 3600.0)
        return idi_cli_usage(cli, "option --duration is %g, want 0 to 3600 seconds", a->duration);
    if (a->stable < 0.0)
        return idi_cli_usage(cli, "option --stable is %g, want 0 or more", a->stable);
    if (a->check_limit < 0.0)
        return idi_cli_usage(cli, "option --check-limit is %g, want 0 or more", a->check_limit);
    if (a->fail_if < 0.0)
        return idi_cli_usage(cli, "option --fail-if is %g, want 0 or more", a->fail_if);
    if (!isnan(a->check_limit) && !a->is_checked)
        return idi_cli_usage(cli, "--check-limit is for --check");
    if (!isnan(a->fail_if) && !a->earlier) return idi_cli_usage(cli, "--fail-if is for --compare");
    return IDI_OK;
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    idi_bench bench = {.cli = cli, .arguments = arguments_in};
    IDI_CLI_TRY(check_numbers(cli, bench.arguments));
    IDI_CLI_TRY(idi_bench_read_lists(cli, bench.arguments, &bench.lists));
    return idi_bench_run(&bench);
}

const idi_command idi_command_bench = {
    .name = "bench",
    .summary = "measures how fast a model makes images here",
    .text =
        "Calls of idi_session_generate() are timed by the monotonic clock: labels, styles and\n"
        "identities in, floats in host memory out. Styles and identities stay the same, so a call\n"
        "costs what more images of the same people cost. FLOP/s are twice the\n"
        "multiply-accumulates of products and convolutions, once those executed and once those of\n"
        "the network as published; both count new styles and identities, which the timed calls\n"
        "leave out (about 1% of the published setting). --ceiling holds them against square\n"
        "matrix products of side 2048 (on a GPU 8192) in the same number type; a CPU's are in\n"
        "f32 at bf16 too.\n"
        "Exit codes: 0 VALID, 3 UNSTABLE (the repeats disagree), 4 INVALID (--check failed),\n"
        "5 slower than --fail-if allows.",
    .example = "idinject bench --model generator.safetensors --batch 1,8 --check --out now.json",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .defaults = &defaults,
    .run = run};
