/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_run.c - many faces from a list: what is not made yet goes to the library, what comes
 * back is noted. */
#include "batch_output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct batch {
    idi_cli *cli;
    const idi_batch_arguments *arguments;
    idi_manifest manifest;
    idi_batch_table table;
    idi_batch_output output;
    int64_t count, read; /* jobs of the list; so far */
    int64_t first, last; /* this part's, `last` excluded */
    int64_t ended;       /* with those made before */
    idi_model *generator, *recogniser;
    idi_batch_copies copies; /* of the generator */
    idi_team *team;
    json_t *in_work;   /* jobs asked for and not ended, oldest first */
    json_t *failures;  /* jobs with their "error" */
    int64_t failed;    /* jobs whose values could not be made, which the library never saw */
    idi_status broken; /* the list could not be read to its end, or what is made not kept */
    idi_batch_paths paths;
    idi_batch_edits edits;
} batch;

/* --- the library's calls -------------------------------------------------------------------------
 */

static void report_error(const batch *b, int64_t line, const char *sentence)
{
    if (b->cli->is_bar_open) (void)fprintf(stderr, "\r\033[K");
    idi_print_error("%s:%lld: %s", b->manifest.path, (long long)line, sentence);
}

/* The next job of this part; NULL at its end. */
static idi_status read_job(batch *b, json_t **job_out)
{
    do {
        *job_out = NULL;
        if (b->read == b->last) return IDI_OK;
        IDI_CLI_TRY(idi_manifest_next(b->cli, &b->manifest, job_out));
        if (!*job_out) return IDI_OK;
        b->read++;
        if (b->read <= b->first) json_decref(*job_out);
    } while (b->read <= b->first);
    return IDI_OK;
}

/* Told, and listed in the list's order. */
static void note_failure(const batch *b, json_t *job, const char *sentence)
{
    const json_int_t line = json_integer_value(json_object_get(job, "line"));
    size_t at = json_array_size(b->failures);
    report_error(b, line, sentence);
    (void)json_object_set_new(job, "error", json_string(sentence));
    while (at > 0 &&
           json_integer_value(json_object_get(json_array_get(b->failures, at - 1), "line")) > line)
        at--;
    (void)json_array_insert(b->failures, at, job);
}

/* Values of an edited job; false: it has failed, and the library need not see it. */
static bool begin_edit(batch *b, json_t *read, idi_job *job)
{
    const idi_status st = idi_batch_edit_begin(&b->edits, read, job);
    if (st == IDI_OK) return true;
    note_failure(b, read, b->cli->error[0] ? b->cli->error : idi_last_error());
    b->cli->error[0] = '\0';
    b->failed++;
    return false;
}

/* The next that is not made; none after a Ctrl-C. */
static idi_status find_job(batch *b, idi_job *job, json_t **read_out)
{
    while (!b->cli->stop_signal) {
        bool is_made = false;
        IDI_CLI_TRY(read_job(b, read_out));
        if (!*read_out) return IDI_OK;
        idi_job_init(job); /* nothing of one that was passed over */
        idi_batch_fill_job(&b->paths, *read_out, job);
        const idi_status st = idi_output_begin(b->cli, &b->output, *read_out, job->out, &is_made);
        if (st == IDI_OK && !is_made && begin_edit(b, *read_out, job)) return IDI_OK;
        json_decref(*read_out);
        *read_out = NULL;
        if (st != IDI_OK) return st;
        idi_cli_progress(b->cli, "images", ++b->ended, b->last - b->first);
    }
    return IDI_OK;
}

static int next(void *user, int64_t index, idi_job *job)
{
    batch *b = user;
    json_t *read = NULL;
    (void)index;
    if (b->broken != IDI_OK) return 0;
    b->broken = find_job(b, job, &read);
    if (b->broken != IDI_OK || !read) return 0;
    job->noise_seed = idi_job_seed(read);
    return json_array_append_new(b->in_work, read) == 0;
}

static int file(void *user, int64_t index, const idi_job_file *made)
{
    batch *b = user;
    (void)index;
    if (b->broken == IDI_OK)
        b->broken = idi_output_made(b->cli, &b->output, json_array_get(b->in_work, 0), made);
    return b->broken != IDI_OK;
}

static int done(void *user, int64_t index, idi_status status)
{
    batch *b = user;
    json_t *job = json_array_get(b->in_work, 0);
    (void)index;
    idi_batch_edit_end(&b->edits, job);
    if (status != IDI_OK) note_failure(b, job, idi_last_error());
    (void)json_array_remove(b->in_work, 0);
    idi_cli_progress(b->cli, "images", ++b->ended, b->last - b->first);
    return b->cli->stop_signal != 0;
}

/* --- before --------------------------------------------------------------------------------------
 */

/* "2/8", or this process's. */
static idi_status take_part(batch *b)
{
    const char *text = b->arguments->shard;
    char *end = NULL;
    b->output.part = idi_team_rank(b->team) + 1;
    b->output.parts = idi_team_count(b->team);
    if (!text) return IDI_OK;
    const long long part = strtoll(text, &end, 10);
    const long long parts = end != text && *end == '/' ? strtoll(end + 1, &end, 10) : 0;
    if (*end || part < 1 || parts < part || parts > 1000000)
        return idi_cli_usage(b->cli, "--shard: %s, want 1/N to N/N, such as 2/8", text);
    b->output.part = part;
    b->output.parts = parts;
    return IDI_OK;
}

static idi_status take_kind(batch *b)
{
    const idi_batch_arguments *a = b->arguments;
    const size_t length = strlen(a->out);
    idi_batch_output *o = &b->output;
    o->path = a->out;
    o->table = &b->table;
    o->shard_size = a->shard_size;
    o->is_one_file = length > 4 && strcmp(a->out + length - 4, ".tar") == 0;
    o->is_tar = o->is_one_file || (a->format && strcmp(a->format, "tar") == 0);
    IDI_CLI_TRY(take_part(b));
    if (o->is_one_file && a->format && strcmp(a->format, "files") == 0)
        return idi_cli_usage(b->cli, "--format files wants a folder for --out, not %s", a->out);
    if (o->is_one_file && o->parts > 1)
        return idi_cli_usage(b->cli,
                             "a part of a list wants a folder for --out, not %s (--format tar "
                             "fills it with shards)",
                             a->out);
    if (!o->is_tar) b->paths.folder = a->out;
    return IDI_OK;
}

/* A job of the list goes into the table. */
static idi_status note_job(batch *b, json_t *job)
{
    idi_cli *cli = b->cli;
    char key[IDI_PATH_BYTES];
    const char *out = json_string_value(json_object_get(job, "out"));
    const long long line = json_integer_value(json_object_get(job, "line"));
    if (b->output.is_tar && !idi_shard_takes(out))
        return idi_cli_fail(cli, IDI_ERR_FORMAT,
                            "%s:%lld: \"out\" cannot be a tar's member, which has one dot in its "
                            "name and is not too long: %s",
                            b->manifest.path, line, out);
    if (idi_batch_edit_check(&b->edits, job) != IDI_OK) {
        char sentence[sizeof cli->error];
        (void)snprintf(sentence, sizeof sentence, "%s", cli->error);
        return idi_cli_fail(cli, IDI_ERR_FORMAT, "%s:%lld: %.700s", b->manifest.path, line,
                            sentence);
    }
    idi_output_key(&b->output, out, key);
    idi_batch_entry *entry = idi_table_add(&b->table, key);
    if (!entry) return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
    if (entry->line)
        return idi_cli_fail(cli, IDI_ERR_FORMAT, "%s:%lld: \"out\" is line %lld's too: %s",
                            b->manifest.path, line, (long long)entry->line, out);
    entry->line = line;
    b->count++;
    if (idi_job_digest(job, entry->job)) return IDI_OK;
    return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
}

/* All of the list, before any of it is run. */
static idi_status check_list(batch *b)
{
    for (;;) {
        json_t *job;
        IDI_CLI_TRY(idi_manifest_next(b->cli, &b->manifest, &job));
        if (!job) break;
        const idi_status st = note_job(b, job);
        json_decref(job);
        IDI_CLI_TRY(st);
    }
    b->first = b->count * (b->output.part - 1) / b->output.parts;
    b->last = b->count * b->output.part / b->output.parts;
    return idi_manifest_rewind(b->cli, &b->manifest);
}

static idi_status load_models(batch *b)
{
    const idi_batch_arguments *a = b->arguments;
    idi_context *context = b->cli->context;
    idi_model_info info = {.struct_size = sizeof info};
    IDI_CLI_TRY(idi_model_load(context, a->model, &b->generator));
    IDI_CLI_TRY(idi_model_get_info(b->generator, &info));
    IDI_CLI_TRY(idi_batch_copies_open(b->cli, &a->common, a->model, &b->copies));
    if (a->recogniser) return idi_model_load(context, a->recogniser, &b->recogniser);
    if (!info.recogniser[0]) return IDI_OK; /* identities from arrays, or none at all */
    return idi_model_load_recogniser(b->generator, &b->recogniser);
}

/* Edits are of the batch's models. It keeps as many people as the library does. */
static idi_status open_editor(batch *b)
{
    idi_editor *e = &b->edits.editor;
    idi_batch_edits_open(b->cli, b->manifest.path, &b->edits);
    e->model_path = b->arguments->model;
    e->recogniser_path = b->arguments->recogniser;
    e->scheme = b->arguments->scheme;
    e->most = b->arguments->references + 1;
    e->generator = b->generator;
    e->recogniser = b->recogniser;
    IDI_CLI_TRY(idi_model_get_info(b->generator, &e->info));
    if (e->info.is_generator) return IDI_OK;
    return idi_cli_fail(b->cli, IDI_ERR_ARG, "%s: is a recogniser (%s), want a generator",
                        e->model_path, e->info.arch);
}

static idi_status fingerprint(const idi_model *model, json_t *options, const char *name)
{
    idi_model_info info = {.struct_size = sizeof info};
    if (!model) return IDI_OK;
    IDI_CLI_TRY(idi_model_get_info(model, &info));
    (void)json_object_set_new(options, name, json_string(info.fingerprint));
    return IDI_OK;
}

/* All that decides an image's bytes but its job. A GPU rounds by the number of images a run. */
static idi_status describe_options(batch *b)
{
    const idi_batch_arguments *a = b->arguments;
    const bool is_cpu = strcmp(idi_context_device(b->cli->context), "cpu") == 0;
    const idi_batch_output *out = &b->output;
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:I, s:s}", "version", idi_version(),
                          "device", is_cpu ? "cpu" : "cuda", "precision",
                          a->common.precision ? a->common.precision : "f32", "scheme",
                          a->scheme ? a->scheme : "celebamask", "no-fold", (int)a->is_plain,
                          "no-mark", (int)a->has_no_mark, "noise", (int)a->has_noise, "quality",
                          (json_int_t)a->quality, "format", out->is_tar ? "tar" : "files");
    b->output.options = o;
    if (!o) return idi_cli_fail(b->cli, IDI_ERR_NOMEM, "no memory");
    if (!is_cpu) (void)json_object_set_new(o, "batch", json_integer(a->batch));
    if (out->is_tar && !out->is_one_file)
        (void)json_object_set_new(o, "shard-size", json_integer(a->shard_size));
    if (out->parts > 1)
        (void)json_object_set_new(
            o, "shard", json_sprintf("%lld/%lld", (long long)out->part, (long long)out->parts));
    IDI_CLI_TRY(fingerprint(b->generator, o, "model"));
    return fingerprint(b->recogniser, o, "recogniser");
}

static idi_batch_options options_of(batch *b)
{
    const idi_batch_arguments *a = b->arguments;
    idi_batch_options o;
    idi_batch_options_init(&o);
    o.generator = b->generator;
    o.recogniser = b->recogniser;
    o.batch = a->batch;
    o.thread_count = (int)a->threads;
    o.most_references = a->references;
    o.scheme = a->scheme;
    o.is_plain = a->is_plain;
    o.has_noise = a->has_noise;
    o.save_flags = a->has_no_mark ? IDI_SAVE_NO_MARK : IDI_SAVE_DEFAULT;
    o.jpeg_quality = (int)a->quality;
    o.is_unwritten = b->output.is_tar;
    o.next = next;
    o.file = file;
    o.done = done;
    o.user = b;
    o.copies = (const idi_model *const *)b->copies.models;
    o.copy_count = b->copies.count;
    return o;
}

/* --- after ---------------------------------------------------------------------------------------
 */

/* failures.jsonl; none from an earlier run is left where nothing failed. */
static idi_status write_failures(batch *b, char path[IDI_PATH_BYTES])
{
    const size_t count = json_array_size(b->failures);
    idi_output_state_path(&b->output, "failures", "jsonl", path);
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

/* A failed job is told and listed; others fail the command. */
static idi_status tell(batch *b, const idi_batch_report *report, idi_status ran)
{
    char failures[IDI_PATH_BYTES];
    const char *out = b->arguments->out;
    const int64_t failed = report->failed + b->failed;
    const int64_t styles = report->styles + b->edits.editor.styles;
    const int64_t identities = report->identities + b->edits.editor.identities;
    IDI_CLI_TRY(b->broken);
    if (ran != IDI_OK && report->made + report->failed == 0 && !b->cli->stop_signal) return ran;
    IDI_CLI_TRY(write_failures(b, failures));
    if (b->cli->stop_signal && b->ended < b->last - b->first)
        return idi_cli_fail(b->cli, IDI_ERR_CANCELLED,
                            "stopped after %lld of %lld jobs; their images stay, and the same "
                            "command goes on",
                            (long long)b->ended, (long long)(b->last - b->first));
    IDI_CLI_TRY(idi_output_finish(b->cli, &b->output));
    const idi_record_counts counts = {b->last - b->first, failed};
    IDI_CLI_TRY(idi_record_write(b->cli, &b->output, &b->manifest, &counts));
    (void)printf("%lld images in %s: %lld styles and %lld identities encoded\n",
                 (long long)report->made, out, (long long)styles, (long long)identities);
    if (b->output.made_before)
        (void)printf("%lld more were made before\n", (long long)b->output.made_before);
    if (!failed) return ran;
    (void)printf("%lld jobs failed: %s lists them\n", (long long)failed, failures);
    b->cli->exit_code = IDI_EXIT_FAILED;
    return IDI_OK;
}

static idi_status prepare(batch *b)
{
    IDI_CLI_TRY(idi_manifest_open(b->cli, b->arguments->manifest, &b->manifest));
    IDI_CLI_TRY(take_kind(b));
    IDI_CLI_TRY(load_models(b));
    IDI_CLI_TRY(open_editor(b));
    IDI_CLI_TRY(check_list(b));
    IDI_CLI_TRY(describe_options(b));
    if (!b->output.is_one_file) IDI_CLI_TRY(idi_cli_make_folder(b->cli, b->arguments->out));
    IDI_CLI_TRY(idi_output_open(b->cli, &b->output));
    b->in_work = json_array();
    b->failures = json_array();
    if (!b->in_work || !b->failures) return idi_cli_fail(b->cli, IDI_ERR_NOMEM, "no memory");
    return IDI_OK;
}

/* What goes wrong before the work does so for all processes; then each makes its part. Who is told
 * its part stands alone, whatever launcher started it. */
static idi_status run_batch(batch *b)
{
    idi_batch_report report = {.struct_size = sizeof report};
    if (!b->arguments->shard) IDI_CLI_TRY(idi_team_join(b->cli->context, &b->team));
    IDI_CLI_TRY(idi_batch_agree(b->cli, b->team, prepare(b)));
    idi_cli_note_signals(b->cli);
    const idi_batch_options o = options_of(b);
    return tell(b, &report, idi_batch_run(&o, &report));
}

idi_status idi_batch_main(idi_cli *cli, const void *arguments)
{
    const idi_batch_arguments *a = arguments;
    batch b = {.cli = cli,
               .arguments = a,
               .output = {.journal = -1, .shard = -1},
               .paths = {.manifest = a->manifest}};
    const idi_status st = run_batch(&b);
    /* A launcher may end whoever leaves later than one that has failed. */
    (void)fflush(stdout);
    if (b.team) idi_cli_tell(cli, st);
    json_decref(b.failures);
    json_decref(b.in_work);
    json_decref(b.output.options);
    idi_output_close(&b.output);
    idi_batch_edits_close(&b.edits);
    idi_batch_copies_close(&b.copies);
    idi_model_destroy(&b.recogniser);
    idi_model_destroy(&b.generator);
    idi_table_free(&b.table);
    idi_manifest_close(&b.manifest);
    idi_team_leave(&b.team);
    return st;
}
