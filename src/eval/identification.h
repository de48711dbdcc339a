/* SPDX-License-Identifier: Apache-2.0 */
/* eval/identification.h - who is this? Ranks of probes among a gallery of people (closed set).
 *
 * A person's similarity to a probe is that of the person's best photograph in the gallery. The rank
 * of a probe is one more than the number of other people whose similarity is >= that of the right
 * one: ties count against the probe, so that a recogniser that says the same of everybody is never
 * right. Rank-N is the share of probes of rank <= N (the cumulative match characteristic).
 *
 * For an attack, name the second person as the right one: rank-1 is then impersonation. */
#ifndef IDI_EVAL_IDENTIFICATION_H
#define IDI_EVAL_IDENTIFICATION_H

#include "core/memory.h"

typedef struct idi_identification {
    const double *similarity;      /* [probes, gallery], finite */
    const int64_t *probe_person;   /* [probes] the right one, 0..people-1 */
    const int64_t *gallery_person; /* [gallery] 0..people-1 */
    const int64_t *skipped;        /* [probes] a gallery entry to leave out, the probe itself; -1:
                                      none. NULL: none for all */
    int64_t probes, gallery, people;
} idi_identification;

/* ranks_out [probes], from 1. IDI_ERR_ARG: a similarity not finite, a person or entry out of range,
 * a probe whose person has no photograph in the gallery besides the skipped one. */
IDI_NODISCARD idi_status idi_identification_ranks(idi_memory *memory,
                                                  const idi_identification *identification,
                                                  int64_t *ranks_out);

/* The share of ranks <= n, 0..1. NaN if there are none. */
double idi_rank_rate(const int64_t *ranks, int64_t count, int64_t n);

#endif
