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

static const idi_colour warning = {184, 28, 28}, who_colour = {198, 84, 34},
                        how_colour = {52, 110, 160}, track = {232, 230, 222};

static void sign(const idi_sheet_grid *grid, int column, int row, const char *text)
{
    const int64_t x = idi_sheet_column_x(grid, column) - GAP / 2;
    const int64_t y = idi_sheet_row_y(grid, row) + CELL / 2 - 10;
    idi_sheet_text(grid->sheet, x - idi_sheet_text_width(text, 3) / 2, y, 3, idi_sheet_ink, text);
}

static void draw_head(const idi_demo *demo, const idi_sheet_grid *grid)
{
    idi_bitmap *sheet = grid->sheet;
    static const char *const heads[COLUMNS + 1] = {"WHERE: label map", "HOW: style photo",
                                                   "WHO: identity photo", "RESULT",
                                                   "SIMILARITY (cosine)"};
    char title[80];
    (void)snprintf(title, sizeof title, "idinject %s: where + how + who = face", idi_version());
    idi_sheet_text(sheet, MARGIN, MARGIN, 3, idi_sheet_ink, title);
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
        idi_sheet_text(sheet, idi_sheet_column_x(grid, i), HEAD - LINE, TEXT, idi_sheet_ink,
                       heads[i]);
}

static void draw_labels(const idi_demo_result *result, const idi_sheet_grid *grid, int row)
{
    const bool is_own = result->who == result->how;
    char text[64];
    (void)snprintf(text, sizeof text, "of person %d", result->where + 1);
    idi_sheet_write(grid, 0, row, 0, idi_sheet_faint, text);
    (void)snprintf(text, sizeof text, "person %d, photo 1", result->how + 1);
    idi_sheet_write(grid, 1, row, 0, idi_sheet_faint, text);
    (void)snprintf(text, sizeof text, "person %d, photo 2", result->who + 1);
    idi_sheet_write(grid, 2, row, 0, idi_sheet_faint, text);
    idi_sheet_write(grid, 2, row, 1, idi_sheet_ink, is_own ? "own identity" : "swapped identity");
}

static void draw_bar(idi_bitmap *sheet, int64_t x, int64_t y, idi_colour colour, double cosine)
{
    const double share = cosine < 0.0 ? 0.0 : cosine > 1.0 ? 1.0 : cosine;
    idi_sheet_fill(sheet, x, y, VERDICT, BAR, track);
    idi_sheet_fill(sheet, x, y, (int64_t)(share * VERDICT), BAR, colour);
}

static void draw_likeness(const idi_sheet_grid *grid, int64_t y, idi_colour colour, const char *to,
                          double cosine)
{
    const int64_t x = idi_sheet_column_x(grid, COLUMNS);
    char text[32];
    (void)snprintf(text, sizeof text, "like %s %11.3f", to, cosine);
    idi_sheet_text(grid->sheet, x, y, TEXT, colour, text);
    draw_bar(grid->sheet, x, y + LINE - 4, colour, cosine);
}

/* What each recogniser says: a name, two numbers, two bars. */
static void draw_verdicts(const idi_demo *demo, const idi_demo_result *result,
                          const idi_sheet_grid *grid, int row)
{
    const int64_t step = CELL / IDI_DEMO_RECOGNISERS;
    for (int64_t k = 0; k < demo->recogniser_count; k++) {
        const int64_t top = idi_sheet_row_y(grid, row) + k * step * 5 / 4;
        idi_sheet_text(grid->sheet, idi_sheet_column_x(grid, COLUMNS), top, TEXT, idi_sheet_ink,
                       demo->names[k]);
        draw_likeness(grid, top + LINE, who_colour, "WHO", result->like_who[k]);
        if (result->who == result->how) continue;
        draw_likeness(grid, top + 2 * LINE + BAR, how_colour, "HOW", result->like_how[k]);
    }
}

static idi_status draw_row(const idi_demo *demo, const idi_sheet_grid *grid, int row)
{
    const idi_demo_result *result = &demo->results[row];
    IDI_CLI_TRY(idi_sheet_put(grid, 0, row, &demo->people[result->where].colours));
    IDI_CLI_TRY(idi_sheet_put(grid, 1, row, &demo->people[result->how].photo));
    IDI_CLI_TRY(idi_sheet_put(grid, 2, row, &demo->people[result->who].second));
    IDI_CLI_TRY(idi_sheet_put(grid, 3, row, &result->picture));
    sign(grid, 1, row, "+");
    sign(grid, 2, row, "+");
    sign(grid, 3, row, "=");
    draw_labels(result, grid, row);
    draw_verdicts(demo, result, grid, row);
    return IDI_OK;
}

idi_status idi_demo_save_sheet(idi_demo *demo, const char *path)
{
    idi_bitmap sheet = {0};
    const idi_sheet_grid grid = {.cli = demo->cli,
                                 .sheet = &sheet,
                                 .left = MARGIN,
                                 .top = HEAD,
                                 .side = CELL,
                                 .column_step = CELL + GAP,
                                 .row_step = ROW,
                                 .below = 6,
                                 .line = LINE,
                                 .scale = TEXT};
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_sheet_create(demo->cli, WIDTH, HEIGHT, 3, &sheet));
    idi_sheet_fill(&sheet, 0, 0, WIDTH, HEIGHT, idi_sheet_paper);
    draw_head(demo, &grid);
    for (int i = 0; i < IDI_DEMO_RESULTS; i++)
        IDI_CLI_TRY_TO(done, draw_row(demo, &grid, i));
    IDI_CLI_TRY_TO(done, idi_cli_save_bitmap(demo->cli, path, &sheet, IDI_SAVE_DEFAULT));
done:
    idi_sheet_free(&sheet);
    return st;
}
