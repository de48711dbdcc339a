/* SPDX-License-Identifier: Apache-2.0 */
/* support/network_run.h - a network on golden weights, run on one backend. Whatever fails, fails
 * the running test. */
#ifndef IDI_TESTS_NETWORK_RUN_H
#define IDI_TESTS_NETWORK_RUN_H

#include "graph/session.h"

/* A sanitizer makes the plain loops ten to thirty times slower: tests of the large networks, which
 * run no code that the small ones do not run, leave themselves out. */
#if defined(__SANITIZE_ADDRESS__)
#define IDI_TEST_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IDI_TEST_IS_SANITIZED 1
#endif
#endif
#ifndef IDI_TEST_IS_SANITIZED
#define IDI_TEST_IS_SANITIZED 0
#endif

typedef struct idi_network_run {
    const idi_graph *graph;
    idi_backend *backend;
    void *
        *weights; /* [values] golden, in the graph's order, the backend's type for them and its
                     memory; NULL for what is no parameter. A session reads them where they lie. */
    idi_graph_session *session;
} idi_network_run;

/* The graph must not grow any more. */
void idi_network_run_open(idi_network_run *run, const idi_graph *graph, idi_backend *backend);
void idi_network_run_close(idi_network_run *run);

/* An input of reals, in the graph's order. */
void idi_network_run_set(idi_network_run *run, idi_value input, const double *values);
void idi_network_run_set_labels(idi_network_run *run, idi_value input, const uint8_t *labels);
void idi_network_run_go(idi_network_run *run);
/* An output's values; the caller frees them. */
double *idi_network_run_get(idi_network_run *run, idi_value output);

/* The first output of the first node that takes a parameter: a layer's place in a graph, by the
 * name of its weight. */
idi_value idi_network_find_layer(const idi_graph *graph, const char *parameter);
/* The parameter of that name. */
idi_value idi_network_find_parameter(const idi_graph *graph, const char *name);

/* Golden inputs as doubles; the caller frees them. dim is in PyTorch's order: rank 4, [N, C, H, W],
 * comes out channels last. */
double *idi_golden_doubles(const char *key, int rank, const int64_t *dim);
double *idi_golden_identity_doubles(int64_t count, int64_t dim);
uint8_t *idi_golden_label_maps(int64_t count, int64_t side, int64_t classes, uint32_t seed);

#endif
