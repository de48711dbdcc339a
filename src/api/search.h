/* SPDX-License-Identifier: Apache-2.0 */
/* api/search.h - an attack by gradient: the identity, and the style codes if wanted, are moved
 * until recognisers take the image for somebody else, as far as the look allows.
 *
 * For each sample of a batch by itself:
 *
 *   reference   the image with the own identity: nothing injected
 *   start       the best image of injections of strength 0, 1/4, 1/2, 3/4, 1
 *   steps       Adam on the mean of 1 - cosine over the attacked recogniser's and, times a weight
 *               that rises while the image is too far from its reference and falls while it is not,
 *               on the mean absolute difference from it (a Lagrange multiplier)
 *   result      of all images on the way whose SSIM to the reference, both as 8 bits, is at or
 * above the floor, the one with the largest mean cosine. Strength 0 is the reference itself: there
 * always is one.
 *
 * Nothing is random. CA2-SIS with identity alone. Thread: one at a time. */
#ifndef IDI_API_SEARCH_H
#define IDI_API_SEARCH_H

#include "api/objects.h"
#include "idinject/attack.h"

enum { IDI_SEARCH_ATTACKED = IDI_ATTACK_RECOGNISERS, IDI_SEARCH_BATCH = 16 };

typedef struct idi_search_options {
    int64_t steps;        /* from 0 */
    double rate;          /* of a step, of the moved vector's root mean square */
    double ssim;          /* the floor, up to 1 */
    bool has_free_styles; /* besides the identity */
} idi_search_options;

/* What a sample has; [batch] of each. */
typedef struct idi_search_state {
    float *identity, *style;           /* [E], [R, W] where they are now */
    double *slopes;                    /* Adam's first moments of both, then the second */
    double *distance_weight;           /* [1] */
    float *best_identity, *best_style; /* [E], [R, W] */
    uint8_t *best;                     /* [S, S, 3] */
    double *best_cosine;               /* [1] */
} idi_search_state;

typedef struct idi_search {
    const idi_model *generator;
    const idi_model *const *attacked; /* [attacked_count] recognisers */
    int64_t attacked_count, batch;
    idi_search_options options;
    int64_t pixels, dim, style_count; /* S*S, E, R*W */
    idi_graph *graph;
    idi_backend *backend;
    idi_graph_session *session;
    idi_value in_labels, in_styles, in_identity, in_reference, in_slopes;
    idi_value in_targets[IDI_SEARCH_ATTACKED];
    idi_value images, seen[IDI_SEARCH_ATTACKED], identity_slope, style_slope;
    /* Set before a run: [batch] of each. */
    uint8_t *labels;                     /* [S, S] */
    float *styles;                       /* [R, W] of the photograph */
    float *own, *token;                  /* [E] unit length, by the generator's recogniser */
    float *targets[IDI_SEARCH_ATTACKED]; /* unit length: whom recogniser k shall see */
    /* A run's. */
    float *reference, *image, *view, *slope;
    uint8_t *reference_rgb, *rgb;
    idi_search_state state;
} idi_search;

/* Plans it; f32 whatever the context's precision. Errors: ARG (numbers out of range, a generator
 * without identity), UNSUPPORTED (not CA2-SIS), NOMEM, DEVICE. */
IDI_NODISCARD idi_status idi_search_open(const idi_model *generator,
                                         const idi_model *const *attacked, int64_t attacked_count,
                                         const idi_search_options *options, int64_t batch,
                                         idi_search **search_out);
/* NULL-safe; nulls the pointer. */
void idi_search_close(idi_search **search);

/* Searches for the first `count` samples; what they come to stands in `state`. tell: after each
 * step; an error stops the search. May be NULL. Errors: NUMERIC, ARG (opposite identities), and
 * `tell`'s. */
IDI_NODISCARD idi_status idi_search_run(idi_search *search, int64_t count,
                                        idi_status (*tell)(void *user, int64_t step), void *user);

/* search_graph.c: generator, recognisers, losses and slopes as a graph. */
IDI_NODISCARD idi_status idi_search_build(idi_search *search);

#endif
