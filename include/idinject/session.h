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
    const char *precision; /**< as a context's; NULL: the context's */
    int is_plain;  /**< nonzero: the network as published, nothing folded; the same images but for
                        rounding, at the published setting for twice the work. For comparisons */
    int has_noise; /**< nonzero: SEAN's noise is added, of idi_generate.noise_seeds; default 0 */
    int has_label_mix;   /**< nonzero: CA2-SIS's codes of two label maps are mixed, of
                              idi_generate.other_labels and label_amounts; default 0 */
    int is_identity_off; /**< nonzero: no identity is injected; the image is that of the same
                              weights without the identity's token, and identities are not read.
                              For samples with and without, take two sessions, as
                              idi_batch_run() does; default 0 */
} idi_session_options;

IDI_API void idi_session_options_init(idi_session_options *options);

typedef struct idi_plan_report {
    size_t struct_size;
    size_t activation_bytes; /**< inputs, outputs and activations */
    size_t workspace_bytes;
    int64_t node_count;
    int64_t macs;       /**< multiply-accumulates of one run with new inputs */
    int64_t plain_macs; /**< of the same run in the plain form, whichever the session has */
} idi_plan_report;

/** The exact bytes that idi_session_create() will take, before anything is allocated.
 * @param[in] options NULL for the defaults. Thread: any. */
IDI_API IDI_NODISCARD idi_status idi_session_plan(const idi_model *generator,
                                                  const idi_session_options *options,
                                                  idi_plan_report *report);

/** Plans and allocates; idi_session_generate() then allocates nothing.
 * Errors: ARG (not a generator), UNSUPPORTED (precision, noise, or a label mix), NOMEM (says how
 * much was wanted). */
IDI_API IDI_NODISCARD idi_status idi_session_create(const idi_model *generator,
                                                    const idi_session_options *options,
                                                    idi_session **session_out);
IDI_API void idi_session_destroy(idi_session **session);

/** What one run makes. Fill with idi_generate_init(). */
typedef struct idi_generate {
    size_t struct_size;
    const uint8_t *labels;          /**< [batch, size, size] class indices, order "celebamask" */
    const idi_style *const *styles; /**< [batch]; NULL for models without styles ("spade") */
    const idi_identity *const *identities; /**< [batch]; NULL for models without identity */
    float *image_out;                      /**< [batch, size, size, 3], -1..1; or NULL */
    uint8_t *rgb_out;                      /**< [batch, size, size, 3]; or NULL */
    idi_status *sample_status; /**< [batch]; or NULL. A bad sample does not fail the others: its
                                    output is zeroed and its status set; the call returns the first
                                    bad sample's status */
    /** Called between steps; nonzero stops the run with CANCELLED. May be NULL. */
    int (*should_stop)(void *user);
    void *stop_user;
    const uint64_t *noise_seeds; /**< [batch] for sessions with noise: the same seed gives a sample
                                      the same noise; otherwise NULL */
    const uint8_t *other_labels; /**< [batch, size, size] for sessions with a label mix; otherwise
                                      NULL */
    const double *label_amounts; /**< [batch, classes] for the same: how much of each class's mask
                                      code is other_labels'. 0: labels', 1: other_labels', both bit
                                      for bit in f32; between: the line between the codes. The
                                      background has no code: its amount does nothing. Weights with
                                      "spade" modulation see `labels` besides, whatever the amounts
                                      are */
} idi_generate;

IDI_API void idi_generate_init(idi_generate *run);

/** Makes `batch` images. What did not change since the last run (styles, identities) is not
 * computed again.
 * Thread: one at a time per session.  Errors: LABELS (value and place), ENCODER (identity of
 * another recogniser than the model's), SHAPE (style or identity of another size), NUMERIC,
 * CANCELLED. */
IDI_API IDI_NODISCARD idi_status idi_session_generate(idi_session *session,
                                                      const idi_generate *run);

/** What one run on a stream makes, from and to memory of the session's device (on the CPU: the
 * host's). Fill with idi_enqueue_init(). */
typedef struct idi_enqueue {
    size_t struct_size;
    void *stream; /**< a cudaStream_t of the device; NULL: its legacy default stream. Not used on
                       the CPU */
    const uint8_t *labels;          /**< [batch, size, size], order "celebamask", on the device */
    const idi_style *const *styles; /**< [batch], of the host, as in idi_generate */
    const idi_identity *const *identities; /**< the same; NULL for models without identity */
    float *image_out; /**< [batch, size, size, 3], -1..1, on the device, in every precision */
} idi_enqueue;

IDI_API void idi_enqueue_init(idi_enqueue *run);

/** Puts a run in order on the caller's stream, and returns without waiting for it: it begins when
 * what the stream was given before is done, and what the stream is given afterwards begins when it
 * is done. `run` and what it points to on the host have been read on return; `labels` and
 * `image_out` belong to the run until the stream is through with it. On the CPU the run is done on
 * return.
 *
 * From the third run with the same kind of change on (none; styles; identities; both), a run is one
 * graph launch between copies within the device, and allocates nothing. Styles and identities are
 * uploaded when they changed, through pinned memory with room for several changes: only a caller
 * who is further ahead of the device than that is held up. Runs of one session come one after the
 * other, whatever their streams and whichever call they came by; idi_session_destroy() waits for
 * them.
 *
 * The host does not see the numbers, so two checks of idi_session_generate() are not made. A label
 * that is not a class is harmless: its pixel belongs to no class. Whether the image is finite is
 * not looked for. A fault of the device while the run is under way shows where the caller waits
 * for the stream.
 *
 * Either the whole batch is enqueued or, after an error of the arguments, nothing.
 * Thread: one at a time per session.  Errors: ARG (no memory of the device; no style or identity),
 * SHAPE and ENCODER as idi_session_generate(), UNSUPPORTED (a session with noise or a label mix),
 * STATE (the
 * stream is being captured into the caller's own graph), DEVICE (such as a stream of another
 * device). */
IDI_API IDI_NODISCARD idi_status idi_session_enqueue(idi_session *session, const idi_enqueue *run);

#ifdef __cplusplus
}
#endif
#endif
