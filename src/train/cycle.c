/* SPDX-License-Identifier: Apache-2.0 */
/* train/cycle.c - see cycle.h. */
#include "train/cycle.h"
#include "ops/mean_loss.h"

#include <stdio.h>

static idi_value swapped_rows(const idi_generator_scene *s, idi_value x)
{
    return idi_generator_scene_rows(s, x, s->own, s->swapped);
}

static idi_value add_labels(const idi_generator_scene *s, int part)
{
    const int64_t size = s->recipe->network.generator.size;
    char name[32];
    (void)snprintf(name, sizeof name, "cycle_labels%d", part);
    return idi_graph_input(s->graph, name, IDI_U8, idi_shape3(s->swapped, size, size),
                           IDI_RATE_IMAGE);
}

idi_value idi_cycle_build(const idi_generator_scene *scene, int part, idi_cycle *cycle_out)
{
    const idi_generator_scene *s = scene;
    const idi_ca2sis_config *config = &s->recipe->network.generator;
    *cycle_out = (idi_cycle){IDI_NONE};
    if (s->recipe->weights.cycle <= 0.0) return IDI_NONE;
    cycle_out->labels = add_labels(s, part);
    const idi_value styles =
        idi_ca2sis_style_encoder(s->graph, config, swapped_rows(s, s->images), cycle_out->labels);
    const idi_value tokens =
        idi_ca2sis_tokens(s->graph, config, styles, swapped_rows(s, s->wanted.embedding));
    const idi_value back =
        idi_ca2sis_generator(s->graph, config, IDI_FORM_PLAIN, cycle_out->labels, tokens);
    return idi_mean_loss(s->graph, back, swapped_rows(s, s->faces), IDI_LOSS_ABSOLUTE);
}

idi_status idi_cycle_set(const idi_cycle *cycle, const idi_generator_scene *scene,
                         idi_graph_session *session, const idi_batch *batch)
{
    const int64_t pixels = batch->size * batch->size;
    if (cycle->labels == IDI_NONE) return IDI_OK;
    return idi_graph_session_set(session, cycle->labels,
                                 batch->labels + (scene->first + scene->own) * pixels,
                                 (size_t)(scene->swapped * pixels));
}
