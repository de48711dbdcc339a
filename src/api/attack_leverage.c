/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_leverage.c - see attack_leverage.h. */
#include "api/attack_leverage.h"
#include "eval/identification.h"
#include "eval/image_measures.h"

#include <string.h>

/* --- what recognisers make of them ------------------------------------------------------------ */

static idi_status judge(const idi_leverage *l, int64_t row, int64_t k, int64_t pair,
                        const float *embedding)
{
    const idi_attack_pair *p = &l->run->pairs.attack[pair];
    const int64_t dim = l->judges[k].output_count;
    const float *album = l->run->embeddings[k];
    IDI_TRY(idi_cosine(embedding, album + p->image_check * dim, dim,
                       &idi_leverage_cosines(l, row, k, IDI_LEVERAGE_FIRST)[pair]));
    return idi_cosine(embedding, album + p->token_check * dim, dim,
                      &idi_leverage_cosines(l, row, k, IDI_LEVERAGE_SECOND)[pair]);
}

static idi_status judge_rows(idi_leverage *l, int64_t pair, int64_t first, int64_t count)
{
    const int64_t size = l->run->size;
    idi_batch_network *judges = l->judges;
    for (int64_t i = 0; i < count; i++) {
        const idi_image picture = {l->pictures + (first + i) * size * size * 3, size, size, 3};
        float *const face = judges[0].image + i * judges[0].image_count;
        IDI_TRY(idi_face_of(l->run->memory, &picture, face));
        for (int64_t k = 1; k < l->run->recogniser_count; k++)
            memcpy(judges[k].image + i * judges[k].image_count, face,
                   (size_t)judges[0].image_count * sizeof *face);
    }
    for (int64_t k = 0; k < l->run->recogniser_count; k++) {
        IDI_TRY(idi_batch_network_run(&judges[k], count));
        for (int64_t i = 0; i < count; i++)
            IDI_TRY(judge(l, first + i, k, pair, judges[k].output + i * judges[k].output_count));
    }
    return IDI_OK;
}

static idi_status look_at(idi_leverage *l, int64_t pair)
{
    const int64_t size = l->run->size;
    const idi_shape shape = idi_shape3(size, size, 3);
    const idi_tensor own = {l->pictures, IDI_U8, shape};
    for (int64_t row = 0; row < l->row_count; row++) {
        const idi_tensor made = {l->pictures + row * size * size * 3, IDI_U8, shape};
        IDI_TRY(idi_ssim(l->run->memory, &made, &own, NULL, IDI_SSIM_RGB,
                         &l->ssim[row * l->pairs + pair]));
    }
    return IDI_OK;
}

static idi_status measure(idi_leverage *l)
{
    for (int64_t pair = 0; pair < l->pairs; pair++) {
        IDI_TRY(
            idi_evaluate_tell(l->run->options, "pairs with one thing exchanged", pair, l->pairs));
        IDI_TRY(idi_leverage_make(l, pair));
        IDI_TRY(look_at(l, pair));
        for (int64_t row = 0; row < l->row_count; row += l->batch) {
            const int64_t rest = l->row_count - row;
            IDI_TRY(judge_rows(l, pair, row, rest < l->batch ? rest : l->batch));
        }
    }
    return idi_evaluate_tell(l->run->options, "pairs with one thing exchanged", l->pairs, l->pairs);
}

/* --- opening and closing ---------------------------------------------------------------------- */

static idi_status allocate(idi_leverage *l)
{
    idi_memory *memory = l->run->memory;
    const size_t pixels = (size_t)(l->run->size * l->run->size);
    const size_t rows = (size_t)l->row_count, numbers = rows * (size_t)l->pairs;
    const size_t batch = (size_t)l->batch, room = (rows + batch - 1) / batch * batch;
    const size_t judged = numbers * (size_t)l->run->recogniser_count * IDI_LEVERAGE_SIDES;
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, 2 * 3 * pixels, &l->photos));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, batch * pixels, &l->labels));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, pixels, &l->second));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, room * pixels * 3, &l->pictures));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, numbers, &l->is_exchanged));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, numbers * sizeof *l->area, &l->area));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, numbers * sizeof *l->ssim, &l->ssim));
    return idi_alloc(memory, IDI_TAG_GENERAL, judged * sizeof *l->cosines, &l->cosines);
}

static idi_status open_all(idi_leverage *l)
{
    const idi_attack_run *run = l->run;
    idi_session_options o;
    idi_session_options_init(&o);
    o.batch = l->batch;
    IDI_TRY(allocate(l));
    IDI_TRY(idi_batch_stylist_open(run->generator, 2, &l->stylist));
    IDI_TRY(idi_session_create(run->generator, &o, &l->session));
    for (int64_t k = 0; k < run->recogniser_count; k++)
        IDI_TRY(idi_batch_embedder_open(run->recognisers[k], l->batch, &l->judges[k]));
    return IDI_OK;
}

static void close_all(idi_leverage *l)
{
    idi_memory *memory = l->run->memory;
    for (int64_t k = 0; k < l->run->recogniser_count; k++)
        idi_batch_network_close(&l->judges[k]);
    idi_session_destroy(&l->session);
    idi_batch_network_close(&l->stylist);
    idi_free(memory, l->photos);
    idi_free(memory, l->labels);
    idi_free(memory, l->second);
    idi_free(memory, l->pictures);
    idi_free(memory, l->is_exchanged);
    idi_free(memory, l->area);
    idi_free(memory, l->ssim);
    idi_free(memory, l->cosines);
}

idi_status idi_attack_leverage(idi_attack_run *run)
{
    const idi_generator_traits *traits = &run->generator->traits;
    const int64_t most = run->pairs.attack_count, wanted = run->options->leverage;
    idi_leverage l = {.run = run,
                      .pairs = wanted < most ? wanted : most,
                      .classes = traits->classes,
                      .row_count =
                          IDI_LEVERAGE_CLASS + traits->classes + 1 + (traits->identity_dim > 0),
                      .batch = run->options->batch};
    if (wanted == 0) return IDI_OK;
    json_t *list = json_array();
    idi_status st = open_all(&l);
    if (st == IDI_OK) st = measure(&l);
    if (st == IDI_OK) st = idi_leverage_json(&l, list);
    close_all(&l);
    if (st == IDI_OK)
        run->leverage = json_pack("{s:I, s:O}", "pairs", (json_int_t)l.pairs, "rows", list);
    json_decref(list);
    return st;
}
