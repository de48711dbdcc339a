/* SPDX-License-Identifier: Apache-2.0 */
/* cli/batch_output.h - what a batch leaves behind, so that the same command goes on where it was
 * killed: images in files or tar shards, and beside them
 *
 *     journal.jsonl   what was begun and made, a line each, written as it happens
 *     run.json        at the end: options, models, and every image's SHA-256
 *
 * The journal's first line has all that decides an image's bytes; a command that decides otherwise
 * is refused. A line that a kill cut off is dropped. In a folder a job is begun, its file appears
 * (whole, as all files that the library writes), the job is made: a file that was begun and is
 * there is whole. In a shard, what lies behind the last member that the journal has is cut off. */
#ifndef IDI_CLI_BATCH_OUTPUT_H
#define IDI_CLI_BATCH_OUTPUT_H

#include "batch.h"

/* --- batch_table.c: the jobs of a list, by output ------------------------------------------------
 */

typedef enum idi_job_state { IDI_JOB_MISSING, IDI_JOB_BEGUN, IDI_JOB_MADE } idi_job_state;

/* About 100 bytes, since there may be millions. */
typedef struct idi_batch_entry {
    uint64_t name[2], job[2]; /* beginnings of SHA-256s: of the output's key, of the job's text */
    uint64_t file[4];         /* SHA-256, once made */
    int64_t bytes;
    int64_t line; /* in the list; 0: empty */
    idi_job_state state;
} idi_batch_entry;

typedef struct idi_batch_table {
    idi_batch_entry *entries; /* [capacity], a power of two, by open addressing */
    int64_t capacity, count;
} idi_batch_table;

/* The entry of this key; NULL if there is none. */
idi_batch_entry *idi_table_find(const idi_batch_table *table, const char *key);
/* A new one, or the one that is there, which has a line. NULL: no memory. */
idi_batch_entry *idi_table_add(idi_batch_table *table, const char *key);
void idi_table_free(idi_batch_table *table);

/* The first digits of a hash, as many as count numbers hold. */
void idi_digest_parse(const char *sha256, uint64_t *words_out, int count);
/* A job without its line and an error; NULL: no memory. */
json_t *idi_job_own_members(json_t *job);
/* Of those members. false: no memory. */
bool idi_job_digest(json_t *job, uint64_t digest_out[2]);
/* A job's seed: its own, or one that follows from its output's name. */
uint64_t idi_job_seed(const json_t *job);

/* --- batch_output.c ----------------------------------------------------------------------------
 */

typedef struct idi_batch_output {
    const char *path;         /* --out */
    bool is_tar, is_one_file; /* is_one_file: `path` is the tar */
    int64_t shard_size;       /* samples */
    int64_t part, parts;      /* 1 of 1 */
    json_t *options;          /* what decides the images */
    idi_batch_table *table;
    int journal;           /* -1: none yet */
    int64_t journal_bytes; /* of whole lines */
    int shard;             /* file; -1: none is open */
    int64_t shard_number, shard_samples, shard_end;
    int64_t made_before;
} idi_batch_output;

/* "DIR/NAME-2-of-8.ENDING", or "faces.NAME.ENDING" beside faces.tar. */
void idi_output_state_path(const idi_batch_output *output, const char *name, const char *ending,
                           char path_out[IDI_PATH_BYTES]);
/* How a table knows an output: a tar's samples have one member each. */
void idi_output_key(const idi_batch_output *output, const char *out, char key_out[IDI_PATH_BYTES]);

/* Reads an earlier run's journal, if there is one, holds it against `options` and the table, and
 * looks after what it left. Writes nothing where there was nothing. */
IDI_NODISCARD idi_status idi_output_open(idi_cli *cli, idi_batch_output *output);
/* Before a job goes to the library, unless it is made already; `path` is its file in a folder. */
IDI_NODISCARD idi_status idi_output_begin(idi_cli *cli, idi_batch_output *output, const json_t *job,
                                          const char *path, bool *is_made_out);
/* Its file is there, or its bytes are to go into the shard. */
IDI_NODISCARD idi_status idi_output_made(idi_cli *cli, idi_batch_output *output, json_t *job,
                                         const idi_job_file *file);
/* A made line of the journal, and the table's entry. */
IDI_NODISCARD idi_status idi_output_note(idi_cli *cli, idi_batch_output *output, const json_t *job,
                                         const char *sha256, int64_t bytes);
/* All jobs have ended: the last shard becomes visible. */
IDI_NODISCARD idi_status idi_output_finish(idi_cli *cli, idi_batch_output *output);
void idi_output_close(idi_batch_output *output);

/* --- batch_journal.c: lines ----------------------------------------------------------------------
 */

/* Reads the lines, if there are any, into the table and the output's last shard. */
IDI_NODISCARD idi_status idi_journal_read(idi_cli *cli, idi_batch_output *output);
/* One line at the end of the journal, which is made if it must be. */
IDI_NODISCARD idi_status idi_journal_write(idi_cli *cli, idi_batch_output *output, json_t *line);

/* --- batch_shard.c: WebDataset tar shards --------------------------------------------------------
 */

void idi_shard_path(const idi_batch_output *output, int64_t number, char path_out[IDI_PATH_BYTES]);
/* Whether a tar can hold the name. */
bool idi_shard_takes(const char *out);
/* The last shard of an earlier run, without what the journal does not know. */
IDI_NODISCARD idi_status idi_shard_resume(idi_cli *cli, idi_batch_output *output);
/* A sample: the image and a .json with its job and seed; a new shard where the last one is full. */
IDI_NODISCARD idi_status idi_shard_add(idi_cli *cli, idi_batch_output *output, json_t *job,
                                       const idi_job_file *file);
/* Ends the open shard and gives it its name. */
IDI_NODISCARD idi_status idi_shard_close(idi_cli *cli, idi_batch_output *output);

/* --- batch_record.c: run.json --------------------------------------------------------------------
 */

typedef struct idi_record_counts {
    int64_t jobs, failed;
} idi_record_counts;

/* Reads the list once more, from its beginning. */
IDI_NODISCARD idi_status idi_record_write(idi_cli *cli, const idi_batch_output *output,
                                          idi_manifest *manifest, const idi_record_counts *counts);

#endif
