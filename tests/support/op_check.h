/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/op_check.h - one op against the oracle: a table of cases, one function.
 *
 * For each case, on fresh random inputs:
 *   fast float against double, plain float against double (outputs poisoned with NaN before);
 *   a second run gives the same bits; inputs are unchanged;
 *   the gradient rule in double against central differences in double;
 *   the float gradients against the double ones. */
#ifndef IDI_TESTS_OP_CHECK_H
#define IDI_TESTS_OP_CHECK_H

#include "ops/ops.h"

enum { IDI_CASE_INPUTS = 8 };

typedef enum idi_fill {
    IDI_FILL_UNIFORM,  /* -1..1 */
    IDI_FILL_CONSTANT, /* near-constant: 1000 + (-1..1) */
    IDI_FILL_LARGE,    /* -1000..1000 */
    IDI_FILL_ZERO,
    IDI_FILL_POSITIVE, /* 0.5..1.5: variances */
    IDI_FILL_LABELS    /* u8, 0..label_count-1 in blocks */
} idi_fill;

typedef struct idi_case_input {
    idi_shape shape; /* rank 0: absent, passed as IDI_NONE */
    idi_fill fill;
    int label_count;  /* for IDI_FILL_LABELS */
    bool is_constant; /* no gradient is asked for */
} idi_case_input;

typedef struct idi_op_case {
    const char *name;
    idi_case_input in[IDI_CASE_INPUTS];
    int64_t p[8]; /* whatever build wants */
    /* Builds the op on the inputs (in order) and returns its output. */
    idi_value (*build)(idi_graph *graph, const idi_value *in, const struct idi_op_case *c);
    int64_t reduction;          /* K: length of the longest sum inside; 0 counts as 1 */
    double condition;           /* stated cancellation, 0 counts as 1 */
    bool is_not_differentiable; /* skip the gradient half, where the case sits on a kink */
} idi_op_case;

typedef struct idi_op_suite {
    const idi_op_case *cases;
    int count;
} idi_op_suite;

#define IDI_SUITE(op, table)                                                                       \
    const idi_op_suite idi_suite_##op = {table, (int)(sizeof(table) / sizeof((table)[0]))}

/* Fails the running Criterion test with seed, case, index and both values. */
void idi_op_check(const char *op, const idi_op_suite *suite);

#endif
