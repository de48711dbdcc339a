/* SPDX-License-Identifier: Apache-2.0 */
/* api/evaluate_attack.h - judging a generator: evaluate_generator.c has the order of things,
 * attack_images.c makes the pictures of a group of pairs, attack_scores.c measures them,
 * attack_csv.c and attack_files.c write. */
#ifndef IDI_API_EVALUATE_ATTACK_H
#define IDI_API_EVALUATE_ATTACK_H

#include "api/evaluate.h"
#include "api/search.h"
#include "core/workers.h"
#include "eval/attack_report.h"

/* What is done to a pair. The first three are always there: the photograph itself, its recolouring,
 * the own identity; strengths follow, and the search if there is one. */
enum { IDI_AS_PHOTO, IDI_AS_RECOLOURED, IDI_AS_OWN, IDI_AS_INJECTED };

typedef struct idi_attack_run {
    const idi_model *generator;
    const idi_model *const *recognisers; /* [recogniser_count] */
    int64_t recogniser_count;
    const idi_evaluate_options *options;
    idi_memory *memory;
    idi_album album;
    idi_pairs pairs;
    float *embeddings[IDI_EVALUATE_RECOGNISERS]; /* of the album */
    idi_recogniser_report reports[IDI_EVALUATE_RECOGNISERS];
    int64_t condition_count, size;
    /* What recognisers are shown: each subject, which are the conditions and, where robustness is
     * wanted, the second person's photograph, under each view: as it is, then degraded. */
    int64_t subject_count, view_count;
    bool has_search;                               /* the last condition */
    double strengths[IDI_EVALUATE_MOST_STRENGTHS]; /* of condition IDI_AS_INJECTED + i */
    int64_t *first, *second;                       /* [pairs] people; one block */
    double *rows;  /* [view][subject][recogniser][IDI_ATTACK_ROWS][pairs] */
    double *looks; /* [condition][IDI_LOOKS][pairs] against idi_attack_reference() */
    float *seen[IDI_EVALUATE_RECOGNISERS]; /* embeddings [condition][pairs, dim] */
    uint8_t *sheet;
    int64_t sheet_rows;
    json_t *leverage; /* for the report; NULL: not wanted */
} idi_attack_run;

static inline double *idi_attack_rows(const idi_attack_run *run, int64_t view, int64_t subject,
                                      int64_t recogniser)
{
    const int64_t shown = view * run->subject_count + subject;
    return run->rows +
           (shown * run->recogniser_count + recogniser) * IDI_ATTACK_ROWS * run->pairs.attack_count;
}

static inline bool idi_attack_is_second(const idi_attack_run *run, int64_t subject)
{
    return subject == run->condition_count;
}

static inline double *idi_attack_looks(const idi_attack_run *run, int64_t condition)
{
    return run->looks + condition * IDI_LOOKS * run->pairs.attack_count;
}

static inline bool idi_attack_is_searched(const idi_attack_run *run, int64_t condition)
{
    return run->has_search && condition == run->condition_count - 1;
}

/* The condition that a condition's look is held against: own identity and recolouring against the
 * photograph, injections against the own identity. The photograph: itself. */
static inline int64_t idi_attack_reference(int64_t condition)
{
    return condition >= IDI_AS_INJECTED ? IDI_AS_OWN : IDI_AS_PHOTO;
}

/* attack_images.c: the pictures of a group of pairs under all conditions. */
typedef struct idi_attack_images {
    const idi_attack_run *run;
    idi_workers *workers;
    int64_t window;
    uint8_t *read;   /* [window][4 pictures of 3 bytes and 2 label maps of 1 byte a pixel] */
    uint8_t *labels; /* [batch, size, size] of the first persons */
    uint8_t *rgb;    /* [condition, batch, size, size, 3] */
    uint8_t *tokens; /* [batch, size, size, 3] the second persons */
    idi_batch_network stylist;
    idi_session *session;
    idi_search *search;                   /* NULL: none */
    idi_style **styles;                   /* [batch] */
    idi_identity **own, **token, **mixed; /* [batch] each */
} idi_attack_images;

enum { IDI_ATTACK_CONDITIONS = IDI_AS_INJECTED + IDI_EVALUATE_MOST_STRENGTHS + 1 };

IDI_NODISCARD idi_status idi_attack_images_open(const idi_attack_run *run,
                                                idi_attack_images *images_out);
void idi_attack_images_close(idi_attack_images *images);
/* The pairs `first` and on, at most a batch: fills labels and rgb; how many. */
IDI_NODISCARD idi_status idi_attack_images_next(idi_attack_images *images, int64_t first,
                                                int64_t *count_out);

/* A photograph's, by the first recogniser, which has gone through the album already. */
IDI_NODISCARD idi_status idi_attack_identity(const idi_attack_run *run, int64_t photo,
                                             idi_identity **identity_out);

static inline uint8_t *idi_attack_picture(const idi_attack_images *images, int64_t condition,
                                          int64_t sample)
{
    const int64_t batch = images->run->options->batch, size = images->run->size;
    return images->rgb + (condition * batch + sample) * size * size * 3;
}

/* A subject's. */
static inline uint8_t *idi_attack_subject(const idi_attack_images *images, int64_t subject,
                                          int64_t sample)
{
    const int64_t size = images->run->size;
    return idi_attack_is_second(images->run, subject) ? images->tokens + sample * size * size * 3
                                                      : idi_attack_picture(images, subject, sample);
}

/* attack_search.c */
IDI_NODISCARD idi_status idi_attack_search_open(const idi_attack_run *run, idi_search **search_out);
/* The last condition's pictures of the pairs `first` and on. */
IDI_NODISCARD idi_status idi_attack_search_run(idi_attack_images *images, int64_t first,
                                               int64_t count);

/* attack_scores.c: all pairs' pictures, made and measured into rows, looks and sheet. */
IDI_NODISCARD idi_status idi_attack_measure(idi_attack_run *run);

/* attack_leverage.c: run->leverage, of the first pairs, where it is wanted. */
IDI_NODISCARD idi_status idi_attack_leverage(idi_attack_run *run);

/* attack_frechet.c: the Frechet distance of a condition's embeddings from the photographs', both of
 * all pairs, of which there are at least two (eval/frechet.h says what it is worth). */
IDI_NODISCARD idi_status idi_attack_frechet(const idi_attack_run *run, int64_t condition,
                                            int64_t recogniser, double *distance_out);

/* attack_csv.c: the lines of all rows; what the columns are called. */
extern const char *const idi_look_names[IDI_LOOKS], *const idi_attack_row_names[IDI_ATTACK_ROWS];
/* A subject's name in the files, and whether it is the name of several strengths. */
const char *idi_attack_name(const idi_attack_run *run, int64_t subject);
bool idi_attack_has_strength(const idi_attack_run *run, int64_t subject);
IDI_NODISCARD idi_status idi_attack_write_scores(const idi_attack_run *run);

/* attack_files.c: report, scores and sheet, where they are wanted; the headline numbers. */
IDI_NODISCARD idi_status idi_attack_write(const idi_attack_run *run, idi_generator_result *result);

#endif
