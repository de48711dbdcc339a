/* SPDX-License-Identifier: Apache-2.0 */
/* api/evaluate_generator.c - judging a generator: thresholds of every recogniser first, then
 * pictures of pairs of other people, then what they come to. */
#include "api/evaluate_attack.h"

#include <math.h>
#include <string.h>

enum { SHEET_ROWS = 8 };

static idi_status check_strengths(const idi_evaluate_options *o)
{
    IDI_REQUIRE(!o->strengths ||
                    (o->strength_count >= 1 && o->strength_count <= IDI_EVALUATE_MOST_STRENGTHS),
                IDI_ERR_ARG, "evaluate: %lld strengths, want 1 to %d", (long long)o->strength_count,
                (int)IDI_EVALUATE_MOST_STRENGTHS);
    for (int64_t i = 0; o->strengths && i < o->strength_count; i++)
        IDI_REQUIRE(isfinite(o->strengths[i]), IDI_ERR_ARG, "evaluate: strength %lld is %g",
                    (long long)i, o->strengths[i]);
    return IDI_OK;
}

/* A generator with identity reads it with the first recogniser. */
static idi_status check_encoder(const idi_model *generator, const idi_model *recogniser)
{
    const int64_t wanted = generator->traits.identity_dim;
    const int64_t dim = recogniser->config.recogniser.embedding_dim;
    const char *known = generator->recogniser_fingerprint;
    if (!wanted) return IDI_OK;
    IDI_REQUIRE(dim == wanted && (!known[0] || strcmp(known, recogniser->fingerprint) == 0),
                IDI_ERR_ENCODER,
                "%s takes %lld numbers of recogniser %s, but the first recogniser is %s (%lld "
                "numbers, %s)",
                generator->path, (long long)wanted, known[0] ? known : "(any)", recogniser->path,
                (long long)dim, recogniser->fingerprint);
    return IDI_OK;
}

static idi_status check(const idi_model *generator, const idi_model *const *recognisers,
                        int64_t count, const idi_evaluate_options *options)
{
    IDI_REQUIRE(generator && recognisers, IDI_ERR_ARG, "evaluate: a NULL argument");
    IDI_REQUIRE(idi_arch_is_generator(generator->config.arch), IDI_ERR_ARG,
                "%s: is a recogniser (%s), want a generator", generator->path,
                idi_arch_name(generator->config.arch));
    IDI_REQUIRE(generator->traits.style_width > 0, IDI_ERR_ARG,
                "%s: takes no style (%s), and is of nobody's look: there is nothing to evaluate",
                generator->path, idi_arch_name(generator->config.arch));
    IDI_REQUIRE(count >= 1 && count <= IDI_EVALUATE_RECOGNISERS, IDI_ERR_ARG,
                "evaluate: %lld recognisers, want 1 to %d", (long long)count,
                (int)IDI_EVALUATE_RECOGNISERS);
    for (int64_t k = 0; k < count; k++) {
        IDI_TRY(idi_require_recogniser(recognisers[k]));
        IDI_REQUIRE(recognisers[k]->context == generator->context, IDI_ERR_ARG,
                    "%s: is of another context than the generator", recognisers[k]->path);
    }
    IDI_TRY(check_encoder(generator, recognisers[0]));
    IDI_TRY(idi_evaluate_check(options));
    IDI_REQUIRE(options->attacks >= 1, IDI_ERR_ARG, "evaluate: %lld attack pairs, want 1 or more",
                (long long)options->attacks);
    IDI_REQUIRE(options->leverage >= 0, IDI_ERR_ARG,
                "evaluate: leverage of %lld pairs, want 0 or more", (long long)options->leverage);
    return check_strengths(options);
}

static void fill_conditions(idi_attack_run *run)
{
    const idi_evaluate_options *o = run->options;
    const bool has_identity = run->generator->traits.identity_dim > 0;
    const int64_t count = o->strengths ? o->strength_count : 1;
    for (int64_t i = 0; i < count; i++)
        run->strengths[i] = o->strengths ? o->strengths[i] : 1.0;
    run->has_search = has_identity && o->search_steps >= 0;
    run->condition_count = IDI_AS_INJECTED + (has_identity ? count : 0) + run->has_search;
    run->subject_count = run->condition_count + (o->robustness != 0);
    run->view_count = o->robustness ? IDI_DEGRADATIONS : 1;
}

static idi_status allocate(idi_attack_run *run)
{
    const size_t pairs = (size_t)run->pairs.attack_count;
    const size_t conditions = (size_t)run->condition_count;
    const size_t shown = (size_t)(run->view_count * run->subject_count);
    const size_t judged = shown * (size_t)run->recogniser_count * IDI_ATTACK_ROWS * pairs;
    IDI_TRY(idi_alloc(run->memory, IDI_TAG_GENERAL, 2 * pairs * sizeof *run->first, &run->first));
    IDI_TRY(idi_alloc(run->memory, IDI_TAG_GENERAL, judged * sizeof *run->rows, &run->rows));
    IDI_TRY(idi_alloc(run->memory, IDI_TAG_GENERAL,
                      conditions * IDI_LOOKS * pairs * sizeof *run->looks, &run->looks));
    run->second = run->first + pairs;
    for (size_t i = 0; i < pairs; i++) {
        run->first[i] = run->album.person[run->pairs.attack[i].image];
        run->second[i] = run->album.person[run->pairs.attack[i].token];
    }
    for (int64_t k = 0; k < run->recogniser_count; k++)
        IDI_TRY(idi_alloc(run->memory, IDI_TAG_GENERAL,
                          conditions * pairs *
                              (size_t)run->recognisers[k]->config.recogniser.embedding_dim *
                              sizeof *run->seen[k],
                          &run->seen[k]));
    run->sheet_rows = run->pairs.attack_count < SHEET_ROWS ? run->pairs.attack_count : SHEET_ROWS;
    if (!run->options->sheet_path) return IDI_OK;
    return idi_alloc(
        run->memory, IDI_TAG_IMAGE,
        (size_t)(run->sheet_rows * (run->condition_count + 1) * run->size * run->size * 3),
        &run->sheet);
}

static idi_status open_run(idi_attack_run *run, const idi_report_options *o)
{
    fill_conditions(run);
    IDI_TRY(idi_album_open(run->memory, &run->options->data, run->size, &run->album));
    IDI_TRY(idi_report_pairs(run->memory, run->album.person, run->album.photos, o, &run->pairs));
    IDI_REQUIRE(run->pairs.attack_count > 0, IDI_ERR_ARG,
                "fewer than two evaluation people have two photographs: there are no attack pairs");
    return allocate(run);
}

static idi_status calibrate(idi_attack_run *run, const idi_report_options *o)
{
    IDI_TRY(idi_album_embed(&run->album, run->recognisers, run->recogniser_count, run->options,
                            run->embeddings));
    for (int64_t k = 0; k < run->recogniser_count; k++) {
        const idi_embedded embedded = {run->embeddings[k], run->album.person, run->album.photos,
                                       run->recognisers[k]->config.recogniser.embedding_dim,
                                       run->album.people};
        IDI_TRY(idi_evaluate_tell(run->options, "recognisers", k, run->recogniser_count));
        IDI_TRY(
            idi_recogniser_report_create(run->memory, &embedded, &run->pairs, o, &run->reports[k]));
    }
    return idi_evaluate_tell(run->options, "recognisers", run->recogniser_count,
                             run->recogniser_count);
}

static void close_run(idi_attack_run *run)
{
    for (int64_t k = 0; k < run->recogniser_count; k++) {
        idi_recogniser_report_free(run->memory, &run->reports[k]);
        idi_free(run->memory, run->embeddings[k]);
        idi_free(run->memory, run->seen[k]);
    }
    json_decref(run->leverage);
    idi_free(run->memory, run->sheet);
    idi_free(run->memory, run->looks);
    idi_free(run->memory, run->rows);
    idi_free(run->memory, run->first);
    idi_pairs_free(run->memory, &run->pairs);
    idi_album_close(run->memory, &run->album);
}

idi_status idi_evaluate_generator(const idi_model *generator, const idi_model *const *recognisers,
                                  int64_t recogniser_count, const idi_evaluate_options *options,
                                  idi_generator_result *result)
{
    IDI_TRY(check(generator, recognisers, recogniser_count, options));
    if (result) IDI_REQUIRE_STRUCT(result, idi_generator_result);
    idi_attack_run run = {.generator = generator,
                          .recognisers = recognisers,
                          .recogniser_count = recogniser_count,
                          .options = options,
                          .memory = generator->context->memory,
                          .size = generator->traits.size};
    idi_report_options o = idi_evaluate_report_options(options);
    o.attack = options->attacks;
    idi_status st = open_run(&run, &o);
    if (st == IDI_OK) st = calibrate(&run, &o);
    if (st == IDI_OK) st = idi_attack_measure(&run);
    if (st == IDI_OK) st = idi_attack_leverage(&run);
    if (st == IDI_OK) st = idi_attack_write(&run, result);
    close_run(&run);
    return st;
}
