/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_paths.c - a job's files, where its list says that they are. */
#include "batch.h"

#include <string.h>

#include <sys/stat.h>

/* "" if that is too long: a name that the library will not find. */
static const char *join(char *path, const char *folder, int length, const char *name)
{
    const int used = name[0] == '/'
                         ? snprintf(path, IDI_PATH_BYTES, "%s", name)
                         : snprintf(path, IDI_PATH_BYTES, "%.*s%s", length, folder, name);
    if (used < 0 || used >= IDI_PATH_BYTES) path[0] = '\0';
    return path;
}

/* NULL where the job has no such member. */
static const char *input(idi_batch_paths *paths, const json_t *job, int index, const char *name)
{
    const char *slash = strrchr(paths->manifest, '/');
    const int folder = slash ? (int)(slash - paths->manifest) + 1 : 0;
    const char *file = json_string_value(json_object_get(job, name));
    return file ? join(paths->inputs[index], paths->manifest, folder, file) : NULL;
}

/* Makes the folders between --out and the file; one that cannot be made shows in the writing. */
static const char *output(idi_batch_paths *paths, const char *name)
{
    char folder[IDI_PATH_BYTES];
    if (!paths->folder) return join(paths->out, "", 0, name);
    const int length = snprintf(folder, sizeof folder, "%s/", paths->folder);
    if (length < 0 || length >= IDI_PATH_BYTES) return "";
    (void)join(paths->out, folder, length, name);
    for (char *slash = strchr(paths->out, '\0') - strlen(name); (slash = strchr(slash, '/'));) {
        *slash = '\0';
        (void)mkdir(paths->out, 0777);
        *slash++ = '/';
    }
    return paths->out;
}

void idi_batch_fill_job(idi_batch_paths *paths, const json_t *job, idi_job *out)
{
    const json_t *strength = json_object_get(job, "identity_strength");
    out->labels = input(paths, job, 0, "mask");
    out->style = input(paths, job, 1, "style");
    out->style_labels = input(paths, job, 2, "style_mask");
    out->identity = input(paths, job, 3, "identity");
    if (strength) out->identity_strength = json_number_value(strength);
    out->out = output(paths, json_string_value(json_object_get(job, "out")));
}
