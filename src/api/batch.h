/* SPDX-License-Identifier: Apache-2.0 */
/* api/batch.h - a running batch: batch.c has its order. */
#ifndef IDI_API_BATCH_H
#define IDI_API_BATCH_H

#include "api/references.h"
#include "core/buffer.h"
#include "core/sha256.h"

/* Which session makes a job's image: a sum of these. */
enum { IDI_JOB_HAS_MIX = 1, IDI_JOB_IS_NOBODY = 2, IDI_JOB_KINDS = 4 };

/* A job in work: one of the window's slots. */
typedef struct idi_batch_slot {
    int kind;
    char *labels_path, *out_path; /* labels_path NULL: a value */
    const idi_bitmap *labels_value, *other_value;
    const idi_style *style_value;
    const idi_identity *identity_value;
    const double *amounts; /* [classes] of the label mix */
    double strength;
    uint64_t noise_seed;
    idi_reference *style, *own, *given; /* own, given: identities; NULL where none is asked for */
    bool reads_style, reads_own, reads_given;
    idi_identity *mixed; /* of own and given */
    uint8_t *labels;     /* [size, size] */
    uint8_t *other;      /* [size, size] of a label mix */
    float *image;        /* [size, size, 3] */
    idi_buffer file;     /* encoded */
    char sha256[IDI_SHA256_DIGITS + 1];
    idi_outcome outcome;
} idi_batch_slot;

typedef struct idi_job_batch {
    const idi_batch_options *options;
    idi_context *context;
    int64_t size;
    idi_references *references;
    idi_batch_slot *slots; /* [window] */
    idi_batch_report report;
} idi_job_batch;

/* --- batch_job.c: the steps of one job
 * ------------------------------------------------------------
 */

/* Copies what the job says; its mistakes are the slot's outcome. */
IDI_NODISCARD idi_status idi_batch_begin_job(idi_job_batch *batch, idi_batch_slot *slot,
                                             const idi_job *job);
/* Label map, and the files of new references. Thread: any. */
void idi_batch_read_job(const idi_job_batch *batch, idi_batch_slot *slot);
/* Encodes what is new. */
void idi_batch_encode_job(idi_job_batch *batch, idi_batch_slot *slot);
/* NULL for a generator without. */
const idi_style *idi_batch_style_of(const idi_batch_slot *slot);
const idi_identity *idi_batch_identity_of(const idi_batch_slot *slot);
/* The image to its file. Thread: any. */
void idi_batch_write_job(const idi_job_batch *batch, idi_batch_slot *slot);
/* Empties the slot but for its two buffers. */
void idi_batch_end_job(const idi_job_batch *batch, idi_batch_slot *slot);

/* --- batch_session.c: images of encoded jobs
 * ------------------------------------------------------
 */

typedef struct idi_batch_sessions {
    const idi_job_batch *batch;
    const idi_model *generator;           /* the batch's, or a copy on another device */
    int64_t run;                          /* images that a session makes at a time */
    idi_session *sessions[IDI_JOB_KINDS]; /* NULL: none of that kind has come */
    /* of one run */
    const idi_style **styles;        /* [run] */
    const idi_identity **identities; /* [run] */
    idi_status *statuses;            /* [run] */
    uint64_t *noise_seeds;           /* [run] */
    uint8_t *other_labels;           /* [run, size, size] */
    double *amounts;                 /* [run, classes] */
    float *images; /* [run, size, size, 3], where a run has slots of several kinds */
} idi_batch_sessions;

/* For runs of up to `group` images; opens the session of ordinary jobs, which checks the model. */
IDI_NODISCARD idi_status idi_batch_sessions_open(const idi_job_batch *batch,
                                                 const idi_model *generator, int64_t group,
                                                 idi_batch_sessions *sessions_out);
void idi_batch_sessions_close(idi_batch_sessions *sessions);
/* Images of `count` slots whose buffers lie side by side, with room for a whole group.
 * Thread: any, one at a time. */
void idi_batch_sessions_run(idi_batch_sessions *sessions, idi_batch_slot *slots, int64_t count);

/* --- batch_devices.c: groups of jobs on one device, or on several at a time --------------------
 */

typedef struct idi_batch_devices idi_batch_devices;

/* For `window` slots, of which a group of jobs has `group` each. One device works in the thread
 * that takes a group, several have a thread each. */
IDI_NODISCARD idi_status idi_batch_devices_open(const idi_job_batch *batch, int64_t group,
                                                int64_t window, idi_batch_devices **devices_out);
void idi_batch_devices_close(idi_batch_devices **devices);
/* The next group, encoded: `count` jobs in the slots that follow the last group's. */
void idi_batch_devices_submit(idi_batch_devices *devices, int64_t count);
/* Groups that were submitted and not taken. */
int64_t idi_batch_devices_busy(const idi_batch_devices *devices);
/* The oldest of them, whose images then are in their slots. */
IDI_NODISCARD idi_status idi_batch_devices_take(idi_batch_devices *devices, int64_t *count_out);

#endif
