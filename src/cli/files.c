/* SPDX-License-Identifier: Apache-2.0 */
/* cli/files.c - writing, with a note for the tidying up; reading identities and models. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sys/stat.h>

idi_status idi_cli_save_bitmap(idi_cli *cli, const char *path, const idi_bitmap *bitmap,
                               unsigned flags)
{
    idi_cli_will_write(cli, path);
    IDI_CLI_TRY(idi_bitmap_save(cli->context, path, bitmap, flags));
    idi_cli_has_written(cli, path);
    return IDI_OK;
}

idi_status idi_cli_save_animation(idi_cli *cli, const char *path, const idi_bitmap *frames,
                                  int64_t count, int64_t delay_ms, unsigned flags)
{
    idi_cli_will_write(cli, path);
    IDI_CLI_TRY(idi_bitmap_save_animation(cli->context, path, frames, count, delay_ms, flags));
    idi_cli_has_written(cli, path);
    return IDI_OK;
}

idi_status idi_cli_save_array(idi_cli *cli, const char *path, const float *data,
                              const int64_t *shape, int rank)
{
    idi_cli_will_write(cli, path);
    IDI_CLI_TRY(idi_array_save(cli->context, path, data, shape, rank));
    idi_cli_has_written(cli, path);
    return IDI_OK;
}

idi_status idi_cli_save_text(idi_cli *cli, const char *path, const char *text)
{
    char temporary[IDI_NOTED_BYTES];
    idi_cli_unfinished_path(path, temporary);
    idi_cli_will_write(cli, path);
    FILE *stream = fopen(temporary, "w");
    bool is_written = stream != NULL;
    if (stream) {
        is_written = fputs(text, stream) >= 0;
        if (fclose(stream) != 0) is_written = false;
    }
    if (is_written) is_written = rename(temporary, path) == 0;
    if (!is_written) {
        const int error = errno;
        (void)remove(temporary);
        return idi_cli_fail(cli, IDI_ERR_IO, "%s: cannot be written: %s", path, strerror(error));
    }
    idi_cli_has_written(cli, path);
    return IDI_OK;
}

idi_status idi_cli_join(idi_cli *cli, const char *folder, const char *name,
                        char path_out[IDI_PATH_BYTES])
{
    const int used = snprintf(path_out, IDI_PATH_BYTES, "%s/%s", folder, name);
    if (used > 0 && used < IDI_PATH_BYTES) return IDI_OK;
    return idi_cli_fail(cli, IDI_ERR_ARG, "%s: path too long", folder);
}

idi_status idi_cli_make_folder(idi_cli *cli, const char *path)
{
    struct stat status;
    if (mkdir(path, 0777) == 0) {
        idi_cli_has_written(cli, path);
        return IDI_OK;
    }
    const int error = errno;
    const bool is_there = stat(path, &status) == 0;
    if (is_there && S_ISDIR(status.st_mode)) return IDI_OK;
    return idi_cli_fail(cli, IDI_ERR_IO, "%s: the folder cannot be made: %s", path,
                        is_there ? "there is a file of that name" : strerror(error));
}

bool idi_is_array_path(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".npy") == 0;
}

static idi_status identity_from_file(idi_cli *cli, const char *path, idi_identity **identity_out)
{
    float *data = NULL;
    int64_t shape[4];
    int rank;
    int64_t count = 1;
    IDI_CLI_TRY(idi_array_load(cli->context, path, &data, shape, &rank));
    for (int i = 0; i < rank; i++)
        count *= shape[i];
    /* [D] and [1, D] are both in use. */
    const int64_t length = rank > 0 ? shape[rank - 1] : 1;
    idi_status st;
    if (count != length) {
        st = idi_cli_fail(cli, IDI_ERR_SHAPE,
                          "%s: holds %lld numbers in rows of %lld, want one embedding", path,
                          (long long)count, (long long)length);
    } else {
        st = idi_identity_from_array(cli->context, data, count, NULL, identity_out);
    }
    idi_array_free(cli->context, &data);
    return st;
}

idi_status idi_cli_load_identity(idi_cli *cli, const idi_model *recogniser, const char *path,
                                 idi_identity **identity_out)
{
    idi_bitmap face = {0};
    *identity_out = NULL;
    if (idi_is_array_path(path)) return identity_from_file(cli, path, identity_out);
    if (!recogniser)
        return idi_cli_usage(cli, "%s is a picture: --model with a recogniser is missing", path);
    IDI_CLI_TRY(idi_bitmap_load(cli->context, path, &face));
    const idi_status st = idi_identity_from_image(recogniser, &face, identity_out);
    idi_bitmap_free(cli->context, &face);
    return st;
}

idi_status idi_cli_load_models(idi_cli *cli, const char *option, const char *text, int64_t most,
                               idi_model **models_out, int64_t *count_out)
{
    char path[IDI_PATH_BYTES];
    *count_out = 0;
    const char *at = text;
    do {
        const size_t length = strcspn(at, ",");
        if (length == 0 || length >= sizeof path || *count_out == most)
            return idi_cli_usage(cli, "option --%s is '%s', want up to %lld file names", option,
                                 text, (long long)most);
        (void)snprintf(path, sizeof path, "%.*s", (int)length, at);
        IDI_CLI_TRY(idi_model_load(cli->context, path, &models_out[*count_out]));
        ++*count_out;
        at += length;
    } while (*at++ == ',');
    return IDI_OK;
}
