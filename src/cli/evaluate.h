/* SPDX-License-Identifier: Apache-2.0 */
/* cli/evaluate.h - what the files of 'idinject evaluate' share. */
#ifndef IDI_CLI_EVALUATE_H
#define IDI_CLI_EVALUATE_H

#include "cli.h"

#include <jansson.h>

typedef struct idi_evaluate_arguments {
    idi_common_arguments common;
    const char *what[1]; /* operand: recogniser or generator */
    const char *model, *folder_out;
    const char *recognisers, *strengths;
    const char *data, *folder, *identities, *people;
    int64_t photos, size, batch, threads, pairs, attacks, leverage, cues, replicates;
    int64_t search, search_against;
    double search_ssim, search_rate;
    bool search_styles, robustness;
    uint64_t seed;
} idi_evaluate_arguments;

/* One evaluation of the program. */
typedef struct idi_evaluation {
    idi_cli *cli;
    const idi_evaluate_arguments *arguments;
    idi_evaluate_options options;
    char report_path[IDI_PATH_BYTES], scores_path[IDI_PATH_BYTES], sheet_path[IDI_PATH_BYTES];
    char page_path[IDI_PATH_BYTES];
    double strengths[IDI_EVALUATE_MOST_STRENGTHS];
} idi_evaluation;

/* "100..199" to the first and how many; a mistake on the command line otherwise. */
IDI_NODISCARD idi_status idi_evaluate_people(idi_cli *cli, const char *text, int64_t *first_out,
                                             int64_t *count_out);
/* Reads the report and makes the page of it; json_decref() the report. */
IDI_NODISCARD idi_status idi_evaluate_read_report(idi_evaluation *evaluation, bool has_sheet,
                                                  json_t **report_out);
/* Judges the generator and prints a table. */
IDI_NODISCARD idi_status idi_evaluate_judge_generator(idi_evaluation *evaluation);
/* "1,0.5" to the options' strengths. */
IDI_NODISCARD idi_status idi_evaluate_strengths(idi_evaluation *evaluation);
/* Judges the recogniser and prints a table. */
IDI_NODISCARD idi_status idi_evaluate_judge_recogniser(idi_evaluation *evaluation);

#endif
