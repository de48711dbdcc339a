/* SPDX-License-Identifier: Apache-2.0 */
/* cli/edit_check.c - how sentences call words, words that are numbers or sources, and whether a set
 * of words can be meant for a generator; no file is read. */
#include "edit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static idi_edit_name spell(const idi_editor *e, const char *lead, const char *word)
{
    idi_edit_name n;
    (void)snprintf(n.text, sizeof n.text, e->is_job ? "\"%s%s\"" : "%s--%s", e->is_job ? "" : lead,
                   word);
    for (char *c = n.text; e->is_job && *c; c++)
        if (*c == '-') *c = '_';
    return n;
}

static idi_edit_name named(const idi_editor *e, const char *word)
{
    return spell(e, "", word);
}

idi_edit_name idi_editor_subject(const idi_editor *editor, const char *word)
{
    return spell(editor, "option ", word);
}

idi_status idi_editor_read_source(const idi_editor *editor, const char *word, const char *text,
                                  idi_edit_source *source_out)
{
    return idi_edit_read_source(editor->cli, idi_editor_subject(editor, word).text, text,
                                editor->info.classes, source_out);
}

idi_status idi_editor_read_seed(const idi_editor *editor, const char *text, uint64_t *seed_out)
{
    char *end;
    errno = 0;
    *seed_out = strtoull(text, &end, 10);
    if (!errno && !*end && text[0] >= '0' && text[0] <= '9') return IDI_OK;
    return idi_cli_usage(editor->cli, "%s is '%s', want a whole number",
                         idi_editor_subject(editor, "style-seed").text, text);
}

idi_status idi_editor_read_weighed(const idi_editor *editor, const char *text,
                                   char file_out[IDI_PATH_BYTES], double *weight_out)
{
    return idi_edit_read_weighed(editor->cli, idi_editor_subject(editor, "identity").text, text,
                                 file_out, weight_out);
}

/* --- whether the words can be meant --- */

/* What the generator has not, under the name of the word that asks for it. */
static idi_status lacks(const idi_editor *e, const char *word, const char *what)
{
    return idi_cli_fail(e->cli, IDI_ERR_UNSUPPORTED, "%s: %s %s: its architecture is %s",
                        idi_editor_subject(e, word).text, e->model_path, what, e->info.arch);
}

static bool is_ca2sis(const idi_editor *e)
{
    return strncmp(e->info.arch, "ca2sis", 6) == 0;
}

static idi_status check_labels(const idi_editor *e, const idi_edit_words *w)
{
    idi_edit_source source;
    if (w->mask_mix && !is_ca2sis(e))
        return lacks(e, "mask-mix", "has no mask codes that could be mixed");
    if (!w->mask) return idi_cli_usage(e->cli, "%s is missing", named(e, "mask").text);
    for (int i = 0; i < w->mask_from.count; i++)
        IDI_CLI_TRY(idi_editor_read_source(e, "mask-from", w->mask_from.text[i], &source));
    return w->mask_mix ? idi_editor_read_source(e, "mask-mix", w->mask_mix, &source) : IDI_OK;
}

/* Of a generator without styles, which wants none of the words for them. */
static idi_status check_no_style(const idi_editor *e, const idi_edit_words *w)
{
    const struct {
        const char *word;
        bool is_there;
    } words[] = {{"style", w->style},
                 {"style-mask", w->style_mask},
                 {"style-seed", w->style_seed},
                 {"style-from", w->style_from.count > 0},
                 {"mean-style", w->mean_style}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].is_there) return lacks(e, words[i].word, "takes no style");
    return IDI_OK;
}

static idi_status check_style(const idi_editor *e, const idi_edit_words *w)
{
    uint64_t seed;
    if (!e->info.style_width) return check_no_style(e, w);
    if (!w->style == !w->style_seed)
        return idi_cli_usage(e->cli, "want %s, or %s instead of it", named(e, "style").text,
                             named(e, "style-seed").text);
    if (w->style_seed && !is_ca2sis(e)) return lacks(e, "style-seed", "has no mapping network");
    if (w->style_seed) IDI_CLI_TRY(idi_editor_read_seed(e, w->style_seed, &seed));
    for (int i = 0; i < w->style_from.count; i++) {
        idi_edit_source source;
        IDI_CLI_TRY(idi_editor_read_source(e, "style-from", w->style_from.text[i], &source));
        if (!source.mask[0] && !idi_is_array_path(source.file))
            return idi_cli_usage(e->cli, "%s: %s is a picture, want %s,MASK",
                                 idi_editor_subject(e, "style-from").text, source.file,
                                 source.file);
    }
    return IDI_OK;
}

bool idi_edit_needs_own(const idi_edit_words *words)
{
    return !words->identity.count || fabs(words->strength - 1.0) > 0.0;
}

static idi_status check_weight(const idi_editor *e, const idi_edit_words *w, const char *text,
                               double *sum)
{
    char file[IDI_PATH_BYTES];
    double weight;
    IDI_CLI_TRY(idi_editor_read_weighed(e, text, file, &weight));
    if (weight < 0.0)
        return idi_cli_usage(e->cli, "%s: the weight of %s is %g, want 0 or more",
                             idi_editor_subject(e, "identity").text, file, weight);
    if (w->is_one_person && fabs(weight - 1.0) > 0.0)
        return idi_cli_usage(e->cli, "%s: %s has a weight, which %s does not look at",
                             idi_editor_subject(e, "identity").text, file,
                             named(e, "one-person").text);
    *sum += weight;
    return IDI_OK;
}

static idi_status check_people(const idi_editor *e, const idi_edit_words *w)
{
    double sum = 0.0;
    for (int i = 0; i < w->identity.count; i++)
        IDI_CLI_TRY(check_weight(e, w, w->identity.text[i], &sum));
    if (!w->identity.count || sum > 0.0) return IDI_OK;
    return idi_cli_usage(e->cli, "%s: all weights are 0", idi_editor_subject(e, "identity").text);
}

static idi_status check_identity(const idi_editor *e, const idi_edit_words *w)
{
    const int count = w->identity.count;
    if (w->is_identity_off && count)
        return idi_cli_usage(e->cli, "%s and %s do not go together", named(e, "no-identity").text,
                             named(e, "identity").text);
    if (w->is_identity_off) return IDI_OK;
    if (!e->info.identity_dim && count) return lacks(e, "identity", "takes no identity");
    if (!e->info.identity_dim) return IDI_OK;
    if (!(w->least_similarity >= -1.0 && w->least_similarity <= 1.0))
        return idi_cli_usage(e->cli, "%s is %g, want -1 to 1",
                             idi_editor_subject(e, "least-similarity").text, w->least_similarity);
    if (w->is_one_person && !count)
        return idi_cli_usage(e->cli, "%s wants photographs in %s", named(e, "one-person").text,
                             named(e, "identity").text);
    if (idi_edit_needs_own(w) && (!w->style || idi_is_array_path(w->style)))
        return idi_cli_usage(e->cli, "there is no photograph of the person in %s: want %s",
                             named(e, "style").text, named(e, "identity").text);
    return check_people(e, w);
}

idi_status idi_edit_check(const idi_editor *editor, const idi_edit_words *words)
{
    IDI_CLI_TRY(check_labels(editor, words));
    IDI_CLI_TRY(check_style(editor, words));
    return check_identity(editor, words);
}
