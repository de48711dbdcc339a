/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/evaluate.h - how well a recogniser tells people apart, and what images with an injected
 * identity achieve against recognisers; measured on people whom no model has seen: rates at
 * calibrated thresholds, with intervals, from pairs that a seed pins. */
#ifndef IDINJECT_EVALUATE_H
#define IDINJECT_EVALUATE_H

#include "idinject/session.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Which photographs of which people; fill with idi_evaluation_data_init(). */
typedef struct idi_evaluation_data {
    size_t struct_size;
    const char *source;     /**< "portraits" (drawn), "celebamask" (CelebAMask-HQ as published) or
                                 "paired" (folder/images and folder/labels, paired by name); default
                                 "portraits" */
    const char *folder;     /**< of celebamask and paired */
    const char *identities; /**< of celebamask and paired, needed there: identity_CelebA.txt */
    const char *mapping;    /**< CelebA-HQ-to-CelebA-mapping.txt; NULL: the one in `folder` */
    const char *scheme;     /**< class order of paired's label maps; NULL: "celebamask" */
    int64_t size;           /**< side of the photographs in pixels; default 256 */
    int64_t first_person;   /**< default 0 */
    int64_t people;         /**< portraits: how many; others: 0 for all; default 0 */
    int64_t first_photo;    /**< of portraits; default 0 */
    int64_t photos;         /**< of each person at most; 0: all (portraits: needed); default 0 */
} idi_evaluation_data;

IDI_API void idi_evaluation_data_init(idi_evaluation_data *data);

enum { IDI_EVALUATE_MOST_STRENGTHS = 16 };

/** Fill with idi_evaluate_options_init(). */
typedef struct idi_evaluate_options {
    size_t struct_size;
    idi_evaluation_data data;
    uint64_t seed;            /**< of the pairs; default 0 */
    double calibration_share; /**< of the people, whose impostor pairs give the thresholds that
                                   judge the others; default 0.5 */
    int64_t most_genuine;     /**< pairs at most; 0: all; default 200000 */
    int64_t most_impostors;   /**< the same */
    int64_t replicates;       /**< of the bootstrap over people, 100 to 1000000; default 2000 */
    double level;             /**< of the intervals; default 0.95 */
    int64_t attacks;          /**< of a generator: pairs of people at most; default 600 */
    const double *strengths;  /**< of a generator: how far identities go from the first person's (0)
                                   to the second's (1); NULL: 1 alone */
    int64_t strength_count;   /**< 1 to IDI_EVALUATE_MOST_STRENGTHS */
    int64_t cues;             /**< of a recogniser, by portraits: so many people at most are drawn
                                   with parts of somebody else's face, which tells what it goes by;
                                   default 0 */
    int64_t search_steps;   /**< of a generator: besides strengths, an identity that is searched by
                                 gradient in so many steps; 0: the best of five strengths; -1:
                                 none; default -1 */
    double search_ssim;     /**< SSIM that its image keeps at least to the one without injection;
                                 default 0.9 */
    double search_rate;     /**< length of a step, of the vector's own; default 0.1 */
    int64_t search_against; /**< the first so many recognisers are attacked, the others judge
                                 alone; default 1 */
    int search_has_styles;  /**< nonzero: style codes are moved too; default 0 */
    int robustness;         /**< of a generator, nonzero: all its images, and the photographs of the
                                 second persons, are judged again after each idi_degradation,
                                 with `seed` for the noise; default 0 */
    int64_t leverage;       /**< of a generator: so many of its pairs at most also have images in
                                 which one thing alone is the second person's: the style of each
                                 class, all styles, the identity; the report says how far each moves
                                 every recogniser; default 0 */
    int64_t batch;          /**< faces a run of a network, from 1; default 8 */
    int thread_count;       /**< that read or draw photographs ahead; 0: the caller's does;
                                 default 1 */
    const char *report_path; /**< JSON, everything; NULL: not written */
    const char *scores_path; /**< CSV, each pair with its score; NULL: not written */
    const char *sheet_path;  /**< of a generator: PNG, some pairs' pictures; NULL: not written */
    /** Called now and then by the caller's thread; nonzero stops with CANCELLED. May be NULL. */
    int (*progress)(void *user, const char *what, int64_t done, int64_t total);
    void *user;
} idi_evaluate_options;

IDI_API void idi_evaluate_options_init(idi_evaluate_options *options);

/** A number and its interval. */
typedef struct idi_measured {
    double value, low, high;
} idi_measured;

/** Rates at one false acceptance rate. */
typedef struct idi_rate_at_far {
    double far;       /**< 1e-2, 1e-3, 1e-4 */
    int is_supported; /**< nonzero: there are 1/far impostor pairs; else nothing below is set */
    double threshold; /**< accept cosines >= it; 17 digits are needed to write it */
    idi_measured tar; /**< true acceptance rate */
} idi_rate_at_far;

enum { IDI_EVALUATE_FARS = 3 };

/** The headline numbers; the file has the rest. */
typedef struct idi_recogniser_result {
    size_t struct_size;
    int64_t people, photos; /**< used */
    int64_t genuine, impostors;
    char pairs_hash[17]; /**< of the photographs' people and all pairs, hexadecimal */
    idi_rate_at_far at[IDI_EVALUATE_FARS];
    idi_measured eer;   /**< equal error rate */
    idi_measured auc;   /**< area under the ROC */
    idi_measured rank1; /**< closed-set identification; value -1: nobody to look for */
} idi_recogniser_result;

/** Judges a recogniser. The people are divided by seed into two halves: impostor pairs of the one
 * give thresholds, genuine pairs of the other the rates, and intervals resample people. The same
 * options give the same files to the byte on the same machine.
 * @param[in,out] result struct_size set by the caller; may be NULL.
 * Thread: any.  Errors: ARG (options; fewer than two people in a half; nobody with two photographs;
 * not a recogniser), those of reading photographs (with the file's name), NUMERIC (an embedding
 * that is not finite), IO, CANCELLED. No half-written file is left. */
IDI_API IDI_NODISCARD idi_status idi_evaluate_recogniser(const idi_model *recogniser,
                                                         const idi_evaluate_options *options,
                                                         idi_recogniser_result *result);

enum { IDI_EVALUATE_RECOGNISERS = 8 };

/** Rates of images with a second person's identity injected at one false acceptance rate. */
typedef struct idi_attack_at_far {
    double far;
    int is_supported;     /**< by the impostor pairs; else nothing below is set */
    idi_measured success; /**< accepted as the second person */
    idi_measured passes;  /**< accepted as the first person */
} idi_attack_at_far;

/** What one recogniser says of a generator. */
typedef struct idi_attacked_recogniser {
    idi_attack_at_far at[IDI_EVALUATE_FARS]; /**< at the first of the strengths */
    idi_measured own_to_photo; /**< cosine of the image with the own identity to its photograph */
    idi_measured to_second;    /**< cosine to another photograph of the second person */
    idi_measured rank1;        /**< how often the second person is the nearest of all */
} idi_attacked_recogniser;

typedef struct idi_generator_result {
    size_t struct_size;
    int64_t people, photos, pairs;
    char pairs_hash[17];
    double own_ssim;    /**< images with the own identity against the photograph */
    double attack_ssim; /**< at the first of the strengths, against the image without injection */
    double attack_ssim_face; /**< the same inside the face; -1: no picture has one */
    int64_t recogniser_count;
    idi_attacked_recogniser recognisers[IDI_EVALUATE_RECOGNISERS];
} idi_generator_result;

/** Judges a generator. For pairs of people whom no threshold comes from, images are made from a
 * photograph of the first person with the own identity and with that of a photograph of the second,
 * and held against OTHER photographs of both. Beside them, on the same pairs: the photograph itself
 * and the photograph with the second person's mean colours of skin and hair. Of a generator without
 * identity only images of the own person are judged. Pictures are what a PNG of them would hold.
 * options->data.size is not looked at: photographs are wanted at the generator's size.
 * @param[in] recognisers 1 to IDI_EVALUATE_RECOGNISERS, of the generator's context; the first reads
 *            the identities (the white box), so it has to be the one that the generator was made
 *            with; the others judge alone.
 * @param[in,out] result struct_size set by the caller; may be NULL.
 * Thread and errors as idi_evaluate_recogniser(), and ENCODER (the first recogniser is another). */
IDI_API IDI_NODISCARD idi_status idi_evaluate_generator(const idi_model *generator,
                                                        const idi_model *const *recognisers,
                                                        int64_t recogniser_count,
                                                        const idi_evaluate_options *options,
                                                        idi_generator_result *result);

#ifdef __cplusplus
}
#endif
#endif
