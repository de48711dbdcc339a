/* SPDX-License-Identifier: Apache-2.0 */
/* cli/sheet.h - contact sheets: pictures and text on one large picture. Whatever would lie outside
 * is cut off. */
#ifndef IDI_CLI_SHEET_H
#define IDI_CLI_SHEET_H

#include "cli.h"

typedef struct idi_colour {
    uint8_t r, g, b;
} idi_colour;

enum { IDI_GLYPH_WIDTH = 5, IDI_GLYPH_HEIGHT = 7, IDI_GLYPH_STEP = 6 };

/* Zeros; free with idi_sheet_free(). */
IDI_NODISCARD idi_status idi_sheet_create(idi_cli *cli, int64_t width, int64_t height, int channels,
                                          idi_bitmap *sheet_out);
void idi_sheet_free(idi_bitmap *sheet);

/* Both of the same number of channels. */
void idi_sheet_paste(idi_bitmap *sheet, int64_t x, int64_t y, const idi_bitmap *picture);

/* RGB sheets. */
void idi_sheet_fill(idi_bitmap *sheet, int64_t x, int64_t y, int64_t width, int64_t height,
                    idi_colour colour);
/* Text with its upper left corner at (x, y), every font pixel scale x scale. */
void idi_sheet_text(idi_bitmap *sheet, int64_t x, int64_t y, int scale, idi_colour colour,
                    const char *text);
int64_t idi_sheet_text_width(const char *text, int scale);

/* Paper, ink, and ink for what matters less. */
extern const idi_colour idi_sheet_paper, idi_sheet_ink, idi_sheet_faint;

/* Pictures of one side in rows and columns, with lines of text below each. */
typedef struct idi_sheet_grid {
    idi_cli *cli;
    idi_bitmap *sheet;
    int64_t left, top;             /* of the first picture */
    int64_t side;                  /* of a picture */
    int64_t column_step, row_step; /* from one to the next */
    int64_t below, line;           /* from a picture to its first line of text, from line to line */
    int scale;                     /* of the text */
} idi_sheet_grid;

int64_t idi_sheet_column_x(const idi_sheet_grid *grid, int64_t column);
int64_t idi_sheet_row_y(const idi_sheet_grid *grid, int64_t row);
/* A picture of any size, brought to the grid's. */
IDI_NODISCARD idi_status idi_sheet_put(const idi_sheet_grid *grid, int64_t column, int64_t row,
                                       const idi_bitmap *picture);
/* Line number `line` below a picture. */
void idi_sheet_write(const idi_sheet_grid *grid, int64_t column, int64_t row, int64_t line,
                     idi_colour colour, const char *text);

/* The rows of a character's 5x7 picture, top first, bit 4 at the left; '?' for what is not ASCII
 * from 32 to 126. drop_out: how many rows lower it stands, for tails below the line. */
const uint8_t *idi_font_glyph(char character, int *drop_out);

#endif
