/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_edit.c - a batch's jobs with the edits of 'generate': its words from a job's members,
 * and the values that the library gets instead of files. */
#include "batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct idi_batch_edit {
    idi_batch_edit *next;
    const json_t *job;
    idi_edit_values values;
};

/* A job's words, which point into it. */
typedef struct job_words {
    idi_edit_words words;
    char seed[24];
} job_words;

void idi_batch_edits_open(idi_cli *cli, const char *manifest, idi_batch_edits *edits_out)
{
    const char *slash = strrchr(manifest, '/');
    const int length = slash ? (int)(slash - manifest) + 1 : 0;
    *edits_out = (idi_batch_edits){.editor = {.cli = cli, .is_job = true}};
    (void)snprintf(edits_out->folder, sizeof edits_out->folder, "%.*s", length, manifest);
    edits_out->editor.info.struct_size = sizeof edits_out->editor.info;
}

static void free_first(idi_batch_edits *edits)
{
    idi_batch_edit *edit = edits->first;
    edits->first = edit->next;
    if (!edits->first) edits->last = NULL;
    idi_edit_values_free(edits->editor.cli, &edit->values);
    free(edit);
}

void idi_batch_edits_close(idi_batch_edits *edits)
{
    while (edits->first)
        free_first(edits);
    idi_editor_clear(&edits->editor); /* the models are the batch's */
}

bool idi_batch_is_list(const char *name)
{
    static const char *const lists[] = {"style_from", "mask_from", "identity"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (strcmp(name, lists[i]) == 0) return true;
    return false;
}

/* As of 'generate': what takes more than idi_generate_file(). */
static bool is_edited(const json_t *job)
{
    static const char *const edits[] = {"style_from",  "style_seed",      "mean_style",
                                        "mask_from",   "mask_mix",        "one_person",
                                        "no_identity", "least_similarity"};
    const char *style = json_string_value(json_object_get(job, "style"));
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++)
        if (json_object_get(job, edits[i])) return true;
    return json_is_array(json_object_get(job, "identity")) || (style && idi_is_array_path(style));
}

static const char *text_of(const json_t *job, const char *name)
{
    return json_string_value(json_object_get(job, name));
}

/* Checked by the list's reader: one text, or no more than there is room for. */
static idi_texts texts_of(const json_t *job, const char *name)
{
    const json_t *value = json_object_get(job, name);
    idi_texts texts = {.count = 0};
    if (json_is_string(value)) texts.text[texts.count++] = json_string_value(value);
    for (size_t i = 0; i < json_array_size(value); i++)
        texts.text[texts.count++] = json_string_value(json_array_get(value, i));
    return texts;
}

static double number_of(const json_t *job, const char *name, double usual)
{
    const json_t *value = json_object_get(job, name);
    return value ? json_number_value(value) : usual;
}

static void read_words(const json_t *job, job_words *out)
{
    const json_t *seed = json_object_get(job, "style_seed");
    const idi_edit_arguments usual = IDI_EDIT_DEFAULTS;
    idi_edit_words *w = &out->words;
    *w = usual.words;
    w->mask = text_of(job, "mask");
    w->style = text_of(job, "style");
    w->style_mask = text_of(job, "style_mask");
    w->mean_style = text_of(job, "mean_style");
    w->mask_mix = text_of(job, "mask_mix");
    w->style_from = texts_of(job, "style_from");
    w->mask_from = texts_of(job, "mask_from");
    w->identity = texts_of(job, "identity");
    w->strength = number_of(job, "identity_strength", w->strength);
    w->least_similarity = number_of(job, "least_similarity", w->least_similarity);
    w->is_one_person = json_is_true(json_object_get(job, "one_person"));
    w->is_identity_off = json_is_true(json_object_get(job, "no_identity"));
    (void)snprintf(out->seed, sizeof out->seed, "%" PRId64, (int64_t)json_integer_value(seed));
    if (seed) w->style_seed = out->seed;
}

idi_status idi_batch_edit_check(idi_batch_edits *edits, const json_t *job)
{
    job_words w;
    if (!is_edited(job)) return IDI_OK;
    read_words(job, &w);
    const idi_status st = idi_edit_check(&edits->editor, &w.words);
    edits->editor.cli->is_usage = false;
    return st;
}

/* What the library is told; nothing of the job's files is left to it. */
static void fill_values(const idi_edit_values *v, const idi_edit_words *w, idi_job *out)
{
    const bool has_mix = v->other_labels.data != NULL;
    out->labels = out->style = out->style_labels = out->identity = NULL;
    out->labels_value = &v->labels;
    out->style_value = v->style;
    out->identity_value = v->identity;
    out->is_identity_off = w->is_identity_off;
    out->other_labels = has_mix ? &v->other_labels : NULL;
    out->label_amounts = has_mix ? v->label_amounts : NULL;
}

static idi_status make_values(idi_batch_edits *edits, const json_t *job,
                              const idi_edit_words *words, idi_edit_values *values_out)
{
    idi_editor *e = &edits->editor;
    char subject[IDI_PATH_BYTES];
    (void)snprintf(subject, sizeof subject, "%s: ", text_of(job, "out"));
    e->folder = edits->folder;
    e->subject = subject;
    const idi_status st = idi_edit_make(e, words, values_out);
    e->subject = NULL;
    e->cli->is_usage = false;
    return st;
}

idi_status idi_batch_edit_begin(idi_batch_edits *edits, const json_t *job, idi_job *out)
{
    job_words w;
    if (!is_edited(job)) return IDI_OK;
    idi_batch_edit *edit = calloc(1, sizeof *edit);
    if (!edit) return idi_cli_fail(edits->editor.cli, IDI_ERR_NOMEM, "no memory");
    read_words(job, &w);
    const idi_status st = make_values(edits, job, &w.words, &edit->values);
    if (st != IDI_OK) {
        free(edit);
        return st;
    }
    edit->job = job;
    if (edits->last)
        edits->last->next = edit;
    else
        edits->first = edit;
    edits->last = edit;
    fill_values(&edit->values, &w.words, out);
    return IDI_OK;
}

void idi_batch_edit_end(idi_batch_edits *edits, const json_t *job)
{
    if (edits->first && edits->first->job == job) free_first(edits);
}
