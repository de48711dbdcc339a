/* SPDX-License-Identifier: Apache-2.0 */
/* cli/generate_edit.c - generate with values that are made of several: loads, mixes, runs, writes.
 */
#include "generate.h"

#include <stdlib.h>

/* What one edited run holds; freed together. */
typedef struct edit {
    idi_cli *cli;
    const idi_generate_arguments *arguments;
    idi_editor editor;
    idi_edit_values values;
} edit;

/* [H, W, 3] into [1, 3, H, W]. */
static idi_status save_numbers(const edit *e, const float *image)
{
    const int64_t size = e->editor.info.size;
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

static idi_status open_session(const edit *e, idi_session **session_out)
{
    idi_session_options options;
    idi_session_options_init(&options);
    options.is_plain = e->arguments->edit.is_plain;
    options.has_noise = e->arguments->edit.has_noise;
    options.has_label_mix = e->values.other_labels.data != NULL;
    options.is_identity_off = e->arguments->edit.words.is_identity_off;
    return idi_session_create(e->editor.generator, &options, session_out);
}

static idi_status generate(const edit *e, float *image, uint8_t *rgb)
{
    const idi_edit_values *v = &e->values;
    const idi_style *style = v->style;
    const idi_identity *identity = v->identity;
    idi_session *session;
    idi_generate run;
    IDI_CLI_TRY(open_session(e, &session));
    idi_generate_init(&run);
    run.labels = v->labels.data;
    run.styles = style ? &style : NULL;
    run.identities = identity ? &identity : NULL;
    run.noise_seeds = e->arguments->edit.has_noise ? &e->arguments->edit.noise_seed : NULL;
    run.other_labels = v->other_labels.data;
    run.label_amounts = v->other_labels.data ? v->label_amounts : NULL;
    run.image_out = image;
    run.rgb_out = rgb;
    const idi_status st = idi_session_generate(session, &run);
    idi_session_destroy(&session);
    return st;
}

static idi_status write_image(const edit *e)
{
    const int64_t size = e->editor.info.size;
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
                                 e->arguments->edit.has_no_mark ? IDI_SAVE_NO_MARK
                                                                : IDI_SAVE_DEFAULT);
    }
    free(rgb);
    free(image);
    return st;
}

idi_status idi_generate_edited(idi_cli *cli, const idi_generate_arguments *arguments)
{
    edit e = {.cli = cli, .arguments = arguments};
    idi_status st = idi_editor_open(cli, &arguments->edit, &e.editor);
    if (st == IDI_OK) st = idi_edit_make(&e.editor, &arguments->edit.words, &e.values);
    if (st == IDI_OK) st = write_image(&e);
    idi_edit_values_free(cli, &e.values);
    idi_editor_close(&e.editor);
    return st;
}
