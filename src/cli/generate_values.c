/* SPDX-License-Identifier: Apache-2.0 */
/* cli/generate_values.c - where, how and who of files, with what comes from other people. */
#include "generate.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- where --- */

/* A label map at the model's size. */
static idi_status load_labels(const idi_edit *e, const char *path, idi_bitmap *labels_out)
{
    idi_context *context = e->cli->context;
    idi_bitmap map;
    *labels_out = (idi_bitmap){NULL, 0, 0, 0};
    IDI_CLI_TRY(idi_bitmap_load_labels(context, path, e->arguments->scheme, &map));
    idi_status st;
    if (map.width != map.height)
        st = idi_cli_fail(e->cli, IDI_ERR_SHAPE, "%s: is %lld x %lld pixels, want a square", path,
                          (long long)map.width, (long long)map.height);
    else
        st = idi_bitmap_resize(context, &map, e->info.size, e->info.size, labels_out);
    idi_bitmap_free(context, &map);
    return st;
}

static idi_status take_parts(idi_edit *e, const char *text)
{
    idi_context *context = e->cli->context;
    idi_edit_source source;
    int64_t classes[IDI_MAX_CLASSES];
    int64_t count = 0;
    idi_bitmap other;
    idi_bitmap mixed;
    IDI_CLI_TRY(idi_edit_read_source(e->cli, "mask-from", text, e->info.classes, &source));
    for (int64_t c = 0; c < e->info.classes; c++)
        if (source.has_class[c]) classes[count++] = c;
    IDI_CLI_TRY(load_labels(e, source.file, &other));
    const idi_status st = idi_labels_take(context, &e->labels, &other, classes, count, &mixed);
    idi_bitmap_free(context, &other);
    if (st != IDI_OK) return st;
    idi_bitmap_free(context, &e->labels);
    e->labels = mixed;
    return IDI_OK;
}

/* The label map of --mask-mix, and how much of each class is its. */
static idi_status load_other(idi_edit *e)
{
    idi_edit_source source;
    IDI_CLI_TRY(
        idi_edit_read_source(e->cli, "mask-mix", e->arguments->mask_mix, e->info.classes, &source));
    for (int64_t c = 0; c < e->info.classes; c++)
        e->label_amounts[c] = source.has_class[c] ? source.amount : 0.0;
    return load_labels(e, source.file, &e->other_labels);
}

idi_status idi_edit_make_labels(idi_edit *edit)
{
    const idi_texts *from = &edit->arguments->mask_from;
    IDI_CLI_TRY(load_labels(edit, edit->arguments->mask, &edit->labels));
    for (int i = 0; i < from->count; i++)
        IDI_CLI_TRY(take_parts(edit, from->text[i]));
    return edit->arguments->mask_mix ? load_other(edit) : IDI_OK;
}

/* --- how --- */

static idi_status codes_of_file(const idi_edit *e, const char *path, idi_style **style_out)
{
    float *data = NULL;
    int64_t shape[4];
    int rank;
    IDI_CLI_TRY(idi_array_load(e->cli->context, path, &data, shape, &rank));
    idi_status st;
    if (rank != 2 || shape[0] != e->info.classes || shape[1] != e->info.style_width)
        st = idi_cli_fail(e->cli, IDI_ERR_SHAPE, "%s: want [%lld, %lld] numbers, as %s takes", path,
                          (long long)e->info.classes, (long long)e->info.style_width,
                          e->arguments->model);
    else
        st = idi_style_from_array(e->cli->context, data, shape[0], shape[1], style_out);
    idi_array_free(e->cli->context, &data);
    return st;
}

static idi_status style_of_photo(const idi_edit *e, const char *path, const char *mask,
                                 idi_style **style_out)
{
    idi_context *context = e->cli->context;
    idi_bitmap photo = {NULL, 0, 0, 0};
    idi_bitmap labels = {NULL, 0, 0, 0};
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_bitmap_load(context, path, &photo));
    IDI_CLI_TRY_TO(done, idi_bitmap_load_labels(context, mask, e->arguments->scheme, &labels));
    st = idi_style_from_image(e->generator, &photo, &labels, style_out);
    if (st != IDI_OK) st = idi_cli_fail(e->cli, st, "%s with %s: %s", path, mask, idi_last_error());
done:
    idi_bitmap_free(context, &labels);
    idi_bitmap_free(context, &photo);
    return st;
}

/* A photograph's or a file's codes, with the mean for what it lacks. */
static idi_status load_style(const idi_edit *e, const char *path, const char *mask,
                             idi_style **style_out)
{
    idi_style *own = NULL;
    *style_out = NULL;
    if (idi_is_array_path(path)) {
        IDI_CLI_TRY(codes_of_file(e, path, &own));
    } else {
        IDI_CLI_TRY(style_of_photo(e, path, mask, &own));
    }
    if (!e->mean_style) {
        *style_out = own;
        return IDI_OK;
    }
    const idi_status st = idi_style_complete(own, e->mean_style, style_out);
    idi_style_destroy(&own);
    return st;
}

static idi_status style_of_noise(const idi_edit *e, idi_style **style_out)
{
    char *end;
    const char *text = e->arguments->style_seed;
    errno = 0;
    const unsigned long long seed = strtoull(text, &end, 10);
    if (errno || *end || text[0] < '0' || text[0] > '9')
        return idi_cli_usage(e->cli, "option --style-seed is '%s', want a whole number", text);
    return idi_style_from_noise(e->generator, (uint64_t)seed, &e->labels, style_out);
}

static idi_status mix_style(idi_edit *e, const char *text)
{
    idi_edit_source source;
    double amounts[IDI_MAX_CLASSES] = {0.0};
    idi_style *other;
    idi_style *mixed;
    IDI_CLI_TRY(idi_edit_read_source(e->cli, "style-from", text, e->info.classes, &source));
    if (!source.mask[0] && !idi_is_array_path(source.file))
        return idi_cli_usage(e->cli, "option --style-from: %s is a picture, want %s,MASK",
                             source.file, source.file);
    for (int64_t c = 0; c < e->info.classes; c++)
        if (source.has_class[c]) amounts[c] = source.amount;
    IDI_CLI_TRY(load_style(e, source.file, source.mask, &other));
    const idi_status st = idi_style_mix(e->style, other, amounts, e->info.classes, &mixed);
    idi_style_destroy(&other);
    if (st != IDI_OK) return st;
    idi_style_destroy(&e->style);
    e->style = mixed;
    return IDI_OK;
}

idi_status idi_edit_make_style(idi_edit *edit)
{
    const idi_generate_arguments *a = edit->arguments;
    if (!edit->info.style_width && !a->style && !a->style_seed && !a->style_from.count)
        return IDI_OK;
    if (!edit->info.style_width)
        return idi_cli_fail(edit->cli, IDI_ERR_ARG, "%s takes no style: its architecture is %s",
                            a->model, edit->info.arch);
    if (!a->style == !a->style_seed)
        return idi_cli_usage(edit->cli, "want --style, or --style-seed instead of it");
    if (a->mean_style) IDI_CLI_TRY(codes_of_file(edit, a->mean_style, &edit->mean_style));
    if (a->style) {
        IDI_CLI_TRY(
            load_style(edit, a->style, a->style_mask ? a->style_mask : a->mask, &edit->style));
    } else {
        IDI_CLI_TRY(style_of_noise(edit, &edit->style));
    }
    for (int i = 0; i < a->style_from.count; i++)
        IDI_CLI_TRY(mix_style(edit, a->style_from.text[i]));
    return IDI_OK;
}

/* --- who --- */

/* The people of --identity. */
typedef struct people {
    idi_identity *list[IDI_MAX_TEXTS];
    double weights[IDI_MAX_TEXTS];
    char files[IDI_MAX_TEXTS][IDI_PATH_BYTES];
    int count;
} people;

static idi_status load_identity(const idi_edit *e, const char *path, idi_identity **identity_out)
{
    const idi_status st = idi_cli_load_identity(e->cli, e->recogniser, path, identity_out);
    int64_t count;
    if (st != IDI_OK) return st;
    (void)idi_identity_data(*identity_out, &count);
    if (count == e->info.identity_dim) return IDI_OK;
    return idi_cli_fail(e->cli, IDI_ERR_SHAPE,
                        "%s: the identity has %lld numbers, but %s takes %lld", path,
                        (long long)count, e->arguments->model, (long long)e->info.identity_dim);
}

static idi_status load_people(const idi_edit *e, people *p)
{
    const idi_texts *texts = &e->arguments->identity;
    for (int i = 0; i < texts->count; i++) {
        IDI_CLI_TRY(
            idi_edit_read_weighed(e->cli, "identity", texts->text[i], p->files[i], &p->weights[i]));
        p->count = i + 1;
        IDI_CLI_TRY(load_identity(e, p->files[i], &p->list[i]));
    }
    return IDI_OK;
}

static idi_status average(const idi_edit *e, const people *p, idi_identity **identity_out)
{
    int is_kept[IDI_MAX_TEXTS];
    double similarity[IDI_MAX_TEXTS];
    IDI_CLI_TRY(idi_identity_average((const idi_identity *const *)p->list, p->count,
                                     e->arguments->least_similarity, is_kept, similarity,
                                     identity_out));
    for (int i = 0; i < p->count; i++)
        if (!is_kept[i])
            (void)printf(
                "left out of the identity: %s (similarity %.3f to the mean of the others)\n",
                p->files[i], similarity[i]);
    return IDI_OK;
}

/* All of --identity as one; NULL if there is none. */
static idi_status join_people(const idi_edit *e, idi_identity **identity_out)
{
    people *p = calloc(1, sizeof *p);
    *identity_out = NULL;
    if (!p) return idi_cli_fail(e->cli, IDI_ERR_NOMEM, "no memory");
    idi_status st = load_people(e, p);
    if (st == IDI_OK && e->arguments->is_one_person)
        st = average(e, p, identity_out);
    else if (st == IDI_OK && p->count)
        st = idi_identity_mix((const idi_identity *const *)p->list, p->weights, p->count,
                              identity_out);
    for (int i = 0; i < p->count; i++)
        idi_identity_destroy(&p->list[i]);
    free(p);
    return st;
}

/* Whether one of --identity is a photograph. */
static idi_status find_photograph(const idi_edit *e, bool *has_photograph_out)
{
    const idi_texts *texts = &e->arguments->identity;
    char file[IDI_PATH_BYTES];
    double weight;
    *has_photograph_out = false;
    for (int i = 0; i < texts->count && !*has_photograph_out; i++) {
        IDI_CLI_TRY(idi_edit_read_weighed(e->cli, "identity", texts->text[i], file, &weight));
        *has_photograph_out = !idi_is_array_path(file);
    }
    return IDI_OK;
}

static idi_status load_recogniser(idi_edit *e)
{
    const char *path = e->arguments->recogniser;
    return path ? idi_model_load(e->cli->context, path, &e->recogniser)
                : idi_model_load_recogniser(e->generator, &e->recogniser);
}

/* Strength 1 is --identity alone, and no --identity the style photograph's person. */
static idi_status make_identity(idi_edit *e, bool needs_own)
{
    const idi_generate_arguments *a = e->arguments;
    idi_identity *given = NULL;
    idi_identity *own = NULL;
    idi_status st;
    IDI_CLI_TRY_TO(done, join_people(e, &given));
    if (needs_own) IDI_CLI_TRY_TO(done, load_identity(e, a->style, &own));
    if (own && given) {
        st = idi_identity_slerp(own, given, a->strength, &e->identity);
    } else {
        e->identity = given ? given : own;
        given = own = NULL;
    }
done:
    idi_identity_destroy(&own);
    idi_identity_destroy(&given);
    return st;
}

idi_status idi_edit_make_identity(idi_edit *edit)
{
    const idi_generate_arguments *a = edit->arguments;
    const bool needs_own = !a->identity.count || fabs(a->strength - 1.0) > 0.0;
    if (a->is_identity_off && a->identity.count)
        return idi_cli_usage(edit->cli, "--no-identity and --identity do not go together");
    if (a->is_identity_off) return IDI_OK;
    if (!edit->info.identity_dim && a->identity.count)
        return idi_cli_fail(edit->cli, IDI_ERR_ARG, "%s takes no identity: its architecture is %s",
                            a->model, edit->info.arch);
    if (!edit->info.identity_dim) return IDI_OK;
    if (a->is_one_person && !a->identity.count)
        return idi_cli_usage(edit->cli, "--one-person wants photographs in --identity");
    if (needs_own && (!a->style || idi_is_array_path(a->style)))
        return idi_cli_usage(edit->cli,
                             "there is no photograph of the person in --style: want --identity");
    bool has_photograph;
    IDI_CLI_TRY(find_photograph(edit, &has_photograph));
    if (needs_own || has_photograph) IDI_CLI_TRY(load_recogniser(edit));
    return make_identity(edit, needs_own);
}
