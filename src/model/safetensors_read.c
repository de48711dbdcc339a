/* SPDX-License-Identifier: Apache-2.0 */
/* model/safetensors_read.c - mapping a file, its frame, and looking tensors up. */
/* For madvise: glibc's posix_madvise does nothing for POSIX_MADV_DONTNEED. */
#define _DEFAULT_SOURCE /* NOLINT(bugprone-reserved-identifier) */
#include "model/safetensors_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH_BYTES = 8 };

static idi_status read_image(idi_safetensors *file, const uint8_t *image, size_t bytes)
{
    IDI_REQUIRE(bytes >= LENGTH_BYTES, IDI_ERR_FORMAT,
                "not a safetensors file: %zu bytes, and the header's length alone takes %d", bytes,
                (int)LENGTH_BYTES);
    uint64_t header_bytes = 0;
    for (int i = 0; i < LENGTH_BYTES; i++)
        header_bytes |= (uint64_t)image[i] << (8 * i);
    IDI_REQUIRE(
        header_bytes <= bytes - LENGTH_BYTES, IDI_ERR_FORMAT,
        "not a safetensors file, or cut short: the header claims %llu bytes, but %zu follow",
        (unsigned long long)header_bytes, bytes - LENGTH_BYTES);
    IDI_REQUIRE(header_bytes <= IDI_SAFETENSORS_MAX_HEADER_BYTES, IDI_ERR_FORMAT,
                "the header has %llu bytes, want at most %llu", (unsigned long long)header_bytes,
                (unsigned long long)IDI_SAFETENSORS_MAX_HEADER_BYTES);
    const uint8_t *header = image + LENGTH_BYTES;
    return idi_safetensors_parse_header(file, (const char *)header, (size_t)header_bytes,
                                        header + header_bytes,
                                        bytes - LENGTH_BYTES - (size_t)header_bytes);
}

static idi_status map_descriptor(idi_safetensors *file, int descriptor)
{
    struct stat about;
    IDI_REQUIRE(fstat(descriptor, &about) == 0, IDI_ERR_IO, "cannot be read: %s",
                idi_show_errno(errno).text);
    IDI_REQUIRE(S_ISREG(about.st_mode), IDI_ERR_IO, "not a regular file");
    IDI_REQUIRE(about.st_size > 0, IDI_ERR_FORMAT, "not a safetensors file: it is empty");
    IDI_REQUIRE((uint64_t)about.st_size <= SIZE_MAX, IDI_ERR_IO, "too large to map");
    void *map = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    IDI_REQUIRE(map != MAP_FAILED, IDI_ERR_IO, "cannot be mapped: %s", idi_show_errno(errno).text);
    file->map = map;
    file->map_bytes = (size_t)about.st_size;
    return IDI_OK;
}

static idi_status map_path(idi_safetensors *file)
{
    /* Not to wait for a writer if the path is a pipe. */
    const int descriptor = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    IDI_REQUIRE(descriptor >= 0, IDI_ERR_IO, "cannot be opened: %s", idi_show_errno(errno).text);
    const idi_status st = map_descriptor(file, descriptor);
    (void)close(descriptor);
    return st;
}

static idi_status create(idi_memory *memory, const char *path, idi_safetensors **file_out)
{
    idi_safetensors *file;
    *file_out = NULL;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *file, &file));
    file->memory = memory;
    const idi_status st = idi_strdup(memory, path, &file->path);
    if (st != IDI_OK) idi_safetensors_close(&file);
    *file_out = file;
    return st;
}

idi_status idi_safetensors_open(idi_memory *memory, const char *path, idi_safetensors **file_out)
{
    IDI_TRY(create(memory, path, file_out));
    idi_status st = map_path(*file_out);
    if (st == IDI_OK) st = read_image(*file_out, (*file_out)->map, (*file_out)->map_bytes);
    if (st == IDI_OK) return IDI_OK;
    idi_safetensors_close(file_out);
    return idi_fail_prefix(st, "%s: ", path);
}

idi_status idi_safetensors_open_image(idi_memory *memory, const char *name, const void *image,
                                      size_t bytes, idi_safetensors **file_out)
{
    IDI_TRY(create(memory, name, file_out));
    const idi_status st = read_image(*file_out, image, bytes);
    if (st == IDI_OK) return IDI_OK;
    idi_safetensors_close(file_out);
    return idi_fail_prefix(st, "%s: ", name);
}

void idi_safetensors_close(idi_safetensors **file)
{
    if (!file || !*file) return;
    idi_safetensors *closed = *file;
    if (closed->map) (void)munmap(closed->map, closed->map_bytes);
    idi_free(closed->memory, closed->metadata);
    idi_free(closed->memory, closed->tensors);
    idi_free(closed->memory, closed->text);
    idi_free(closed->memory, closed->path);
    idi_free(closed->memory, closed);
    *file = NULL;
}

/* A tensor table has some that were made. */
static bool is_of_file(const idi_safetensors *file, const idi_safetensor *tensor)
{
    const uintptr_t at = (uintptr_t)tensor->data;
    const uintptr_t first = (uintptr_t)file->map;
    return at >= first && at < first + file->map_bytes;
}

void idi_safetensors_forget(const idi_safetensors *file, const idi_safetensor *tensor)
{
    if (!file || !file->map || !is_of_file(file, tensor)) return;
    /* Whole pages: its neighbours' numbers share the first and the last. */
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t begin = (size_t)((const char *)tensor->data - (const char *)file->map);
    const size_t first = (begin + page - 1) / page * page;
    const size_t end = (begin + tensor->bytes) / page * page;
    if (end > first) (void)madvise((char *)file->map + first, end - first, MADV_DONTNEED);
}

const char *idi_safetensors_path(const idi_safetensors *file)
{
    return file->path;
}

idi_memory *idi_safetensors_memory(const idi_safetensors *file)
{
    return file->memory;
}

int64_t idi_safetensors_count(const idi_safetensors *file)
{
    return file->count;
}

const idi_safetensor *idi_safetensors_get(const idi_safetensors *file, int64_t index)
{
    return index >= 0 && index < file->count ? &file->tensors[index] : NULL;
}

const idi_safetensor *idi_safetensors_find(const idi_safetensors *file, const char *name)
{
    int64_t low = 0;
    int64_t high = file->count;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const int order = strcmp(name, file->tensors[middle].name);
        if (order == 0) return &file->tensors[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

int64_t idi_safetensors_metadata_count(const idi_safetensors *file)
{
    return file->metadata_count;
}

const idi_safetensors_pair *idi_safetensors_metadata_at(const idi_safetensors *file, int64_t index)
{
    return index >= 0 && index < file->metadata_count ? &file->metadata[index] : NULL;
}

const char *idi_safetensors_metadata(const idi_safetensors *file, const char *key)
{
    for (int64_t i = 0; i < file->metadata_count; i++)
        if (strcmp(file->metadata[i].key, key) == 0) return file->metadata[i].value;
    return NULL;
}
