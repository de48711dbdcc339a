/* SPDX-License-Identifier: Apache-2.0 */
/* api/references.h - the styles and identities of a batch: read from files by any thread, encoded
 * by the one that computes, kept for the jobs to come. */
#ifndef IDI_API_REFERENCES_H
#define IDI_API_REFERENCES_H

#include "api/objects.h"

enum { IDI_SENTENCE_BYTES = 1024 };

/* How something went, to be told later or by another thread. */
typedef struct idi_outcome {
    idi_status status;
    char sentence[IDI_SENTENCE_BYTES]; /* of a failure */
} idi_outcome;

/* Keeps `status` with this thread's sentence, unless there is a failure already. */
void idi_outcome_note(idi_outcome *outcome, idi_status status);
/* Its status, its sentence as this thread's last error. */
IDI_NODISCARD idi_status idi_outcome_status(const idi_outcome *outcome);

/* A photograph with its label map: a style. A photograph or .npy alone: an identity. */
typedef struct idi_reference {
    char *photo_path, *labels_path; /* labels_path NULL: an identity */
    idi_bitmap photo, labels;       /* read and not yet encoded */
    idi_style *style;
    idi_identity *identity;
    idi_outcome outcome;
    bool is_encoded; /* or failed to be */
    int64_t user_count, last_use;
} idi_reference;

typedef struct idi_references idi_references;

/* scheme: class order of label maps, mean_style: for classes that a photograph lacks, or NULL; both
 * not copied. Keeps up to `capacity`, which must be as many as
 * are in use at a time. */
IDI_NODISCARD idi_status idi_references_create(idi_context *context, int64_t capacity,
                                               const char *scheme, const idi_style *mean_style,
                                               idi_references **references_out);
void idi_references_destroy(idi_references **references);

/* The reference of these files, with one user more. is_new_out: nobody has read it; who took it
 * has to, before it is encoded. What nobody uses and was used longest ago makes room. */
IDI_NODISCARD idi_status idi_references_take(idi_references *references, const char *photo_path,
                                             const char *labels_path, idi_reference **reference_out,
                                             bool *is_new_out);
/* NULL-safe; nulls the pointer. */
void idi_references_drop(idi_reference **reference);

/* Reads its files; the outcome is in the reference. Thread: any. */
void idi_reference_read(const idi_references *references, idi_reference *reference);

/* Encodes what was read, the first time; counts that in *encoded. recogniser may be NULL. */
IDI_NODISCARD idi_status idi_reference_encode(idi_references *references, idi_reference *reference,
                                              const idi_model *generator,
                                              const idi_model *recogniser, int64_t *encoded);

#endif
