/* SPDX-License-Identifier: Apache-2.0 */
/* cli/attack_sheet.c - an attack's sheet: reference, attack, what was changed, the target; below,
 * each recogniser's cosine to the target's photograph. */
#include "attack.h"
#include "sheet.h"

#include <stdio.h>
#include <string.h>

enum {
    CELL = 256,
    GAP = 16,
    MARGIN = 24,
    TEXT = 2,
    LINE = 22,
    HEAD = 64,
    CELLS = 4,
    AMPLIFIED = 8 /* the difference, around middle gray */
};

static void write_line(const idi_sheet_grid *grid, int64_t cell, int64_t line, idi_colour colour,
                       const char *text)
{
    idi_sheet_write(grid, cell, 0, line, colour, text);
}

static idi_status paste(const idi_sheet_grid *grid, int64_t cell, const idi_bitmap *picture,
                        const char *name)
{
    IDI_CLI_TRY(idi_sheet_put(grid, cell, 0, picture));
    write_line(grid, cell, 0, idi_sheet_ink, name);
    return IDI_OK;
}

static void write_cosines(const idi_attack_work *w, const idi_sheet_grid *grid, int64_t cell,
                          int subject)
{
    for (int64_t k = 0; k < w->judge_count; k++) {
        const idi_attack_judge_row *j = &w->judges[k];
        char text[32];
        const size_t length = strcspn(j->name, ".");
        (void)snprintf(text, sizeof text, "%.*s %.3f", (int)(length < 14 ? length : 14), j->name,
                       j->to_target[subject][IDI_DEGRADE_NONE]);
        write_line(grid, cell, k + 1, j->is_attacked ? idi_sheet_ink : idi_sheet_faint, text);
    }
}

static void draw_difference(const idi_attack_work *w, idi_bitmap *out)
{
    const uint8_t *before = idi_attack_result_reference(w->result)->data;
    const uint8_t *after = idi_attack_result_image(w->result)->data;
    for (int64_t i = 0; i < out->width * out->height * 3; i++) {
        const int value = 128 + AMPLIFIED * (after[i] - before[i]);
        out->data[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
}

static idi_status fill(const idi_attack_work *w, idi_bitmap *sheet, idi_bitmap *difference)
{
    const idi_sheet_grid grid = {.cli = w->cli,
                                 .sheet = sheet,
                                 .left = MARGIN,
                                 .top = HEAD,
                                 .side = CELL,
                                 .column_step = CELL + GAP,
                                 .below = 6,
                                 .line = LINE,
                                 .scale = TEXT};
    char text[64];
    idi_sheet_fill(sheet, 0, 0, sheet->width, sheet->height, idi_sheet_paper);
    (void)snprintf(text, sizeof text, "searched attack, SSIM %.3f",
                   idi_attack_result_ssim(w->result));
    idi_sheet_text(sheet, MARGIN, MARGIN, 3, idi_sheet_ink, text);
    draw_difference(w, difference);
    IDI_CLI_TRY(paste(&grid, 0, idi_attack_shown(w, IDI_SHOWN_REFERENCE), "own identity"));
    IDI_CLI_TRY(paste(&grid, 1, idi_attack_shown(w, IDI_SHOWN_ATTACK), "attack"));
    IDI_CLI_TRY(paste(&grid, 2, difference, "difference x 8"));
    IDI_CLI_TRY(paste(&grid, 3, &w->target_photo, "target"));
    write_cosines(w, &grid, 0, IDI_SHOWN_REFERENCE);
    write_cosines(w, &grid, 1, IDI_SHOWN_ATTACK);
    write_line(&grid, 2, 1, idi_sheet_faint, "cosines to target;");
    write_line(&grid, 2, 2, idi_sheet_faint, "faint: unseen");
    write_cosines(w, &grid, 3, IDI_SHOWN_TARGET);
    return IDI_OK;
}

idi_status idi_attack_save_sheet(const idi_attack_work *work, const char *path)
{
    const int64_t lines = work->judge_count > 2 ? work->judge_count : 2;
    const int64_t width = 2 * MARGIN + CELLS * CELL + (CELLS - 1) * GAP;
    const int64_t height = HEAD + CELL + (lines + 1) * LINE + MARGIN;
    const int64_t side = idi_attack_result_image(work->result)->width;
    idi_bitmap sheet = {0}, difference = {0};
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_sheet_create(work->cli, width, height, 3, &sheet));
    IDI_CLI_TRY_TO(done, idi_sheet_create(work->cli, side, side, 3, &difference));
    IDI_CLI_TRY_TO(done, fill(work, &sheet, &difference));
    st = idi_cli_save_bitmap(work->cli, path, &sheet, IDI_SAVE_DEFAULT);
done:
    idi_sheet_free(&difference);
    idi_sheet_free(&sheet);
    return st;
}
