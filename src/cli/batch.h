/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch.h - a list of images to make: JSON lines, an object a line.
 *
 *     {"mask": "where.png", "style": "how.png", "identity": "who.png", "out": "face_1.png"}
 *
 * with the names of 'idinject generate', "style_mask" and "identity_strength" among them. Inputs
 * lie relative to the manifest's folder, outputs relative to another. "error" and "line" are left
 * to lists of failures, which are manifests too. */
#ifndef IDI_CLI_BATCH_H
#define IDI_CLI_BATCH_H

#include "cli.h"

#include <jansson.h>
#include <stdio.h>

typedef struct idi_manifest {
    const char *path;
    FILE *stream;
    char *text; /* of the current line */
    size_t capacity;
    int64_t line;
} idi_manifest;

IDI_NODISCARD idi_status idi_manifest_open(idi_cli *cli, const char *path, idi_manifest *manifest);
void idi_manifest_close(idi_manifest *manifest);

/* The next object, checked, with its "line"; NULL at the end. json_decref() it. */
IDI_NODISCARD idi_status idi_manifest_next(idi_cli *cli, idi_manifest *manifest, json_t **job_out);

/* Reads all of it: how many jobs; that no two write the same file. Then begins anew. */
IDI_NODISCARD idi_status idi_manifest_check(idi_cli *cli, idi_manifest *manifest,
                                            int64_t *count_out);

/* batch_paths.c */
enum { IDI_BATCH_INPUTS = 4 };
typedef struct idi_batch_paths {
    const char *manifest, *folder; /* what inputs and outputs are relative to */
    char inputs[IDI_BATCH_INPUTS][IDI_PATH_BYTES], out[IDI_PATH_BYTES];
} idi_batch_paths;

/* Until the next call, the job's paths lie in `paths`. Makes folders for its output. */
void idi_batch_fill_job(idi_batch_paths *paths, const json_t *job, idi_job *out);

#endif
