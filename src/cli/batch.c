/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch.c - many faces from a list, files read and written while the generator runs. */
#include "batch.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct arguments {
    idi_common_arguments common;
    const char *model, *recogniser, *manifest, *folder, *scheme;
    int64_t batch, threads, references;
    bool has_no_mark, is_plain;
} arguments;

static const arguments defaults = {.batch = 1, .threads = 1, .references = 256};

static const idi_option options[] = {
    {.name = "model",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, model),
     .value_name = "FILE",
     .help = "generator, a model file"},
    {.name = "recogniser",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, recogniser),
     .value_name = "FILE",
     .help = "recogniser that reads identities; default: the one that the generator's file names, "
             "in the same folder"},
    {.name = "manifest",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, manifest),
     .value_name = "FILE",
     .help =
         "the list: JSON lines with mask, style (of all generators but spade), out; style_mask, "
         "identity, identity_strength"},
    {.name = "out",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, folder),
     .value_name = "FOLDER",
     .help = "where the images go; made if it is missing"},
    {.name = "batch",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, batch),
     .value_name = "N",
     .help = "images that the generator makes at a time; default 1",
     .low = 1,
     .high = 1024},
    {.name = "threads",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, threads),
     .value_name = "N",
     .help = "threads that read files, and as many that write them; default 1",
     .low = 0,
     .high = 256},
    {.name = "references",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, references),
     .value_name = "N",
     .help = "styles and identities that are kept for later jobs; default 256",
     .low = 0,
     .high = 1 << 20},
    {.name = "scheme",
     .kind = IDI_OPTION_CHOICE,
     .offset = offsetof(arguments, scheme),
     .value_name = "NAME",
     .choices = "celebamask|bisenet",
     .help = "class order of the label maps: celebamask or bisenet; default celebamask"},
    {.name = "no-mark",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, has_no_mark),
     .help = "leave out the PNGs' note that the picture was made by a model"},
    {.name = "no-fold",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, is_plain),
     .help = "run the network as published, nothing folded: the same but for rounding, slower"},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

typedef struct batch {
    idi_cli *cli;
    const arguments *arguments;
    idi_manifest manifest;
    int64_t count;
    idi_model *generator, *recogniser;
    json_t *in_work;   /* jobs asked for and not ended, oldest first */
    json_t *failures;  /* jobs with their "error" */
    idi_status broken; /* the list could not be read to its end */
    idi_batch_paths paths;
} batch;

static void report_error(const batch *b, int64_t line, const char *sentence)
{
    if (b->cli->is_bar_open) (void)fprintf(stderr, "\r\033[K");
    idi_print_error("%s:%lld: %s", b->manifest.path, (long long)line, sentence);
}

static int next(void *user, int64_t index, idi_job *job)
{
    batch *b = user;
    json_t *read = NULL;
    (void)index;
    b->broken = idi_manifest_next(b->cli, &b->manifest, &read);
    if (b->broken != IDI_OK || !read) return 0;
    idi_batch_fill_job(&b->paths, read, job);
    return json_array_append_new(b->in_work, read) == 0;
}

static int done(void *user, int64_t index, idi_status status)
{
    batch *b = user;
    json_t *job = json_array_get(b->in_work, 0);
    if (status != IDI_OK) {
        report_error(b, json_integer_value(json_object_get(job, "line")), idi_last_error());
        (void)json_object_set_new(job, "error", json_string(idi_last_error()));
        (void)json_array_append(b->failures, job);
    }
    (void)json_array_remove(b->in_work, 0);
    idi_cli_progress(b->cli, "images", index + 1, b->count);
    return b->cli->stop_signal != 0;
}

/* failures.jsonl; none from an earlier run is left where nothing failed. */
static idi_status write_failures(batch *b)
{
    char path[IDI_PATH_BYTES];
    const size_t count = json_array_size(b->failures);
    (void)snprintf(path, sizeof path, "%s/failures.jsonl", b->arguments->folder);
    if (!count) {
        (void)unlink(path);
        return IDI_OK;
    }
    char *text = NULL;
    size_t bytes = 0;
    FILE *stream = open_memstream(&text, &bytes);
    for (size_t i = 0; stream && i < count; i++) {
        (void)json_dumpf(json_array_get(b->failures, i), stream, JSON_COMPACT);
        (void)fputc('\n', stream);
    }
    const bool is_good = stream && fclose(stream) == 0;
    const idi_status st = is_good ? idi_cli_save_text(b->cli, path, text)
                                  : idi_cli_fail(b->cli, IDI_ERR_NOMEM, "no memory");
    free(text);
    return st;
}

static idi_status load_models(batch *b)
{
    const arguments *a = b->arguments;
    idi_context *context = b->cli->context;
    idi_model_info info = {.struct_size = sizeof info};
    IDI_CLI_TRY(idi_model_load(context, a->model, &b->generator));
    IDI_CLI_TRY(idi_model_get_info(b->generator, &info));
    if (a->recogniser) return idi_model_load(context, a->recogniser, &b->recogniser);
    if (!info.recogniser[0]) return IDI_OK; /* identities from arrays, or none at all */
    return idi_model_load_recogniser(b->generator, &b->recogniser);
}

static idi_batch_options options_of(batch *b)
{
    const arguments *a = b->arguments;
    idi_batch_options o;
    idi_batch_options_init(&o);
    o.generator = b->generator;
    o.recogniser = b->recogniser;
    o.batch = a->batch;
    o.thread_count = (int)a->threads;
    o.most_references = a->references;
    o.scheme = a->scheme;
    o.is_plain = a->is_plain;
    o.save_flags = a->has_no_mark ? IDI_SAVE_NO_MARK : IDI_SAVE_DEFAULT;
    o.next = next;
    o.done = done;
    o.user = b;
    return o;
}

/* A failed job is told and listed; others fail the command. */
static idi_status tell(batch *b, const idi_batch_report *report, idi_status ran)
{
    const long long ended = report->made + report->failed;
    if (ran != IDI_OK && ended == 0) return ran;
    IDI_CLI_TRY(write_failures(b));
    IDI_CLI_TRY(b->broken);
    if (b->cli->stop_signal && ended < b->count)
        return idi_cli_fail(b->cli, IDI_ERR_CANCELLED,
                            "stopped after %lld of %lld jobs; their images stay", ended,
                            (long long)b->count);
    (void)printf("%lld images in %s: %lld styles and %lld identities encoded\n",
                 (long long)report->made, b->arguments->folder, (long long)report->styles,
                 (long long)report->identities);
    if (!report->failed) return ran;
    (void)printf("%lld jobs failed: %s/failures.jsonl lists them\n", (long long)report->failed,
                 b->arguments->folder);
    b->cli->exit_code = IDI_EXIT_FAILED;
    return IDI_OK;
}

static idi_status run_batch(batch *b)
{
    idi_batch_report report = {.struct_size = sizeof report};
    IDI_CLI_TRY(idi_manifest_check(b->cli, &b->manifest, &b->count));
    IDI_CLI_TRY(load_models(b));
    IDI_CLI_TRY(idi_cli_make_folder(b->cli, b->arguments->folder));
    b->in_work = json_array();
    b->failures = json_array();
    if (!b->in_work || !b->failures) return idi_cli_fail(b->cli, IDI_ERR_NOMEM, "no memory");
    idi_cli_note_signals(b->cli);
    const idi_batch_options o = options_of(b);
    return tell(b, &report, idi_batch_run(&o, &report));
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *a = arguments_in;
    batch b = {.cli = cli, .arguments = a, .paths = {.manifest = a->manifest, .folder = a->folder}};
    IDI_CLI_TRY(idi_manifest_open(cli, a->manifest, &b.manifest));
    const idi_status st = run_batch(&b);
    json_decref(b.failures);
    json_decref(b.in_work);
    idi_model_destroy(&b.recogniser);
    idi_model_destroy(&b.generator);
    idi_manifest_close(&b.manifest);
    return st;
}

const idi_command idi_command_batch = {
    .name = "batch",
    .summary = "makes many faces from a list",
    .text =
        "The list has an object a line:\n"
        "    {\"mask\": \"where.png\", \"style\": \"how.png\", \"identity\": \"who.png\",\n"
        "     \"identity_strength\": 1, \"out\": \"face_1.png\"}\n"
        "Inputs lie relative to the list, outputs relative to --out. Files are read and written\n"
        "while the generator runs, and each person is encoded once. A job that fails is told,\n"
        "does not hold up the others, and is listed in failures.jsonl, which is a list for this\n"
        "command too; the exit code is 1 then. The first Ctrl-C finishes what is in work, a\n"
        "second ends at once.",
    .example = "idinject batch --model generator.safetensors --manifest jobs.jsonl --out faces",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .defaults = &defaults,
    .run = run};
