/* SPDX-License-Identifier: Apache-2.0 */
/* model/network.c - see network.h. */
#include "model/network.h"

static idi_status start(idi_memory *memory, idi_network *network)
{
    *network = (idi_network){.labels = IDI_NONE,
                             .image = IDI_NONE,
                             .styles = IDI_NONE,
                             .identity = IDI_NONE,
                             .noise = IDI_NONE,
                             .other_labels = IDI_NONE,
                             .own_weights = IDI_NONE,
                             .other_weights = IDI_NONE,
                             .output = IDI_NONE};
    return idi_graph_create(memory, &network->graph);
}

/* The graph's status; a failed graph is freed. */
static idi_status finish(idi_network *network)
{
    idi_graph_mark_output(network->graph, network->output);
    const idi_status st = idi_graph_status(network->graph);
    if (st != IDI_OK) idi_network_destroy(network);
    return st;
}

static void add_label_map(idi_network *n, int64_t batch, int64_t size)
{
    n->labels =
        idi_graph_input(n->graph, "labels", IDI_U8, idi_shape3(batch, size, size), IDI_RATE_IMAGE);
}

static void add_labels(idi_network *n, const idi_ca2sis_config *config, int64_t batch)
{
    add_label_map(n, batch, config->size);
}

static void add_image(idi_network *n, int64_t batch, int64_t side)
{
    n->image = idi_graph_input(n->graph, "image", IDI_REAL, idi_shape4(batch, side, side, 3),
                               IDI_RATE_IMAGE);
}

/* The mask's code: of one label map, or of two. */
static idi_value add_code(idi_network *n, const idi_ca2sis_config *config, int64_t batch,
                          bool has_label_mix)
{
    const idi_shape weights = idi_shape3(batch, config->classes - 1, config->classes - 1);
    if (!has_label_mix) return idi_ca2sis_mask_embedder(n->graph, config, n->labels);
    n->other_labels =
        idi_graph_input(n->graph, "other_labels", IDI_U8,
                        idi_shape3(batch, config->size, config->size), IDI_RATE_IMAGE);
    n->own_weights = idi_graph_input(n->graph, "own_weights", IDI_REAL, weights, IDI_RATE_IMAGE);
    n->other_weights =
        idi_graph_input(n->graph, "other_weights", IDI_REAL, weights, IDI_RATE_IMAGE);
    return idi_ca2sis_mixed_code(n->graph, config, n->labels, n->own_weights, n->other_labels,
                                 n->other_weights);
}

/* References enter the folded form's products as the caller has them. */
static void add_generator(idi_network *n, const idi_ca2sis_config *config,
                          const idi_network_options *options)
{
    const int64_t batch = options->batch;
    const idi_form form = options->form;
    const idi_dtype kind = form == IDI_FORM_FOLDED ? IDI_WIDE : IDI_REAL;
    n->styles = idi_graph_input(n->graph, "styles", kind,
                                idi_shape3(batch, config->classes, idi_ca2sis_token_width(config)),
                                IDI_RATE_REFERENCE);
    if (config->identity_dim)
        n->identity = idi_graph_input(n->graph, "identity", kind,
                                      idi_shape2(batch, config->identity_dim), IDI_RATE_REFERENCE);
    const idi_value tokens = idi_ca2sis_tokens(n->graph, config, n->styles, n->identity);
    const idi_value code = add_code(n, config, batch, options->has_label_mix);
    n->output = idi_ca2sis_generator_of_code(n->graph, config, form, n->labels, code, tokens);
}

static void add_noise_encoder(idi_network *n, const idi_ca2sis_config *config, int64_t batch)
{
    n->noise = idi_graph_input(n->graph, "noise", IDI_REAL, idi_shape2(batch, config->noise_dim),
                               IDI_RATE_IMAGE);
    n->output = idi_ca2sis_noise_encoder(n->graph, config, n->noise, n->labels);
}

static idi_status generate(idi_memory *memory, const idi_ca2sis_config *config,
                           const idi_network_options *options, idi_network *network_out)
{
    idi_ca2sis_config used = *config;
    IDI_TRY(idi_ca2sis_config_check(config));
    if (options->is_identity_off) used.identity_dim = 0;
    IDI_TRY(start(memory, network_out));
    add_labels(network_out, &used, options->batch);
    add_generator(network_out, &used, options);
    return finish(network_out);
}

idi_status idi_network_generate(idi_memory *memory, const idi_ca2sis_config *config, idi_form form,
                                int64_t batch, idi_network *network_out)
{
    const idi_network_options options = {.form = form, .batch = batch};
    return generate(memory, config, &options, network_out);
}

idi_status idi_network_encode_style(idi_memory *memory, const idi_ca2sis_config *config,
                                    int64_t batch, idi_network *network_out)
{
    IDI_TRY(idi_ca2sis_config_check(config));
    IDI_TRY(start(memory, network_out));
    add_labels(network_out, config, batch);
    add_image(network_out, batch, config->size);
    network_out->output = idi_ca2sis_style_encoder(network_out->graph, config, network_out->image,
                                                   network_out->labels);
    return finish(network_out);
}

idi_status idi_network_encode_noise(idi_memory *memory, const idi_ca2sis_config *config,
                                    int64_t batch, idi_network *network_out)
{
    IDI_TRY(idi_ca2sis_config_check(config));
    IDI_REQUIRE(config->noise_dim > 0, IDI_ERR_UNSUPPORTED, "the model has no noise encoder");
    IDI_TRY(start(memory, network_out));
    add_labels(network_out, config, batch);
    add_noise_encoder(network_out, config, batch);
    return finish(network_out);
}

/* Labels are there already. */
static void add_spade(idi_network *n, const idi_spade_config *config, int64_t batch, bool has_noise)
{
    if (config->style_dim)
        n->styles = idi_graph_input(n->graph, "styles", IDI_REAL,
                                    idi_shape3(batch, config->classes, config->style_dim),
                                    IDI_RATE_REFERENCE);
    if (has_noise)
        n->noise = idi_graph_input(n->graph, "noise", IDI_REAL,
                                   idi_shape2(batch, idi_sean_noise_count(config)), IDI_RATE_IMAGE);
    n->output = idi_spade_generator(n->graph, config, n->labels, n->styles, n->noise);
}

idi_status idi_network_generator(idi_memory *memory, const idi_model_config *config,
                                 const idi_network_options *options, idi_network *network_out)
{
    IDI_REQUIRE(!options->has_noise || config->arch == IDI_ARCH_SEAN, IDI_ERR_UNSUPPORTED,
                "%s has no noise", idi_arch_name(config->arch));
    if (idi_arch_is_ca2sis(config->arch))
        return generate(memory, &config->generator, options, network_out);
    IDI_REQUIRE(!options->has_label_mix, IDI_ERR_UNSUPPORTED,
                "%s has no mask codes that could be mixed", idi_arch_name(config->arch));
    IDI_TRY(idi_config_check(config));
    IDI_TRY(start(memory, network_out));
    add_label_map(network_out, options->batch, config->spade.size);
    add_spade(network_out, &config->spade, options->batch, options->has_noise);
    return finish(network_out);
}

idi_status idi_network_style(idi_memory *memory, const idi_model_config *config, int64_t batch,
                             idi_network *network_out)
{
    if (idi_arch_is_ca2sis(config->arch))
        return idi_network_encode_style(memory, &config->generator, batch, network_out);
    IDI_REQUIRE(config->arch == IDI_ARCH_SEAN, IDI_ERR_UNSUPPORTED,
                "%s has no styles: it makes images of labels alone", idi_arch_name(config->arch));
    IDI_TRY(idi_config_check(config));
    IDI_TRY(start(memory, network_out));
    add_label_map(network_out, batch, config->spade.size);
    add_image(network_out, batch, config->spade.size);
    network_out->output = idi_sean_style_encoder(network_out->graph, &config->spade,
                                                 network_out->image, network_out->labels);
    return finish(network_out);
}

idi_status idi_network_embed(idi_memory *memory, const idi_recogniser_config *config, int64_t batch,
                             int64_t side, idi_network *network_out)
{
    IDI_TRY(idi_recogniser_config_check(config));
    IDI_TRY(start(memory, network_out));
    add_image(network_out, batch, side ? side : config->input_side);
    const idi_value crop = side
                               ? idi_recogniser_crop(network_out->graph, config, network_out->image)
                               : network_out->image;
    network_out->output = idi_recogniser(network_out->graph, config, crop, IDI_MODE_INFERENCE);
    return finish(network_out);
}

static idi_status all_of_spade(idi_memory *memory, const idi_model_config *config,
                               idi_network *network_out)
{
    const idi_spade_config *spade = &config->spade;
    const bool is_sean = config->arch == IDI_ARCH_SEAN;
    IDI_TRY(idi_config_check(config));
    IDI_TRY(start(memory, network_out));
    add_label_map(network_out, 1, spade->size);
    if (is_sean) {
        add_image(network_out, 1, spade->size);
        (void)idi_sean_style_encoder(network_out->graph, spade, network_out->image,
                                     network_out->labels);
    }
    add_spade(network_out, spade, 1, is_sean);
    return finish(network_out);
}

idi_status idi_network_all(idi_memory *memory, const idi_model_config *config,
                           idi_network *network_out)
{
    if (!idi_arch_is_generator(config->arch))
        return idi_network_embed(memory, &config->recogniser, 1, 0, network_out);
    if (!idi_arch_is_ca2sis(config->arch)) return all_of_spade(memory, config, network_out);
    const idi_ca2sis_config *generator = &config->generator;
    IDI_TRY(idi_ca2sis_config_check(generator));
    IDI_TRY(start(memory, network_out));
    add_labels(network_out, generator, 1);
    add_image(network_out, 1, generator->size);
    network_out->output = idi_ca2sis_style_encoder(network_out->graph, generator,
                                                   network_out->image, network_out->labels);
    if (generator->noise_dim) add_noise_encoder(network_out, generator, 1);
    add_generator(network_out, generator,
                  &(idi_network_options){.form = IDI_FORM_PLAIN, .batch = 1});
    return finish(network_out);
}

void idi_network_destroy(idi_network *network)
{
    idi_graph_destroy(&network->graph);
}
