/* SPDX-License-Identifier: Apache-2.0 */
/* api/search_graph.c - an attack's graph: images of identities, what recognisers see in them, and
 * the slopes of the losses back to the identities and styles. */
#include "api/search.h"
#include "ops/add.h"
#include "ops/concat.h"
#include "ops/l2_normalize.h"
#include "ops/mean_loss.h"
#include "ops/scale.h"
#include "ops/slice.h"

#include <stdio.h>

static idi_value add_input(idi_search *s, const char *name, idi_shape shape)
{
    return idi_graph_input(s->graph, name, IDI_REAL, shape, IDI_RATE_IMAGE);
}

static void add_inputs(idi_search *s)
{
    const idi_ca2sis_config *c = &s->generator->config.generator;
    const int64_t n = s->batch, side = c->size;
    s->in_labels =
        idi_graph_input(s->graph, "labels", IDI_U8, idi_shape3(n, side, side), IDI_RATE_IMAGE);
    s->in_styles = add_input(s, "styles", idi_shape3(n, c->classes, idi_ca2sis_token_width(c)));
    s->in_identity = add_input(s, "identity", idi_shape2(n, s->dim));
    s->in_reference = add_input(s, "reference", idi_shape4(n, side, side, 3));
    s->in_slopes = add_input(s, "slopes", idi_shape1(n + 1));
    for (int64_t k = 0; k < s->attacked_count; k++) {
        char name[32];
        (void)snprintf(name, sizeof name, "target%lld", (long long)k);
        s->in_targets[k] =
            add_input(s, name, idi_shape2(n, s->attacked[k]->config.recogniser.embedding_dim));
    }
}

/* Half the mean squared distance of rows of unit length is the mean of 1 - cosine. */
static idi_value identity_loss(idi_search *s, int64_t k)
{
    const idi_recogniser_config *config = &s->attacked[k]->config.recogniser;
    char scope[32];
    (void)snprintf(scope, sizeof scope, "attacked%lld.", (long long)k);
    idi_graph_push_scope(s->graph, scope);
    const idi_value raw = idi_recogniser(
        s->graph, config, idi_recogniser_crop(s->graph, config, s->images), IDI_MODE_INFERENCE);
    idi_graph_pop_scope(s->graph);
    s->seen[k] = idi_l2_normalize(s->graph, raw);
    idi_graph_mark_output(s->graph, s->seen[k]);
    return idi_scale(s->graph,
                     idi_mean_loss(s->graph, s->seen[k], s->in_targets[k], IDI_LOSS_SQUARE),
                     0.5 * (double)config->embedding_dim);
}

/* The sum over samples of the mean over recognisers. */
static idi_value attack_loss(idi_search *s)
{
    idi_value sum = identity_loss(s, 0);
    for (int64_t k = 1; k < s->attacked_count; k++)
        sum = idi_add(s->graph, sum, identity_loss(s, k));
    return idi_scale(s->graph, sum, (double)s->batch / (double)s->attacked_count);
}

/* [1 + batch]: the attack's loss, then each sample's distance from its reference. A vector, so that
 * each has a weight of its own that a run sets: the slope that comes from behind. */
static idi_value all_losses(idi_search *s)
{
    idi_value parts[1 + IDI_SEARCH_BATCH] = {attack_loss(s)};
    for (int64_t i = 0; i < s->batch; i++)
        parts[1 + i] =
            idi_mean_loss(s->graph, idi_slice(s->graph, s->images, 0, i, 1),
                          idi_slice(s->graph, s->in_reference, 0, i, 1), IDI_LOSS_ABSOLUTE);
    return idi_concat(s->graph, parts, (int)s->batch + 1, 0);
}

idi_status idi_search_build(idi_search *search)
{
    idi_search *const s = search;
    const idi_ca2sis_config *config = &s->generator->config.generator;
    IDI_TRY(idi_graph_create(s->generator->context->memory, &s->graph));
    add_inputs(s);
    const idi_value who = idi_l2_normalize(s->graph, s->in_identity);
    const idi_value tokens = idi_ca2sis_tokens(s->graph, config, s->in_styles, who);
    s->images = idi_ca2sis_generator(s->graph, config, IDI_FORM_PLAIN, s->in_labels, tokens);
    idi_graph_mark_output(s->graph, s->images);
    const idi_value wrt[2] = {s->in_identity, s->in_styles};
    idi_value slopes[2] = {IDI_NONE, IDI_NONE};
    const int count = s->options.has_free_styles ? 2 : 1;
    IDI_TRY(idi_backward(s->graph, all_losses(s), s->in_slopes, wrt, count, slopes));
    s->identity_slope = slopes[0];
    s->style_slope = slopes[1];
    for (int i = 0; i < count; i++)
        idi_graph_mark_output(s->graph, slopes[i]);
    return idi_graph_status(s->graph);
}
