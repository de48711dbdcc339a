/* SPDX-License-Identifier: Apache-2.0 */
/* cli/evaluate_page.h - a report as one HTML page that needs nothing else: tables, plots as SVG,
 * pictures inside. */
#ifndef IDI_CLI_EVALUATE_PAGE_H
#define IDI_CLI_EVALUATE_PAGE_H

#include "cli.h"

#include <jansson.h>
#include <stdio.h>

enum { IDI_SERIES_POINTS = 256 };

/* A line of a plot. */
typedef struct idi_series {
    const char *name;
    int count;
    double x[IDI_SERIES_POINTS], y[IDI_SERIES_POINTS];
    bool has_marks; /* a dot at each point */
} idi_series;

/* Axes from low to high; x may be logarithmic, y goes from 0 to 1. */
typedef struct idi_plot {
    const char *title, *x_title, *y_title;
    double x_low, x_high;
    bool is_log;
} idi_plot;

/* evaluate_plot.c */
void idi_plot_begin(FILE *page, const idi_plot *plot);
void idi_plot_line(FILE *page, const idi_plot *plot, const idi_series *series, int index);
void idi_plot_end(FILE *page);
/* Text with what HTML would read as its own replaced; NULL: nothing. */
void idi_html_text(FILE *page, const char *text);
/* A file's bytes in base 64; false if it cannot be read. */
bool idi_html_bytes(FILE *page, const char *path);

/* evaluate_page.c: a number of a report, or the value of one with an interval; NaN: it has none. */
double idi_report_number(const json_t *object, const char *name);
/* The file of a recogniser's model; a cell with a number and its interval, small,
 * or a dash for what is not there. */
const char *idi_page_model(const json_t *recogniser);
void idi_page_measured(FILE *page, const json_t *measured);

/* evaluate_leverage.c: what each exchange moves, as a section of the page, and as text for standard
 * output. */
void idi_page_leverage(FILE *page, const json_t *leverage, const json_t *recognisers);
void idi_print_leverage(const json_t *leverage, const json_t *recognisers);

/* Of a report that was read. sheet_path: a generator's pictures, or NULL. */
IDI_NODISCARD idi_status idi_evaluate_page(idi_cli *cli, const json_t *report,
                                           const char *sheet_path, const char *path);

#endif
