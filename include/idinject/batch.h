/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/batch.h - many images from and to files: people encoded once, files read and written
 * by threads of their own while the generator runs. */
#ifndef IDINJECT_BATCH_H
#define IDINJECT_BATCH_H

#include "idinject/session.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One image to make, in paths; fill with idi_job_init(). */
typedef struct idi_job {
    size_t struct_size;
    const char *labels;       /**< where: label map */
    const char *style;        /**< how: photograph; NULL for a model that takes none ("spade") */
    const char *style_labels; /**< label map of the photograph; NULL: `labels` */
    const char *identity;     /**< who: photograph, or .npy embedding (which carries no fingerprint:
                                   its recogniser is not checked); NULL: the style photograph */
    double identity_strength; /**< 0: the style photograph's own, 1: `identity`; slerp; default 1 */
    const char *out;          /**< .png, or .npy: float32 [1, 3, H, W], -1..1 */
    uint64_t noise_seed;      /**< of its noise, with idi_batch_options.has_noise */
} idi_job;

IDI_API void idi_job_init(idi_job *job);

/** Fill with idi_batch_options_init(). */
typedef struct idi_batch_options {
    size_t struct_size;
    const idi_model *generator;
    const idi_model
        *recogniser;  /**< reads identities from photographs; NULL: only .npy are taken */
    int64_t batch;    /**< images a run, from 1; default 1 */
    int thread_count; /**< that read files, and as many that write them; 0: the caller's does it
                           all; default 1 */
    int64_t most_references;     /**< styles and identities kept for jobs to come; as many as are in
                                      work are kept in any case; default 256 */
    const char *scheme;          /**< class order of the label maps; NULL: "celebamask" */
    const char *precision;       /**< of the session; NULL: the context's */
    int is_plain;                /**< of the session: idi_session_options.is_plain */
    int has_noise;               /**< of the session: idi_session_options.has_noise */
    const idi_style *mean_style; /**< of SEAN: codes for classes that a photograph lacks
                                      (idi_style_complete()); NULL: zeros, as published */
    unsigned save_flags;         /**< idi_save_flags */
    /** Fills job number `index` (0, 1, 2...) and returns nonzero, or returns 0: there are no more.
     * What it points to is copied before the next call. */
    int (*next)(void *user, int64_t index, idi_job *job);
    /** Job `index` is through, in order: its file is there, or idi_last_error() says why not.
     * Nonzero: takes no further jobs; those in work are finished. May be NULL. */
    int (*done)(void *user, int64_t index, idi_status status);
    void *user; /**< of both; both are called by the caller's thread alone */
} idi_batch_options;

IDI_API void idi_batch_options_init(idi_batch_options *options);

typedef struct idi_batch_report {
    size_t struct_size;
    int64_t made, failed;       /**< jobs */
    int64_t styles, identities; /**< encoded: fewer than jobs where people return */
} idi_batch_report;

/** Makes an image for each job. While one group of `batch` images is computed, the next one's files
 * are read and the one before is written, so that three groups are in memory, all of it taken at
 * the beginning but for photographs. A style or an identity that a job before had is not encoded
 * again (the same paths: files are taken not to change meanwhile). A bad job fails alone; no
 * half-written file is left. The images do not depend on `thread_count` and `most_references`.
 * @param[out] report may be NULL; filled on failure too.
 * Returns the first failed job's status, with its sentence.  Other errors: ARG (options), those of
 * idi_session_create(), CANCELLED (`done` stopped it before the jobs were through, and none
 * failed).
 * Thread: any; other calls may use the models meanwhile. */
IDI_API IDI_NODISCARD idi_status idi_batch_run(const idi_batch_options *options,
                                               idi_batch_report *report);

#ifdef __cplusplus
}
#endif
#endif
