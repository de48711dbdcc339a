/* SPDX-License-Identifier: Apache-2.0 */
/* nets/net_case.h - a graph that a test builds itself, on golden weights and pictures, against one
 * fixture. Whatever fails, fails the running test. */
#ifndef IDI_TESTS_NETS_NET_CASE_H
#define IDI_TESTS_NETS_NET_CASE_H

#include "nets/fixture.h"
#include "nets/layers.h"
#include "nets/parity.h"
#include "support/network_run.h"

/* The fast float backend to 1e-5, the plain loops in double to 1e-12. */
extern const idi_parity_target idi_net_float, idi_net_double;

typedef struct idi_net_case {
    const idi_parity_target *target;
    idi_memory *memory;
    idi_backend *backend;
    idi_fixture fixture;
    int64_t batch; /* the fixture's */
    int64_t side;  /* of pictures; the fixture's, if it has it */
    idi_graph *graph;
    idi_network_run run;
} idi_net_case;

void idi_net_case_open(idi_net_case *c, const char *fixture, const idi_parity_target *target);
void idi_net_case_close(idi_net_case *c);

/* An input [batch, side, side, 3]. */
idi_value idi_net_case_picture(const idi_net_case *c, const char *name);
/* An input [1], which a loss's gradient begins with. */
idi_value idi_net_case_slope(const idi_net_case *c);
/* The graph is complete. */
void idi_net_case_start(idi_net_case *c);
/* Golden values of the key, channels last; the caller frees them. */
double *idi_net_case_golden(const idi_net_case *c, const char *key);
void idi_net_case_set(idi_net_case *c, idi_value picture, const char *key);
void idi_net_case_set_slope(idi_net_case *c, idi_value slope);
/* A marked map (rank 4) or rows against the fixture's. */
void idi_net_case_expect(idi_net_case *c, const char *key, idi_value value);

#endif
