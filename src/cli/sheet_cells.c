/* SPDX-License-Identifier: Apache-2.0 */
/* cli/sheet_cells.c - a sheet's faces: words of each cell, values, runs, and what recognisers say.
 */
#include "sheet_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Faces that a GPU makes in one run. A CPU makes them one by one, so that each is the picture that
 * 'generate' makes of the same words. */
enum { RUN = 16 };

typedef struct run {
    idi_session *session;
    int64_t size, classes, most; /* samples */
    int64_t count;
    idi_edit_values *values;
    uint8_t *labels, *other_labels; /* [most, size, size] */
    double *amounts;                /* [most, classes] */
    const idi_style **styles;
    const idi_identity **identities;
    uint64_t *noise_seeds;
    uint8_t *rgb; /* [most, size, size, 3] */
} run;

static int64_t count_cells(const idi_sheet_work *w)
{
    return w->rows.count * w->columns.count;
}

/* --- words --- */

static void fill_words(const idi_sheet_work *w, int64_t cell, idi_edit_words *words)
{
    *words = w->arguments->edit.words;
    /* The photograph's label map is not a row's: it stays where rows have others. */
    if (!words->style_mask) words->style_mask = words->mask;
    idi_axis_apply(&w->rows, cell / w->columns.count, words);
    idi_axis_apply(&w->columns, cell % w->columns.count, words);
}

/* "--rows, entry 2 (p9.png)" */
static void name_entry(const idi_axis *axis, int64_t index, char *out, size_t bytes)
{
    out[0] = '\0';
    if (axis->kind != IDI_AXIS_NONE)
        (void)snprintf(out, bytes, "--%s, entry %lld (%.31s)", axis->option, (long long)index + 1,
                       axis->entries[index].label);
}

/* Says which entries the failing cell is of. */
static idi_status blame(const idi_sheet_work *w, int64_t cell, idi_status status)
{
    idi_cli *cli = w->cli;
    char row[80], column[80];
    char sentence[sizeof cli->error];
    if (status == IDI_OK) return status;
    (void)snprintf(sentence, sizeof sentence, "%s", cli->error[0] ? cli->error : idi_last_error());
    name_entry(&w->rows, cell / w->columns.count, row, sizeof row);
    name_entry(&w->columns, cell % w->columns.count, column, sizeof column);
    return idi_cli_fail(cli, status, "%s%s%s%s%.700s", row, row[0] && column[0] ? ", " : "", column,
                        row[0] || column[0] ? ": " : "", sentence);
}

static idi_status check_amounts(const idi_sheet_work *w, idi_axis_kind kind, bool has_any,
                                const char *option)
{
    const bool is_varied = w->rows.kind == kind || w->columns.kind == kind;
    if (!is_varied || has_any) return IDI_OK;
    return idi_cli_usage(w->cli, "--%s: %s is the amount of --%s, which is not there",
                         w->rows.kind == kind ? "rows" : "columns",
                         w->rows.kind == kind ? w->rows.name : w->columns.name, option);
}

/* An axis gives the option once more. */
static idi_status check_room(const idi_sheet_work *w, idi_axis_kind kind, const idi_texts *given,
                             const char *option)
{
    const bool is_varied = w->rows.kind == kind || w->columns.kind == kind;
    if (!is_varied || given->count < IDI_MAX_TEXTS) return IDI_OK;
    return idi_cli_usage(w->cli, "--%s is given more than %d times, with the one that varies",
                         option, (int)IDI_MAX_TEXTS);
}

static idi_status check_words(const idi_sheet_work *w, const idi_edit_words *words)
{
    const idi_edit_words *given = &w->arguments->edit.words;
    const bool is_photo = words->style && !idi_is_array_path(words->style);
    if (is_photo && !words->style_mask)
        return idi_cli_usage(w->cli, "%s: want --style-mask, the photograph's label map",
                             words->style);
    IDI_CLI_TRY(check_room(w, IDI_AXIS_STYLE_FROM, &given->style_from, "style-from"));
    IDI_CLI_TRY(check_room(w, IDI_AXIS_MASK_FROM, &given->mask_from, "mask-from"));
    IDI_CLI_TRY(check_amounts(w, IDI_AXIS_STYLE_AMOUNT, words->style_from.count > 0, "style-from"));
    IDI_CLI_TRY(check_amounts(w, IDI_AXIS_MASK_AMOUNT, words->mask_mix != NULL, "mask-mix"));
    return idi_edit_check(&w->editor, words);
}

/* Before any file of a cell is read. */
static idi_status check_cells(const idi_sheet_work *w)
{
    for (int64_t i = 0; i < count_cells(w); i++) {
        idi_edit_words words;
        fill_words(w, i, &words);
        IDI_CLI_TRY(blame(w, i, check_words(w, &words)));
    }
    return IDI_OK;
}

/* --- runs --- */

static idi_status open_run(const idi_sheet_work *w, run *r)
{
    const idi_edit_arguments *a = &w->arguments->edit;
    const bool is_cpu = strcmp(idi_context_device(w->cli->context), "cpu") == 0;
    const int64_t cells = count_cells(w);
    idi_edit_words words;
    fill_words(w, 0, &words);
    r->size = w->editor.info.size;
    r->classes = w->editor.info.classes;
    r->most = is_cpu ? 1 : cells < RUN ? cells : RUN;
    idi_session_options options;
    idi_session_options_init(&options);
    options.batch = r->most;
    options.is_plain = a->is_plain;
    options.has_noise = a->has_noise;
    options.has_label_mix = words.mask_mix != NULL;
    options.is_identity_off = words.is_identity_off;
    IDI_CLI_TRY(idi_session_create(w->editor.generator, &options, &r->session));
    const size_t most = (size_t)r->most, pixels = (size_t)(r->size * r->size);
    r->values = calloc(most, sizeof *r->values);
    r->labels = malloc(most * pixels);
    r->other_labels = malloc(most * pixels);
    r->amounts = malloc(most * (size_t)r->classes * sizeof *r->amounts);
    r->styles = calloc(most, sizeof *r->styles);
    r->identities = calloc(most, sizeof *r->identities);
    r->noise_seeds = calloc(most, sizeof *r->noise_seeds);
    r->rgb = malloc(most * pixels * 3);
    if (r->values && r->labels && r->other_labels && r->amounts && r->styles && r->identities &&
        r->noise_seeds && r->rgb)
        return IDI_OK;
    return idi_cli_fail(w->cli, IDI_ERR_NOMEM, "no memory");
}

static void empty_run(idi_cli *cli, run *r)
{
    for (int64_t i = 0; r->values && i < r->most; i++)
        idi_edit_values_free(cli, &r->values[i]);
}

static void close_run(idi_cli *cli, run *r)
{
    empty_run(cli, r);
    free(r->rgb);
    free(r->noise_seeds);
    free(r->identities);
    free(r->styles);
    free(r->amounts);
    free(r->other_labels);
    free(r->labels);
    free(r->values);
    idi_session_destroy(&r->session);
}

/* Sample i of the run from the values of sample `from`: the last run of a GPU repeats its last. */
static void set_sample(const run *r, int64_t i, int64_t from)
{
    const idi_edit_values *v = &r->values[from];
    const size_t pixels = (size_t)(r->size * r->size);
    memcpy(r->labels + (size_t)i * pixels, v->labels.data, pixels);
    if (v->other_labels.data)
        memcpy(r->other_labels + (size_t)i * pixels, v->other_labels.data, pixels);
    memcpy(r->amounts + i * r->classes, v->label_amounts, (size_t)r->classes * sizeof *r->amounts);
    r->styles[i] = v->style;
    r->identities[i] = v->identity;
}

static idi_status generate(const idi_sheet_work *w, run *r, int64_t first)
{
    const bool has_mix = r->values[0].other_labels.data != NULL;
    const size_t face = (size_t)(r->size * r->size) * 3;
    idi_generate g;
    for (int64_t i = 0; i < r->most; i++) {
        set_sample(r, i, i < r->count ? i : r->count - 1);
        r->noise_seeds[i] = w->arguments->edit.noise_seed;
    }
    idi_generate_init(&g);
    g.labels = r->labels;
    g.styles = r->styles[0] ? r->styles : NULL;
    g.identities = r->identities[0] ? r->identities : NULL;
    g.noise_seeds = w->arguments->edit.has_noise ? r->noise_seeds : NULL;
    g.other_labels = has_mix ? r->other_labels : NULL;
    g.label_amounts = has_mix ? r->amounts : NULL;
    g.rgb_out = r->rgb;
    IDI_CLI_TRY(idi_session_generate(r->session, &g));
    memcpy(w->faces + (size_t)first * face, r->rgb, (size_t)r->count * face);
    return IDI_OK;
}

/* Whether an earlier cell has the same people, and whom it leaves out has been told. */
static bool is_told(const idi_sheet_work *w, int64_t cell)
{
    if (w->rows.kind == IDI_AXIS_IDENTITY) return cell % w->columns.count > 0;
    if (w->columns.kind == IDI_AXIS_IDENTITY) return cell >= w->columns.count;
    return cell > 0;
}

static idi_status make_run(idi_sheet_work *w, run *r, int64_t first)
{
    const int64_t left = count_cells(w) - first;
    r->count = left < r->most ? left : r->most;
    for (int64_t i = 0; i < r->count; i++) {
        idi_edit_words words;
        fill_words(w, first + i, &words);
        w->editor.is_silent = is_told(w, first + i);
        IDI_CLI_TRY(blame(w, first + i, idi_edit_make(&w->editor, &words, &r->values[i])));
    }
    const idi_status st = blame(w, first, generate(w, r, first));
    empty_run(w->cli, r);
    return st;
}

/* --- recognisers --- */

/* Their files' names, in the order of the option. */
static void name_judges(idi_sheet_work *w)
{
    char file[IDI_PATH_BYTES];
    const char *at = w->arguments->similarity;
    for (int64_t k = 0; k < w->judge_count; k++) {
        const int length = (int)strcspn(at, ",");
        (void)snprintf(file, sizeof file, "%.*s", length, at);
        idi_axis_append_stem(w->judge_names[k], file);
        at += length + 1;
    }
}

static idi_status open_judges(idi_sheet_work *w)
{
    idi_model *models[IDI_SHEET_JUDGES] = {NULL};
    int64_t count = 0;
    if (!w->arguments->similarity) return IDI_OK;
    const idi_status st = idi_cli_load_models(w->cli, "similarity", w->arguments->similarity,
                                              IDI_SHEET_JUDGES, models, &count);
    w->judge_count = count;
    for (int64_t k = 0; k < count; k++) {
        w->judges[k] = (idi_editor){.cli = w->cli, .recogniser = models[k]};
        w->judges[k].info.struct_size = sizeof w->judges[k].info;
    }
    IDI_CLI_TRY(st);
    name_judges(w);
    for (int64_t k = 0; k < count; k++) {
        idi_model_info *info = &w->judges[k].info;
        IDI_CLI_TRY(idi_model_get_info(models[k], info));
        if (info->is_generator)
            return idi_cli_fail(w->cli, IDI_ERR_ARG, "--similarity: %s is a generator (%s)",
                                w->judge_names[k], info->arch);
    }
    return IDI_OK;
}

/* The photograph of whom a cell is given the identity. */
static idi_status find_person(const idi_sheet_work *w, int64_t cell, char path_out[IDI_PATH_BYTES])
{
    idi_edit_words words;
    double weight;
    fill_words(w, cell, &words);
    if (words.identity.count > 1)
        return idi_cli_usage(w->cli, "--similarity wants one photograph in --identity");
    if (words.identity.count)
        IDI_CLI_TRY(
            idi_edit_read_weighed(w->cli, "--identity", words.identity.text[0], path_out, &weight));
    else
        (void)snprintf(path_out, IDI_PATH_BYTES, "%s", words.style ? words.style : "");
    if (path_out[0] && !idi_is_array_path(path_out)) return IDI_OK;
    return idi_cli_usage(w->cli, "--similarity wants a photograph of the person in --identity");
}

static idi_status judge_cell(idi_sheet_work *w, int64_t cell)
{
    const int64_t size = w->editor.info.size;
    const idi_bitmap face = {w->faces + cell * size * size * 3, size, size, 3};
    char person[IDI_PATH_BYTES];
    if (w->judge_count) IDI_CLI_TRY(find_person(w, cell, person));
    for (int64_t k = 0; k < w->judge_count; k++) {
        const idi_identity *photo;
        idi_identity *seen = NULL;
        IDI_CLI_TRY(idi_editor_identity(&w->judges[k], person, &photo));
        IDI_CLI_TRY(idi_identity_from_image(w->judges[k].recogniser, &face, &seen));
        const idi_status st =
            idi_identity_similarity(seen, photo, &w->likeness[cell * w->judge_count + k]);
        idi_identity_destroy(&seen);
        IDI_CLI_TRY(st);
    }
    return IDI_OK;
}

static idi_status judge_cells(idi_sheet_work *w)
{
    for (int64_t i = 0; i < count_cells(w); i++)
        IDI_CLI_TRY(blame(w, i, judge_cell(w, i)));
    return IDI_OK;
}

/* --- all --- */

static idi_status make_cells(idi_sheet_work *w)
{
    const int64_t cells = count_cells(w);
    run r = {.session = NULL};
    idi_status st = open_run(w, &r);
    for (int64_t i = 0; st == IDI_OK && i < cells; i += r.most) {
        idi_cli_progress(w->cli, "faces", i, cells);
        st = make_run(w, &r, i);
    }
    if (st == IDI_OK) idi_cli_progress(w->cli, "faces", cells, cells);
    close_run(w->cli, &r);
    return st;
}

idi_status idi_sheet_make_faces(idi_sheet_work *work)
{
    const size_t cells = (size_t)count_cells(work);
    char person[IDI_PATH_BYTES];
    IDI_CLI_TRY(idi_editor_open(work->cli, &work->arguments->edit, &work->editor));
    IDI_CLI_TRY(check_cells(work));
    IDI_CLI_TRY(open_judges(work));
    for (int64_t i = 0; work->judge_count && i < (int64_t)cells; i++)
        IDI_CLI_TRY(blame(work, i, find_person(work, i, person)));
    IDI_CLI_TRY(idi_sheet_check_size(work));
    work->faces = calloc(cells, (size_t)(work->editor.info.size * work->editor.info.size * 3));
    work->likeness = calloc(cells, IDI_SHEET_JUDGES * sizeof *work->likeness);
    if (!work->faces || !work->likeness)
        return idi_cli_fail(work->cli, IDI_ERR_NOMEM, "no memory for %zu faces", cells);
    IDI_CLI_TRY(make_cells(work));
    return judge_cells(work);
}

void idi_sheet_free_faces(idi_sheet_work *work)
{
    for (int64_t k = 0; k < work->judge_count; k++)
        idi_editor_close(&work->judges[k]);
    idi_editor_close(&work->editor);
    free(work->likeness);
    free(work->faces);
}
