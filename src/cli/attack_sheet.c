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

static const idi_colour paper = {250, 249, 245}, ink = {38, 40, 48}, faint = {110, 112, 122};

static int64_t cell_x(int64_t cell)
{
    return MARGIN + cell * (CELL + GAP);
}

static void write_line(idi_bitmap *sheet, int64_t cell, int64_t line, idi_colour colour,
                       const char *text)
{
    idi_sheet_text(sheet, cell_x(cell), HEAD + CELL + 6 + line * LINE, TEXT, colour, text);
}

static idi_status paste(const idi_attack_work *w, idi_bitmap *sheet, int64_t cell,
                        const idi_bitmap *picture, const char *name)
{
    idi_bitmap resized = {0};
    IDI_CLI_TRY(idi_bitmap_resize(w->cli->context, picture, CELL, CELL, &resized));
    idi_sheet_paste(sheet, cell_x(cell), HEAD, &resized);
    idi_bitmap_free(w->cli->context, &resized);
    write_line(sheet, cell, 0, ink, name);
    return IDI_OK;
}

static void write_cosines(const idi_attack_work *w, idi_bitmap *sheet, int64_t cell, int subject)
{
    for (int64_t k = 0; k < w->judge_count; k++) {
        const idi_attack_judge_row *j = &w->judges[k];
        char text[32];
        const size_t length = strcspn(j->name, ".");
        (void)snprintf(text, sizeof text, "%.*s %.3f", (int)(length < 14 ? length : 14), j->name,
                       j->to_target[subject][IDI_DEGRADE_NONE]);
        write_line(sheet, cell, k + 1, j->is_attacked ? ink : faint, text);
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
    char text[64];
    idi_sheet_fill(sheet, 0, 0, sheet->width, sheet->height, paper);
    (void)snprintf(text, sizeof text, "searched attack, SSIM %.3f",
                   idi_attack_result_ssim(w->result));
    idi_sheet_text(sheet, MARGIN, MARGIN, 3, ink, text);
    draw_difference(w, difference);
    IDI_CLI_TRY(paste(w, sheet, 0, idi_attack_shown(w, IDI_SHOWN_REFERENCE), "own identity"));
    IDI_CLI_TRY(paste(w, sheet, 1, idi_attack_shown(w, IDI_SHOWN_ATTACK), "attack"));
    IDI_CLI_TRY(paste(w, sheet, 2, difference, "difference x 8"));
    IDI_CLI_TRY(paste(w, sheet, 3, &w->target_photo, "target"));
    write_cosines(w, sheet, 0, IDI_SHOWN_REFERENCE);
    write_cosines(w, sheet, 1, IDI_SHOWN_ATTACK);
    write_line(sheet, 2, 1, faint, "cosines to target;");
    write_line(sheet, 2, 2, faint, "faint: unseen");
    write_cosines(w, sheet, 3, IDI_SHOWN_TARGET);
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
