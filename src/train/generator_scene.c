/* SPDX-License-Identifier: Apache-2.0 */
/* train/generator_scene.c - see generator_scene.h. */
#include "train/generator_scene.h"
#include "data/image.h"
#include "ops/concat.h"
#include "ops/slice.h"

#include <stdio.h>

idi_value idi_generator_scene_rows(const idi_generator_scene *scene, idi_value x, int64_t start,
                                   int64_t count)
{
    return idi_slice(scene->graph, x, 0, start, count);
}

/* "faces", "faces1", "faces2" for the parts in turn. */
static idi_value add_input(const idi_generator_scene *s, const char *name, int part,
                           idi_dtype dtype, idi_shape shape)
{
    char number[12] = "";
    char text[32];
    if (part > 0) (void)snprintf(number, sizeof number, "%d", part);
    (void)snprintf(text, sizeof text, "%s%s", name, number);
    return idi_graph_input(s->graph, text, dtype, shape, IDI_RATE_IMAGE);
}

static void add_inputs(idi_generator_scene *s, int part)
{
    const int64_t size = s->recipe->network.generator.size;
    s->faces = add_input(s, "faces", part, IDI_REAL, idi_shape4(s->batch, size, size, 3));
    s->labels = add_input(s, "labels", part, IDI_U8, idi_shape3(s->batch, size, size));
}

idi_value idi_generator_scene_exchange(const idi_generator_scene *scene, idi_value x)
{
    const int64_t own = scene->own;
    idi_value parts[3];
    int count = 0;
    if (scene->swapped == 0) return x;
    if (own > 0) parts[count++] = idi_generator_scene_rows(scene, x, 0, own);
    parts[count++] = idi_generator_scene_rows(scene, x, own + 1, scene->swapped - 1);
    parts[count++] = idi_generator_scene_rows(scene, x, own, 1);
    return idi_concat(scene->graph, parts, count, 0);
}

static void generate(idi_generator_scene *s)
{
    const idi_ca2sis_config *config = &s->recipe->network.generator;
    const idi_value styles = idi_ca2sis_style_encoder(s->graph, config, s->faces, s->labels);
    const idi_value tokens =
        idi_ca2sis_tokens(s->graph, config, styles, config->identity_dim ? s->identity : IDI_NONE);
    s->images =
        s->recipe->weights.attention > 0.0
            ? idi_ca2sis_generator_with_scores(s->graph, config, s->labels, tokens, s->scores)
            : idi_ca2sis_generator(s->graph, config, IDI_FORM_PLAIN, s->labels, tokens);
}

void idi_generator_scene_build(idi_graph *graph, const idi_recipe *recipe,
                               const idi_teacher *teacher, int part, idi_generator_scene *scene_out)
{
    const int64_t count = idi_recipe_part(recipe);
    const int64_t swapped = idi_recipe_swapped(recipe);
    *scene_out = (idi_generator_scene){.graph = graph,
                                       .recipe = recipe,
                                       .first = part * count,
                                       .batch = count,
                                       .own = count - swapped,
                                       .swapped = swapped,
                                       .has_teacher = teacher->weights != NULL,
                                       .identity = IDI_NONE};
    add_inputs(scene_out, part);
    if (scene_out->has_teacher) {
        scene_out->wanted = idi_view_of(graph, &teacher->config, teacher->scope, scene_out->faces);
        scene_out->identity = idi_generator_scene_exchange(scene_out, scene_out->wanted.embedding);
    }
    generate(scene_out);
}

idi_status idi_generator_scene_set(const idi_generator_scene *scene, idi_graph_session *session,
                                   const idi_batch *batch, float *numbers)
{
    const int64_t face = batch->size * batch->size;
    const int64_t pixels = scene->batch * face;
    idi_image_to_float(batch->rgb + 3 * scene->first * face, 3 * pixels, numbers);
    IDI_TRY(idi_graph_session_set_floats(session, scene->faces, numbers, 3 * pixels));
    return idi_graph_session_set(session, scene->labels, batch->labels + scene->first * face,
                                 (size_t)pixels);
}
