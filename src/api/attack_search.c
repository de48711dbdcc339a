/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_search.c - pairs' searched pictures: api/search.h on an evaluation's groups. */
#include "api/evaluate_attack.h"

#include <string.h>

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

idi_status idi_attack_search_open(const idi_attack_run *run, idi_search **search_out)
{
    const idi_evaluate_options *o = run->options;
    const idi_search_options options = {.steps = o->search_steps,
                                        .rate = o->search_rate,
                                        .ssim = o->search_ssim,
                                        .has_free_styles = o->search_has_styles != 0};
    IDI_REQUIRE(o->search_against >= 1 && o->search_against <= run->recogniser_count, IDI_ERR_ARG,
                "evaluate: a search against %lld recognisers, want 1 to %lld",
                (long long)o->search_against, (long long)run->recogniser_count);
    return idi_search_open(run->generator, run->recognisers, o->search_against, &options,
                           least(o->batch, IDI_SEARCH_BATCH), search_out);
}

/* Recogniser k's embedding of an album's photograph. */
static const float *embedding_of(const idi_attack_run *run, int64_t k, int64_t photo)
{
    return run->embeddings[k] + photo * run->recognisers[k]->config.recogniser.embedding_dim;
}

static void set_sample(const idi_attack_images *m, int64_t pair, int64_t sample, int64_t at)
{
    const idi_attack_run *run = m->run;
    idi_search *const s = m->search;
    const idi_attack_pair *p = &run->pairs.attack[pair];
    const size_t dim = (size_t)s->dim * sizeof(float);
    memcpy(s->labels + at * s->pixels, m->labels + sample * s->pixels, (size_t)s->pixels);
    memcpy(s->styles + at * s->style_count, m->stylist.output + sample * s->style_count,
           (size_t)s->style_count * sizeof(float));
    memcpy(s->own + at * s->dim, embedding_of(run, 0, p->image), dim);
    memcpy(s->token + at * s->dim, embedding_of(run, 0, p->token), dim);
    for (int64_t k = 0; k < s->attacked_count; k++) {
        const int64_t width = run->recognisers[k]->config.recogniser.embedding_dim;
        memcpy(s->targets[k] + at * width, embedding_of(run, k, p->token),
               (size_t)width * sizeof(float));
    }
}

typedef struct teller {
    const idi_attack_run *run;
    int64_t pair;
} teller;

static idi_status tell(void *user, int64_t step)
{
    const teller *t = user;
    (void)step;
    return idi_evaluate_tell(t->run->options, "pairs", t->pair, t->run->pairs.attack_count);
}

idi_status idi_attack_search_run(idi_attack_images *images, int64_t first, int64_t count)
{
    const idi_attack_run *run = images->run;
    idi_search *const s = images->search;
    for (int64_t done = 0; done < count; done += s->batch) {
        const int64_t group = least(s->batch, count - done);
        teller t = {run, first + done};
        for (int64_t i = 0; i < group; i++)
            set_sample(images, first + done + i, done + i, i);
        IDI_TRY(idi_search_run(s, group, tell, &t));
        memcpy(idi_attack_picture(images, run->condition_count - 1, done), s->state.best,
               (size_t)(group * s->pixels * 3));
    }
    return IDI_OK;
}
