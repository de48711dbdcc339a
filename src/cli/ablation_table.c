/* SPDX-License-Identifier: Apache-2.0 */
/* cli/ablation_table.c - which numbers, and how they are written; see ablation.h. */
#include "ablation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a report has a number: of a condition either its look or what a recogniser says of it. */
typedef struct column {
    const char *title, *condition, *member;
    bool is_look;
    int far; /* index into at_far; -1: the member stands outside */
} column;

static const column columns[] = {
    {"SSIM", "own", "ssim", true, -1},
    {"cosine to the photograph", "own", "to_image", false, -1},
    {"accepted at FAR 1e-2", "own", "passes", false, 0},
    {"accepted at FAR 1e-3", "own", "passes", false, 1},
    {"SSIM to own", "injected", "ssim", true, -1},
    {"success at FAR 1e-2", "injected", "success", false, 0},
    {"success at FAR 1e-3", "injected", "success", false, 1},
    {"passes at FAR 1e-2", "injected", "passes", false, 0},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

typedef struct measured {
    bool is_there;
    double value, low, high;
} measured;

const json_t *idi_ablation_condition(const json_t *report, const char *name)
{
    const json_t *condition;
    size_t i;
    json_array_foreach(json_object_get(report, "conditions"), i, condition)
    {
        const char *own = json_string_value(json_object_get(condition, "condition"));
        if (own && strcmp(own, name) == 0) return condition;
    }
    return NULL;
}

static measured number_at(const json_t *report, const column *c, size_t recogniser)
{
    const json_t *at = idi_ablation_condition(report, c->condition);
    at = c->is_look ? json_object_get(at, "look")
                    : json_array_get(json_object_get(at, "recognisers"), recogniser);
    if (c->far >= 0) at = json_array_get(json_object_get(at, "at_far"), (size_t)c->far);
    at = json_object_get(at, c->member);
    return (measured){.is_there = json_is_number(json_object_get(at, "value")),
                      .value = json_number_value(json_object_get(at, "value")),
                      .low = json_number_value(json_object_get(at, "low")),
                      .high = json_number_value(json_object_get(at, "high"))};
}

static bool are_apart(const measured *a, const measured *b)
{
    return a->is_there && b->is_there && (a->low > b->high || a->high < b->low);
}

static const char *recogniser_name(const idi_ablation *a, size_t recogniser)
{
    const json_t *r = json_array_get(json_object_get(a->reports[0], "recognisers"), recogniser);
    const char *name = json_string_value(json_object_get(json_object_get(r, "model"), "file"));
    return name ? name : "";
}

static size_t recogniser_count(const idi_ablation *a)
{
    return json_array_size(json_object_get(a->reports[0], "recognisers"));
}

/* --- Markdown --------------------------------------------------------------------------------- */

static void print_row(const idi_ablation *a, int report, size_t recogniser)
{
    (void)printf("| %s |", a->names[report]);
    for (int i = 0; i < COLUMNS; i++) {
        const measured m = number_at(a->reports[report], &columns[i], recogniser);
        const measured first = number_at(a->reports[0], &columns[i], recogniser);
        if (m.is_there)
            (void)printf(" %.3f (%.3f to %.3f)%s |", m.value, m.low, m.high,
                         are_apart(&m, &first) ? " *" : "");
        else
            (void)printf(" - |");
    }
    (void)printf("\n");
}

void idi_ablation_print(const idi_ablation *a)
{
    for (size_t k = 0; k < recogniser_count(a); k++) {
        (void)printf("%s%s\n\n| generator |", k ? "\n" : "", recogniser_name(a, k));
        for (int i = 0; i < COLUMNS; i++)
            (void)printf(" %s: %s |", columns[i].condition, columns[i].title);
        (void)printf("\n| --- |");
        for (int i = 0; i < COLUMNS; i++)
            (void)printf(" --- |");
        (void)printf("\n");
        for (int r = 0; r < a->count; r++)
            print_row(a, r, k);
    }
    for (int r = 0; r < a->count; r++) {
        const json_t *injected = idi_ablation_condition(a->reports[r], "injected");
        if (!injected) continue;
        (void)printf("\ninjected: with strength %g",
                     json_number_value(json_object_get(injected, "strength")));
        break;
    }
    (void)printf("\n* its interval is apart from that of %s\n", a->names[0]);
}

/* --- CSV -------------------------------------------------------------------------------------- */

static void write_lines(const idi_ablation *a, FILE *stream)
{
    (void)fprintf(stream, "recogniser,generator,condition,number,value,low,high,apart\n");
    for (size_t k = 0; k < recogniser_count(a); k++)
        for (int r = 0; r < a->count; r++)
            for (int i = 0; i < COLUMNS; i++) {
                const measured m = number_at(a->reports[r], &columns[i], k);
                const measured first = number_at(a->reports[0], &columns[i], k);
                if (!m.is_there) continue;
                (void)fprintf(stream, "%s,%s,%s,%s,%.17g,%.17g,%.17g,%d\n", recogniser_name(a, k),
                              a->names[r], columns[i].condition, columns[i].title, m.value, m.low,
                              m.high, are_apart(&m, &first));
            }
}

idi_status idi_ablation_save(const idi_ablation *ablation, const char *path)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream) return idi_cli_fail(ablation->cli, IDI_ERR_NOMEM, "no memory");
    write_lines(ablation, stream);
    const bool is_whole = fclose(stream) == 0;
    const idi_status st = is_whole ? idi_cli_save_text(ablation->cli, path, text)
                                   : idi_cli_fail(ablation->cli, IDI_ERR_NOMEM, "no memory");
    free(text);
    return st;
}
