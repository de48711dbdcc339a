/* SPDX-License-Identifier: Apache-2.0 */
/* api/attack_scores.c - pictures of pairs through all recognisers, and their look. */
#include "api/evaluate_attack.h"
#include "eval/identification.h"

#include <string.h>

/* The recognisers at work, and the people among whom rank-1 looks. */
typedef struct judges {
    idi_attack_run *run;
    idi_batch_network networks[IDI_EVALUATE_RECOGNISERS];
    int64_t *person, *photo; /* [people] judged ones and a photograph of each; one block */
    double *similarity;      /* [people] */
    int64_t people;
} judges;

/* Everybody who is a first person of some pair, with the photograph that comes first. */
static idi_status gather_people(judges *j)
{
    idi_attack_run *run = j->run;
    const idi_album *a = &run->album;
    bool *is_judged;
    const size_t room = (size_t)a->people;
    IDI_TRY(idi_alloc(run->memory, IDI_TAG_GENERAL, 2 * room * sizeof *j->person, &j->person));
    IDI_TRY(idi_alloc(run->memory, IDI_TAG_GENERAL, room * sizeof *j->similarity, &j->similarity));
    IDI_TRY(idi_alloc_zeroed(run->memory, IDI_TAG_GENERAL, room, sizeof *is_judged, &is_judged));
    j->photo = j->person + room;
    for (int64_t i = 0; i < run->pairs.attack_count; i++)
        is_judged[run->first[i]] = is_judged[run->second[i]] = true;
    for (int64_t i = 0; i < a->photos; i++) {
        if (!is_judged[a->person[i]]) continue;
        is_judged[a->person[i]] = false;
        j->person[j->people] = a->person[i];
        j->photo[j->people++] = i;
    }
    idi_free(run->memory, is_judged);
    return IDI_OK;
}

static idi_status cosine_to(const judges *j, int64_t k, const float *embedding, int64_t photo,
                            double *cosine_out)
{
    const int64_t dim = j->networks[k].output_count;
    return idi_cosine(embedding, j->run->embeddings[k] + photo * dim, dim, cosine_out);
}

/* In the gallery the pair's two people are on the photographs that the image was not made of. */
static idi_status rank_second(const judges *j, int64_t k, const float *embedding, int64_t pair,
                              double *hit_out)
{
    const idi_attack_run *run = j->run;
    const idi_attack_pair *p = &run->pairs.attack[pair];
    int64_t rank;
    for (int64_t g = 0; g < j->people; g++) {
        const int64_t photo = j->person[g] == run->first[pair]    ? p->image_check
                              : j->person[g] == run->second[pair] ? p->token_check
                                                                  : j->photo[g];
        IDI_TRY(cosine_to(j, k, embedding, photo, &j->similarity[g]));
    }
    const idi_identification one = {j->similarity, &run->second[pair], j->person, NULL, 1,
                                    j->people,     run->album.people};
    IDI_TRY(idi_identification_ranks(run->memory, &one, &rank));
    *hit_out = rank == 1;
    return IDI_OK;
}

static idi_status score(const judges *j, int64_t view, int64_t subject, int64_t k, int64_t pair,
                        const float *embedding)
{
    const idi_attack_run *run = j->run;
    const idi_attack_pair *p = &run->pairs.attack[pair];
    const int64_t count = run->pairs.attack_count;
    double *const at = idi_attack_rows(run, view, subject, k) + pair;
    const int64_t dim = j->networks[k].output_count;
    if (view == IDI_DEGRADE_NONE && !idi_attack_is_second(run, subject))
        memcpy(run->seen[k] + (subject * count + pair) * dim, embedding,
               (size_t)dim * sizeof *embedding);
    IDI_TRY(cosine_to(j, k, embedding, p->token_check, &at[IDI_TO_SECOND * count]));
    IDI_TRY(cosine_to(j, k, embedding, p->image_check, &at[IDI_TO_FIRST * count]));
    IDI_TRY(cosine_to(j, k, embedding, p->token, &at[IDI_TO_TOKEN * count]));
    IDI_TRY(cosine_to(j, k, embedding, p->image, &at[IDI_TO_IMAGE * count]));
    return rank_second(j, k, embedding, pair, &at[IDI_RANK1 * count]);
}

/* The picture as recognisers are to see it. */
static idi_status show(const judges *j, const idi_attack_images *images, int64_t view,
                       int64_t subject, int64_t sample, float *face_out)
{
    const idi_attack_run *run = j->run;
    const idi_bitmap picture = {idi_attack_subject(images, subject, sample), run->size, run->size,
                                3};
    idi_bitmap seen;
    IDI_TRY(idi_bitmap_degrade(run->generator->context, &picture, (idi_degradation)view,
                               run->options->seed, &seen));
    const idi_image face = {seen.data, seen.width, seen.height, 3};
    const idi_status st = idi_face_of(run->memory, &face, face_out);
    idi_bitmap_free(run->generator->context, &seen);
    return st;
}

static idi_status judge_subject(judges *j, const idi_attack_images *images, int64_t view,
                                int64_t subject, int64_t first, int64_t count)
{
    const idi_attack_run *run = j->run;
    for (int64_t i = 0; i < count; i++) {
        float *const face = j->networks[0].image + i * j->networks[0].image_count;
        IDI_TRY(show(j, images, view, subject, i, face));
        for (int64_t k = 1; k < run->recogniser_count; k++)
            memcpy(j->networks[k].image + i * j->networks[k].image_count, face,
                   (size_t)j->networks[0].image_count * sizeof *face);
    }
    for (int64_t k = 0; k < run->recogniser_count; k++) {
        IDI_TRY(idi_batch_network_run(&j->networks[k], count));
        for (int64_t i = 0; i < count; i++)
            IDI_TRY(score(j, view, subject, k, first + i,
                          j->networks[k].output + i * j->networks[k].output_count));
    }
    return IDI_OK;
}

static idi_status look_at(const idi_attack_run *run, const idi_attack_images *images,
                          int64_t condition, int64_t first, int64_t count)
{
    const int64_t pixels = run->size * run->size;
    const idi_shape shape = idi_shape3(run->size, run->size, 3);
    for (int64_t i = 0; i < count; i++) {
        double look[IDI_LOOKS];
        const idi_tensor made = {idi_attack_picture(images, condition, i), IDI_U8, shape};
        const idi_tensor other = {idi_attack_picture(images, idi_attack_reference(condition), i),
                                  IDI_U8, shape};
        IDI_TRY(idi_look_measure(run->memory, &made, &other, images->labels + i * pixels, look));
        for (int l = 0; l < IDI_LOOKS; l++)
            idi_attack_looks(run, condition)[l * run->pairs.attack_count + first + i] = look[l];
    }
    return IDI_OK;
}

/* A row a pair: first person, second person, then what was made. */
static void paste(const idi_attack_run *run, const idi_attack_images *images, int64_t first,
                  int64_t count)
{
    const int64_t size = run->size, columns = run->condition_count + 1;
    for (int64_t i = 0; run->sheet && i < count && first + i < run->sheet_rows; i++)
        for (int64_t c = 0; c < columns; c++) {
            const uint8_t *picture = c == 1 ? images->tokens + i * size * size * 3
                                            : idi_attack_picture(images, c ? c - 1 : 0, i);
            for (int64_t y = 0; y < size; y++)
                memcpy(run->sheet + (((first + i) * size + y) * columns + c) * size * 3,
                       picture + y * size * 3, (size_t)size * 3);
        }
}

static idi_status measure_group(judges *j, const idi_attack_images *images, int64_t first,
                                int64_t count)
{
    for (int64_t view = 0; view < j->run->view_count; view++)
        for (int64_t s = 0; s < j->run->subject_count; s++)
            IDI_TRY(judge_subject(j, images, view, s, first, count));
    for (int64_t c = 0; c < j->run->condition_count; c++)
        IDI_TRY(look_at(j->run, images, c, first, count));
    paste(j->run, images, first, count);
    return IDI_OK;
}

static idi_status measure_all(judges *j, idi_attack_images *images)
{
    const idi_attack_run *run = j->run;
    const int64_t total = run->pairs.attack_count;
    int64_t count = 0;
    for (int64_t done = 0; done < total; done += count) {
        IDI_TRY(idi_evaluate_tell(run->options, "pairs", done, total));
        IDI_TRY(idi_attack_images_next(images, done, &count));
        IDI_TRY(measure_group(j, images, done, count));
    }
    return idi_evaluate_tell(run->options, "pairs", total, total);
}

idi_status idi_attack_measure(idi_attack_run *run)
{
    idi_status st = IDI_OK;
    judges j = {.run = run};
    idi_attack_images images = {0};
    IDI_TRY_TO(done, gather_people(&j));
    for (int64_t k = 0; k < run->recogniser_count; k++)
        IDI_TRY_TO(done, idi_batch_embedder_open(run->recognisers[k], run->options->batch,
                                                 &j.networks[k]));
    IDI_TRY_TO(done, idi_attack_images_open(run, &images));
    st = measure_all(&j, &images);
done:
    idi_attack_images_close(&images);
    for (int64_t k = 0; k < run->recogniser_count; k++)
        idi_batch_network_close(&j.networks[k]);
    idi_free(run->memory, j.similarity);
    idi_free(run->memory, j.person);
    return st;
}
