/* SPDX-License-Identifier: Apache-2.0 */
/* cli/sheet_draw.c - a sheet of faces: rows' names and pictures at the left, columns' above,
 * cosines below each face. */
#include "sheet.h"
#include "sheet_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SIDE = 16384, LETTERS = 24 };

/* Measures in pixels; larger faces have larger letters. */
typedef struct layout {
    int scale;
    int64_t side, gap, margin, line, letter;
    bool has_row_heads, has_column_heads;
    int64_t row_text; /* width of the rows' names */
    int64_t key_y, label_y, head_x, head_y;
    int64_t left, top, step, row_step;
    int64_t width, height;
} layout;

/* --- heads --- */

/* The file that an entry's picture is in; "" if it has none. */
static idi_status find_head(const idi_sheet_work *w, const idi_axis *axis, int64_t index,
                            char file_out[IDI_PATH_BYTES], bool *is_map_out)
{
    const idi_axis_entry *entry = &axis->entries[index];
    idi_edit_source source;
    double weight;
    file_out[0] = '\0';
    *is_map_out = axis->kind == IDI_AXIS_MASK || axis->kind == IDI_AXIS_MASK_FROM ||
                  axis->kind == IDI_AXIS_MASK_MIX;
    switch (axis->kind) {
    case IDI_AXIS_IDENTITY:
        if (entry->people > 1) return IDI_OK;
        return idi_edit_read_weighed(w->cli, axis->option, entry->text, file_out, &weight);
    case IDI_AXIS_MASK:
    case IDI_AXIS_STYLE:
        (void)snprintf(file_out, IDI_PATH_BYTES, "%s", entry->text);
        return IDI_OK;
    case IDI_AXIS_STYLE_FROM:
    case IDI_AXIS_MASK_FROM:
    case IDI_AXIS_MASK_MIX:
        IDI_CLI_TRY(idi_edit_read_source(w->cli, axis->option, entry->text, w->editor.info.classes,
                                         &source));
        (void)snprintf(file_out, IDI_PATH_BYTES, "%s", source.file);
        return IDI_OK;
    case IDI_AXIS_NONE:
    case IDI_AXIS_STRENGTH:
    case IDI_AXIS_STYLE_AMOUNT:
    case IDI_AXIS_MASK_AMOUNT:
    case IDI_AXIS_STYLE_SEED:
        break;
    }
    return IDI_OK;
}

static bool has_heads(const idi_sheet_work *w, const idi_axis *axis)
{
    const bool has_pictures = axis->kind != IDI_AXIS_NONE && axis->kind != IDI_AXIS_STRENGTH &&
                              axis->kind != IDI_AXIS_STYLE_AMOUNT &&
                              axis->kind != IDI_AXIS_MASK_AMOUNT &&
                              axis->kind != IDI_AXIS_STYLE_SEED;
    return has_pictures && w->arguments->has_heads && !w->arguments->is_bare;
}

/* A label map as people look at it. */
static idi_status colour_map(const idi_sheet_work *w, const idi_bitmap *labels,
                             idi_bitmap *picture_out)
{
    IDI_CLI_TRY(idi_sheet_create(w->cli, labels->width, labels->height, 3, picture_out));
    for (int64_t i = 0; i < labels->width * labels->height; i++) {
        const uint8_t *colour = idi_class_colour(labels->data[i]);
        if (colour) memcpy(picture_out->data + 3 * i, colour, 3);
    }
    return IDI_OK;
}

static idi_status put_map(idi_sheet_work *w, const idi_sheet_grid *place, const char *file)
{
    const idi_bitmap *labels;
    idi_bitmap picture = {0};
    IDI_CLI_TRY(idi_editor_labels(&w->editor, file, &labels));
    IDI_CLI_TRY(colour_map(w, labels, &picture));
    const idi_status st = idi_sheet_put(place, 0, 0, &picture);
    idi_sheet_free(&picture);
    return st;
}

static idi_status put_photo(const idi_sheet_work *w, const idi_sheet_grid *place, const char *file)
{
    idi_bitmap picture;
    IDI_CLI_TRY(idi_bitmap_load(w->cli->context, file, &picture));
    const idi_status st = idi_sheet_put(place, 0, 0, &picture);
    idi_bitmap_free(w->cli->context, &picture);
    return st;
}

static idi_status put_head(idi_sheet_work *w, const idi_axis *axis, int64_t index,
                           const idi_sheet_grid *place)
{
    char file[IDI_PATH_BYTES];
    bool is_map;
    IDI_CLI_TRY(find_head(w, axis, index, file, &is_map));
    if (!file[0] || idi_is_array_path(file)) return IDI_OK;
    return is_map ? put_map(w, place, file) : put_photo(w, place, file);
}

/* --- measures --- */

static int64_t longest_label(const idi_axis *axis)
{
    int64_t longest = (int64_t)strlen(axis->name);
    for (int64_t i = 0; i < axis->count; i++) {
        const int64_t length = (int64_t)strlen(axis->entries[i].label);
        longest = length > longest ? length : longest;
    }
    return longest < LETTERS ? longest : LETTERS;
}

static int64_t legend_lines(const idi_sheet_work *w)
{
    return w->judge_count && !w->arguments->is_bare ? w->judge_count : 0;
}

static void legend_text(const idi_sheet_work *w, int64_t line, char text[96])
{
    const char *lead = line ? "                           " : "cosine to the identity, by ";
    (void)snprintf(text, 96, "%s%s", lead, w->judge_names[line]);
}

static void measure_heads(const idi_sheet_work *w, layout *l)
{
    const bool has_columns = w->columns.kind != IDI_AXIS_NONE;
    const bool has_rows = w->rows.kind != IDI_AXIS_NONE;
    l->has_row_heads = has_heads(w, &w->rows);
    l->has_column_heads = has_heads(w, &w->columns);
    l->row_text = has_rows ? longest_label(&w->rows) * l->letter + l->gap : 0;
    l->head_x = l->margin + l->row_text;
    l->left = l->head_x + (l->has_row_heads ? l->side + 2 * l->gap : 0);
    l->key_y = l->margin;
    l->label_y = l->margin + (has_columns ? l->line : 0);
    l->head_y = l->label_y + (has_columns || has_rows ? l->line : 0);
    l->top = l->head_y + (l->has_column_heads ? l->side + 2 * l->gap : 0);
}

static layout measure(const idi_sheet_work *w, int64_t columns)
{
    const bool is_bare = w->arguments->is_bare;
    const int64_t side = w->arguments->side ? w->arguments->side : w->editor.info.size;
    const int scale = side >= 128 ? 2 : 1;
    layout l = {.scale = scale,
                .side = side,
                .gap = is_bare ? 0 : 4 * (int64_t)scale,
                .margin = is_bare ? 0 : 8 * (int64_t)scale,
                .line = 10 * (int64_t)scale,
                .letter = IDI_GLYPH_STEP * (int64_t)scale};
    if (!is_bare) measure_heads(w, &l);
    l.step = side + l.gap;
    l.row_step = l.step + legend_lines(w) * l.line + (legend_lines(w) ? l.gap : 0);
    l.width = l.left + columns * l.step - l.gap + l.margin;
    l.height = l.top + w->rows.count * l.row_step - l.gap + l.margin;
    for (int64_t i = 0; i < legend_lines(w); i++) {
        char text[96];
        legend_text(w, i, text);
        const int64_t width = idi_sheet_text_width(text, scale) + 2 * l.margin;
        l.width = width > l.width ? width : l.width;
        l.height += l.line;
    }
    return l;
}

/* --- the sheet --- */

/* What does not fit ends in a tilde. */
static void write_label(idi_bitmap *sheet, const layout *l, int64_t x, int64_t y, int64_t width,
                        const char *label)
{
    char text[IDI_AXIS_LABEL_BYTES];
    const int64_t fits = (width + l->scale) / l->letter;
    (void)snprintf(text, sizeof text, "%s", label);
    if ((int64_t)strlen(text) > fits && fits > 1) (void)snprintf(text + fits - 1, 2, "~");
    idi_sheet_text(sheet, x, y, l->scale, idi_sheet_ink, text);
}

static idi_status draw_row_heads(idi_sheet_work *w, const layout *l, const idi_sheet_grid *grid)
{
    idi_sheet_grid head = *grid;
    head.left = l->head_x;
    if (w->rows.kind == IDI_AXIS_NONE) return IDI_OK;
    idi_sheet_text(grid->sheet, l->margin, l->label_y, l->scale, idi_sheet_faint, w->rows.name);
    for (int64_t i = 0; i < w->rows.count; i++) {
        const int64_t y = idi_sheet_row_y(grid, i);
        write_label(grid->sheet, l, l->margin, y + l->side / 2 - 4 * (int64_t)l->scale,
                    l->row_text - l->gap, w->rows.entries[i].label);
        head.top = y;
        if (l->has_row_heads) IDI_CLI_TRY(put_head(w, &w->rows, i, &head));
    }
    return IDI_OK;
}

static idi_status draw_column_heads(idi_sheet_work *w, const layout *l, const idi_sheet_grid *grid,
                                    int64_t first, int64_t count)
{
    idi_sheet_grid head = *grid;
    head.top = l->head_y;
    if (w->columns.kind == IDI_AXIS_NONE) return IDI_OK;
    idi_sheet_text(grid->sheet, l->left, l->key_y, l->scale, idi_sheet_faint, w->columns.name);
    for (int64_t i = 0; i < count; i++) {
        head.left = idi_sheet_column_x(grid, i);
        write_label(grid->sheet, l, head.left, l->label_y, l->side,
                    w->columns.entries[first + i].label);
        if (l->has_column_heads) IDI_CLI_TRY(put_head(w, &w->columns, first + i, &head));
    }
    return IDI_OK;
}

static void write_likeness(const idi_sheet_work *w, const idi_sheet_grid *grid, int64_t column,
                           int64_t row, int64_t cell)
{
    for (int64_t k = 0; k < legend_lines(w); k++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%.2f", w->likeness[cell * w->judge_count + k]);
        idi_sheet_write(grid, column, row, k, idi_sheet_ink, text);
    }
}

static idi_status draw_faces(const idi_sheet_work *w, const idi_sheet_grid *grid, int64_t first,
                             int64_t count)
{
    const int64_t size = w->editor.info.size;
    for (int64_t row = 0; row < w->rows.count; row++) {
        for (int64_t column = 0; column < count; column++) {
            const int64_t cell = row * w->columns.count + first + column;
            const idi_bitmap face = {w->faces + cell * size * size * 3, size, size, 3};
            IDI_CLI_TRY(idi_sheet_put(grid, column, row, &face));
            write_likeness(w, grid, column, row, cell);
        }
    }
    return IDI_OK;
}

static void draw_legend(const idi_sheet_work *w, const layout *l, idi_bitmap *sheet)
{
    const int64_t lines = legend_lines(w);
    for (int64_t i = 0; i < lines; i++) {
        char text[96];
        legend_text(w, i, text);
        idi_sheet_text(sheet, l->margin, l->height - l->margin - (lines - i) * l->line + l->scale,
                       l->scale, idi_sheet_faint, text);
    }
}

idi_status idi_sheet_check_size(const idi_sheet_work *work)
{
    const layout l = measure(work, work->shown);
    if (l.width <= MAX_SIDE && l.height <= MAX_SIDE) return IDI_OK;
    return idi_cli_usage(work->cli,
                         "the sheet would have %lld x %lld pixels, want at most %d a side",
                         (long long)l.width, (long long)l.height, (int)MAX_SIDE);
}

idi_status idi_sheet_draw(idi_sheet_work *work, int64_t first, idi_bitmap *sheet_out)
{
    const int64_t count = work->shown;
    const layout l = measure(work, count);
    IDI_CLI_TRY(idi_sheet_create(work->cli, l.width, l.height, 3, sheet_out));
    const idi_sheet_grid grid = {.cli = work->cli,
                                 .sheet = sheet_out,
                                 .left = l.left,
                                 .top = l.top,
                                 .side = l.side,
                                 .column_step = l.step,
                                 .row_step = l.row_step,
                                 .below = 3 * (int64_t)l.scale,
                                 .line = l.line,
                                 .scale = l.scale};
    idi_sheet_fill(sheet_out, 0, 0, l.width, l.height, idi_sheet_paper);
    idi_status st = IDI_OK;
    if (!work->arguments->is_bare) {
        st = draw_row_heads(work, &l, &grid);
        if (st == IDI_OK) st = draw_column_heads(work, &l, &grid, first, count);
        draw_legend(work, &l, sheet_out);
    }
    return st == IDI_OK ? draw_faces(work, &grid, first, count) : st;
}
