/* SPDX-License-Identifier: Apache-2.0 */
/* train/attacker.c - see attacker.h. */
#include "train/attacker.h"
#include "data/labels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GROUP = IDI_ATTACKER_GROUP };

/* --- the two files ---------------------------------------------------------------------------- */

static idi_status load(idi_memory *memory, const idi_safetensors *file, idi_attack_model *model)
{
    const char *made_for = idi_safetensors_metadata(file, IDI_METADATA_FINGERPRINT);
    idi_tensor_table table;
    IDI_TRY(idi_config_of_file(file, NULL, &model->config));
    (void)snprintf(model->made_for, sizeof model->made_for, "%s", made_for ? made_for : "");
    IDI_TRY(idi_tensor_table_create(file, &table));
    const idi_status st = idi_weights_load(memory, &model->config, &table, &model->weights);
    idi_tensor_table_destroy(&table);
    return st;
}

static idi_status open_model(idi_backend *backend, const char *member, const char *path,
                             idi_fixed_files *files, idi_attack_model *model)
{
    idi_safetensors *file;
    idi_status st = idi_safetensors_open(backend->memory, path, &file);
    if (st == IDI_OK) {
        st = load(backend->memory, file, model);
        idi_safetensors_close(&file);
    }
    if (st != IDI_OK) return idi_fail_prefix(st, "recipe: %s: ", member);
    idi_fixed_files_add(files, member, idi_weights_fingerprint(model->weights));
    return idi_placement_create(model->weights, backend, &model->placement);
}

static idi_status check_generator(const idi_recipe *recipe, const idi_model_config *config)
{
    const char *path = recipe->attacks.generator;
    const idi_generator_traits traits = idi_config_traits(config);
    IDI_REQUIRE(traits.identity_dim > 0, IDI_ERR_ARG,
                "recipe: attacks.generator: %s is a %s, want a generator that takes identities",
                path, idi_arch_name(config->arch));
    IDI_REQUIRE(traits.size == recipe->data.size, IDI_ERR_ARG,
                "recipe: data.size is %lld, but attacks.generator, %s, makes images of %lld",
                (long long)recipe->data.size, path, (long long)traits.size);
    IDI_REQUIRE(traits.classes >= idi_label_scheme_at(0)->class_count, IDI_ERR_ARG,
                "recipe: attacks.generator: %s knows %lld classes, label maps have %d", path,
                (long long)traits.classes, idi_label_scheme_at(0)->class_count);
    return IDI_OK;
}

static idi_status check_pair(const idi_recipe *recipe, const idi_attacker *a)
{
    const idi_model_config *config = &a->recogniser.config;
    const char *path = recipe->attacks.recogniser;
    char fingerprint[17];
    IDI_REQUIRE(!idi_arch_is_generator(config->arch), IDI_ERR_ARG,
                "recipe: attacks.recogniser: %s is a %s, want a recogniser", path,
                idi_arch_name(config->arch));
    IDI_REQUIRE(config->recogniser.embedding_dim == a->identity_dim, IDI_ERR_ARG,
                "recipe: attacks.recogniser: %s gives embeddings of %lld, attacks.generator takes "
                "%lld",
                path, (long long)config->recogniser.embedding_dim, (long long)a->identity_dim);
    (void)snprintf(fingerprint, sizeof fingerprint, "%016llx",
                   (unsigned long long)idi_weights_fingerprint(a->recogniser.weights));
    IDI_REQUIRE(!a->generator.made_for[0] || strcmp(a->generator.made_for, fingerprint) == 0,
                IDI_ERR_ARG,
                "recipe: attacks.recogniser: %s has the fingerprint %s, attacks.generator was made "
                "for %s",
                path, fingerprint, a->generator.made_for);
    return IDI_OK;
}

static idi_status open_models(idi_attacker *a, idi_backend *backend, const idi_recipe *recipe,
                              idi_fixed_files *files)
{
    IDI_TRY(
        open_model(backend, "attacks.generator", recipe->attacks.generator, files, &a->generator));
    IDI_TRY(check_generator(recipe, &a->generator.config));
    a->size = recipe->data.size;
    a->identity_dim = idi_config_traits(&a->generator.config).identity_dim;
    IDI_TRY(open_model(backend, "attacks.recogniser", recipe->attacks.recogniser, files,
                       &a->recogniser));
    return check_pair(recipe, a);
}

/* --- the networks ----------------------------------------------------------------------------- */

static idi_status open_session(idi_backend *backend, idi_attack_model *model, idi_attack_network *n)
{
    const idi_shape shape = idi_graph_shape(n->network.graph, n->network.output);
    n->output_count = idi_shape_count(&shape);
    return idi_graph_session_create(n->network.graph, backend, idi_placement_source,
                                    model->placement, &n->session);
}

static idi_status open_networks(idi_attacker *a, idi_backend *backend)
{
    const idi_network_options options = {.form = IDI_FORM_FOLDED, .batch = GROUP};
    IDI_TRY(idi_network_embed(a->memory, &a->recogniser.config.recogniser, GROUP, a->size,
                              &a->embed.network));
    IDI_TRY(open_session(backend, &a->recogniser, &a->embed));
    IDI_TRY(idi_network_style(a->memory, &a->generator.config, GROUP, &a->style.network));
    IDI_TRY(open_session(backend, &a->generator, &a->style));
    IDI_TRY(idi_network_generator(a->memory, &a->generator.config, &options, &a->generate.network));
    IDI_TRY(open_session(backend, &a->generator, &a->generate));
    return idi_alloc(a->memory, IDI_TAG_GENERAL, (size_t)a->style.output_count * sizeof *a->styles,
                     &a->styles);
}

idi_status idi_attacker_open(idi_backend *backend, const idi_recipe *recipe, idi_fixed_files *files,
                             idi_attacker *attacker_out)
{
    *attacker_out = (idi_attacker){.memory = backend->memory};
    idi_status st = open_models(attacker_out, backend, recipe, files);
    if (st == IDI_OK) st = open_networks(attacker_out, backend);
    if (st != IDI_OK) idi_attacker_close(attacker_out);
    return st;
}

static void close_network(idi_attack_network *n)
{
    idi_graph_session_destroy(&n->session);
    idi_network_destroy(&n->network);
}

static void close_model(idi_attack_model *model)
{
    idi_placement_destroy(&model->placement);
    idi_weights_destroy(&model->weights);
}

void idi_attacker_close(idi_attacker *attacker)
{
    if (!attacker->memory) return;
    close_network(&attacker->generate);
    close_network(&attacker->style);
    close_network(&attacker->embed);
    close_model(&attacker->recogniser);
    close_model(&attacker->generator);
    idi_free(attacker->memory, attacker->styles);
    *attacker = (idi_attacker){0};
}

/* --- running ---------------------------------------------------------------------------------- */

static idi_status set_faces(const idi_attacker *a, idi_attack_network *n, const float *faces)
{
    return idi_graph_session_set_floats(n->session, n->network.image, faces,
                                        GROUP * a->size * a->size * 3);
}

static idi_status set_labels(const idi_attacker *a, idi_attack_network *n, const uint8_t *labels)
{
    return idi_graph_session_set(n->session, n->network.labels, labels,
                                 (size_t)(GROUP * a->size * a->size));
}

static idi_status run(idi_attack_network *n, float *out)
{
    IDI_TRY(idi_graph_session_run(n->session, NULL, NULL));
    return idi_graph_session_get_floats(n->session, n->network.output, out, n->output_count);
}

static idi_status normalise(float *x, int64_t count)
{
    double square = 0.0;
    for (int64_t i = 0; i < count; i++)
        square += (double)x[i] * (double)x[i];
    IDI_REQUIRE(square > 0.0 && isfinite(square), IDI_ERR_NUMERIC,
                "attacks.recogniser: an embedding of the length %g", sqrt(square));
    for (int64_t i = 0; i < count; i++)
        x[i] = (float)((double)x[i] / sqrt(square));
    return IDI_OK;
}

idi_status idi_attacker_embed(idi_attacker *attacker, const float *faces, float *identities_out)
{
    const int64_t dim = attacker->identity_dim;
    IDI_TRY(set_faces(attacker, &attacker->embed, faces));
    IDI_TRY(run(&attacker->embed, identities_out));
    for (int64_t i = 0; i < GROUP; i++)
        IDI_TRY(normalise(identities_out + i * dim, dim));
    return IDI_OK;
}

idi_status idi_attacker_generate(idi_attacker *attacker, const float *faces, const uint8_t *labels,
                                 const float *identities, float *images_out)
{
    idi_attack_network *style = &attacker->style;
    idi_attack_network *generate = &attacker->generate;
    IDI_TRY(set_faces(attacker, style, faces));
    IDI_TRY(set_labels(attacker, style, labels));
    IDI_TRY(run(style, attacker->styles));
    IDI_TRY(set_labels(attacker, generate, labels));
    IDI_TRY(idi_graph_session_set_floats(generate->session, generate->network.styles,
                                         attacker->styles, style->output_count));
    IDI_TRY(idi_graph_session_set_floats(generate->session, generate->network.identity, identities,
                                         GROUP * attacker->identity_dim));
    return run(generate, images_out);
}
