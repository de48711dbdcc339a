/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch.h - a list of images to make: JSON lines, an object a line, or CSV with a header line
 * where the file's name ends in .csv.
 *
 *     {"mask": "where.png", "style": "how.png", "identity": "who.png", "out": "face_1.png"}
 *
 * with the names of 'idinject generate', "style_mask" and "identity_strength" among them, its edits
 * too, and the "seed" of its noise. What an option may be given again for is a list of texts, or in
 * CSV a column that is there again. Inputs lie relative to the manifest's folder, outputs relative
 * to another. "error" and "line" are left to lists of failures, which are manifests too. */
#ifndef IDI_CLI_BATCH_H
#define IDI_CLI_BATCH_H

#include "edit.h"

#include <jansson.h>
#include <stdio.h>

typedef struct idi_manifest {
    const char *path;
    FILE *stream;
    char *text; /* of the current line, or of a CSV's cell */
    size_t capacity;
    int64_t line;
    bool is_csv;
    json_t *columns;   /* of a CSV: their names */
    int64_t next_line; /* of a CSV: lines read, as a record may have several */
} idi_manifest;

IDI_NODISCARD idi_status idi_manifest_open(idi_cli *cli, const char *path, idi_manifest *manifest);
void idi_manifest_close(idi_manifest *manifest);

/* The next object, checked, with its "line"; NULL at the end. json_decref() it. */
IDI_NODISCARD idi_status idi_manifest_next(idi_cli *cli, idi_manifest *manifest, json_t **job_out);

/* From the first job on. */
IDI_NODISCARD idi_status idi_manifest_rewind(idi_cli *cli, idi_manifest *manifest);

/* batch_csv.c: the next record as an object, unchecked; NULL at the end. */
IDI_NODISCARD idi_status idi_csv_next(idi_cli *cli, idi_manifest *manifest, json_t **job_out);

/* batch_paths.c */
enum { IDI_BATCH_INPUTS = 4 };
typedef struct idi_batch_paths {
    const char *manifest, *folder; /* what inputs and outputs are relative to */
    char inputs[IDI_BATCH_INPUTS][IDI_PATH_BYTES], out[IDI_PATH_BYTES];
} idi_batch_paths;

/* Until the next call, the job's paths lie in `paths`. Makes folders for its output, unless there
 * is no folder: then the output is a name alone. */
void idi_batch_fill_job(idi_batch_paths *paths, const json_t *job, idi_job *out);

/* batch_edit.c: jobs that take more than files */

/* Whether a name may have a list of texts. */
bool idi_batch_is_list(const char *name);

typedef struct idi_batch_edit idi_batch_edit;

/* The edited jobs in work. */
typedef struct idi_batch_edits {
    idi_editor editor;
    char folder[IDI_PATH_BYTES];  /* of the list, for the editor */
    idi_batch_edit *first, *last; /* in the list's order */
} idi_batch_edits;

void idi_batch_edits_open(idi_cli *cli, const char *manifest, idi_batch_edits *edits_out);
void idi_batch_edits_close(idi_batch_edits *edits);
/* Whether the job can be meant, if it is an edited one. */
IDI_NODISCARD idi_status idi_batch_edit_check(idi_batch_edits *edits, const json_t *job);
/* An edited job's values, which `out` then has instead of files; they stay until
 * idi_batch_edit_end(). Ordinary jobs are left alone. */
IDI_NODISCARD idi_status idi_batch_edit_begin(idi_batch_edits *edits, const json_t *job,
                                              idi_job *out);
void idi_batch_edit_end(idi_batch_edits *edits, const json_t *job);

/* batch_share.c: devices of this process, and processes, that share the list */

enum { IDI_BATCH_COPIES = 63 };
/* The generator on the devices behind the first. */
typedef struct idi_batch_copies {
    idi_context *contexts[IDI_BATCH_COPIES];
    idi_model *models[IDI_BATCH_COPIES];
    int count;
} idi_batch_copies;

/* For each further name in --device. */
IDI_NODISCARD idi_status idi_batch_copies_open(idi_cli *cli, const idi_common_arguments *common,
                                               const char *model, idi_batch_copies *copies);
void idi_batch_copies_close(idi_batch_copies *copies);
/* IDI_OK if all processes come with it; otherwise all fail, and the first that did says why. */
IDI_NODISCARD idi_status idi_batch_agree(idi_cli *cli, idi_team *team, idi_status mine);

/* batch.c's options; batch_run.c does the work. */
typedef struct idi_batch_arguments {
    idi_common_arguments common;
    const char *model, *recogniser, *manifest, *out, *scheme, *format, *shard;
    int64_t batch, threads, references, quality, shard_size;
    bool has_no_mark, is_plain, has_noise;
} idi_batch_arguments;

IDI_NODISCARD idi_status idi_batch_main(idi_cli *cli, const void *arguments);

#endif
