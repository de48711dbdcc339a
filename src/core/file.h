/* SPDX-License-Identifier: Apache-2.0 */
/* core/file.h - whole files in, whole files out: a reader with a size limit, and a writer that
 * leaves either the complete file or none. */
#ifndef IDI_CORE_FILE_H
#define IDI_CORE_FILE_H

#include "core/memory.h"

#include <stdio.h>

/* Reads the whole of `path`, pipes included. IDI_ERR_IO if it cannot be opened or read,
 * IDI_ERR_FORMAT if it is longer than max_bytes. The caller frees *bytes_out with idi_free. */
IDI_NODISCARD idi_status idi_file_read(idi_memory *memory, const char *path, size_t max_bytes,
                                       uint8_t **bytes_out, size_t *size_out);

/* A file under construction: written beside its target under another name, then renamed, so that
 * readers of the target see the old file or the new one and nothing between. The other name is
 * "TARGET.<process>.0.tmp", or with the first number after 0 that is free; idinject/bitmap.h
 * promises it to programs that tidy up when they are killed. */
typedef struct idi_file_writer {
    FILE *stream;
    const char *path; /* the caller's; must outlive the writer */
    char *temporary;
    idi_memory *memory;
} idi_file_writer;

IDI_NODISCARD idi_status idi_file_writer_open(idi_memory *memory, const char *path,
                                              idi_file_writer *writer_out);
IDI_NODISCARD idi_status idi_file_writer_put(idi_file_writer *writer, const void *bytes,
                                             size_t size);
/* Waits for the disk: for files that took long to make, which a power failure is not to cost. */
IDI_NODISCARD idi_status idi_file_writer_sync(idi_file_writer *writer);
/* Flushes and renames. On failure the temporary file is gone and the target as it was. */
IDI_NODISCARD idi_status idi_file_writer_commit(idi_file_writer *writer);
/* Removes the temporary file. Does nothing after a commit, or on a zeroed writer. */
void idi_file_writer_abandon(idi_file_writer *writer);

/* All of it at once. */
IDI_NODISCARD idi_status idi_file_save(idi_memory *memory, const char *path, const void *bytes,
                                       size_t size);

#endif
