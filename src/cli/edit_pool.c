/* SPDX-License-Identifier: Apache-2.0 */
/* cli/edit_pool.c - label maps, styles and identities of files, each read and encoded once. A list
 * has at most some hundred: it is searched from one end to the other. */
#include "edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One set of values wants a style at a time and as many people as an option may name. */
enum { LEAST = 2 * IDI_MAX_TEXTS };

/* One of the three. */
struct idi_edit_entry {
    char *file, *mask; /* mask: of a style that is a photograph's */
    idi_bitmap labels;
    idi_style *style;
    idi_identity *identity;
    int64_t last_use;
};

typedef enum kind { LABELS, STYLE, IDENTITY } kind;

idi_status idi_editor_open(idi_cli *cli, const idi_edit_arguments *arguments,
                           idi_editor *editor_out)
{
    idi_editor *e = editor_out;
    *e = (idi_editor){.cli = cli,
                      .model_path = arguments->model,
                      .recogniser_path = arguments->recogniser,
                      .scheme = arguments->scheme};
    e->info.struct_size = sizeof e->info;
    IDI_CLI_TRY(idi_model_load(cli->context, arguments->model, &e->generator));
    IDI_CLI_TRY(idi_model_get_info(e->generator, &e->info));
    if (e->info.is_generator) return IDI_OK;
    return idi_cli_fail(cli, IDI_ERR_ARG, "%s: is a recogniser (%s), want a generator",
                        arguments->model, e->info.arch);
}

static void clear_entry(const idi_editor *e, idi_edit_entry *entry)
{
    idi_identity_destroy(&entry->identity);
    idi_style_destroy(&entry->style);
    idi_bitmap_free(e->cli->context, &entry->labels);
    free(entry->mask);
    free(entry->file);
    *entry = (idi_edit_entry){NULL};
}

void idi_editor_clear(idi_editor *editor)
{
    for (int64_t i = 0; i < editor->count; i++)
        clear_entry(editor, &editor->entries[i]);
    free(editor->entries);
    editor->entries = NULL;
    editor->count = editor->capacity = 0;
}

void idi_editor_close(idi_editor *editor)
{
    idi_editor_clear(editor);
    idi_model_destroy(&editor->recogniser);
    idi_model_destroy(&editor->generator);
}

idi_status idi_editor_place(const idi_editor *editor, const char *name,
                            char path_out[IDI_PATH_BYTES])
{
    const char *folder = editor->folder && name[0] != '/' ? editor->folder : "";
    const int used = snprintf(path_out, IDI_PATH_BYTES, "%s%s", folder, name);
    if (used >= 0 && used < IDI_PATH_BYTES) return IDI_OK;
    return idi_cli_fail(editor->cli, IDI_ERR_ARG, "%s: the path is too long", name);
}

/* --- the list --- */

static bool is_kind(const idi_edit_entry *entry, kind wanted)
{
    if (wanted == LABELS) return entry->labels.data != NULL;
    return wanted == STYLE ? entry->style != NULL : entry->identity != NULL;
}

static idi_edit_entry *find(idi_editor *e, kind wanted, const char *file, const char *mask)
{
    for (int64_t i = 0; i < e->count; i++) {
        idi_edit_entry *entry = &e->entries[i];
        if (!is_kind(entry, wanted) || strcmp(entry->file, file) != 0) continue;
        if (strcmp(entry->mask, mask) != 0) continue;
        entry->last_use = ++e->clock;
        return entry;
    }
    return NULL;
}

/* Whether a goes before b: label maps, which are read in no time, before what was encoded. */
static bool goes_before(const idi_edit_entry *a, const idi_edit_entry *b)
{
    const bool is_map = is_kind(a, LABELS);
    return is_map == is_kind(b, LABELS) ? a->last_use < b->last_use : is_map;
}

/* A place that is empty: a new one, or that of what is missed least. */
static idi_edit_entry *make_room(idi_editor *e)
{
    const int64_t most = e->most && e->most < LEAST ? LEAST : e->most;
    if (most && e->count >= most) {
        idi_edit_entry *oldest = &e->entries[0];
        for (int64_t i = 1; i < e->count; i++)
            if (goes_before(&e->entries[i], oldest)) oldest = &e->entries[i];
        clear_entry(e, oldest);
        return oldest;
    }
    if (e->count == e->capacity) {
        const int64_t capacity = e->capacity ? 2 * e->capacity : 16;
        idi_edit_entry *larger = realloc(e->entries, (size_t)capacity * sizeof *larger);
        if (!larger) return NULL;
        e->entries = larger;
        e->capacity = capacity;
    }
    e->entries[e->count] = (idi_edit_entry){NULL};
    return &e->entries[e->count++];
}

/* Takes the values over, on failure too. */
static idi_status keep(idi_editor *e, const char *file, const char *mask, idi_edit_entry *made,
                       const idi_edit_entry **entry_out)
{
    made->file = strdup(file);
    made->mask = strdup(mask);
    made->last_use = ++e->clock;
    idi_edit_entry *room = made->file && made->mask ? make_room(e) : NULL;
    if (!room) {
        clear_entry(e, made);
        return idi_cli_fail(e->cli, IDI_ERR_NOMEM, "no memory");
    }
    *room = *made;
    *entry_out = room;
    return IDI_OK;
}

/* --- label maps --- */

static idi_status read_labels(const idi_editor *e, const char *path, idi_bitmap *labels_out)
{
    idi_context *context = e->cli->context;
    idi_bitmap map;
    IDI_CLI_TRY(idi_bitmap_load_labels(context, path, e->scheme, &map));
    idi_status st;
    if (map.width != map.height)
        st = idi_cli_fail(e->cli, IDI_ERR_SHAPE, "%s: is %lld x %lld pixels, want a square", path,
                          (long long)map.width, (long long)map.height);
    else
        st = idi_bitmap_resize(context, &map, e->info.size, e->info.size, labels_out);
    idi_bitmap_free(context, &map);
    return st;
}

idi_status idi_editor_labels(idi_editor *editor, const char *mask, const idi_bitmap **labels_out)
{
    char path[IDI_PATH_BYTES];
    IDI_CLI_TRY(idi_editor_place(editor, mask, path));
    const idi_edit_entry *entry = find(editor, LABELS, path, "");
    if (!entry) {
        idi_edit_entry made = {NULL};
        IDI_CLI_TRY(read_labels(editor, path, &made.labels));
        IDI_CLI_TRY(keep(editor, path, "", &made, &entry));
    }
    *labels_out = &entry->labels;
    return IDI_OK;
}

/* --- styles --- */

static idi_status codes_of_file(const idi_editor *e, const char *path, idi_style **style_out)
{
    float *data = NULL;
    int64_t shape[4];
    int rank;
    IDI_CLI_TRY(idi_array_load(e->cli->context, path, &data, shape, &rank));
    idi_status st;
    if (rank != 2 || shape[0] != e->info.classes || shape[1] != e->info.style_width)
        st =
            idi_cli_fail(e->cli, IDI_ERR_SHAPE, "%s: want [%lld, %lld] numbers, as %s takes", path,
                         (long long)e->info.classes, (long long)e->info.style_width, e->model_path);
    else
        st = idi_style_from_array(e->cli->context, data, shape[0], shape[1], style_out);
    idi_array_free(e->cli->context, &data);
    return st;
}

static idi_status style_of_photo(idi_editor *e, const char *path, const char *mask,
                                 idi_style **style_out)
{
    idi_context *context = e->cli->context;
    idi_bitmap photo = {NULL, 0, 0, 0};
    idi_bitmap labels = {NULL, 0, 0, 0};
    idi_status st;
    IDI_CLI_TRY_TO(done, idi_bitmap_load(context, path, &photo));
    IDI_CLI_TRY_TO(done, idi_bitmap_load_labels(context, mask, e->scheme, &labels));
    st = idi_style_from_image(e->generator, &photo, &labels, style_out);
    if (st != IDI_OK) st = idi_cli_fail(e->cli, st, "%s with %s: %s", path, mask, idi_last_error());
    e->styles += st == IDI_OK;
done:
    idi_bitmap_free(context, &labels);
    idi_bitmap_free(context, &photo);
    return st;
}

idi_status idi_editor_style(idi_editor *editor, const char *file, const char *mask,
                            const idi_style **style_out)
{
    char path[IDI_PATH_BYTES];
    char mask_path[IDI_PATH_BYTES] = "";
    IDI_CLI_TRY(idi_editor_place(editor, file, path));
    const bool is_photo = !idi_is_array_path(path);
    if (is_photo) IDI_CLI_TRY(idi_editor_place(editor, mask, mask_path));
    const idi_edit_entry *entry = find(editor, STYLE, path, mask_path);
    if (!entry) {
        idi_edit_entry made = {NULL};
        if (is_photo)
            IDI_CLI_TRY(style_of_photo(editor, path, mask_path, &made.style));
        else
            IDI_CLI_TRY(codes_of_file(editor, path, &made.style));
        IDI_CLI_TRY(keep(editor, path, mask_path, &made, &entry));
    }
    *style_out = entry->style;
    return IDI_OK;
}

/* --- identities --- */

static idi_status load_recogniser(idi_editor *e)
{
    const char *path = e->recogniser_path;
    if (e->recogniser) return IDI_OK;
    return path ? idi_model_load(e->cli->context, path, &e->recogniser)
                : idi_model_load_recogniser(e->generator, &e->recogniser);
}

/* As long as the generator takes them. */
static idi_status check_length(const idi_editor *e, const char *path, const idi_identity *identity)
{
    int64_t count;
    (void)idi_identity_data(identity, &count);
    if (!e->generator || count == e->info.identity_dim) return IDI_OK;
    return idi_cli_fail(e->cli, IDI_ERR_SHAPE,
                        "%s: the identity has %lld numbers, but %s takes %lld", path,
                        (long long)count, e->model_path, (long long)e->info.identity_dim);
}

static idi_status read_identity(idi_editor *e, const char *path, idi_identity **identity_out)
{
    const bool is_photo = !idi_is_array_path(path);
    if (is_photo) IDI_CLI_TRY(load_recogniser(e));
    IDI_CLI_TRY(idi_cli_load_identity(e->cli, e->recogniser, path, identity_out));
    const idi_status st = check_length(e, path, *identity_out);
    if (st != IDI_OK) idi_identity_destroy(identity_out);
    e->identities += is_photo && st == IDI_OK;
    return st;
}

idi_status idi_editor_identity(idi_editor *editor, const char *file,
                               const idi_identity **identity_out)
{
    char path[IDI_PATH_BYTES];
    IDI_CLI_TRY(idi_editor_place(editor, file, path));
    const idi_edit_entry *entry = find(editor, IDENTITY, path, "");
    if (!entry) {
        idi_edit_entry made = {NULL};
        IDI_CLI_TRY(read_identity(editor, path, &made.identity));
        IDI_CLI_TRY(keep(editor, path, "", &made, &entry));
    }
    *identity_out = entry->identity;
    return IDI_OK;
}
