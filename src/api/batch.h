/* SPDX-License-Identifier: Apache-2.0 */
/* api/batch.h - a running batch: batch.c has its order, batch_job.c the steps of one job. */
#ifndef IDI_API_BATCH_H
#define IDI_API_BATCH_H

#include "api/references.h"
#include "core/buffer.h"
#include "core/sha256.h"

/* A job in work: one of the window's slots. */
typedef struct idi_batch_slot {
    char *labels_path, *out_path;
    double strength;
    uint64_t noise_seed;
    idi_reference *style, *own, *given; /* own, given: identities; NULL where none is asked for */
    bool reads_style, reads_own, reads_given;
    idi_identity *mixed; /* of own and given */
    uint8_t *labels;     /* [size, size] */
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

/* Copies what the job says; its mistakes are the slot's outcome. */
IDI_NODISCARD idi_status idi_batch_begin_job(idi_job_batch *batch, idi_batch_slot *slot,
                                             const idi_job *job);
/* Label map, and the files of new references. Thread: any. */
void idi_batch_read_job(const idi_job_batch *batch, idi_batch_slot *slot);
/* Encodes what is new; the slot's style and identity (NULL for a generator without). */
void idi_batch_encode_job(idi_job_batch *batch, idi_batch_slot *slot, const idi_style **style_out,
                          const idi_identity **identity_out);
/* The image to its file. Thread: any. */
void idi_batch_write_job(const idi_job_batch *batch, idi_batch_slot *slot);
/* Empties the slot but for its two buffers. */
void idi_batch_end_job(const idi_job_batch *batch, idi_batch_slot *slot);

#endif
