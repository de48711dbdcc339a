/* SPDX-License-Identifier: Apache-2.0 */
/* cli/edit_values.c - where, how and who of words, with what comes from other people. */
#include "edit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a sentence calls a word: option --mask-from, or "mask_from" of a job. */
typedef struct name {
    char text[40];
} name;

static name spell(const idi_editor *e, const char *lead, const char *word)
{
    name n;
    (void)snprintf(n.text, sizeof n.text, e->is_job ? "\"%s%s\"" : "%s--%s", e->is_job ? "" : lead,
                   word);
    for (char *c = n.text; e->is_job && *c; c++)
        if (*c == '-') *c = '_';
    return n;
}

static name named(const idi_editor *e, const char *word)
{
    return spell(e, "", word);
}

/* At the beginning of a sentence. */
static name subject(const idi_editor *e, const char *word)
{
    return spell(e, "option ", word);
}

static idi_status read_source(const idi_editor *e, const char *word, const char *text,
                              idi_edit_source *source_out)
{
    return idi_edit_read_source(e->cli, subject(e, word).text, text, e->info.classes, source_out);
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
    IDI_CLI_TRY(read_source(e, "mask-from", text, &source));
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
    IDI_CLI_TRY(read_source(e, "mask-mix", w->mask_mix, &source));
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

static idi_status read_seed(const idi_editor *e, const char *text, uint64_t *seed_out)
{
    char *end;
    errno = 0;
    *seed_out = strtoull(text, &end, 10);
    if (!errno && !*end && text[0] >= '0' && text[0] <= '9') return IDI_OK;
    return idi_cli_usage(e->cli, "%s is '%s', want a whole number", subject(e, "style-seed").text,
                         text);
}

static idi_status mix_style(idi_editor *e, const idi_edit_words *w, const char *text,
                            idi_style **style)
{
    idi_edit_source source;
    double amounts[IDI_MAX_CLASSES] = {0.0};
    idi_style *other;
    idi_style *mixed;
    IDI_CLI_TRY(read_source(e, "style-from", text, &source));
    for (int64_t c = 0; c < e->info.classes; c++)
        if (source.has_class[c]) amounts[c] = w->style_amount ? *w->style_amount : source.amount;
    IDI_CLI_TRY(load_style(e, w, source.file, source.mask, &other));
    const idi_status st = idi_style_mix(*style, other, amounts, e->info.classes, &mixed);
    idi_style_destroy(&other);
    if (st != IDI_OK) return st;
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
        IDI_CLI_TRY(read_seed(e, w->style_seed, &seed));
        IDI_CLI_TRY(idi_style_from_noise(e->generator, seed, &values->labels, &values->style));
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

static idi_status read_weighed(const idi_editor *e, const char *text, char file_out[IDI_PATH_BYTES],
                               double *weight_out)
{
    return idi_edit_read_weighed(e->cli, subject(e, "identity").text, text, file_out, weight_out);
}

static idi_status load_people(idi_editor *e, const idi_edit_words *w, people *p)
{
    for (int i = 0; i < w->identity.count; i++) {
        IDI_CLI_TRY(read_weighed(e, w->identity.text[i], p->files[i], &p->weights[i]));
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
        st = average(e, w, p, identity_out);
    else if (st == IDI_OK && p->count)
        st = idi_identity_mix(p->list, p->weights, p->count, identity_out);
    free(p);
    return st;
}

static bool needs_own(const idi_edit_words *w)
{
    return !w->identity.count || fabs(w->strength - 1.0) > 0.0;
}

/* Strength 1 is `identity` alone, and no `identity` the style photograph's person. */
static idi_status make_identity(idi_editor *e, const idi_edit_words *w, idi_edit_values *values)
{
    const double alone = 1.0;
    idi_identity *given = NULL;
    const idi_identity *own;
    if (w->is_identity_off || !e->info.identity_dim) return IDI_OK;
    IDI_CLI_TRY(join_people(e, w, &given));
    if (!needs_own(w)) {
        values->identity = given;
        return IDI_OK;
    }
    idi_status st = idi_editor_identity(e, w->style, &own);
    if (st == IDI_OK)
        st = given ? idi_identity_slerp(own, given, w->strength, &values->identity)
                   : idi_identity_mix(&own, &alone, 1, &values->identity);
    idi_identity_destroy(&given);
    return st;
}

/* --- whether the words can be meant --- */

static idi_status check_labels(const idi_editor *e, const idi_edit_words *w)
{
    idi_edit_source source;
    if (!w->mask) return idi_cli_usage(e->cli, "%s is missing", named(e, "mask").text);
    for (int i = 0; i < w->mask_from.count; i++)
        IDI_CLI_TRY(read_source(e, "mask-from", w->mask_from.text[i], &source));
    return w->mask_mix ? read_source(e, "mask-mix", w->mask_mix, &source) : IDI_OK;
}

static idi_status check_style(const idi_editor *e, const idi_edit_words *w)
{
    uint64_t seed;
    if (!e->info.style_width && !w->style && !w->style_seed && !w->style_from.count) return IDI_OK;
    if (!e->info.style_width)
        return idi_cli_fail(e->cli, IDI_ERR_ARG, "%s takes no style: its architecture is %s",
                            e->model_path, e->info.arch);
    if (!w->style == !w->style_seed)
        return idi_cli_usage(e->cli, "want %s, or %s instead of it", named(e, "style").text,
                             named(e, "style-seed").text);
    if (w->style_seed) IDI_CLI_TRY(read_seed(e, w->style_seed, &seed));
    for (int i = 0; i < w->style_from.count; i++) {
        idi_edit_source source;
        IDI_CLI_TRY(read_source(e, "style-from", w->style_from.text[i], &source));
        if (!source.mask[0] && !idi_is_array_path(source.file))
            return idi_cli_usage(e->cli, "%s: %s is a picture, want %s,MASK",
                                 subject(e, "style-from").text, source.file, source.file);
    }
    return IDI_OK;
}

static idi_status check_identity(const idi_editor *e, const idi_edit_words *w)
{
    const int count = w->identity.count;
    char file[IDI_PATH_BYTES];
    double weight;
    if (w->is_identity_off && count)
        return idi_cli_usage(e->cli, "%s and %s do not go together", named(e, "no-identity").text,
                             named(e, "identity").text);
    if (w->is_identity_off) return IDI_OK;
    if (!e->info.identity_dim && count)
        return idi_cli_fail(e->cli, IDI_ERR_ARG, "%s takes no identity: its architecture is %s",
                            e->model_path, e->info.arch);
    if (!e->info.identity_dim) return IDI_OK;
    if (w->is_one_person && !count)
        return idi_cli_usage(e->cli, "%s wants photographs in %s", named(e, "one-person").text,
                             named(e, "identity").text);
    if (needs_own(w) && (!w->style || idi_is_array_path(w->style)))
        return idi_cli_usage(e->cli, "there is no photograph of the person in %s: want %s",
                             named(e, "style").text, named(e, "identity").text);
    for (int i = 0; i < count; i++)
        IDI_CLI_TRY(read_weighed(e, w->identity.text[i], file, &weight));
    return IDI_OK;
}

idi_status idi_edit_check(const idi_editor *editor, const idi_edit_words *words)
{
    IDI_CLI_TRY(check_labels(editor, words));
    IDI_CLI_TRY(check_style(editor, words));
    return check_identity(editor, words);
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
