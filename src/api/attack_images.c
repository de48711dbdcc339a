/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_images.c - pictures of pairs: workers read and recolour ahead, styles and images are
 * made in batches. */
#include "api/evaluate_attack.h"
#include "data/image.h"

#include <math.h>
#include <string.h>

enum { SLOT_BYTES = 3 * 3 + 2 }; /* a pixel: first, second, recoloured; two label maps */

static int64_t pixels_of(const idi_attack_run *run)
{
    return run->size * run->size;
}

static idi_status read_pair(void *user, int64_t index, int64_t slot)
{
    const idi_attack_images *m = user;
    const idi_album *album = &m->run->album;
    const idi_attack_pair *pair = &m->run->pairs.attack[index];
    const int64_t pixels = pixels_of(m->run);
    uint8_t *const at = m->read + slot * SLOT_BYTES * pixels;
    idi_sample first = {.rgb = at, .labels = at + 9 * pixels};
    idi_sample second = {.rgb = at + 3 * pixels, .labels = at + 10 * pixels};
    IDI_TRY(idi_dataset_read(album->dataset, album->item[pair->image], &first));
    IDI_TRY(idi_dataset_read(album->dataset, album->item[pair->token], &second));
    idi_recolour(first.rgb, first.labels, second.rgb, second.labels, pixels, at + 6 * pixels);
    return IDI_OK;
}

static idi_status allocate(idi_attack_images *m)
{
    idi_memory *memory = m->run->memory;
    const size_t batch = (size_t)m->run->options->batch, pixels = (size_t)pixels_of(m->run);
    const size_t pictures = batch * (size_t)m->run->condition_count;
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, (size_t)m->window * SLOT_BYTES * pixels, &m->read));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, batch * pixels, &m->labels));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, pictures * pixels * 3, &m->rgb));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, batch * pixels * 3, &m->tokens));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, batch, sizeof *m->styles, &m->styles));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, batch, sizeof *m->own, &m->own));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, batch, sizeof *m->token, &m->token));
    return idi_alloc_zeroed(memory, IDI_TAG_GENERAL, batch, sizeof *m->mixed, &m->mixed);
}

static idi_status open_all(idi_attack_images *m)
{
    const idi_attack_run *run = m->run;
    idi_session_options o;
    idi_session_options_init(&o);
    o.batch = run->options->batch;
    IDI_TRY(allocate(m));
    IDI_TRY(idi_batch_stylist_open(run->generator, run->options->batch, &m->stylist));
    IDI_TRY(idi_session_create(run->generator, &o, &m->session));
    if (run->has_search) IDI_TRY(idi_attack_search_open(run, &m->search));
    const idi_workers_options w = {
        run->options->thread_count, m->window, 0, run->pairs.attack_count, false, read_pair, m};
    return idi_workers_create(run->memory, &w, &m->workers);
}

idi_status idi_attack_images_open(const idi_attack_run *run, idi_attack_images *images_out)
{
    *images_out = (idi_attack_images){.run = run, .window = 2 * run->options->batch};
    const idi_status st = open_all(images_out);
    if (st != IDI_OK) idi_attack_images_close(images_out);
    return st;
}

/* The values of a group. */
static void drop_values(idi_attack_images *m)
{
    for (int64_t i = 0; i < m->run->options->batch; i++) {
        if (m->styles) idi_style_destroy(&m->styles[i]);
        if (m->own) idi_identity_destroy(&m->own[i]);
        if (m->token) idi_identity_destroy(&m->token[i]);
        if (m->mixed) idi_identity_destroy(&m->mixed[i]);
    }
}

void idi_attack_images_close(idi_attack_images *images)
{
    if (!images->run) return;
    idi_memory *memory = images->run->memory;
    idi_workers_destroy(&images->workers);
    drop_values(images);
    idi_search_close(&images->search);
    idi_session_destroy(&images->session);
    idi_batch_network_close(&images->stylist);
    idi_free(memory, images->read);
    idi_free(memory, images->labels);
    idi_free(memory, images->rgb);
    idi_free(memory, images->tokens);
    idi_free(memory, images->styles);
    idi_free(memory, images->own);
    idi_free(memory, images->token);
    idi_free(memory, images->mixed);
    *images = (idi_attack_images){0};
}

/* --- a group ---------------------------------------------------------------------------------- */

static void take_slot(idi_attack_images *m, int64_t slot, int64_t sample)
{
    const int64_t pixels = pixels_of(m->run);
    const size_t bytes = (size_t)pixels * 3;
    const uint8_t *const at = m->read + slot * SLOT_BYTES * pixels;
    memcpy(idi_attack_picture(m, IDI_AS_PHOTO, sample), at, bytes);
    memcpy(m->tokens + sample * 3 * pixels, at + 3 * pixels, bytes);
    memcpy(idi_attack_picture(m, IDI_AS_RECOLOURED, sample), at + 6 * pixels, bytes);
    memcpy(m->labels + sample * pixels, at + 9 * pixels, (size_t)pixels);
    memcpy(m->stylist.labels + sample * pixels, at + 9 * pixels, (size_t)pixels);
    idi_image_to_float(at, 3 * pixels, m->stylist.image + sample * 3 * pixels);
}

static idi_status gather(idi_attack_images *m, int64_t *count_out)
{
    int64_t count = 0;
    for (; count < m->run->options->batch; count++) {
        idi_work_item item;
        IDI_TRY(idi_workers_take(m->workers, &item));
        if (item.is_end) break;
        take_slot(m, item.slot, count);
        idi_workers_release(m->workers);
    }
    *count_out = count;
    return IDI_OK;
}

idi_status idi_attack_identity(const idi_attack_run *run, int64_t photo,
                               idi_identity **identity_out)
{
    const idi_model *recogniser = run->recognisers[0];
    const int64_t dim = recogniser->config.recogniser.embedding_dim;
    return idi_identity_from_array(recogniser->context, run->embeddings[0] + photo * dim, dim,
                                   recogniser->fingerprint, identity_out);
}

static idi_status make_values(idi_attack_images *m, int64_t first, int64_t count)
{
    const idi_attack_run *run = m->run;
    const idi_generator_traits *traits = &run->generator->traits;
    IDI_TRY(idi_batch_network_run(&m->stylist, count));
    for (int64_t i = 0; i < count; i++) {
        const idi_attack_pair *pair = &run->pairs.attack[first + i];
        IDI_TRY(idi_style_from_array(run->generator->context,
                                     m->stylist.output + i * m->stylist.output_count,
                                     traits->classes, traits->style_width, &m->styles[i]));
        if (!traits->identity_dim) continue;
        IDI_TRY(idi_attack_identity(run, pair->image, &m->own[i]));
        IDI_TRY(idi_attack_identity(run, pair->token, &m->token[i]));
    }
    return IDI_OK;
}

/* Samples beyond the group repeat its first, so that a batch is whole. */
static idi_status generate(idi_attack_images *m, int64_t count, int64_t condition,
                           idi_identity *const *identities)
{
    const int64_t batch = m->run->options->batch, pixels = pixels_of(m->run);
    const idi_style *styles[1024];
    const idi_identity *who[1024];
    idi_generate run;
    for (int64_t i = 0; i < batch; i++) {
        styles[i] = m->styles[i < count ? i : 0];
        who[i] = identities[i < count ? i : 0];
        if (i >= count) memcpy(m->labels + i * pixels, m->labels, (size_t)pixels);
    }
    idi_generate_init(&run);
    run.labels = m->labels;
    run.styles = styles;
    run.identities = m->run->generator->traits.identity_dim ? who : NULL;
    run.rgb_out = idi_attack_picture(m, condition, 0);
    return idi_session_generate(m->session, &run);
}

static idi_status inject(idi_attack_images *m, int64_t count, int64_t condition)
{
    const double strength = m->run->strengths[condition - IDI_AS_INJECTED];
    if (fabs(strength - 1.0) <= 0.0) return generate(m, count, condition, m->token);
    for (int64_t i = 0; i < count; i++) {
        idi_identity_destroy(&m->mixed[i]);
        IDI_TRY(idi_identity_slerp(m->own[i], m->token[i], strength, &m->mixed[i]));
    }
    return generate(m, count, condition, m->mixed);
}

idi_status idi_attack_images_next(idi_attack_images *images, int64_t first, int64_t *count_out)
{
    int64_t count = 0;
    drop_values(images);
    IDI_TRY(gather(images, &count));
    IDI_TRY(make_values(images, first, count));
    IDI_TRY(generate(images, count, IDI_AS_OWN, images->own));
    for (int64_t c = IDI_AS_INJECTED; c < images->run->condition_count; c++) {
        if (idi_attack_is_searched(images->run, c))
            IDI_TRY(idi_attack_search_run(images, first, count));
        else
            IDI_TRY(inject(images, count, c));
    }
    *count_out = count;
    return IDI_OK;
}
