/* SPDX-License-Identifier: Apache-2.0 */
/* cli/edit_values.c - where, how and who of words, with what comes from other people. */
#include "edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A failure of the library's, under the name of the word that led there. Own sentences have it. */
static idi_status blame(const idi_editor *e, const char *word, idi_status status)
{
    if (status == IDI_OK || e->cli->error[0]) return status;
    return idi_cli_fail(e->cli, status, "%s: %s", idi_editor_subject(e, word).text,
                        idi_last_error());
}

/* --- where --- */

static idi_status take_parts(idi_editor *e, const char *text, idi_bitmap *labels)
{
    idi_context *context = e->cli->context;
    idi_edit_source source;
    int64_t classes[IDI_MAX_CLASSES];
    int64_t count = 0;
    const idi_bitmap *other;
    idi_bitmap mixed;
    IDI_CLI_TRY(idi_editor_read_source(e, "mask-from", text, &source));
    for (int64_t c = 0; c < e->info.classes; c++)
        if (source.has_class[c]) classes[count++] = c;
    IDI_CLI_TRY(idi_editor_labels(e, source.file, &other));
    IDI_CLI_TRY(idi_labels_take(context, labels, other, classes, count, &mixed));
    idi_bitmap_free(context, labels);
    *labels = mixed;
    return IDI_OK;
}

/* A map that is the caller's. */
static idi_status copy_labels(idi_editor *e, const char *mask, idi_bitmap *labels_out)
{
    const idi_bitmap *labels;
    IDI_CLI_TRY(idi_editor_labels(e, mask, &labels));
    return idi_bitmap_resize(e->cli->context, labels, labels->width, labels->height, labels_out);
}

/* The label map of mask_mix, and how much of each class is its. */
static idi_status load_other(idi_editor *e, const idi_edit_words *w, idi_edit_values *values)
{
    idi_edit_source source;
    IDI_CLI_TRY(idi_editor_read_source(e, "mask-mix", w->mask_mix, &source));
    const double amount = w->mask_amount ? *w->mask_amount : source.amount;
    for (int64_t c = 0; c < e->info.classes; c++)
        values->label_amounts[c] = source.has_class[c] ? amount : 0.0;
    return copy_labels(e, source.file, &values->other_labels);
}

static idi_status make_labels(idi_editor *e, const idi_edit_words *w, idi_edit_values *values)
{
    IDI_CLI_TRY(copy_labels(e, w->mask, &values->labels));
    for (int i = 0; i < w->mask_from.count; i++)
        IDI_CLI_TRY(take_parts(e, w->mask_from.text[i], &values->labels));
    return w->mask_mix ? load_other(e, w, values) : IDI_OK;
}

/* --- how --- */

/* A photograph's or a file's codes, with the mean for what it lacks. */
static idi_status load_style(idi_editor *e, const idi_edit_words *w, const char *file,
                             const char *mask, idi_style **style_out)
{
    const idi_style *own;
    idi_style *copy;
    const idi_style *mean;
    IDI_CLI_TRY(idi_editor_style(e, file, mask, &own));
    /* Of one style: itself, bit for bit. */
    if (!w->mean_style) return idi_style_average(&own, 1, style_out);
    IDI_CLI_TRY(idi_style_average(&own, 1, &copy));
    idi_status st = idi_editor_style(e, w->mean_style, "", &mean);
    if (st == IDI_OK) st = idi_style_complete(copy, mean, style_out);
    idi_style_destroy(&copy);
    return st;
}

static idi_status mix_style(idi_editor *e, const idi_edit_words *w, const char *text,
                            idi_style **style)
{
    idi_edit_source source;
    double amounts[IDI_MAX_CLASSES] = {0.0};
    idi_style *other;
    idi_style *mixed;
    IDI_CLI_TRY(idi_editor_read_source(e, "style-from", text, &source));
    for (int64_t c = 0; c < e->info.classes; c++)
        if (source.has_class[c]) amounts[c] = w->style_amount ? *w->style_amount : source.amount;
    IDI_CLI_TRY(load_style(e, w, source.file, source.mask, &other));
    const idi_status st = idi_style_mix(*style, other, amounts, e->info.classes, &mixed);
    idi_style_destroy(&other);
    if (st != IDI_OK) return blame(e, "style-from", st);
    idi_style_destroy(style);
    *style = mixed;
    return IDI_OK;
}

static idi_status make_style(idi_editor *e, const idi_edit_words *w, idi_edit_values *values)
{
    uint64_t seed;
    if (!e->info.style_width) return IDI_OK;
    if (w->style) {
        const char *mask = w->style_mask ? w->style_mask : w->mask;
        IDI_CLI_TRY(load_style(e, w, w->style, mask, &values->style));
    } else {
        IDI_CLI_TRY(idi_editor_read_seed(e, w->style_seed, &seed));
        IDI_CLI_TRY(
            blame(e, "style-seed",
                  idi_style_from_noise(e->generator, seed, &values->labels, &values->style)));
    }
    for (int i = 0; i < w->style_from.count; i++)
        IDI_CLI_TRY(mix_style(e, w, w->style_from.text[i], &values->style));
    return IDI_OK;
}

/* --- who --- */

/* The people of `identity`. */
typedef struct people {
    const idi_identity *list[IDI_MAX_TEXTS];
    double weights[IDI_MAX_TEXTS];
    char files[IDI_MAX_TEXTS][IDI_PATH_BYTES];
    int count;
} people;

static idi_status load_people(idi_editor *e, const idi_edit_words *w, people *p)
{
    for (int i = 0; i < w->identity.count; i++) {
        IDI_CLI_TRY(idi_editor_read_weighed(e, w->identity.text[i], p->files[i], &p->weights[i]));
        p->count = i + 1;
        IDI_CLI_TRY(idi_editor_identity(e, p->files[i], &p->list[i]));
    }
    return IDI_OK;
}

static idi_status average(const idi_editor *e, const idi_edit_words *w, const people *p,
                          idi_identity **identity_out)
{
    int is_kept[IDI_MAX_TEXTS];
    double similarity[IDI_MAX_TEXTS];
    IDI_CLI_TRY(idi_identity_average(p->list, p->count, w->least_similarity, is_kept, similarity,
                                     identity_out));
    for (int i = 0; i < p->count && !e->is_silent; i++)
        if (!is_kept[i])
            (void)printf(
                "%sleft out of the identity: %s (similarity %.3f to the mean of the others)\n",
                e->subject ? e->subject : "", p->files[i], similarity[i]);
    return IDI_OK;
}

/* All of `identity` as one; NULL if there is none. */
static idi_status join_people(idi_editor *e, const idi_edit_words *w, idi_identity **identity_out)
{
    people *p = calloc(1, sizeof *p);
    *identity_out = NULL;
    if (!p) return idi_cli_fail(e->cli, IDI_ERR_NOMEM, "no memory");
    idi_status st = load_people(e, w, p);
    if (st == IDI_OK && w->is_one_person)
        st = blame(e, "one-person", average(e, w, p, identity_out));
    else if (st == IDI_OK && p->count)
        st = blame(e, "identity", idi_identity_mix(p->list, p->weights, p->count, identity_out));
    free(p);
    return st;
}

/* Strength 1 is `identity` alone, and no `identity` the style photograph's person. */
static idi_status make_identity(idi_editor *e, const idi_edit_words *w, idi_edit_values *values)
{
    const double alone = 1.0;
    idi_identity *given = NULL;
    const idi_identity *own;
    if (w->is_identity_off || !e->info.identity_dim) return IDI_OK;
    IDI_CLI_TRY(join_people(e, w, &given));
    if (!idi_edit_needs_own(w)) {
        values->identity = given;
        return IDI_OK;
    }
    idi_status st = idi_editor_identity(e, w->style, &own);
    if (st == IDI_OK && given)
        st = blame(e, "identity-strength",
                   idi_identity_slerp(own, given, w->strength, &values->identity));
    else if (st == IDI_OK)
        st = idi_identity_mix(&own, &alone, 1, &values->identity);
    idi_identity_destroy(&given);
    return st;
}

idi_status idi_edit_make(idi_editor *editor, const idi_edit_words *words,
                         idi_edit_values *values_out)
{
    *values_out = (idi_edit_values){.style = NULL};
    IDI_CLI_TRY(idi_edit_check(editor, words));
    idi_status st = make_labels(editor, words, values_out);
    if (st == IDI_OK) st = make_style(editor, words, values_out);
    if (st == IDI_OK) st = make_identity(editor, words, values_out);
    if (st != IDI_OK) idi_edit_values_free(editor->cli, values_out);
    return st;
}

void idi_edit_values_free(idi_cli *cli, idi_edit_values *values)
{
    idi_identity_destroy(&values->identity);
    idi_style_destroy(&values->style);
    idi_bitmap_free(cli->context, &values->other_labels);
    idi_bitmap_free(cli->context, &values->labels);
}
