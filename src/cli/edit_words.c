/* SPDX-License-Identifier: Apache-2.0 */
/* cli/edit_words.c - "hair,hat=photo.png,mask.png:0.5" in parts. */
#include "edit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes ":NUMBER" off the end; what is no number belongs to the name. */
static double take_number(char *text)
{
    char *colon = strrchr(text, ':');
    char *end;
    if (!colon || colon == text || !colon[1]) return 1.0;
    const double number = strtod(colon + 1, &end);
    if (*end || !isfinite(number)) return 1.0;
    *colon = '\0';
    return number;
}

static idi_status copy(idi_cli *cli, const char *name, const char *text, char out[IDI_PATH_BYTES])
{
    const int used = snprintf(out, IDI_PATH_BYTES, "%s", text);
    if (used < IDI_PATH_BYTES) return IDI_OK;
    return idi_cli_usage(cli, "%s: a name is too long", name);
}

idi_status idi_edit_read_weighed(idi_cli *cli, const char *name, const char *text,
                                 char file_out[IDI_PATH_BYTES], double *weight_out)
{
    IDI_CLI_TRY(copy(cli, name, text, file_out));
    *weight_out = take_number(file_out);
    return IDI_OK;
}

static idi_status read_class(idi_cli *cli, const char *name, const char *word, int64_t classes,
                             idi_edit_source *source)
{
    const bool is_all = strcmp(word, "all") == 0;
    const int64_t index = idi_class_index(word);
    if (!is_all && (index < 0 || index >= classes))
        return idi_cli_usage(cli,
                             "%s: there is no class '%s'; want names of CelebAMask-HQ's "
                             "such as hair or l_eye, or all",
                             name, word);
    for (int64_t c = 0; c < classes; c++)
        if (is_all || c == index) source->has_class[c] = true;
    return IDI_OK;
}

static idi_status read_classes(idi_cli *cli, const char *name, char *words, int64_t classes,
                               idi_edit_source *source)
{
    for (char *word = words, *next = NULL; word; word = next) {
        next = strchr(word, ',');
        if (next) *next++ = '\0';
        IDI_CLI_TRY(read_class(cli, name, word, classes, source));
    }
    return IDI_OK;
}

idi_status idi_edit_read_source(idi_cli *cli, const char *name, const char *text, int64_t classes,
                                idi_edit_source *source_out)
{
    char words[IDI_PATH_BYTES];
    *source_out = (idi_edit_source){.amount = 1.0};
    const char *equals = strchr(text, '=');
    if (!equals || !equals[1])
        return idi_cli_usage(cli, "%s is '%s', want CLASSES=FILE", name, text);
    if (equals - text >= IDI_PATH_BYTES) return idi_cli_usage(cli, "%s: a name is too long", name);
    (void)snprintf(words, sizeof words, "%.*s", (int)(equals - text), text);
    IDI_CLI_TRY(read_classes(cli, name, words, classes, source_out));
    IDI_CLI_TRY(copy(cli, name, equals + 1, source_out->file));
    source_out->amount = take_number(source_out->file);
    char *comma = strchr(source_out->file, ',');
    if (!comma) return IDI_OK;
    *comma = '\0';
    return copy(cli, name, comma + 1, source_out->mask);
}
