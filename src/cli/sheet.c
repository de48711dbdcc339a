/* SPDX-License-Identifier: Apache-2.0 */
/* cli/sheet.c - pasting pictures and writing text. */
#include "sheet.h"

#include <stdlib.h>
#include <string.h>

const idi_colour idi_sheet_paper = {250, 249, 245}, idi_sheet_ink = {38, 40, 48},
                 idi_sheet_faint = {110, 112, 122};

idi_status idi_sheet_create(idi_cli *cli, int64_t width, int64_t height, int channels,
                            idi_bitmap *sheet_out)
{
    *sheet_out = (idi_bitmap){.width = width, .height = height, .channels = channels};
    sheet_out->data = calloc((size_t)width * (size_t)height, (size_t)channels);
    if (sheet_out->data) return IDI_OK;
    return idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory for a sheet of %lld x %lld pixels",
                        (long long)width, (long long)height);
}

void idi_sheet_free(idi_bitmap *sheet)
{
    free(sheet->data);
    *sheet = (idi_bitmap){0};
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

void idi_sheet_paste(idi_bitmap *sheet, int64_t x, int64_t y, const idi_bitmap *picture)
{
    const int64_t left = clamp(x, 0, sheet->width);
    const int64_t right = clamp(x + picture->width, left, sheet->width);
    const int64_t top = clamp(y, 0, sheet->height);
    const int64_t bottom = clamp(y + picture->height, top, sheet->height);
    const int64_t channels = sheet->channels;
    for (int64_t row = top; row < bottom; row++) {
        memcpy(sheet->data + (row * sheet->width + left) * channels,
               picture->data + ((row - y) * picture->width + left - x) * channels,
               (size_t)((right - left) * channels));
    }
}

void idi_sheet_fill(idi_bitmap *sheet, int64_t x, int64_t y, int64_t width, int64_t height,
                    idi_colour colour)
{
    const int64_t left = clamp(x, 0, sheet->width);
    const int64_t right = clamp(x + width, 0, sheet->width);
    const int64_t top = clamp(y, 0, sheet->height);
    const int64_t bottom = clamp(y + height, 0, sheet->height);
    for (int64_t row = top; row < bottom; row++) {
        for (int64_t column = left; column < right; column++) {
            uint8_t *pixel = sheet->data + (row * sheet->width + column) * 3;
            pixel[0] = colour.r;
            pixel[1] = colour.g;
            pixel[2] = colour.b;
        }
    }
}

static void draw_glyph(idi_bitmap *sheet, int64_t x, int64_t y, int scale, idi_colour colour,
                       const uint8_t *rows)
{
    for (int row = 0; row < IDI_GLYPH_HEIGHT; row++) {
        for (int column = 0; column < IDI_GLYPH_WIDTH; column++) {
            if (rows[row] >> (IDI_GLYPH_WIDTH - 1 - column) & 1)
                idi_sheet_fill(sheet, x + column * scale, y + row * scale, scale, scale, colour);
        }
    }
}

void idi_sheet_text(idi_bitmap *sheet, int64_t x, int64_t y, int scale, idi_colour colour,
                    const char *text)
{
    for (; *text; text++, x += (int64_t)IDI_GLYPH_STEP * scale) {
        int drop;
        const uint8_t *rows = idi_font_glyph(*text, &drop);
        draw_glyph(sheet, x, y + (int64_t)drop * scale, scale, colour, rows);
    }
}

int64_t idi_sheet_text_width(const char *text, int scale)
{
    const int64_t length = (int64_t)strlen(text);
    return length > 0 ? (length * IDI_GLYPH_STEP - 1) * scale : 0;
}

int64_t idi_sheet_column_x(const idi_sheet_grid *grid, int64_t column)
{
    return grid->left + column * grid->column_step;
}

int64_t idi_sheet_row_y(const idi_sheet_grid *grid, int64_t row)
{
    return grid->top + row * grid->row_step;
}

idi_status idi_sheet_put(const idi_sheet_grid *grid, int64_t column, int64_t row,
                         const idi_bitmap *picture)
{
    idi_context *context = grid->cli->context;
    idi_bitmap cell = {0};
    IDI_CLI_TRY(idi_bitmap_resize(context, picture, grid->side, grid->side, &cell));
    idi_sheet_paste(grid->sheet, idi_sheet_column_x(grid, column), idi_sheet_row_y(grid, row),
                    &cell);
    idi_bitmap_free(context, &cell);
    return IDI_OK;
}

void idi_sheet_write(const idi_sheet_grid *grid, int64_t column, int64_t row, int64_t line,
                     idi_colour colour, const char *text)
{
    const int64_t y = idi_sheet_row_y(grid, row) + grid->side + grid->below + line * grid->line;
    idi_sheet_text(grid->sheet, idi_sheet_column_x(grid, column), y, grid->scale, colour, text);
}
