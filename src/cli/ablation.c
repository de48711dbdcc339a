/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ablation.c - 'idinject ablation': reads the reports and sees that they can be compared. */
#include "ablation.h"

#include <stdio.h>
#include <string.h>

typedef struct arguments {
    idi_common_arguments common;
    const char *reports, *csv;
} arguments;

static const idi_option options[] = {
    {.name = "reports",
     .kind = IDI_OPTION_TEXT,
     .is_required = true,
     .offset = offsetof(arguments, reports),
     .value_name = "FILES",
     .help = "report.json of each generator: FILE,FILE,...; the others are held against the first"},
    {.name = "csv",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, csv),
     .value_name = "FILE",
     .help = "the same numbers with all their digits, a line each"},
    IDI_COMMON_OPTIONS};

/* "runs/own_only/report.json": own_only; "report.json": report.json. */
static void name_of(const char *path, char name_out[IDI_ABLATION_NAME_BYTES])
{
    const char *end = strrchr(path, '/');
    const char *start = end;
    while (start && start > path && start[-1] != '/')
        start--;
    if (!start || start == end) {
        (void)snprintf(name_out, IDI_ABLATION_NAME_BYTES, "%.*s", IDI_ABLATION_NAME_BYTES - 1,
                       path);
        return;
    }
    (void)snprintf(name_out, IDI_ABLATION_NAME_BYTES, "%.*s", (int)(end - start), start);
}

static const char *text_at(const json_t *object, const char *section, const char *member)
{
    const json_t *at = section ? json_object_get(object, section) : object;
    const char *text = json_string_value(json_object_get(at, member));
    return text ? text : "";
}

static idi_status read_report(idi_ablation *a, const char *path)
{
    json_error_t error;
    json_t *report = json_load_file(path, 0, &error);
    if (!report)
        return idi_cli_fail(a->cli, IDI_ERR_FORMAT, "%s: cannot be read: %s", path, error.text);
    a->reports[a->count] = report;
    name_of(path, a->names[a->count]);
    a->count++;
    if (strcmp(text_at(report, NULL, "schema"), "idinject-generator/1") != 0)
        return idi_cli_fail(a->cli, IDI_ERR_FORMAT,
                            "%s: is no report of 'idinject evaluate generator'", path);
    return IDI_OK;
}

static idi_status read_reports(idi_ablation *a, const char *list)
{
    char path[IDI_PATH_BYTES];
    const char *at = list;
    do {
        const size_t length = strcspn(at, ",");
        if (length == 0 || length >= sizeof path || a->count == IDI_ABLATION_REPORTS)
            return idi_cli_usage(a->cli, "option --reports is '%s', want up to %d file names", list,
                                 (int)IDI_ABLATION_REPORTS);
        (void)snprintf(path, sizeof path, "%.*s", (int)length, at);
        IDI_CLI_TRY(read_report(a, path));
        at += length;
    } while (*at++ == ',');
    return IDI_OK;
}

static bool have_same_recognisers(const json_t *a, const json_t *b)
{
    const json_t *mine = json_object_get(a, "recognisers");
    const json_t *theirs = json_object_get(b, "recognisers");
    bool is_same = json_array_size(mine) == json_array_size(theirs);
    for (size_t k = 0; is_same && k < json_array_size(mine); k++)
        is_same = strcmp(text_at(json_array_get(mine, k), "model", "fingerprint"),
                         text_at(json_array_get(theirs, k), "model", "fingerprint")) == 0;
    return is_same;
}

/* The pairs' hash numbers the people from 0: whose they are stands in "data". */
static bool have_same_pairs(const json_t *a, const json_t *b)
{
    return json_equal(json_object_get(a, "data"), json_object_get(b, "data")) &&
           strcmp(text_at(a, "protocol", "pairs_hash"), text_at(b, "protocol", "pairs_hash")) == 0;
}

/* Of the injections that are shown. A generator without identity has none. */
static bool have_same_strength(const json_t *a, const json_t *b)
{
    const json_t *mine = json_object_get(idi_ablation_condition(a, "injected"), "strength");
    const json_t *theirs = json_object_get(idi_ablation_condition(b, "injected"), "strength");
    return !mine || !theirs || json_equal(mine, theirs);
}

/* Else a difference says nothing of the generators. */
static idi_status check(const idi_ablation *a)
{
    const json_t *first = a->reports[0];
    for (int i = 1; i < a->count; i++) {
        const json_t *next = a->reports[i];
        const char *differs = !have_same_pairs(first, next) ? "are about different pairs"
                              : !have_same_recognisers(first, next)
                                  ? "are judged by other recognisers"
                              : !have_same_strength(first, next) ? "begin with different strengths"
                                                                 : NULL;
        if (differs)
            return idi_cli_fail(a->cli, IDI_ERR_ARG, "%s and %s %s", a->names[0], a->names[i],
                                differs);
    }
    return IDI_OK;
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    const arguments *args = arguments_in;
    idi_ablation a = {.cli = cli};
    idi_status st = read_reports(&a, args->reports);
    if (st == IDI_OK) st = check(&a);
    if (st == IDI_OK && args->csv) st = idi_ablation_save(&a, args->csv);
    if (st == IDI_OK) idi_ablation_print(&a);
    for (int i = 0; i < a.count; i++)
        json_decref(a.reports[i]);
    return st;
}

const idi_command idi_command_ablation = {
    .name = "ablation",
    .summary = "holds generators against each other, by their evaluations",
    .text = "The reports are those of 'idinject evaluate generator' on the same people, pairs and\n"
            "recognisers; others are refused. Prints a table for each recogniser: how well images\n"
            "with the own identity keep the person, and what the first of the strengths achieves.\n"
            "A report goes by the name of its folder.",
    .example = "idinject ablation --reports swaps/report.json,own_only/report.json",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
