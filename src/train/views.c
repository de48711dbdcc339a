/* SPDX-License-Identifier: Apache-2.0 */
/* train/views.c - see views.h. */
#include "train/views.h"
#include "ops/add.h"
#include "ops/affine_sample.h"
#include "ops/color_mix.h"
#include "train/seeds.h"

#include <stdio.h>

static idi_value add_input(idi_graph *graph, const char *name, int part, idi_shape shape)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%s%d", name, part);
    return idi_graph_input(graph, text, idi_graph_exact_kind(graph), shape, IDI_RATE_IMAGE);
}

idi_value idi_views_build(idi_graph *graph, const idi_recipe *recipe, int part, idi_value images,
                          idi_views *views_out)
{
    const idi_augmentation *a = &recipe->views;
    const int64_t count = idi_recipe_part(recipe);
    const idi_shape shape = idi_graph_shape(graph, images);
    const bool is_changed =
        idi_augmentation_moves(a) || idi_augmentation_tints(a) || a->noise > 0.0;
    *views_out = (idi_views){.recipe = recipe,
                             .first = part * count,
                             .count = count,
                             .maps = IDI_NONE,
                             .matrices = IDI_NONE,
                             .noises = IDI_NONE};
    if (!is_changed) return images;
    images = idi_exact(graph, images); /* places in 16 bits would be off by half a pixel */
    if (idi_augmentation_moves(a)) {
        views_out->maps = add_input(graph, "view_maps", part, idi_shape3(count, 2, 3));
        images =
            idi_affine_sample(graph, images, views_out->maps, recipe->data.size, recipe->data.size);
    }
    if (idi_augmentation_tints(a)) {
        views_out->matrices = add_input(graph, "view_matrices", part, idi_shape3(count, 3, 4));
        images = idi_color_mix(graph, images, views_out->matrices);
    }
    if (a->noise > 0.0) {
        views_out->noises = add_input(graph, "view_noises", part, shape);
        images = idi_add(graph, images, views_out->noises);
    }
    return idi_real(graph, images);
}

/* One face's part of an input: idi_augment_map() and its like. */
typedef void (*draw_function)(const idi_augmentation *a, uint64_t seed, uint64_t number,
                              int64_t size, float *out);

static void draw_map(const idi_augmentation *a, uint64_t seed, uint64_t number, int64_t size,
                     float *out)
{
    (void)size;
    idi_augment_map(a, seed, number, out);
}

static void draw_matrix(const idi_augmentation *a, uint64_t seed, uint64_t number, int64_t size,
                        float *out)
{
    (void)size;
    idi_augment_matrix(a, seed, number, out);
}

static idi_status set(const idi_views *v, idi_graph_session *session, idi_value input,
                      draw_function draw, int64_t width, uint64_t first, float *numbers)
{
    const uint64_t seed = idi_seed_of(v->recipe, IDI_SEED_VIEWS);
    if (input == IDI_NONE) return IDI_OK;
    for (int64_t i = 0; i < v->count; i++)
        draw(&v->recipe->views, seed, first + (uint64_t)i, v->recipe->data.size,
             numbers + i * width);
    return idi_graph_session_set_floats(session, input, numbers, v->count * width);
}

idi_status idi_views_set(const idi_views *views, idi_graph_session *session, int64_t step,
                         int64_t rank_first, float *numbers)
{
    const idi_recipe *r = views->recipe;
    const uint64_t first = (uint64_t)(step * r->batch.people + rank_first + views->first);
    const int64_t face = r->data.size * r->data.size * 3;
    IDI_TRY(set(views, session, views->maps, draw_map, 6, first, numbers));
    IDI_TRY(set(views, session, views->matrices, draw_matrix, 12, first, numbers));
    return set(views, session, views->noises, idi_augment_noise, face, first, numbers);
}
