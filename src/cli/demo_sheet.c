/* SPDX-License-Identifier: Apache-2.0 */
/* cli/demo_sheet.c - the demo's contact sheet: a row a result, WHERE + HOW + WHO = RESULT, and what
 * the recognisers say. */
#include "demo.h"
#include "sheet.h"

#include <stdio.h>

enum {
    COLUMNS = 4,
    CELL = 256, /* side of every picture on the sheet */
    GAP = 36,   /* between columns; holds the signs + and = */
    MARGIN = 24,
    TEXT = 2, /* scale of small text: 12 pixels a letter, 21 letters a column */
    LINE = 20,
    HEAD = 132,
    ROW = CELL + 2 * LINE + LINE / 2,
    VERDICT = 300, /* width of the recognisers' column */
    BAR = 6,       /* height of a bar; of a cosine from 0 to 1 as long as the column */
    WIDTH = 2 * MARGIN + COLUMNS * CELL + COLUMNS * GAP + VERDICT,
    HEIGHT = HEAD + IDI_DEMO_RESULTS * ROW + MARGIN
};

static const idi_colour paper = {250, 249, 245}, ink = {38, 40, 48}, faint = {110, 112, 122},
                        warning = {184, 28, 28}, who_colour = {198, 84, 34},
                        how_colour = {52, 110, 160}, track = {232, 230, 222};

static int64_t column_x(int column)
{
    return MARGIN + (int64_t)column * (CELL + GAP);
}

static idi_status paste(const idi_demo *demo, idi_bitmap *sheet, int column, int64_t y,
                        const idi_bitmap *picture)
{
    idi_bitmap cell = {0};
    IDI_CLI_TRY(idi_bitmap_resize(demo->cli->context, picture, CELL, CELL, &cell));
    idi_sheet_paste(sheet, column_x(column), y, &cell);
    idi_bitmap_free(demo->cli->context, &cell);
    return IDI_OK;
}

static void sign(idi_bitmap *sheet, int column, int64_t y, const char *text)
{
    const int64_t width = idi_sheet_text_width(text, 3);
    idi_sheet_text(sheet, column_x(column) - GAP / 2 - width / 2, y + CELL / 2 - 10, 3, ink, text);
}

static void label(idi_bitmap *sheet, int column, int64_t y, int line, idi_colour colour,
                  const char *text)
{
    idi_sheet_text(sheet, column_x(column), y + CELL + 6 + (int64_t)line * LINE, TEXT, colour,
                   text);
}

static void draw_head(const idi_demo *demo, idi_bitmap *sheet)
{
    static const char *const heads[COLUMNS + 1] = {"WHERE: label map", "HOW: style photo",
                                                   "WHO: identity photo", "RESULT",
                                                   "SIMILARITY (cosine)"};
    char title[80];
    (void)snprintf(title, sizeof title, "idinject %s: where + how + who = face", idi_version());
    idi_sheet_text(sheet, MARGIN, MARGIN, 3, ink, title);
    if (demo->is_random) {
        idi_sheet_text(sheet, MARGIN, MARGIN + 36, TEXT, warning,
                       "RANDOM (UNTRAINED) WEIGHTS: the results are texture, not faces, and the "
                       "numbers");
    }
    if (demo->is_random) {
        idi_sheet_text(sheet, MARGIN, MARGIN + 36 + LINE, TEXT, warning,
                       "say nothing about people.");
    }
    for (int i = 0; i <= COLUMNS; i++)
        idi_sheet_text(sheet, column_x(i), HEAD - LINE, TEXT, ink, heads[i]);
}

static void draw_labels(const idi_demo_result *result, idi_bitmap *sheet, int64_t y)
{
    char text[64];
    (void)snprintf(text, sizeof text, "of person %d", result->where + 1);
    label(sheet, 0, y, 0, faint, text);
    (void)snprintf(text, sizeof text, "person %d, photo 1", result->how + 1);
    label(sheet, 1, y, 0, faint, text);
    (void)snprintf(text, sizeof text, "person %d, photo 2", result->who + 1);
    label(sheet, 2, y, 0, faint, text);
    label(sheet, 2, y, 1, ink, result->who == result->how ? "own identity" : "swapped identity");
}

static void draw_bar(idi_bitmap *sheet, int64_t x, int64_t y, idi_colour colour, double cosine)
{
    const double share = cosine < 0.0 ? 0.0 : cosine > 1.0 ? 1.0 : cosine;
    idi_sheet_fill(sheet, x, y, VERDICT, BAR, track);
    idi_sheet_fill(sheet, x, y, (int64_t)(share * VERDICT), BAR, colour);
}

static void draw_likeness(idi_bitmap *sheet, int64_t y, idi_colour colour, const char *to,
                          double cosine)
{
    char text[32];
    (void)snprintf(text, sizeof text, "like %s %11.3f", to, cosine);
    idi_sheet_text(sheet, column_x(COLUMNS), y, TEXT, colour, text);
    draw_bar(sheet, column_x(COLUMNS), y + LINE - 4, colour, cosine);
}

/* What each recogniser says: a name, two numbers, two bars. */
static void draw_verdicts(const idi_demo *demo, const idi_demo_result *result, idi_bitmap *sheet,
                          int64_t y)
{
    const int64_t step = CELL / IDI_DEMO_RECOGNISERS;
    for (int64_t k = 0; k < demo->recogniser_count; k++) {
        const int64_t top = y + k * step * 5 / 4;
        idi_sheet_text(sheet, column_x(COLUMNS), top, TEXT, ink, demo->names[k]);
        draw_likeness(sheet, top + LINE, who_colour, "WHO", result->like_who[k]);
        if (result->who == result->how) continue;
        draw_likeness(sheet, top + 2 * LINE + BAR, how_colour, "HOW", result->like_how[k]);
    }
}

static idi_status draw_row(const idi_demo *demo, idi_bitmap *sheet, int index)
{
    const idi_demo_result *result = &demo->results[index];
    const int64_t y = HEAD + (int64_t)index * ROW;
    IDI_CLI_TRY(paste(demo, sheet, 0, y, &demo->people[result->where].colours));
    IDI_CLI_TRY(paste(demo, sheet, 1, y, &demo->people[result->how].photo));
    IDI_CLI_TRY(paste(demo, sheet, 2, y, &demo->people[result->who].second));
    IDI_CLI_TRY(paste(demo, sheet, 3, y, &result->picture));
    sign(sheet, 1, y, "+");
    sign(sheet, 2, y, "+");
    sign(sheet, 3, y, "=");
    draw_labels(result, sheet, y);
    draw_verdicts(demo, result, sheet, y);
    return IDI_OK;
}

idi_status idi_demo_save_sheet(idi_demo *demo, const char *path)
{
    idi_bitmap sheet = {0};
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_sheet_create(demo->cli, WIDTH, HEIGHT, 3, &sheet));
    idi_sheet_fill(&sheet, 0, 0, WIDTH, HEIGHT, paper);
    draw_head(demo, &sheet);
    for (int i = 0; i < IDI_DEMO_RESULTS; i++)
        IDI_CLI_TRY_TO(done, draw_row(demo, &sheet, i));
    IDI_CLI_TRY_TO(done, idi_cli_save_bitmap(demo->cli, path, &sheet, IDI_SAVE_DEFAULT));
done:
    idi_sheet_free(&sheet);
    return st;
}
