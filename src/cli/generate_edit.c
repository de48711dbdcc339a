/* SPDX-License-Identifier: Apache-2.0 */
/* cli/generate_edit.c - generate with values that are made of several: loads, mixes, runs, writes.
 */
#include "generate.h"

#include <stdlib.h>

/* [H, W, 3] into [1, 3, H, W]. */
static idi_status save_numbers(const idi_edit *e, const float *image)
{
    const int64_t size = e->info.size;
    const int64_t pixels = size * size;
    const int64_t shape[4] = {1, 3, size, size};
    float *planes = malloc((size_t)(3 * pixels) * sizeof *planes);
    if (!planes) return idi_cli_fail(e->cli, IDI_ERR_NOMEM, "no memory");
    for (int64_t i = 0; i < pixels; i++)
        for (int64_t c = 0; c < 3; c++)
            planes[c * pixels + i] = image[i * 3 + c];
    const idi_status st = idi_cli_save_array(e->cli, e->arguments->out, planes, shape, 4);
    free(planes);
    return st;
}

static idi_status open_session(const idi_edit *e, idi_session **session_out)
{
    idi_session_options options;
    idi_session_options_init(&options);
    options.is_plain = e->arguments->is_plain;
    options.has_noise = e->arguments->has_noise;
    options.has_label_mix = e->other_labels.data != NULL;
    options.is_identity_off = e->arguments->is_identity_off;
    return idi_session_create(e->generator, &options, session_out);
}

static idi_status generate(const idi_edit *e, float *image, uint8_t *rgb)
{
    const idi_style *style = e->style;
    const idi_identity *identity = e->identity;
    idi_session *session;
    idi_generate run;
    IDI_CLI_TRY(open_session(e, &session));
    idi_generate_init(&run);
    run.labels = e->labels.data;
    run.styles = style ? &style : NULL;
    run.identities = identity ? &identity : NULL;
    run.noise_seeds = e->arguments->has_noise ? &e->arguments->noise_seed : NULL;
    run.other_labels = e->other_labels.data;
    run.label_amounts = e->other_labels.data ? e->label_amounts : NULL;
    run.image_out = image;
    run.rgb_out = rgb;
    const idi_status st = idi_session_generate(session, &run);
    idi_session_destroy(&session);
    return st;
}

static idi_status write_image(const idi_edit *e)
{
    const int64_t size = e->info.size;
    const size_t count = (size_t)(3 * size * size);
    float *image = malloc(count * sizeof *image);
    uint8_t *rgb = malloc(count);
    idi_status st = image && rgb ? IDI_OK : idi_cli_fail(e->cli, IDI_ERR_NOMEM, "no memory");
    if (st == IDI_OK) st = generate(e, image, rgb);
    if (st == IDI_OK && idi_is_array_path(e->arguments->out)) {
        st = save_numbers(e, image);
    } else if (st == IDI_OK) {
        const idi_bitmap face = {rgb, size, size, 3};
        st = idi_cli_save_bitmap(e->cli, e->arguments->out, &face,
                                 e->arguments->has_no_mark ? IDI_SAVE_NO_MARK : IDI_SAVE_DEFAULT);
    }
    free(rgb);
    free(image);
    return st;
}

static idi_status load_generator(idi_edit *e)
{
    const char *path = e->arguments->model;
    IDI_CLI_TRY(idi_model_load(e->cli->context, path, &e->generator));
    IDI_CLI_TRY(idi_model_get_info(e->generator, &e->info));
    if (e->info.is_generator) return IDI_OK;
    return idi_cli_fail(e->cli, IDI_ERR_ARG, "%s: is a recogniser (%s), want a generator", path,
                        e->info.arch);
}

static idi_status run(idi_edit *e)
{
    IDI_CLI_TRY(load_generator(e));
    IDI_CLI_TRY(idi_edit_make_labels(e));
    IDI_CLI_TRY(idi_edit_make_style(e));
    IDI_CLI_TRY(idi_edit_make_identity(e));
    return write_image(e);
}

idi_status idi_generate_edited(idi_cli *cli, const idi_generate_arguments *arguments)
{
    idi_edit e = {.cli = cli, .arguments = arguments};
    e.info.struct_size = sizeof e.info;
    const idi_status st = run(&e);
    idi_identity_destroy(&e.identity);
    idi_style_destroy(&e.style);
    idi_style_destroy(&e.mean_style);
    idi_bitmap_free(cli->context, &e.other_labels);
    idi_bitmap_free(cli->context, &e.labels);
    idi_model_destroy(&e.recogniser);
    idi_model_destroy(&e.generator);
    return st;
}
