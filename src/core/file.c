/* SPDX-License-Identifier: Apache-2.0 */
/* core/file.c - reading a file whole, and replacing a file whole. */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_BYTES = 64 * 1024, NAME_TRIES = 1000 };

/* strerror_r is the form that is safe with several threads. */
typedef struct reason {
    char text[128];
} reason;

static reason reason_of(int error)
{
    reason why;
    if (strerror_r(error, why.text, sizeof why.text) != 0)
        (void)snprintf(why.text, sizeof why.text, "error %d", error);
    return why;
}

static idi_status grow(idi_memory *memory, uint8_t **bytes, size_t *capacity, size_t used)
{
    uint8_t *larger;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, *capacity * 2, &larger));
    memcpy(larger, *bytes, used);
    idi_free(memory, *bytes);
    *bytes = larger;
    *capacity *= 2;
    return IDI_OK;
}

static idi_status read_stream(idi_memory *memory, FILE *stream, const char *path, size_t max_bytes,
                              uint8_t **bytes, size_t *size)
{
    size_t capacity = FIRST_BYTES;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, capacity, bytes));
    for (;;) {
        errno = 0;
        const size_t got = fread(*bytes + *size, 1, capacity - *size, stream);
        *size += got;
        IDI_REQUIRE(!ferror(stream), IDI_ERR_IO, "%s: cannot be read: %s", path,
                    reason_of(errno).text);
        IDI_REQUIRE(*size <= max_bytes, IDI_ERR_FORMAT, "%s: longer than %zu bytes, the limit",
                    path, max_bytes);
        if (got == 0) return IDI_OK;
        if (*size == capacity) IDI_TRY(grow(memory, bytes, &capacity, *size));
    }
}

idi_status idi_file_read(idi_memory *memory, const char *path, size_t max_bytes,
                         uint8_t **bytes_out, size_t *size_out)
{
    *bytes_out = NULL;
    *size_out = 0;
    FILE *stream = fopen(path, "rb");
    IDI_REQUIRE(stream, IDI_ERR_IO, "%s: cannot be opened: %s", path, reason_of(errno).text);
    const idi_status st = read_stream(memory, stream, path, max_bytes, bytes_out, size_out);
    (void)fclose(stream);
    if (st != IDI_OK) {
        idi_free(memory, *bytes_out);
        *bytes_out = NULL;
        *size_out = 0;
    }
    return st;
}

/* Not mkstemp: it makes files that only the owner may read, and the caller's umask should say. */
static int open_unused(char *name, size_t bytes, const char *path)
{
    for (int i = 0; i < NAME_TRIES; i++) {
        (void)snprintf(name, bytes, "%s.%ld.%d.tmp", path, (long)getpid(), i);
        const int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST) return descriptor;
    }
    return -1;
}

idi_status idi_file_writer_open(idi_memory *memory, const char *path, idi_file_writer *writer_out)
{
    *writer_out = (idi_file_writer){.path = path, .memory = memory};
    const size_t bytes = strlen(path) + 40;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, bytes, &writer_out->temporary));
    const int descriptor = open_unused(writer_out->temporary, bytes, path);
    if (descriptor >= 0) writer_out->stream = fdopen(descriptor, "wb");
    if (writer_out->stream) return IDI_OK;
    const int error = errno;
    if (descriptor >= 0) {
        (void)close(descriptor);
        (void)unlink(writer_out->temporary);
    }
    idi_free(memory, writer_out->temporary);
    writer_out->temporary = NULL;
    return idi_fail(IDI_ERR_IO, "%s: cannot be created: %s", path, reason_of(error).text);
}

idi_status idi_file_writer_put(idi_file_writer *writer, const void *bytes, size_t size)
{
    IDI_REQUIRE(size == 0 || fwrite(bytes, 1, size, writer->stream) == size, IDI_ERR_IO,
                "%s: cannot be written: %s", writer->path, reason_of(errno).text);
    return IDI_OK;
}

idi_status idi_file_writer_sync(idi_file_writer *writer)
{
    bool is_synced = fflush(writer->stream) == 0;
    if (is_synced) /* some file systems cannot */
        is_synced = fsync(fileno(writer->stream)) == 0 || errno == EINVAL || errno == ENOTSUP;
    IDI_REQUIRE(is_synced, IDI_ERR_IO, "%s: cannot be written: %s", writer->path,
                reason_of(errno).text);
    return IDI_OK;
}

static void forget(idi_file_writer *writer)
{
    idi_free(writer->memory, writer->temporary);
    writer->temporary = NULL;
    writer->stream = NULL;
}

idi_status idi_file_writer_commit(idi_file_writer *writer)
{
    /* A full disk often shows only when the buffer goes out. */
    int error = 0;
    if (fflush(writer->stream) != 0) error = errno;
    if (fclose(writer->stream) != 0 && !error) error = errno;
    const char *what = "written";
    if (!error && rename(writer->temporary, writer->path) != 0) {
        what = "put in place";
        error = errno;
    }
    if (error) (void)unlink(writer->temporary);
    forget(writer);
    IDI_REQUIRE(!error, IDI_ERR_IO, "%s: cannot be %s: %s", writer->path, what,
                reason_of(error).text);
    return IDI_OK;
}

void idi_file_writer_abandon(idi_file_writer *writer)
{
    if (!writer->stream) return;
    (void)fclose(writer->stream);
    (void)unlink(writer->temporary);
    forget(writer);
}

idi_status idi_file_save(idi_memory *memory, const char *path, const void *bytes, size_t size)
{
    idi_file_writer writer;
    IDI_TRY(idi_file_writer_open(memory, path, &writer));
    idi_status st = idi_file_writer_put(&writer, bytes, size);
    if (st == IDI_OK) st = idi_file_writer_commit(&writer);
    idi_file_writer_abandon(&writer);
    return st;
}
