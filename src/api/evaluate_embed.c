/* SPDX-License-Identifier: Apache-2.0 */
/* api/evaluate_embed.c - faces through recognisers: workers read ahead, networks run in batches. */
#include "api/evaluate.h"
#include "core/workers.h"

#include <string.h>

enum { FACE_VALUES = IDI_FACE_SIDE * IDI_FACE_SIDE * 3 };

idi_status idi_require_recogniser(const idi_model *model)
{
    IDI_REQUIRE(model, IDI_ERR_ARG, "evaluate: no recogniser");
    IDI_REQUIRE(!idi_arch_is_generator(model->config.arch), IDI_ERR_ARG,
                "%s: is a generator (%s), want a recogniser", model->path,
                idi_arch_name(model->config.arch));
    return IDI_OK;
}

idi_status idi_evaluate_tell(const idi_evaluate_options *options, const char *what, int64_t done,
                             int64_t total)
{
    if (options->progress && options->progress(options->user, what, done, total))
        return idi_fail(IDI_ERR_CANCELLED, "evaluate: stopped after %lld of %lld %s",
                        (long long)done, (long long)total, what);
    return IDI_OK;
}

idi_status idi_face_of(idi_memory *memory, const idi_image *picture, float *face_out)
{
    idi_image resized;
    IDI_TRY(idi_image_resize_bicubic(memory, picture, IDI_FACE_SIDE, IDI_FACE_SIDE, &resized));
    idi_image_to_float(resized.pixels, FACE_VALUES, face_out);
    idi_image_free(memory, &resized);
    return IDI_OK;
}

typedef struct embedding {
    const idi_faces *from;
    const idi_evaluate_options *options;
    idi_memory *memory;
    idi_batch_network *networks; /* [count] */
    int64_t count, window;
    uint8_t *rgb; /* [window, size, size, 3] as read */
    float *faces; /* [window, FACE_VALUES] */
    idi_workers *workers;
} embedding;

static idi_status read_face(void *user, int64_t index, int64_t slot)
{
    const embedding *e = user;
    const int64_t size = e->from->size;
    const idi_image photo = {e->rgb + slot * size * size * 3, size, size, 3};
    IDI_TRY(e->from->read(e->from->user, index, photo.pixels));
    return idi_face_of(e->memory, &photo, e->faces + slot * FACE_VALUES);
}

/* The next faces into the networks' input; how many. */
static idi_status gather(embedding *e, int64_t *count_out)
{
    int64_t count = 0;
    for (; count < e->options->batch; count++) {
        idi_work_item item;
        IDI_TRY(idi_workers_take(e->workers, &item));
        if (item.is_end) break;
        for (int64_t k = 0; k < e->count; k++)
            memcpy(e->networks[k].image + count * FACE_VALUES, e->faces + item.slot * FACE_VALUES,
                   FACE_VALUES * sizeof *e->faces);
        idi_workers_release(e->workers);
    }
    *count_out = count;
    return IDI_OK;
}

static idi_status embed_all(embedding *e, float **out)
{
    int64_t count = 0;
    const idi_faces *from = e->from;
    for (int64_t done = 0; done < from->count; done += count) {
        IDI_TRY(idi_evaluate_tell(e->options, from->name, done, from->count));
        IDI_TRY(gather(e, &count));
        for (int64_t k = 0; k < e->count; k++) {
            const int64_t dim = e->networks[k].output_count;
            IDI_TRY(idi_batch_network_run(&e->networks[k], count));
            memcpy(out[k] + done * dim, e->networks[k].output,
                   (size_t)(count * dim) * sizeof **out);
        }
    }
    return idi_evaluate_tell(e->options, from->name, from->count, from->count);
}

static idi_status open_all(embedding *e, const idi_model *const *recognisers, float **out)
{
    const int64_t size = e->from->size;
    const size_t window = (size_t)e->window;
    IDI_TRY(idi_alloc_zeroed(e->memory, IDI_TAG_GENERAL, (size_t)e->count, sizeof *e->networks,
                             &e->networks));
    for (int64_t k = 0; k < e->count; k++) {
        IDI_TRY(idi_batch_embedder_open(recognisers[k], e->options->batch, &e->networks[k]));
        IDI_TRY(idi_alloc(e->memory, IDI_TAG_GENERAL,
                          (size_t)(e->from->count * e->networks[k].output_count) * sizeof **out,
                          &out[k]));
    }
    IDI_TRY(idi_alloc(e->memory, IDI_TAG_IMAGE, window * (size_t)(size * size) * 3, &e->rgb));
    IDI_TRY(
        idi_alloc(e->memory, IDI_TAG_IMAGE, window * FACE_VALUES * sizeof *e->faces, &e->faces));
    const idi_workers_options o = {
        e->options->thread_count, e->window, 0, e->from->count, false, read_face, e};
    return idi_workers_create(e->memory, &o, &e->workers);
}

static void close_all(embedding *e)
{
    idi_workers_destroy(&e->workers);
    for (int64_t k = 0; e->networks && k < e->count; k++)
        idi_batch_network_close(&e->networks[k]);
    idi_free(e->memory, e->networks);
    idi_free(e->memory, e->rgb);
    idi_free(e->memory, e->faces);
}

idi_status idi_faces_embed(const idi_faces *faces, const idi_model *const *recognisers,
                           int64_t count, const idi_evaluate_options *options,
                           float **embeddings_out)
{
    embedding e = {.from = faces,
                   .options = options,
                   .memory = recognisers[0]->context->memory,
                   .count = count,
                   .window = 2 * options->batch};
    for (int64_t k = 0; k < count; k++)
        embeddings_out[k] = NULL;
    idi_status st = open_all(&e, recognisers, embeddings_out);
    if (st == IDI_OK) st = embed_all(&e, embeddings_out);
    close_all(&e);
    for (int64_t k = 0; st != IDI_OK && k < count; k++) {
        idi_free(e.memory, embeddings_out[k]);
        embeddings_out[k] = NULL;
    }
    return st;
}

static idi_status read_photo(const void *user, int64_t index, uint8_t *rgb_out)
{
    const idi_album *album = user;
    idi_sample sample = {0};
    sample.rgb = rgb_out;
    return idi_dataset_read(album->dataset, album->item[index], &sample);
}

idi_status idi_album_embed(const idi_album *album, const idi_model *const *recognisers,
                           int64_t count, const idi_evaluate_options *options,
                           float **embeddings_out)
{
    const idi_faces faces = {"photographs", album->photos, idi_dataset_size(album->dataset),
                             read_photo, album};
    return idi_faces_embed(&faces, recognisers, count, options, embeddings_out);
}
