/* SPDX-License-Identifier: Apache-2.0 */
/* nets/parity.h - whole networks on one backend against the independent reference's outputs. */
#ifndef IDI_TESTS_NETS_PARITY_H
#define IDI_TESTS_NETS_PARITY_H

#include "graph/backend.h"

/* Opens and closes the backend to be tested; `bound` is of ||ours - reference|| / ||reference||. */
typedef struct idi_parity_target {
    idi_status (*open)(idi_memory *memory, idi_backend **backend_out);
    void (*close)(idi_backend **backend);
    double bound;
} idi_parity_target;

/* Each takes a fixture's name. CA2-SIS: parameters, noise and style codes, the image in both forms
 * with its traces. SPADE and SEAN: parameters, style codes, the image with its traces, SEAN's with
 * noise. A recogniser: parameters, embeddings. The crop before a recogniser. */
void idi_parity_ca2sis(const char *fixture, const idi_parity_target *target);
void idi_parity_spade(const char *fixture, const idi_parity_target *target);
void idi_parity_recogniser(const char *fixture, const idi_parity_target *target);
void idi_parity_crop(const char *fixture, const idi_parity_target *target);

#endif
