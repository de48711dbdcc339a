/* SPDX-License-Identifier: Apache-2.0 */
/* api/model.c - loading, making and importing model files. */
#include "api/objects.h"
#include "model/create.h"

#include <stdio.h>
#include <string.h>

enum { MAX_PATH_BYTES = 4096 };

static idi_status copy_note(const idi_model *model, const idi_safetensors *file, const char *key,
                            char **out)
{
    const char *text = idi_safetensors_metadata(file, key);
    return idi_strdup(model->context->memory, text ? text : "", out);
}

static idi_status fill_model(idi_model *model, const idi_safetensors *file)
{
    idi_memory *memory = model->context->memory;
    IDI_TRY(idi_config_of_file(file, NULL, &model->config));
    model->traits = idi_config_traits(&model->config);
    IDI_TRY(idi_placed_create(model, &model->placed));
    idi_tensor_table table;
    IDI_TRY(idi_tensor_table_create(file, &table));
    const idi_status st = idi_weights_load(memory, &model->config, &table, &model->weights);
    idi_tensor_table_destroy(&table);
    if (st != IDI_OK) return idi_fail_prefix(st, "%s: ", idi_safetensors_path(file));
    IDI_TRY(idi_config_format(memory, &model->config, &model->json));
    IDI_TRY(idi_strdup(memory, idi_safetensors_path(file), &model->path));
    IDI_TRY(copy_note(model, file, IDI_METADATA_LICENCE, &model->licence));
    IDI_TRY(copy_note(model, file, IDI_METADATA_TRAINING_DATA, &model->training_data));
    IDI_TRY(copy_note(model, file, IDI_METADATA_RECOGNISER, &model->recogniser));
    IDI_TRY(copy_note(model, file, IDI_METADATA_FINGERPRINT, &model->recogniser_fingerprint));
    (void)snprintf(model->fingerprint, sizeof model->fingerprint, "%016llx",
                   (unsigned long long)idi_weights_fingerprint(model->weights));
    return IDI_OK;
}

idi_status idi_model_load(idi_context *context, const char *path, idi_model **model_out)
{
    IDI_REQUIRE(context && path && model_out, IDI_ERR_ARG, "model load: a NULL argument");
    *model_out = NULL;
    idi_safetensors *file;
    idi_model *model = NULL;
    IDI_TRY(idi_safetensors_open(context->memory, path, &file));
    idi_status st = idi_alloc_zeroed(context->memory, IDI_TAG_GENERAL, 1, sizeof *model, &model);
    if (st == IDI_OK) {
        model->context = context;
        st = fill_model(model, file);
    }
    idi_safetensors_close(&file);
    if (st != IDI_OK) {
        idi_model_destroy(&model);
        return st;
    }
    *model_out = model;
    return IDI_OK;
}

void idi_model_destroy(idi_model **model)
{
    if (!model || !*model) return;
    idi_memory *memory = (*model)->context->memory;
    idi_placed_destroy(&(*model)->placed);
    idi_weights_destroy(&(*model)->weights);
    idi_free(memory, (*model)->path);
    idi_free(memory, (*model)->json);
    idi_free(memory, (*model)->licence);
    idi_free(memory, (*model)->training_data);
    idi_free(memory, (*model)->recogniser);
    idi_free(memory, (*model)->recogniser_fingerprint);
    idi_free(memory, *model);
    *model = NULL;
}

idi_status idi_model_load_recogniser(const idi_model *generator, idi_model **recogniser_out)
{
    IDI_REQUIRE(generator && recogniser_out, IDI_ERR_ARG, "recogniser: a NULL argument");
    *recogniser_out = NULL;
    const char *name = generator->recogniser;
    IDI_REQUIRE(name[0], IDI_ERR_ARG,
                "%s names no recogniser, and a photograph's identity needs one: give it by hand",
                generator->path);
    char path[MAX_PATH_BYTES];
    const char *slash = name[0] == '/' ? NULL : strrchr(generator->path, '/');
    const int folder = slash ? (int)(slash - generator->path) + 1 : 0;
    const int used = snprintf(path, sizeof path, "%.*s%s", folder, generator->path, name);
    IDI_REQUIRE(used > 0 && used < MAX_PATH_BYTES, IDI_ERR_ARG, "%s: path too long", name);
    return idi_model_load(generator->context, path, recogniser_out);
}

idi_status idi_model_get_info(const idi_model *model, idi_model_info *info)
{
    IDI_REQUIRE(model, IDI_ERR_ARG, "model info: no model");
    IDI_REQUIRE_STRUCT(info, idi_model_info);
    const bool is_generator = idi_arch_is_generator(model->config.arch);
    const idi_generator_traits *traits = &model->traits;
    const idi_recogniser_config *recogniser = &model->config.recogniser;
    *info = (idi_model_info){
        .struct_size = info->struct_size,
        .arch = idi_arch_name(model->config.arch),
        .config = model->json,
        .licence = model->licence,
        .training_data = model->training_data,
        .recogniser = model->recogniser,
        .fingerprint = model->fingerprint,
        .tensor_count = idi_weights_tensor_count(model->weights),
        .parameter_count = idi_weights_parameter_count(model->weights),
        .size = is_generator ? traits->size : recogniser->input_side,
        .classes = traits->classes,
        .style_width = traits->style_width,
        .identity_dim = is_generator ? traits->identity_dim : recogniser->embedding_dim,
        .is_generator = is_generator,
    };
    return IDI_OK;
}

idi_status idi_model_file_init(idi_context *context, const char *arch, const char *config_path,
                               uint64_t seed, const char *out_path)
{
    IDI_REQUIRE(context && arch && out_path, IDI_ERR_ARG, "model init: a NULL argument");
    idi_model_config config;
    IDI_TRY(idi_config_init(arch, 0, &config));
    if (config_path) {
        const idi_arch wanted = config.arch;
        IDI_TRY(idi_config_read(context->memory, config_path, arch, &config));
        IDI_REQUIRE(config.arch == wanted, IDI_ERR_ARG, "%s: describes %s, asked for %s",
                    config_path, idi_arch_name(config.arch), arch);
    }
    return idi_model_create_random(context->memory, &config, seed, out_path);
}

void idi_convert_options_init(idi_convert_options *options)
{
    if (!options) return;
    *options = (idi_convert_options){.struct_size = sizeof *options};
}

idi_status idi_model_file_convert(idi_context *context, const char *in_path,
                                  const idi_convert_options *options, const char *out_path)
{
    IDI_REQUIRE(context && in_path && out_path, IDI_ERR_ARG, "convert: a NULL argument");
    idi_convert_options defaults;
    idi_convert_options_init(&defaults);
    if (!options) options = &defaults;
    IDI_REQUIRE_STRUCT(options, idi_convert_options);
    const idi_import_options import = {options->arch,       options->config_path,
                                       options->licence,    options->training_data,
                                       options->recogniser, options->recogniser_fingerprint};
    return idi_model_import(context->memory, in_path, &import, out_path);
}
