/* SPDX-License-Identifier: Apache-2.0 */
/* cli/sheet_make.c - the command 'sheet': faces that differ by one thing along the rows, by another
 * along the columns. */
#include "sheet_make.h"
#include "sheet.h"

#include <stdio.h>
#include <string.h>

typedef idi_sheet_arguments arguments;

static const arguments defaults = {.edit = IDI_EDIT_DEFAULTS, .delay = 100};

static const idi_option options[] = {
    IDI_EDIT_MODEL_OPTIONS,
    {.name = "rows",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, rows),
     .value_name = "THING=LIST",
     .help = "what differs from row to row, such as identity=p1.png,p2.png; default: one row"},
    {.name = "columns",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, columns),
     .value_name = "THING=LIST",
     .help = "what differs from column to column, such as strength=0,0.5,1 or strength=0..1:5"},
    {.name = "mask",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, edit.words.mask),
     .value_name = "FILE",
     .help = "where: a label map as PNG, unless rows or columns have one each"},
    IDI_EDIT_WORD_OPTIONS,
    {.name = "heads",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, has_heads),
     .help = "show the photographs and label maps that rows and columns are of"},
    {.name = "similarity",
     .kind = IDI_OPTION_TEXT,
     .offset = offsetof(arguments, similarity),
     .value_name = "FILES",
     .help = "recognisers, with commas: below each face its cosine to the photograph of the "
             "identity that it was given, a line each; printed too"},
    {.name = "side",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, side),
     .value_name = "N",
     .help = "of a face on the sheet, in pixels; default: the model's",
     .low = 16,
     .high = 1024},
    {.name = "bare",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, is_bare),
     .help = "the faces alone, edge to edge"},
    {.name = "out",
     .kind = IDI_OPTION_OUTPUT,
     .is_required = true,
     .offset = offsetof(arguments, out),
     .value_name = "FILE",
     .choices = "png|apng",
     .help = "the sheet, .png; or an animation, .apng, whose frames are the columns"},
    {.name = "delay",
     .kind = IDI_OPTION_COUNT,
     .offset = offsetof(arguments, delay),
     .value_name = "MS",
     .help = "of an animation: milliseconds a frame; default 100",
     .low = 1,
     .high = 65535},
    {.name = "there-and-back",
     .kind = IDI_OPTION_FLAG,
     .offset = offsetof(arguments, is_there_and_back),
     .help = "of an animation: from the last frame back to the first, not in one leap"},
    IDI_PRECISION_OPTION,
    IDI_COMMON_OPTIONS};

static unsigned save_flags(const idi_sheet_work *w)
{
    return w->arguments->edit.has_no_mark ? IDI_SAVE_NO_MARK : IDI_SAVE_DEFAULT;
}

static idi_status save_sheet(idi_sheet_work *w)
{
    idi_bitmap sheet = {0};
    idi_status st = idi_sheet_draw(w, 0, &sheet);
    if (st == IDI_OK) st = idi_cli_save_bitmap(w->cli, w->arguments->out, &sheet, save_flags(w));
    idi_sheet_free(&sheet);
    return st;
}

static bool is_animation(const idi_sheet_work *w)
{
    const char *dot = strrchr(w->arguments->out, '.');
    return dot && strcmp(dot, ".apng") == 0;
}

/* The columns one after the other; on the way back neither end is shown again. */
static idi_status save_frames(idi_sheet_work *w, idi_bitmap *frames)
{
    const int64_t columns = w->columns.count;
    const bool is_back = w->arguments->is_there_and_back && columns > 2;
    const int64_t count = is_back ? 2 * columns - 2 : columns;
    for (int64_t i = 0; i < columns; i++)
        IDI_CLI_TRY(idi_sheet_draw(w, i, &frames[i]));
    for (int64_t i = columns; i < count; i++)
        frames[i] = frames[count - i];
    return idi_cli_save_animation(w->cli, w->arguments->out, frames, count, w->arguments->delay,
                                  save_flags(w));
}

static idi_status save_animation(idi_sheet_work *w)
{
    idi_bitmap frames[2 * IDI_AXIS_MOST] = {{0}};
    const idi_status st = save_frames(w, frames);
    for (int64_t i = 0; i < w->columns.count; i++)
        idi_sheet_free(&frames[i]);
    return st;
}

static idi_status check_animation(const idi_sheet_work *w)
{
    if (is_animation(w) && w->columns.kind == IDI_AXIS_NONE)
        return idi_cli_usage(w->cli, "an animation wants --columns, which are its frames");
    if (!is_animation(w) && w->arguments->is_there_and_back)
        return idi_cli_usage(w->cli, "--there-and-back is of an animation: want --out FILE.apng");
    return IDI_OK;
}

/* The numbers below the faces, in more digits. */
static void print_likeness(const idi_sheet_work *w)
{
    if (w->judge_count) (void)printf("%-20s %-20s %-20s cosine\n", "row", "column", "recogniser");
    for (int64_t i = 0; i < w->rows.count * w->columns.count; i++)
        for (int64_t k = 0; k < w->judge_count; k++)
            (void)printf("%-20s %-20s %-20s %.4f\n", w->rows.entries[i / w->columns.count].label,
                         w->columns.entries[i % w->columns.count].label, w->judge_names[k],
                         w->likeness[i * w->judge_count + k]);
}

static idi_status make(idi_sheet_work *w)
{
    const arguments *a = w->arguments;
    IDI_CLI_TRY(idi_axis_read(w->cli, "rows", a->rows, &w->rows));
    IDI_CLI_TRY(idi_axis_read(w->cli, "columns", a->columns, &w->columns));
    if (w->rows.kind == w->columns.kind && w->rows.kind != IDI_AXIS_NONE)
        return idi_cli_usage(w->cli, "--rows and --columns both vary '%s'", w->rows.name);
    IDI_CLI_TRY(check_animation(w));
    w->shown = is_animation(w) ? 1 : w->columns.count;
    IDI_CLI_TRY(idi_sheet_make_faces(w));
    IDI_CLI_TRY(is_animation(w) ? save_animation(w) : save_sheet(w));
    print_likeness(w);
    const int64_t faces = w->rows.count * w->columns.count;
    (void)printf("%lld faces in %s: %lld styles and %lld identities encoded\n", (long long)faces,
                 a->out, (long long)w->editor.styles, (long long)w->editor.identities);
    return IDI_OK;
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    idi_sheet_work w = {.cli = cli, .arguments = arguments_in};
    const idi_status st = make(&w);
    idi_sheet_free_faces(&w);
    idi_axis_free(&w.columns);
    idi_axis_free(&w.rows);
    return st;
}

const idi_command idi_command_sheet = {
    .name = "sheet",
    .summary = "makes faces that differ by one thing each way, side by side",
    .text =
        "THING=LIST of --rows and --columns; what varies takes the place of the option:\n"
        "    identity=FILE[+FILE...],... --identity; + is between several people\n"
        "    mask=FILE,...              --mask\n"
        "    style=FILE[+MASK],...      --style and --style-mask\n"
        "    strength=X,...             --identity-strength; LOW..HIGH:N is N numbers\n"
        "    style-amount=X,...         the amount of all --style-from\n"
        "    mask-amount=X,...          the amount of --mask-mix\n"
        "    style-seed=N,...           --style-seed\n"
        "    style-from=C+C=FILE[+MASK][:X],...  one more --style-from\n"
        "    mask-from=C+C=MASK,...     one more --mask-from\n"
        "    mask-mix=C+C=MASK:X,...    --mask-mix\n"
        "A comma of the option's is a + here. All else is as in 'generate', whose picture each\n"
        "face is; without --style-mask a photograph has --mask as its label map in all of "
        "them.\nA person is encoded once, however many faces are made of it.",
    .example = "idinject sheet --model generator.safetensors --mask m1.png --style p1.png \\\n"
               "      --rows identity=p1.png,p2.png --columns strength=0,0.5,1 --out sheet.png",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .defaults = &defaults,
    .run = run};
