/* SPDX-License-Identifier: Apache-2.0 */
/* train/surrogates.c - see surrogates.h. */
#include "train/surrogates.h"

#include <stdio.h>

idi_status idi_surrogates_open(idi_memory *memory, const idi_recipe *recipe,
                               idi_surrogates *surrogates_out)
{
    idi_surrogates *s = surrogates_out;
    *s = (idi_surrogates){0};
    for (int i = 0; i < IDI_RECIPE_SURROGATES && recipe->surrogates[i][0]; i++, s->count++) {
        char scope[IDI_TEACHER_SCOPE_BYTES];
        (void)snprintf(scope, sizeof scope, IDI_STORE_TRAINING "surrogate%d.", i);
        const idi_status st = idi_teacher_open(memory, recipe->surrogates[i], scope, &s->at[i]);
        if (st == IDI_OK) continue;
        idi_surrogates_close(s);
        return idi_fail_prefix(st, "recipe: surrogates: ");
    }
    return IDI_OK;
}

void idi_surrogates_close(idi_surrogates *surrogates)
{
    for (int i = 0; i < surrogates->count; i++)
        idi_teacher_close(&surrogates->at[i]);
    surrogates->count = 0;
}

idi_status idi_surrogates_place(const idi_surrogates *surrogates, idi_store *store)
{
    for (int i = 0; i < surrogates->count; i++)
        IDI_TRY(idi_teacher_place(&surrogates->at[i], store));
    return IDI_OK;
}

/* --- losses ----------------------------------------------------------------------------------- */

/* [batch, E] each, of unit length: of the images, and of whose identity they got. */
typedef struct judgement {
    idi_value seen, wanted;
} judgement;

static judgement judge(const idi_generator_scene *s, const idi_teacher *by, idi_value images)
{
    const idi_value faces = idi_view_of(s->graph, &by->config, by->scope, s->faces).embedding;
    return (judgement){idi_view_of(s->graph, &by->config, by->scope, images).embedding,
                       idi_generator_scene_exchange(s, faces)};
}

static idi_value mean_loss(const idi_generator_scene *s, const judgement *by, int judges,
                           int64_t start, int64_t count)
{
    idi_loss_sum sum = {s->graph, IDI_NONE};
    if (count == 0) return IDI_NONE;
    for (int i = 0; i < judges; i++)
        idi_loss_sum_add(&sum,
                         idi_identity_loss(s->graph,
                                           idi_generator_scene_rows(s, by[i].seen, start, count),
                                           idi_generator_scene_rows(s, by[i].wanted, start, count)),
                         1.0 / (double)judges);
    return sum.total;
}

void idi_identity_losses(const idi_generator_scene *scene, const idi_surrogates *surrogates,
                         idi_value images, idi_value seen, idi_value *own_out,
                         idi_value *swapped_out)
{
    judgement by[1 + IDI_RECIPE_SURROGATES] = {{seen, scene->identity}};
    const int judges = 1 + surrogates->count;
    for (int i = 1; i < judges; i++)
        by[i] = judge(scene, &surrogates->at[i - 1], images);
    *own_out = mean_loss(scene, by, judges, 0, scene->own);
    *swapped_out = mean_loss(scene, by, judges, scene->own, scene->swapped);
}
