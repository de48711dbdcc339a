/* SPDX-License-Identifier: Apache-2.0 */
/* cli/evaluate_leverage.c - the table of exchanges, see evaluate_page.h. */
#include "evaluate_page.h"

#include <math.h>

/* --- on the page ------------------------------------------------------------------------------ */

static void put_head(FILE *page, const json_t *leverage, const json_t *recognisers)
{
    const json_t *r;
    size_t k;
    (void)fprintf(page,
                  "<h2>What carries the person</h2>\n<p>Images of %.0f pairs that are the first "
                  "person's but for one thing, which is the second person's: how far cosines to "
                  "other photographs of the two move, against the image that is the first "
                  "person's whole. Area: of the exchanged class. Pairs: in which both have the "
                  "class.</p>\n<div class=\"wide\"><table>\n<tr><th>exchanged</th>"
                  "<th>pairs</th><th>area</th><th>SSIM</th>",
                  idi_report_number(leverage, "pairs"));
    json_array_foreach(recognisers, k, r)
    {
        (void)fprintf(page, "<th>");
        idi_html_text(page, idi_page_model(r));
        (void)fprintf(page, ": to first</th><th>to second</th>");
    }
    (void)fprintf(page, "</tr>\n");
}

static void put_plain(FILE *page, double value)
{
    if (isnan(value)) {
        (void)fprintf(page, "<td>&ndash;</td>");
    } else {
        (void)fprintf(page, "<td>%.3f</td>", value);
    }
}

static void put_row(FILE *page, const json_t *row)
{
    const json_t *judged;
    size_t k;
    (void)fprintf(page, "<tr><td>");
    idi_html_text(page, json_string_value(json_object_get(row, "exchanged")));
    (void)fprintf(page, "</td><td>%.0f</td>", idi_report_number(row, "pairs"));
    put_plain(page, idi_report_number(row, "area"));
    put_plain(page, idi_report_number(row, "ssim"));
    json_array_foreach(json_object_get(row, "recognisers"), k, judged)
    {
        idi_page_measured(page, json_object_get(judged, "to_first"));
        idi_page_measured(page, json_object_get(judged, "to_second"));
    }
    (void)fprintf(page, "</tr>\n");
}

void idi_page_leverage(FILE *page, const json_t *leverage, const json_t *recognisers)
{
    const json_t *row;
    size_t i;
    put_head(page, leverage, recognisers);
    json_array_foreach(json_object_get(leverage, "rows"), i, row) put_row(page, row);
    (void)fprintf(page, "</table></div>\n");
}

/* --- as text ---------------------------------------------------------------------------------- */

static void print_cell(double value, bool is_signed)
{
    if (isnan(value)) {
        (void)printf(" - |");
    } else {
        (void)printf(is_signed ? " %+.3f |" : " %.3f |", value);
    }
}

static void print_row(const json_t *row)
{
    const json_t *judged;
    size_t k;
    (void)printf("| %s |", json_string_value(json_object_get(row, "exchanged")));
    (void)printf(" %.0f |", idi_report_number(row, "pairs"));
    print_cell(idi_report_number(row, "area"), false);
    print_cell(idi_report_number(row, "ssim"), false);
    json_array_foreach(json_object_get(row, "recognisers"), k, judged)
    {
        print_cell(idi_report_number(judged, "to_first"), true);
        print_cell(idi_report_number(judged, "to_second"), true);
    }
    (void)printf("\n");
}

void idi_print_leverage(const json_t *leverage, const json_t *recognisers)
{
    const json_t *r, *row;
    size_t i;
    if (!leverage) return;
    (void)printf("\nhow far cosines to the two people move where one thing alone is the second "
                 "person's; %.0f pairs\n\n| exchanged | pairs | area | SSIM |",
                 idi_report_number(leverage, "pairs"));
    json_array_foreach(recognisers, i, r)(void) printf(" %s: first | second |", idi_page_model(r));
    (void)printf("\n| --- | ---: | ---: | ---: |");
    for (i = 0; i < json_array_size(recognisers); i++)
        (void)printf(" ---: | ---: |");
    (void)printf("\n");
    json_array_foreach(json_object_get(leverage, "rows"), i, row) print_row(row);
}
