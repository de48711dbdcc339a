/* SPDX-License-Identifier: Apache-2.0 */
/* train/training_folder.c - see training_folder.h. */
#include "train/training_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"checkpoint.safetensors", "model.safetensors", "log.csv",
                                    "loss.svg", "sample_"};
enum { NAME_COUNT = sizeof names / sizeof names[0] };

static void join(const char *folder, const char *name, char out[IDI_TRAINING_PATH_BYTES])
{
    (void)snprintf(out, IDI_TRAINING_PATH_BYTES, "%s/%s", folder, name);
}

/* "log.csv.4711.0.tmp", "sample_000200.png.4711.0.tmp", as core/file.h names what is being written.
 */
static bool is_half_written(const char *name)
{
    const size_t length = strlen(name);
    if (length < 4 || strcmp(name + length - 4, ".tmp") != 0) return false;
    for (int i = 0; i < NAME_COUNT; i++) {
        const size_t stem = strlen(names[i]);
        if (strncmp(name, names[i], stem) == 0)
            return strspn(name + stem, ".0123456789png") == length - stem - 3;
    }
    return false;
}

static void sweep(const char *folder)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    while (entries && (entry = readdir(entries)) != NULL) {
        char path[IDI_TRAINING_PATH_BYTES];
        if (!is_half_written(entry->d_name)) continue;
        join(folder, entry->d_name, path);
        (void)unlink(path);
    }
    if (entries) (void)closedir(entries);
}

/* Let go by itself when the process ends, however it ends. */
static idi_status lock(const char *folder, int *lock_out)
{
    char path[IDI_TRAINING_PATH_BYTES];
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    join(folder, "training.lock", path);
    const int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    IDI_REQUIRE(descriptor >= 0, IDI_ERR_IO, "%s: cannot be created", path);
    if (fcntl(descriptor, F_SETLK, &whole) != 0 && (errno == EACCES || errno == EAGAIN)) {
        (void)close(descriptor);
        return idi_fail(IDI_ERR_STATE, "%s: another process trains in this folder", folder);
    }
    *lock_out = descriptor; /* a file system without locks trains all the same */
    return IDI_OK;
}

idi_status idi_training_folder_open(const char *path, idi_training_folder *folder_out)
{
    *folder_out = (idi_training_folder){.lock = -1};
    IDI_REQUIRE(strlen(path) + 64 < IDI_TRAINING_PATH_BYTES, IDI_ERR_ARG,
                "the folder's path is longer than %d bytes", IDI_TRAINING_PATH_BYTES - 64);
    IDI_REQUIRE(mkdir(path, 0777) == 0 || errno == EEXIST, IDI_ERR_IO,
                "%s: the folder cannot be made", path);
    IDI_TRY(lock(path, &folder_out->lock));
    sweep(path);
    join(path, names[0], folder_out->checkpoint);
    join(path, names[1], folder_out->model);
    join(path, names[2], folder_out->log);
    join(path, names[3], folder_out->curve);
    join(path, names[4], folder_out->sample);
    folder_out->has_checkpoint = access(folder_out->checkpoint, F_OK) == 0;
    return IDI_OK;
}

void idi_training_folder_sample(const idi_training_folder *folder, int64_t step,
                                char path_out[IDI_SAMPLE_PATH_BYTES])
{
    (void)snprintf(path_out, IDI_SAMPLE_PATH_BYTES, "%s%06lld.png", folder->sample,
                   (long long)step);
}

void idi_training_folder_close(idi_training_folder *folder)
{
    if (folder->lock >= 0) (void)close(folder->lock);
    folder->lock = -1;
}
