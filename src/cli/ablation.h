/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ablation.h - generators side by side: the numbers that several reports of 'idinject evaluate
 * generator' have in common. */
#ifndef IDI_CLI_ABLATION_H
#define IDI_CLI_ABLATION_H

#include "cli.h"

#include <jansson.h>

enum { IDI_ABLATION_REPORTS = 16, IDI_ABLATION_NAME_BYTES = 256 };

typedef struct idi_ablation {
    idi_cli *cli;
    int count;
    json_t *reports[IDI_ABLATION_REPORTS];
    char names[IDI_ABLATION_REPORTS][IDI_ABLATION_NAME_BYTES]; /* of their folders */
} idi_ablation;

/* A report's first condition of that name; NULL: it has none. Injected ones stand in the order of
 * their strengths' list. */
const json_t *idi_ablation_condition(const json_t *report, const char *name);

/* Standard output: for each recogniser a table in Markdown, a line a report, with intervals; a star
 * where an interval is apart from the first report's. */
void idi_ablation_print(const idi_ablation *ablation);

/* The same numbers, a line each. */
IDI_NODISCARD idi_status idi_ablation_save(const idi_ablation *ablation, const char *path);

#endif
