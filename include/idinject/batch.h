/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/batch.h - many images from and to files: people encoded once, files read and written
 * by threads of their own while the generator runs. */
#ifndef IDINJECT_BATCH_H
#define IDINJECT_BATCH_H

#include "idinject/bitmap.h"
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
    const char *out;          /**< .png, .jpg, .jpeg, or .npy: float32 [1, 3, H, W], -1..1 */
    uint64_t noise_seed;      /**< of its noise, with idi_batch_options.has_noise */
    /* Values instead of files, where a program makes them (idinject/edit.h); NULL: the files. They
     * are not copied: they stay as they are until `done` of the job or the end of the call. */
    const idi_bitmap *labels_value; /**< instead of `labels`: square, brought to the model's size */
    const idi_bitmap *other_labels; /**< the job is one of a session with a label mix; the same */
    const double *label_amounts;    /**< [classes] with it: idi_generate.label_amounts */
    const idi_style *style_value;   /**< instead of `style` */
    const idi_identity *identity_value; /**< instead of `identity` and its strength */
    int is_identity_off; /**< nonzero: the job is one of a session without identity; who is not
                              looked at */
} idi_job;

IDI_API void idi_job_init(idi_job *job);

/** What was made of a job; what it points to stays until the call returns. */
typedef struct idi_job_file {
    size_t struct_size;
    const void *bytes; /**< the whole file */
    size_t byte_count;
    const char *sha256; /**< of them, 64 hexadecimal digits */
} idi_job_file;

/** Fill with idi_batch_options_init(). */
typedef struct idi_batch_options {
    size_t struct_size;
    const idi_model *generator;
    const idi_model
        *recogniser;  /**< reads identities from photographs; NULL: only .npy are taken */
    int64_t batch;    /**< images that go on together, 1 to 1024; default 1. A GPU makes them in one
                           run, a CPU one by one: it would win nothing and round otherwise */
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
    int jpeg_quality;            /**< 1 to 100; default 95 */
    int is_unwritten;            /**< nonzero: no file is written, `out` only says the format; for
                                      programs whose `file` puts it elsewhere */
    /** Fills job number `index` (0, 1, 2...) and returns nonzero, or returns 0: there are no more.
     * Paths that it points to are copied before the next call; values are not (idi_job). */
    int (*next)(void *user, int64_t index, idi_job *job);
    /** Job `index` is through, in order: its file is there, or idi_last_error() says why not.
     * Nonzero: takes no further jobs; those in work are finished. May be NULL. */
    int (*done)(void *user, int64_t index, idi_status status);
    /** Before `done`, of jobs that were made: their files' content, which writing threads hash.
     * Nonzero: as of `done`. May be NULL. */
    int (*file)(void *user, int64_t index, const idi_job_file *file);
    void *user; /**< of all three, which are called by the caller's thread alone */
    /** The generator again, loaded in contexts of other devices, which then share the work, a group
     * at a time. [copy_count], 0 to 63; each of the same file, on devices of the same kind, so that
     * an image is the same whoever makes it. NULL: one device does it all. */
    const idi_model *const *copies;
    int copy_count;
} idi_batch_options;

IDI_API void idi_batch_options_init(idi_batch_options *options);

typedef struct idi_batch_report {
    size_t struct_size;
    int64_t made, failed;       /**< jobs */
    int64_t styles, identities; /**< encoded: fewer than jobs where people return */
} idi_batch_report;

/** Makes an image for each job. While one group of `batch` images is computed, the next one's files
 * are read and the one before is written, so that three groups are in memory (and one more for each
 * copy of the generator, whose device computes beside the first's), all of it taken at
 * the beginning but for photographs and second label maps, and for the sessions of jobs with a
 * label mix, without identity or both, each opened when the first of its kind comes. A style or an
 * identity that a job before had is not encoded again (the same paths: files are taken not to
 * change meanwhile). A bad job fails alone; no half-written file is left. An image does not depend
 * on `thread_count`, `most_references` and `copies`, and on a CPU not on `batch` either. Styles and
 * identities are encoded on the first device.
 * @param[out] report may be NULL; filled on failure too.
 * Returns the first failed job's status, with its sentence.  Other errors: ARG (options), those of
 * idi_session_create(), CANCELLED (`done` stopped it before the jobs were through, and none
 * failed).
 * Thread: any; other calls may use the models meanwhile. */
IDI_API IDI_NODISCARD idi_status idi_batch_run(const idi_batch_options *options,
                                               idi_batch_report *report);

/** SHA-256 in 64 hexadecimal digits, as idi_job_file has it. bytes may be NULL if there are none.
 * Thread: any. */
IDI_API void idi_sha256(const void *bytes, size_t byte_count, char sha256_out[65]);

#ifdef __cplusplus
}
#endif
#endif
