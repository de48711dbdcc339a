/* SPDX-License-Identifier: Apache-2.0 */
/* cli/doctor_model.c - whether a model file can be loaded and run here, on a drawn face. */
#include "doctor.h"

#include <stdlib.h>

/* A portrait through the model: its own weights, libraries and device, and nobody's photograph. */
static idi_status run_recogniser(const idi_model *model, const idi_bitmap *face)
{
    idi_identity *identity = NULL;
    IDI_CLI_TRY(idi_identity_from_image(model, face, &identity));
    idi_identity_destroy(&identity);
    idi_doctor_say("run", "ok", "an embedding");
    return IDI_OK;
}

static idi_status run_session(const idi_model *model, const idi_model_info *info,
                              const idi_style *style, const idi_identity *identity,
                              const idi_bitmap *labels)
{
    idi_session *session = NULL;
    idi_generate run;
    float *image = malloc((size_t)(info->size * info->size * 3) * sizeof *image);
    idi_status st = image ? idi_session_create(model, NULL, &session) : IDI_ERR_NOMEM;
    idi_generate_init(&run);
    run.labels = labels->data;
    run.styles = &style;
    run.identities = info->identity_dim ? &identity : NULL;
    run.image_out = image;
    if (st == IDI_OK) st = idi_session_generate(session, &run);
    if (st == IDI_OK) idi_doctor_say("run", "ok", "an image, all of it finite");
    idi_session_destroy(&session);
    free(image);
    return st;
}

static idi_status run_generator(idi_cli *cli, const idi_model *model, const idi_model_info *info,
                                const idi_bitmap *face, const idi_bitmap *labels)
{
    enum { LONGEST = 4096 };
    float numbers[LONGEST] = {1.0F};
    idi_plan_report plan = {.struct_size = sizeof plan};
    idi_style *style = NULL;
    idi_identity *identity = NULL;
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_session_plan(model, NULL, &plan));
    idi_doctor_say("memory", "ok", "%.1f MiB for a session of one image",
                   (double)(plan.activation_bytes + plan.workspace_bytes) / (1024.0 * 1024.0));
    IDI_CLI_TRY_TO(done, idi_style_from_image(model, face, labels, &style));
    if (info->identity_dim > 0 && info->identity_dim <= LONGEST)
        IDI_CLI_TRY_TO(done, idi_identity_from_array(cli->context, numbers, info->identity_dim,
                                                     NULL, &identity));
    IDI_CLI_TRY_TO(done, run_session(model, info, style, identity, labels));
done:
    idi_identity_destroy(&identity);
    idi_style_destroy(&style);
    return st;
}

/* The recogniser that photographs are read with, where the file names one. */
static void look_at_recogniser(const idi_model *generator, const idi_model_info *info)
{
    idi_model *recogniser = NULL;
    if (!info->identity_dim) return;
    if (!info->recogniser[0]) {
        idi_doctor_say("recogniser", "-",
                       "the file names none: give one with --recogniser, or embeddings");
    } else if (idi_model_load_recogniser(generator, &recogniser) == IDI_OK) {
        idi_doctor_say("recogniser", "ok", "%s", info->recogniser);
    } else {
        idi_doctor_say("recogniser", "NO", "%s", idi_last_error());
    }
    idi_model_destroy(&recogniser);
}

idi_status idi_doctor_model(idi_cli *cli, const char *path)
{
    idi_model *model = NULL;
    idi_model_info info = {.struct_size = sizeof info};
    idi_bitmap face = {0};
    idi_bitmap labels = {0};
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_model_load(cli->context, path, &model));
    IDI_CLI_TRY_TO(done, idi_model_get_info(model, &info));
    idi_doctor_say("model", "ok", "%s, %lld parameters, side %lld", info.arch,
                   (long long)info.parameter_count, (long long)info.size);
    IDI_CLI_TRY_TO(done, idi_portrait_draw(cli->context, 1, 0, info.is_generator ? info.size : 256,
                                           &face, &labels, NULL));
    if (info.is_generator) {
        look_at_recogniser(model, &info);
        IDI_CLI_TRY_TO(done, run_generator(cli, model, &info, &face, &labels));
    } else {
        IDI_CLI_TRY_TO(done, run_recogniser(model, &face));
    }
done:
    idi_bitmap_free(cli->context, &labels);
    idi_bitmap_free(cli->context, &face);
    idi_model_destroy(&model);
    return st;
}
