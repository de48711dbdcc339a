/* SPDX-License-Identifier: Apache-2.0 */
/* cli/evaluate_page.c - see evaluate_page.h. */
#include "evaluate_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>idinject evaluate</title>\n"
    "<style>\n"
    ":root { color-scheme: light dark }\n"
    "body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2em auto;"
    " padding: 0 1em }\n"
    "h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }\n"
    "table { border-collapse: collapse; font-variant-numeric: tabular-nums }\n"
    "td, th { padding: .25em .7em; border-bottom: 1px solid #8884; text-align: right }\n"
    "td:first-child, th:first-child { text-align: left }\n"
    "small { opacity: .65; white-space: nowrap } .wide { overflow-x: auto }\n"
    ".plots { display: flex; flex-wrap: wrap; gap: 1em } svg { width: 460px; max-width: 100% }\n"
    "svg text { font-size: 12px; fill: currentColor } svg .title { font-weight: 600 }\n"
    "svg .grid { stroke: #8885; stroke-width: 1 }\n"
    "img { max-width: 100%; image-rendering: auto }\n"
    "</style>\n</head>\n<body>\n";

static const char *text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

double idi_report_number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_object(value)) value = json_object_get(value, "value");
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

const char *idi_page_model(const json_t *recogniser)
{
    return text_at(json_object_get(recogniser, "model"), "file");
}

void idi_page_measured(FILE *page, const json_t *measured)
{
    const double value = idi_report_number(measured, "value");
    if (isnan(value)) {
        (void)fprintf(page, "<td>&ndash;</td>");
    } else {
        (void)fprintf(page, "<td>%.3f <small>%.3f&ndash;%.3f</small></td>", value,
                      idi_report_number(measured, "low"), idi_report_number(measured, "high"));
    }
}

/* --- recognisers ------------------------------------------------------------------------------ */

static void put_recogniser(FILE *page, const json_t *r)
{
    const json_t *at;
    size_t i;
    (void)fprintf(page, "<tr><td>");
    idi_html_text(page, idi_page_model(r));
    (void)fprintf(page, " <small>%s</small></td>", text_at(r, "role"));
    json_array_foreach(json_object_get(r, "tar_at_far"), i, at)
        idi_page_measured(page, json_object_get(at, "tar"));
    idi_page_measured(page, json_object_get(r, "eer"));
    idi_page_measured(page, json_object_get(r, "auc"));
    idi_page_measured(page, json_object_get(r, "rank1"));
    (void)fprintf(page, "</tr>\n");
}

static void put_recognisers(FILE *page, const json_t *recognisers)
{
    const json_t *r;
    size_t k;
    (void)fprintf(page, "<h2>Recognisers</h2>\n<div class=\"wide\"><table>\n<tr><th>model</th>"
                        "<th>TAR at FAR 1e-2</th><th>at 1e-3</th><th>at 1e-4</th><th>EER</th>"
                        "<th>AUC</th><th>rank-1</th></tr>\n");
    json_array_foreach(recognisers, k, r) put_recogniser(page, r);
    (void)fprintf(page, "</table></div>\n");
}

static void put_cues(FILE *page, const json_t *cues)
{
    const json_t *list = json_object_get(cues, "rows");
    const json_t *row, *at;
    size_t i, k;
    (void)fprintf(page,
                  "<h2>What it goes by</h2>\n<p>New photographs of %.0f people, drawn with parts "
                  "of somebody else's face and held against the person's own.</p>\n"
                  "<div class=\"wide\"><table>\n<tr><th>replaced</th><th>cosine</th>",
                  idi_report_number(cues, "people"));
    json_array_foreach(json_object_get(json_array_get(list, 0), "at_far"), k, at)(void)
        fprintf(page, "<th>accepted at FAR %g</th>", idi_report_number(at, "far"));
    (void)fprintf(page, "</tr>\n");
    json_array_foreach(list, i, row)
    {
        (void)fprintf(page, "<tr><td>%s</td>", text_at(row, "replaced"));
        idi_page_measured(page, json_object_get(row, "cosine"));
        json_array_foreach(json_object_get(row, "at_far"), k, at)
            idi_page_measured(page, json_object_get(at, "accepted"));
        (void)fprintf(page, "</tr>\n");
    }
    (void)fprintf(page, "</table></div>\n");
}

static void plot_roc(FILE *page, const json_t *recognisers)
{
    const idi_plot plot = {"ROC", "false acceptance rate (log)", "true acceptance rate", 1e-4, 1.0,
                           true};
    const json_t *r, *point;
    size_t k, i;
    idi_plot_begin(page, &plot);
    json_array_foreach(recognisers, k, r)
    {
        idi_series line = {.name = idi_page_model(r)};
        json_array_foreach(json_object_get(r, "roc"), i, point)
        {
            const double far = json_number_value(json_array_get(point, 0));
            if (far <= 0.0 || line.count == IDI_SERIES_POINTS) continue;
            line.x[line.count] = far;
            line.y[line.count++] = json_number_value(json_array_get(point, 1));
        }
        idi_plot_line(page, &plot, &line, (int)k);
    }
    idi_plot_end(page);
}

/* --- a generator's images --------------------------------------------------------------------- */

static void put_condition(FILE *page, const json_t *condition, const json_t *recognisers)
{
    const json_t *judged;
    size_t k;
    json_array_foreach(json_object_get(condition, "recognisers"), k, judged)
    {
        const json_t *rates = json_object_get(judged, "at_far");
        const double strength = idi_report_number(condition, "strength");
        (void)fprintf(page, "<tr><td>%s", text_at(condition, "condition"));
        if (!isnan(strength)) (void)fprintf(page, " %g", strength);
        (void)fprintf(page, "</td><td>");
        idi_html_text(page, idi_page_model(json_array_get(recognisers, k)));
        (void)fprintf(page, "</td>");
        idi_page_measured(page, json_object_get(judged, "to_first"));
        idi_page_measured(page, json_object_get(judged, "to_second"));
        for (size_t i = 0; i < 2; i++) {
            idi_page_measured(page, json_object_get(json_array_get(rates, i), "success"));
            idi_page_measured(page, json_object_get(json_array_get(rates, i), "passes"));
        }
        idi_page_measured(page, json_object_get(judged, "rank1"));
        idi_page_measured(page, json_object_get(json_object_get(condition, "look"), "ssim"));
        idi_page_measured(page, json_object_get(json_object_get(condition, "look"), "ssim_face"));
        (void)fprintf(page, "</tr>\n");
    }
}

static void put_conditions(FILE *page, const json_t *conditions, const json_t *recognisers)
{
    const json_t *condition;
    size_t c;
    (void)fprintf(page,
                  "<h2>Images</h2>\n<p>Success: accepted as the second person. Passes: still "
                  "accepted as the first. Both against photographs that the image was not made of. "
                  "SSIM: own and recoloured against the photograph, injected against own.</p>\n"
                  "<div class=\"wide\"><table>\n<tr><th>images</th><th>recogniser</th>"
                  "<th>cosine to first</th><th>to second</th><th>success at FAR 1e-2</th>"
                  "<th>passes</th><th>success at 1e-3</th><th>passes</th><th>rank-1</th>"
                  "<th>SSIM</th><th>in the face</th></tr>\n");
    json_array_foreach(conditions, c, condition) put_condition(page, condition, recognisers);
    (void)fprintf(page, "</table></div>\n");
}

/* A line of the robustness table: one condition by one recogniser, a cell a degradation. */
static void put_robust_row(FILE *page, const json_t *views, size_t c, size_t k,
                           const json_t *recogniser)
{
    const json_t *view;
    size_t v;
    const json_t *first =
        json_array_get(json_object_get(json_array_get(views, 0), "conditions"), c);
    const double strength = idi_report_number(first, "strength");
    (void)fprintf(page, "<tr><td>%s", text_at(first, "condition"));
    if (!isnan(strength)) (void)fprintf(page, " %g", strength);
    (void)fprintf(page, "</td><td>");
    idi_html_text(page, idi_page_model(recogniser));
    (void)fprintf(page, "</td>");
    json_array_foreach(views, v, view)
    {
        const json_t *shown = json_array_get(json_object_get(view, "conditions"), c);
        const json_t *judged = json_array_get(json_object_get(shown, "recognisers"), k);
        const json_t *at = json_array_get(json_object_get(judged, "at_far"), 0);
        idi_page_measured(page, json_object_get(at, "success"));
    }
    (void)fprintf(page, "</tr>\n");
}

static void put_robustness(FILE *page, const json_t *views, const json_t *recognisers)
{
    const json_t *view;
    size_t v;
    (void)fprintf(page,
                  "<h2>After degradation</h2>\n<p>Success at FAR 1e-2, accepted as the second "
                  "person, of the same images before the recognisers see them: as JPEG of a "
                  "quality, at half size and back, blurred (1 pixel of 64), with noise (5 of 255). "
                  "The lines of 'second' are photographs of the second person: what recognisers "
                  "themselves lose.</p>\n<div class=\"wide\"><table>\n<tr><th>images</th>"
                  "<th>recogniser</th>");
    json_array_foreach(views, v, view)(void)
        fprintf(page, "<th>%s</th>", text_at(view, "degradation"));
    (void)fprintf(page, "</tr>\n");
    const size_t shown = json_array_size(json_object_get(json_array_get(views, 0), "conditions"));
    for (size_t c = 0; c < shown; c++)
        for (size_t k = 0; k < json_array_size(recognisers); k++)
            put_robust_row(page, views, c, k, json_array_get(recognisers, k));
    (void)fprintf(page, "</table></div>\n");
}

/* Success at FAR 1e-2 over the look of the injected images, in the order of the strengths. */
static void plot_attacks(FILE *page, const json_t *conditions, const json_t *recognisers)
{
    const idi_plot plot = {"Success at FAR 1e-2 over the look",
                           "SSIM to the image without "
                           "injection",
                           "success",
                           0.0,
                           1.0,
                           false};
    const json_t *condition;
    size_t c;
    idi_plot_begin(page, &plot);
    for (size_t k = 0; k < json_array_size(recognisers); k++) {
        idi_series line = {.name = idi_page_model(json_array_get(recognisers, k)),
                           .has_marks = true};
        json_array_foreach(conditions, c, condition)
        {
            const json_t *judged = json_array_get(json_object_get(condition, "recognisers"), k);
            const json_t *at = json_array_get(json_object_get(judged, "at_far"), 0);
            const json_t *look = json_object_get(condition, "look");
            const double x = idi_report_number(json_object_get(look, "ssim"), "value");
            const double y = idi_report_number(json_object_get(at, "success"), "value");
            if (strcmp(text_at(condition, "condition"), "injected") != 0 || isnan(y)) continue;
            line.x[line.count] = fmax(x, 0.0);
            line.y[line.count++] = y;
        }
        idi_plot_line(page, &plot, &line, (int)k);
    }
    idi_plot_end(page);
}

static bool put_sheet(FILE *page, const char *sheet_path)
{
    (void)fprintf(page, "<h2>Some pairs</h2>\n<p>From the left: the first person, the second, the "
                        "first recoloured, the own identity, then injected identities by "
                        "strength.</p>\n<img alt=\"pairs\" src=\"data:image/png;base64,");
    const bool is_read = idi_html_bytes(page, sheet_path);
    (void)fprintf(page, "\">\n");
    return is_read;
}

/* --- the page --------------------------------------------------------------------------------- */

static void put_protocol(FILE *page, const json_t *report)
{
    const json_t *data = json_object_get(report, "data");
    const json_t *protocol = json_object_get(report, "protocol");
    const json_t *model = json_object_get(report, "model");
    (void)fprintf(page, "<h1>");
    idi_html_text(page, text_at(model, "file"));
    (void)fprintf(page,
                  "</h1>\n<p>%s, weights %s. %.0f photographs of %.0f people (%s), %.0f "
                  "genuine, %.0f impostor and %.0f attack pairs; pairs %s, seed %s. Thresholds "
                  "come from people whom they do not judge; small numbers are %g%% intervals "
                  "by a bootstrap over people. idinject %s on %s.</p>\n",
                  text_at(model, "arch"), text_at(model, "fingerprint"),
                  idi_report_number(data, "photos"), idi_report_number(data, "people"),
                  text_at(data, "source"), idi_report_number(protocol, "genuine"),
                  idi_report_number(protocol, "impostors"), idi_report_number(protocol, "attacks"),
                  text_at(protocol, "pairs_hash"), text_at(protocol, "seed"),
                  100.0 * idi_report_number(json_object_get(protocol, "intervals"), "level"),
                  text_at(report, "version"), text_at(report, "device"));
}

static bool put_page(FILE *page, const json_t *report, const json_t *recognisers,
                     const char *sheet_path)
{
    const json_t *conditions = json_object_get(report, "conditions");
    bool is_whole = true;
    (void)fputs(head, page);
    put_protocol(page, report);
    put_recognisers(page, recognisers);
    (void)fprintf(page, "<div class=\"plots\">\n");
    plot_roc(page, recognisers);
    if (json_array_size(conditions) > 3) plot_attacks(page, conditions, recognisers);
    (void)fprintf(page, "</div>\n");
    if (json_object_get(report, "cues")) put_cues(page, json_object_get(report, "cues"));
    if (conditions) put_conditions(page, conditions, recognisers);
    if (json_object_get(report, "robustness"))
        put_robustness(page, json_object_get(report, "robustness"), recognisers);
    if (json_object_get(report, "leverage"))
        idi_page_leverage(page, json_object_get(report, "leverage"), recognisers);
    if (sheet_path) is_whole = put_sheet(page, sheet_path);
    (void)fprintf(page, "</body>\n</html>\n");
    return is_whole;
}

/* A recogniser's report as a list of one, which knows its model. */
static json_t *list_recognisers(const json_t *report)
{
    json_t *list = json_object_get(report, "recognisers");
    if (list) return json_incref(list);
    json_t *one = json_copy(json_object_get(report, "recogniser"));
    (void)json_object_set(one, "model", json_object_get(report, "model"));
    return json_pack("[o]", one);
}

idi_status idi_evaluate_page(idi_cli *cli, const json_t *report, const char *sheet_path,
                             const char *path)
{
    char *text = NULL;
    size_t bytes = 0;
    json_t *recognisers = list_recognisers(report);
    FILE *page = open_memstream(&text, &bytes);
    bool is_good = page && recognisers && put_page(page, report, recognisers, sheet_path);
    if (page && fclose(page) != 0) is_good = false;
    const idi_status st = is_good ? idi_cli_save_text(cli, path, text)
                                  : idi_cli_fail(cli, IDI_ERR_IO, "%s: cannot be made", path);
    json_decref(recognisers);
    free(text);
    return st;
}
