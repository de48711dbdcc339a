/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_leverage_images.c - see attack_leverage.h. */
#include "api/attack_leverage.h"

#include <string.h>

static idi_status read_pair(const idi_leverage *l, const idi_attack_pair *pair)
{
    const idi_album *album = &l->run->album;
    const int64_t pixels = l->run->size * l->run->size;
    idi_sample first = {.rgb = l->photos, .labels = l->labels};
    idi_sample second = {.rgb = l->photos + 3 * pixels, .labels = l->second};
    IDI_TRY(idi_dataset_read(album->dataset, album->item[pair->image], &first));
    IDI_TRY(idi_dataset_read(album->dataset, album->item[pair->token], &second));
    for (int64_t i = 1; i < l->batch; i++)
        memcpy(l->labels + i * pixels, l->labels, (size_t)pixels);
    memcpy(l->stylist.labels, l->labels, (size_t)pixels);
    memcpy(l->stylist.labels + pixels, l->second, (size_t)pixels);
    idi_image_to_float(l->photos, 2 * 3 * pixels, l->stylist.image);
    return IDI_OK;
}

/* A class is exchanged where both have it: of what is on one map alone there is nothing to swap. */
static void note_classes(idi_leverage *l, int64_t pair)
{
    const int64_t pixels = l->run->size * l->run->size;
    int64_t first[256] = {0}, second[256] = {0}, shared = 0;
    for (int64_t i = 0; i < pixels; i++) {
        first[l->labels[i]]++;
        second[l->second[i]]++;
    }
    for (int64_t row = 0; row < l->row_count; row++) {
        l->is_exchanged[row * l->pairs + pair] = true;
        l->area[row * l->pairs + pair] = row == IDI_LEVERAGE_NOTHING ? 0.0 : 1.0;
    }
    for (int64_t c = 0; c < l->classes; c++) {
        const int64_t at = (IDI_LEVERAGE_CLASS + c) * l->pairs + pair;
        l->is_exchanged[at] = first[c] > 0 && second[c] > 0;
        l->area[at] = (double)first[c] / (double)pixels;
        if (l->is_exchanged[at]) shared += first[c];
    }
    l->area[idi_leverage_all_styles(l) * l->pairs + pair] = (double)shared / (double)pixels;
}

/* The first person's codes, and in their place the second's where the row exchanges them. */
static void mix_styles(const idi_leverage *l, int64_t row, int64_t pair, float *styles_out)
{
    const int64_t width = l->run->generator->traits.style_width;
    const float *own = l->stylist.output, *other = own + l->stylist.output_count;
    memcpy(styles_out, own, (size_t)(l->classes * width) * sizeof *own);
    for (int64_t c = 0; c < l->classes; c++) {
        const bool is_taken = row == IDI_LEVERAGE_CLASS + c || row == idi_leverage_all_styles(l);
        if (is_taken && l->is_exchanged[(IDI_LEVERAGE_CLASS + c) * l->pairs + pair])
            memcpy(styles_out + c * width, other + c * width, (size_t)width * sizeof *own);
    }
}

/* The values of one call of the generator. */
typedef struct group {
    idi_style **styles;
    idi_identity *own, *token;
    const idi_identity **who;
} group;

/* Rows `first` and on, a batch at most; behind the last row it is repeated. */
static idi_status generate_rows(idi_leverage *l, group *g, float *codes, int64_t pair,
                                int64_t first)
{
    const idi_generator_traits *traits = &l->run->generator->traits;
    const int64_t bytes = l->run->size * l->run->size * 3;
    idi_generate run;
    for (int64_t i = 0; i < l->batch; i++) {
        const int64_t row = first + i < l->row_count ? first + i : l->row_count - 1;
        idi_style_destroy(&g->styles[i]);
        mix_styles(l, row, pair, codes);
        IDI_TRY(idi_style_from_array(l->run->generator->context, codes, l->classes,
                                     traits->style_width, &g->styles[i]));
        g->who[i] = idi_leverage_is_identity(l, row) ? g->token : g->own;
    }
    idi_generate_init(&run);
    run.labels = l->labels;
    run.styles = (const idi_style *const *)g->styles;
    run.identities = traits->identity_dim ? g->who : NULL;
    run.rgb_out = l->pictures + first * bytes;
    return idi_session_generate(l->session, &run);
}

static idi_status generate_all(idi_leverage *l, group *g, int64_t pair)
{
    idi_memory *memory = l->run->memory;
    const idi_attack_pair *p = &l->run->pairs.attack[pair];
    float *codes;
    if (l->run->generator->traits.identity_dim) {
        IDI_TRY(idi_attack_identity(l->run, p->image, &g->own));
        IDI_TRY(idi_attack_identity(l->run, p->token, &g->token));
    }
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)l->stylist.output_count * sizeof *codes,
                      &codes));
    idi_status st = IDI_OK;
    for (int64_t row = 0; row < l->row_count && st == IDI_OK; row += l->batch)
        st = generate_rows(l, g, codes, pair, row);
    idi_free(memory, codes);
    return st;
}

idi_status idi_leverage_make(idi_leverage *leverage, int64_t pair)
{
    idi_leverage *const l = leverage;
    idi_memory *memory = l->run->memory;
    const size_t batch = (size_t)l->batch;
    idi_status st = IDI_OK;
    group g = {0};
    IDI_TRY(read_pair(l, &l->run->pairs.attack[pair]));
    note_classes(l, pair);
    IDI_TRY(idi_batch_network_run(&l->stylist, 2));
    IDI_TRY_TO(done, idi_alloc_zeroed(memory, IDI_TAG_GENERAL, batch, sizeof *g.styles, &g.styles));
    IDI_TRY_TO(done, idi_alloc_zeroed(memory, IDI_TAG_GENERAL, batch, sizeof *g.who, &g.who));
    st = generate_all(l, &g, pair);
done:
    for (int64_t i = 0; g.styles && i < l->batch; i++)
        idi_style_destroy(&g.styles[i]);
    idi_identity_destroy(&g.own);
    idi_identity_destroy(&g.token);
    idi_free(memory, (void *)g.who);
    idi_free(memory, g.styles);
    return st;
}
