/* SPDX-License-Identifier: Apache-2.0 */
/* cli/train.c - trains a network by a recipe, in a folder that it can go on in. */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <unistd.h>

typedef struct arguments {
    idi_common_arguments common;
    const char *what[1];
    const char *recipe, *folder;
} arguments;

static const idi_option options[] = {
    {.name = "config",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, recipe),
     .value_name = "FILE",
     .help = "the recipe, JSON; docs/recipes.md lists its members"},
    {.name = "out",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, folder),
     .value_name = "FOLDER",
     .help = "where checkpoint, log and model go; made if missing"},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

typedef struct training {
    idi_cli *cli;
    double shown; /* when the line was last written, in seconds */
    idi_training_progress validated;
} training;

static double now(void)
{
    struct timespec t = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* "1:02:03" */
static void format_time(double seconds, char out[32])
{
    const long long s = seconds > 0.0 && seconds < 1e9 ? (long long)seconds : 0;
    if (s >= 3600)
        (void)snprintf(out, 32, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else
        (void)snprintf(out, 32, "%lld:%02lld", s / 60, s % 60);
}

/* A line on a terminal, some times a second. */
static void show(training *t, const idi_training_progress *p)
{
    char left[32];
    const bool is_last = p->step == p->steps;
    if (p->step == p->first_step || !isatty(STDERR_FILENO) || (!is_last && now() - t->shown < 0.2))
        return;
    t->shown = now();
    format_time(p->seconds_left, left);
    (void)fprintf(stderr, "\r\033[Kstep %lld/%lld  loss %.4f  %.1f images/s  %s left",
                  (long long)p->step, (long long)p->steps, p->loss, p->images_per_second, left);
    if (t->validated.is_validated) {
        const bool is_generator = isnan(t->validated.tar);
        (void)fprintf(stderr, is_generator ? "  injected similarity %.3f" : "  TAR %.4f",
                      is_generator ? t->validated.injected_similarity : t->validated.tar);
        (void)fprintf(stderr, " at step %lld", (long long)t->validated.step);
    }
    t->cli->is_bar_open = !is_last;
    if (is_last) (void)fprintf(stderr, "\r\033[K");
    (void)fflush(stderr);
}

static int on_progress(void *user, const idi_training_progress *progress)
{
    training *t = user;
    if (progress->is_validated) t->validated = *progress;
    if (!progress->is_silent) show(t, progress);
    return t->cli->stop_signal != 0;
}

static idi_status tell(const training *t, const idi_training_progress *report, const char *folder)
{
    if (report->first_step == report->steps) {
        (void)printf("%s: was finished before; model.safetensors and loss.svg are written again\n",
                     folder);
        return IDI_OK;
    }
    (void)printf("%s/model.safetensors: %lld steps, the last loss %.4f\n", folder,
                 (long long)report->step, report->loss);
    if (!t->validated.is_validated) return IDI_OK;
    if (isnan(t->validated.tar))
        (void)printf("people not trained on: similarity of their own images %.4f, with an injected "
                     "identity to its person %.4f\n",
                     t->validated.own_similarity, t->validated.injected_similarity);
    else
        (void)printf("people not trained on: TAR %.4f at FAR 0.01, EER %.4f\n", t->validated.tar,
                     t->validated.eer);
    return IDI_OK;
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    training t = {.cli = cli};
    idi_training_options o;
    idi_training_progress report = {.struct_size = sizeof report};
    if (strcmp(a->what[0], "recogniser") != 0 && strcmp(a->what[0], "generator") != 0)
        return idi_cli_usage(cli, "cannot train a '%s', want recogniser or generator", a->what[0]);
    idi_training_options_init(&o);
    o.recipe = a->recipe;
    o.network = a->what[0];
    o.folder = a->folder;
    o.progress = on_progress;
    o.user = &t;
    idi_cli_note_signals(cli);
    const idi_status st = idi_train(cli->context, &o, &report);
    cli->is_silent = report.is_silent != 0;
    if (cli->is_silent) return st;
    if (st == IDI_ERR_CANCELLED)
        return idi_cli_fail(cli, st,
                            "stopped after step %lld of %lld, a checkpoint is in %s; the same "
                            "command goes on",
                            (long long)report.step, (long long)report.steps, a->folder);
    if (st != IDI_OK) return st;
    return tell(&t, &report, a->folder);
}

const idi_command idi_command_train = {
    .name = "train",
    .summary = "trains a recogniser or a generator by a recipe",
    .text =
        "NETWORK is recogniser or generator. The folder gets checkpoint.safetensors from time to\n"
        "time, log.csv, and at the end model.safetensors and loss.svg. The first Ctrl-C finishes "
        "the\n"
        "step and writes a checkpoint, a second ends at once; the same command goes on from\n"
        "the last checkpoint, also after a crash.\n"
        "\n"
        "mpirun -n K idinject train ... trains one network on K processes, each on its part of "
        "every\n"
        "batch, where this was built with MPI.",
    .example = "idinject train recogniser --config recipes/iresnet_64.json --out recogniser",
    .grammar = {IDI_CLI_OPTIONS(options), .operand_count = 1, .operand_names = {"NETWORK"},
                .operands_offset = offsetof(arguments, what)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
