/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_manifest.c - see batch.h. */
#include "batch.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_csv_path(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".csv") == 0;
}

idi_status idi_manifest_open(idi_cli *cli, const char *path, idi_manifest *manifest)
{
    *manifest =
        (idi_manifest){.path = path, .stream = fopen(path, "r"), .is_csv = is_csv_path(path)};
    if (manifest->stream) return IDI_OK;
    return idi_cli_fail(cli, IDI_ERR_IO, "%s: cannot be opened: %s", path, strerror(errno));
}

void idi_manifest_close(idi_manifest *manifest)
{
    if (manifest->stream) (void)fclose(manifest->stream);
    free(manifest->text);
    json_decref(manifest->columns);
    *manifest = (idi_manifest){.path = NULL};
}

#define FAIL(...) idi_cli_fail(cli, IDI_ERR_FORMAT, __VA_ARGS__)

static bool is_text(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) > 0;
}

static bool is_texts(const json_t *value)
{
    const size_t count = json_array_size(value);
    if (!json_is_array(value)) return is_text(value);
    for (size_t i = 0; i < count; i++)
        if (!is_text(json_array_get(value, i))) return false;
    return count > 0 && count <= IDI_MAX_TEXTS;
}

static bool is_flag(const json_t *value)
{
    return json_is_boolean(value);
}

static bool is_any(const json_t *value)
{
    return value != NULL;
}

static bool is_number(const json_t *value)
{
    return json_is_number(value);
}

static bool is_seed(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static const struct {
    const char *name, *kind;
    bool (*is_good)(const json_t *value);
    bool is_required;
} members[] = {
    {"mask", "a file name", is_text, true},
    {"style", "a file name", is_text, false},
    {"out", "a file name", is_text, true},
    {"style_mask", "a file name", is_text, false},
    {"identity", "a file name or a list of up to 32", is_texts, false},
    {"identity_strength", "a number", is_number, false},
    {"style_from", "a text or a list of up to 32", is_texts, false},
    {"style_seed", "a whole number from 0", is_seed, false},
    {"mean_style", "a file name", is_text, false},
    {"mask_from", "a text or a list of up to 32", is_texts, false},
    {"mask_mix", "a text", is_text, false},
    {"one_person", "true or false", is_flag, false},
    {"least_similarity", "a number", is_number, false},
    {"no_identity", "true or false", is_flag, false},
    {"seed", "a whole number from 0", is_seed, false},
    {"error", "anything", is_any, false},
    {"line", "anything", is_any, false},
};
enum { MEMBER_COUNT = sizeof members / sizeof members[0] };

static idi_status check_member(idi_cli *cli, const idi_manifest *m, const char *name,
                               const json_t *value)
{
    for (int i = 0; i < MEMBER_COUNT; i++) {
        if (strcmp(members[i].name, name) != 0) continue;
        if (members[i].is_good(value)) return IDI_OK;
        return FAIL("%s:%lld: \"%s\" is not %s", m->path, (long long)m->line, name,
                    members[i].kind);
    }
    return FAIL("%s:%lld: unknown member \"%s\"", m->path, (long long)m->line, name);
}

/* Outputs stay in their folder, and a file has one name. */
static bool is_plain_path(const char *out)
{
    for (;;) {
        const size_t length = strcspn(out, "/");
        if (length == 0 || strncmp(out, "./", 2) == 0 || strncmp(out, "../", 3) == 0) return false;
        if (!out[length]) return true;
        out += length + 1;
    }
}

static bool has_known_ending(const char *out)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg", ".npy"};
    const char *dot = strrchr(out, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcmp(dot, endings[i]) == 0) return true;
    return false;
}

static idi_status check_out(idi_cli *cli, const idi_manifest *m, const char *out)
{
    if (!is_plain_path(out))
        return FAIL("%s:%lld: \"out\" is not a name within the output folder: %s", m->path,
                    (long long)m->line, out);
    if (!has_known_ending(out))
        return FAIL("%s:%lld: \"out\" is not a name that ends in .png, .jpg, .jpeg or .npy: %s",
                    m->path, (long long)m->line, out);
    return IDI_OK;
}

static idi_status check_job(idi_cli *cli, const idi_manifest *m, json_t *job)
{
    const char *name;
    json_t *value;
    if (!json_is_object(job)) return FAIL("%s:%lld: is not an object", m->path, (long long)m->line);
    json_object_foreach(job, name, value) IDI_CLI_TRY(check_member(cli, m, name, value));
    for (int i = 0; i < MEMBER_COUNT; i++)
        if (members[i].is_required && !json_object_get(job, members[i].name))
            return FAIL("%s:%lld: \"%s\" is missing", m->path, (long long)m->line, members[i].name);
    return check_out(cli, m, json_string_value(json_object_get(job, "out")));
}

/* The next line that is not blank; NULL at the end. */
static idi_status read_line(idi_cli *cli, idi_manifest *m, const char **text_out)
{
    *text_out = NULL;
    while (getline(&m->text, &m->capacity, m->stream) >= 0) {
        m->line++;
        *text_out = m->text;
        while (isspace((unsigned char)**text_out))
            (*text_out)++;
        if (**text_out) return IDI_OK;
    }
    *text_out = NULL;
    if (feof(m->stream)) return IDI_OK;
    return idi_cli_fail(cli, IDI_ERR_IO, "%s: cannot be read: %s", m->path, strerror(errno));
}

static idi_status next_line(idi_cli *cli, idi_manifest *m, json_t **job_out)
{
    const char *text;
    json_error_t error;
    *job_out = NULL;
    IDI_CLI_TRY(read_line(cli, m, &text));
    if (!text) return IDI_OK;
    *job_out = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (*job_out) return IDI_OK;
    return FAIL("%s:%lld: is not JSON: %s", m->path, (long long)m->line, error.text);
}

idi_status idi_manifest_next(idi_cli *cli, idi_manifest *manifest, json_t **job_out)
{
    json_t *job;
    *job_out = NULL;
    IDI_CLI_TRY((manifest->is_csv ? idi_csv_next : next_line)(cli, manifest, &job));
    if (!job) return IDI_OK;
    idi_status st = check_job(cli, manifest, job);
    if (st == IDI_OK &&
        json_object_set_new(job, "line", json_integer((json_int_t)manifest->line)) != 0)
        st = idi_cli_fail(cli, IDI_ERR_NOMEM, "no memory");
    if (st != IDI_OK) {
        json_decref(job);
        return st;
    }
    *job_out = job;
    return IDI_OK;
}

idi_status idi_manifest_rewind(idi_cli *cli, idi_manifest *manifest)
{
    manifest->line = 0;
    if (fseek(manifest->stream, 0, SEEK_SET) == 0) return IDI_OK;
    return idi_cli_fail(cli, IDI_ERR_IO, "%s: want a file, not a pipe", manifest->path);
}
