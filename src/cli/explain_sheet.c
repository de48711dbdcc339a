/* SPDX-License-Identifier: Apache-2.0 */
/* cli/explain_sheet.c - the sheet of an explanation: a first row of image, label map and the
 * identity's attention at each resolution; below, each class's attention at the finest. */
#include "explain.h"
#include "sheet.h"

#include <math.h>
#include <stdio.h>

enum {
    CELL = 192, /* side of every picture on the sheet */
    GAP = 12,
    MARGIN = 24,
    TEXT = 2,
    LINE = 20,
    HEAD = 64,
    ROW = CELL + 2 * LINE + GAP,
    COLUMNS = 7
};

/* Where the next picture stands: the cells go row by row. */
typedef struct place {
    idi_sheet_grid grid;
    int64_t index;
} place;

static idi_status paste(place *at, const idi_bitmap *picture, const char *name, const char *note)
{
    const int64_t column = at->index % COLUMNS, row = at->index / COLUMNS;
    IDI_CLI_TRY(idi_sheet_put(&at->grid, column, row, picture));
    idi_sheet_write(&at->grid, column, row, 0, idi_sheet_ink, name);
    idi_sheet_write(&at->grid, column, row, 1, idi_sheet_faint, note);
    at->index++;
    return IDI_OK;
}

/* From dark to red to yellow over 0..1. */
static idi_colour heat(double share)
{
    const double x = fmin(fmax(share, 0.0), 1.0);
    return (idi_colour){(uint8_t)(40.0 + 215.0 * fmin(1.0, 2.0 * x)),
                        (uint8_t)(30.0 + 200.0 * fmax(0.0, 2.0 * x - 1.0)), 60};
}

static float largest_share(const float *map, int64_t pixels, int64_t tokens, int64_t token)
{
    float largest = 0.0F;
    for (int64_t p = 0; p < pixels; p++)
        largest = fmaxf(largest, map[p * tokens + token]);
    return largest;
}

/* The image in gray, half covered by heat; a whole colour is the largest share in the picture. */
static float draw_heat(const idi_explain_view *view, int64_t block, int64_t token, idi_bitmap *out)
{
    const idi_bitmap *image = idi_explanation_image(view->explanation);
    const int64_t size = view->info.size, tokens = view->info.tokens;
    int64_t side;
    const float *map = idi_explanation_map(view->explanation, block, &side);
    const float largest = largest_share(map, side * side, tokens, token);
    for (int64_t p = 0; p < size * size; p++) {
        const int64_t from = p / size * side / size * side + p % size * side / size;
        const uint8_t *const rgb = image->data + 3 * p;
        const double gray = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
        const idi_colour h =
            heat(largest > 0.0F ? (double)(map[from * tokens + token] / largest) : 0.0);
        out->data[3 * p] = (uint8_t)(0.4 * gray + 0.6 * h.r);
        out->data[3 * p + 1] = (uint8_t)(0.4 * gray + 0.6 * h.g);
        out->data[3 * p + 2] = (uint8_t)(0.4 * gray + 0.6 * h.b);
    }
    return largest;
}

static idi_status paste_heat(const idi_explain_view *view, place *at, int64_t block, int64_t token,
                             idi_bitmap *canvas)
{
    char note[32];
    char name[32];
    int64_t side;
    const float largest = draw_heat(view, block, token, canvas);
    (void)idi_explanation_map(view->explanation, block, &side);
    (void)snprintf(name, sizeof name, "%s %lldx%lld", idi_explain_token_name(view, token),
                   (long long)side, (long long)side);
    (void)snprintf(note, sizeof note, "up to %.3f", (double)largest);
    return paste(at, canvas, name, note);
}

static idi_status fill_sheet(const idi_explain_view *view, idi_bitmap *sheet, idi_bitmap *canvas)
{
    const int64_t finest = view->info.blocks - 1;
    place at = {.grid = {.cli = view->cli,
                         .sheet = sheet,
                         .left = MARGIN,
                         .top = HEAD,
                         .side = CELL,
                         .column_step = CELL + GAP,
                         .row_step = ROW,
                         .below = 4,
                         .line = LINE,
                         .scale = TEXT}};
    idi_sheet_fill(sheet, 0, 0, sheet->width, sheet->height, idi_sheet_paper);
    idi_sheet_text(sheet, MARGIN, MARGIN, 3, idi_sheet_ink,
                   "which tokens each pixel is drawn from");
    IDI_CLI_TRY(paste(&at, idi_explanation_image(view->explanation), "image", ""));
    IDI_CLI_TRY(paste(&at, view->colours, "label map", ""));
    for (int64_t block = 0; block <= finest && view->info.tokens > view->info.classes; block++)
        IDI_CLI_TRY(paste_heat(view, &at, block, view->info.tokens - 1, canvas));
    at.index = (at.index + COLUMNS - 1) / COLUMNS * COLUMNS;
    for (int64_t c = 0; c < view->info.classes; c++)
        if (idi_explain_has_class(view, finest, c))
            IDI_CLI_TRY(paste_heat(view, &at, finest, c, canvas));
    return IDI_OK;
}

/* Rows of the first part, and of the classes that are there. */
static int64_t count_rows(const idi_explain_view *view)
{
    const int64_t first = 2 + view->info.blocks;
    int64_t classes = 0;
    for (int64_t c = 0; c < view->info.classes; c++)
        classes += idi_explain_has_class(view, view->info.blocks - 1, c);
    return (first + COLUMNS - 1) / COLUMNS + (classes + COLUMNS - 1) / COLUMNS;
}

idi_status idi_explain_save_sheet(const idi_explain_view *view, const char *path)
{
    const int64_t width = 2 * MARGIN + COLUMNS * CELL + (COLUMNS - 1) * GAP;
    const int64_t height = HEAD + count_rows(view) * ROW + MARGIN;
    idi_bitmap sheet = {0}, canvas = {0};
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_sheet_create(view->cli, width, height, 3, &sheet));
    IDI_CLI_TRY_TO(done, idi_sheet_create(view->cli, view->info.size, view->info.size, 3, &canvas));
    IDI_CLI_TRY_TO(done, fill_sheet(view, &sheet, &canvas));
    st = idi_cli_save_bitmap(view->cli, path, &sheet, IDI_SAVE_DEFAULT);
done:
    idi_sheet_free(&canvas);
    idi_sheet_free(&sheet);
    return st;
}
