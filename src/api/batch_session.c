/* SPDX-License-Identifier: Apache-2.0 */
/* api/batch_session.c - a batch's sessions, one a kind of job: with a label mix or not, with
 * identity or without, which is another graph. A job's image is what its kind's session makes of it
 * alone, whatever stands beside it. */
#include "api/batch.h"
#include "api/session.h"

#include <string.h>

/* On the CPU images are made one at a time: OpenBLAS sums a row of a product in another order when
 * there are more rows, so that a larger run would give other bits by an image's place in it, and it
 * would win nothing, since one image fills the cores. */
static int64_t run_of(const idi_model *generator, int64_t group)
{
    return strcmp(idi_context_device(generator->context), "cpu") == 0 ? 1 : group;
}

static idi_status open_session(idi_batch_sessions *s, int kind)
{
    const idi_batch_options *o = s->batch->options;
    idi_session_options options;
    if (s->sessions[kind]) return IDI_OK;
    idi_session_options_init(&options);
    options.batch = s->run;
    options.precision = o->precision ? o->precision : o->generator->context->precision;
    options.is_plain = o->is_plain;
    options.has_noise = o->has_noise;
    options.has_label_mix = (kind & IDI_JOB_HAS_MIX) != 0;
    options.is_identity_off = (kind & IDI_JOB_IS_NOBODY) != 0;
    return idi_session_create(s->generator, &options, &s->sessions[kind]);
}

static idi_status open_runs(idi_batch_sessions *s)
{
    idi_memory *memory = s->batch->context->memory;
    const size_t run = (size_t)s->run;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, run, sizeof *s->styles, &s->styles));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, run, sizeof *s->identities, &s->identities));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, run, sizeof *s->statuses, &s->statuses));
    return idi_alloc_zeroed(memory, IDI_TAG_GENERAL, run, sizeof *s->noise_seeds, &s->noise_seeds);
}

idi_status idi_batch_sessions_open(const idi_job_batch *batch, const idi_model *generator,
                                   int64_t group, idi_batch_sessions *sessions_out)
{
    *sessions_out = (idi_batch_sessions){
        .batch = batch, .generator = generator, .run = run_of(generator, group)};
    IDI_TRY(open_session(sessions_out, 0));
    return open_runs(sessions_out);
}

void idi_batch_sessions_close(idi_batch_sessions *sessions)
{
    if (!sessions->batch) return;
    idi_memory *memory = sessions->batch->context->memory;
    idi_free(memory, sessions->images);
    idi_free(memory, sessions->amounts);
    idi_free(memory, sessions->other_labels);
    idi_free(memory, sessions->noise_seeds);
    idi_free(memory, sessions->statuses);
    idi_free(memory, sessions->identities);
    idi_free(memory, sessions->styles);
    for (int kind = 0; kind < IDI_JOB_KINDS; kind++)
        idi_session_destroy(&sessions->sessions[kind]);
}

/* Once a batch, when the first job wants it. */
static idi_status open_mix(idi_batch_sessions *s)
{
    idi_memory *memory = s->batch->context->memory;
    const size_t run = (size_t)s->run;
    const size_t pixels = (size_t)(s->batch->size * s->batch->size);
    const size_t classes = (size_t)s->batch->options->generator->traits.classes;
    if (!s->other_labels)
        IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_IMAGE, run, pixels, &s->other_labels));
    if (s->amounts) return IDI_OK;
    return idi_alloc_zeroed(memory, IDI_TAG_GENERAL, run, classes * sizeof *s->amounts,
                            &s->amounts);
}

static idi_status open_aside(idi_batch_sessions *s)
{
    const size_t image = (size_t)(3 * s->batch->size * s->batch->size) * sizeof *s->images;
    if (s->images) return IDI_OK;
    return idi_alloc_zeroed(s->batch->context->memory, IDI_TAG_IMAGE, (size_t)s->run, image,
                            &s->images);
}

static bool is_of(const idi_batch_slot *slot, int kind)
{
    return slot->kind == kind && slot->outcome.status == IDI_OK;
}

/* Slots of a run: of this kind, and good ones of others. */
typedef struct part {
    idi_batch_slot *slots;
    int64_t count;
    int kind;
    int64_t own, others;
} part;

static void count_slots(part *p)
{
    p->own = p->others = 0;
    for (int64_t i = 0; i < p->count; i++) {
        p->own += is_of(&p->slots[i], p->kind);
        p->others += p->slots[i].outcome.status == IDI_OK && p->slots[i].kind != p->kind;
    }
}

static idi_status open_part(idi_batch_sessions *s, const part *p)
{
    IDI_TRY(open_session(s, p->kind));
    if (p->kind & IDI_JOB_HAS_MIX) IDI_TRY(open_mix(s));
    return p->others ? open_aside(s) : IDI_OK;
}

/* Who is not of this kind has no style, and is a bad sample of the run. */
static void set_samples(const idi_batch_sessions *s, const part *p)
{
    const size_t pixels = (size_t)(s->batch->size * s->batch->size);
    const size_t classes = (size_t)s->batch->options->generator->traits.classes;
    for (int64_t i = 0; i < s->run; i++) {
        idi_batch_slot *slot = &p->slots[i < p->count ? i : 0];
        s->styles[i] = NULL;
        s->identities[i] = NULL;
        s->noise_seeds[i] = slot->noise_seed;
        if (i >= p->count || !is_of(slot, p->kind)) continue;
        s->styles[i] = idi_batch_style_of(slot);
        s->identities[i] = idi_batch_identity_of(slot);
        idi_outcome_note(
            &slot->outcome,
            idi_session_check_references(s->sessions[p->kind], s->styles[i], s->identities[i], i));
        if (slot->outcome.status != IDI_OK) s->styles[i] = NULL;
        if (!(p->kind & IDI_JOB_HAS_MIX)) continue;
        memcpy(s->other_labels + (size_t)i * pixels, slot->other, pixels);
        memcpy(s->amounts + (size_t)i * classes, slot->amounts, classes * sizeof *s->amounts);
    }
}

/* What the run did to samples that were good before it. */
static void note_run(const idi_batch_sessions *s, const part *p, const idi_outcome *run)
{
    for (int64_t i = 0; i < p->count; i++) {
        idi_batch_slot *slot = &p->slots[i];
        if (!is_of(slot, p->kind) || s->statuses[i] == IDI_OK) continue;
        const bool is_alone = s->statuses[i] == IDI_ERR_NUMERIC;
        idi_outcome_note(&slot->outcome,
                         idi_fail(s->statuses[i], "%s: %s",
                                  slot->labels_path ? slot->labels_path : slot->out_path,
                                  is_alone ? "the generated image has numbers that are not finite"
                                           : run->sentence));
    }
}

static void take_images(const idi_batch_sessions *s, const part *p)
{
    const size_t count = (size_t)(3 * s->batch->size * s->batch->size);
    for (int64_t i = 0; i < p->count; i++)
        if (is_of(&p->slots[i], p->kind))
            memcpy(p->slots[i].image, s->images + (size_t)i * count, count * sizeof *s->images);
}

/* In place, unless that would overwrite images of another kind. */
static void generate(const idi_batch_sessions *s, const part *p)
{
    const bool has_mix = (p->kind & IDI_JOB_HAS_MIX) != 0;
    idi_outcome outcome = {.status = IDI_OK};
    idi_generate run;
    idi_generate_init(&run);
    run.labels = p->slots[0].labels;
    run.styles = s->styles;
    run.identities = s->identities;
    run.image_out = p->others ? s->images : p->slots[0].image;
    run.sample_status = s->statuses;
    run.noise_seeds = s->batch->options->has_noise ? s->noise_seeds : NULL;
    run.other_labels = has_mix ? s->other_labels : NULL;
    run.label_amounts = has_mix ? s->amounts : NULL;
    idi_outcome_note(&outcome, idi_session_generate(s->sessions[p->kind], &run));
    note_run(s, p, &outcome);
    if (p->others) take_images(s, p);
}

static void run_part(idi_batch_sessions *s, part *p)
{
    count_slots(p);
    if (!p->own) return;
    const idi_status st = open_part(s, p);
    for (int64_t i = 0; st != IDI_OK && i < p->count; i++)
        if (is_of(&p->slots[i], p->kind)) idi_outcome_note(&p->slots[i].outcome, st);
    if (st != IDI_OK) return;
    set_samples(s, p);
    const int64_t others = p->others;
    count_slots(p);
    p->others = others;
    if (p->own) generate(s, p);
}

void idi_batch_sessions_run(idi_batch_sessions *sessions, idi_batch_slot *slots, int64_t count)
{
    for (int64_t at = 0; at < count; at += sessions->run) {
        const int64_t left = count - at;
        for (int kind = 0; kind < IDI_JOB_KINDS; kind++) {
            part p = {.slots = slots + at,
                      .count = left < sessions->run ? left : sessions->run,
                      .kind = kind};
            run_part(sessions, &p);
        }
    }
}
