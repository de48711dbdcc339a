/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/session.h - a generator, planned for one batch and run often. */
#ifndef IDINJECT_SESSION_H
#define IDINJECT_SESSION_H

#include "idinject/values.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Scratch memory for one model and batch. One thread at a time; any number of sessions may share
 * a model. */
typedef struct idi_session idi_session;

typedef struct idi_session_options {
    size_t struct_size;
    int64_t batch;         /**< images a run, from 1; default 1 */
    const char *precision; /**< "f32"; on a GPU also "tf32", "bf16", "f16"; NULL: the context's */
} idi_session_options;

IDI_API void idi_session_options_init(idi_session_options *options);

typedef struct idi_plan_report {
    size_t struct_size;
    size_t activation_bytes; /**< inputs, outputs and activations */
    size_t workspace_bytes;
    int64_t node_count;
    int64_t macs; /**< multiply-accumulates of one run with new inputs */
} idi_plan_report;

/** The exact bytes that idi_session_create() will take, before anything is allocated.
 * @param[in] options NULL for the defaults. Thread: any. */
IDI_API IDI_NODISCARD idi_status idi_session_plan(const idi_model *generator,
                                                  const idi_session_options *options,
                                                  idi_plan_report *report);

/** Plans and allocates; idi_session_generate() then allocates nothing.
 * Errors: ARG (not a generator), UNSUPPORTED (precision), NOMEM (says how much was wanted). */
IDI_API IDI_NODISCARD idi_status idi_session_create(const idi_model *generator,
                                                    const idi_session_options *options,
                                                    idi_session **session_out);
IDI_API void idi_session_destroy(idi_session **session);

/** What one run makes. Fill with idi_generate_init(). */
typedef struct idi_generate {
    size_t struct_size;
    const uint8_t *labels;          /**< [batch, size, size] class indices, order "celebamask" */
    const idi_style *const *styles; /**< [batch] */
    const idi_identity *const *identities; /**< [batch]; NULL for models without identity */
    float *image_out;                      /**< [batch, size, size, 3], -1..1; or NULL */
    uint8_t *rgb_out;                      /**< [batch, size, size, 3]; or NULL */
    idi_status *sample_status; /**< [batch]; or NULL. A bad sample does not fail the others: its
                                    output is zeroed and its status set; the call returns the first
                                    bad sample's status */
    /** Called between steps; nonzero stops the run with CANCELLED. May be NULL. */
    int (*should_stop)(void *user);
    void *stop_user;
} idi_generate;

IDI_API void idi_generate_init(idi_generate *run);

/** Makes `batch` images. What did not change since the last run (styles, identities) is not
 * computed again.
 * Thread: one at a time per session.  Errors: LABELS (value and place), ENCODER (identity of
 * another recogniser than the model's), SHAPE (style or identity of another size), NUMERIC,
 * CANCELLED. */
IDI_API IDI_NODISCARD idi_status idi_session_generate(idi_session *session,
                                                      const idi_generate *run);

#ifdef __cplusplus
}
#endif
#endif
