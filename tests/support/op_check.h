/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/op_check.h - one op against the oracle: a table of cases, one function.
 *
 * For each case, on fresh random inputs:
 *   each target against double (outputs poisoned with NaN before);
 *   a second run gives the same bits; inputs are unchanged;
 *   the same bits in place of each input that the op says it may write over;
 *   the gradient rule in double against central differences in double;
 *   the targets' gradients against the double ones.
 *
 * Inputs are rounded to what a target holds exactly, so that a difference is the op's own. The
 * tolerance follows from the target's types, the case's reduction length and its stated condition.
 */
#ifndef IDI_TESTS_OP_CHECK_H
#define IDI_TESTS_OP_CHECK_H

#include "ops/ops.h"

enum { IDI_CASE_INPUTS = 9 };

typedef enum idi_fill {
    IDI_FILL_UNIFORM,  /* -1..1 */
    IDI_FILL_CONSTANT, /* near-constant: 1000 + (-1..1); 100 + (-1..1) for bf16 */
    IDI_FILL_LARGE,    /* -1000..1000; -30..30 for f16, whose products end at 65504 */
    IDI_FILL_ZERO,
    IDI_FILL_POSITIVE, /* 0.5..1.5: variances */
    IDI_FILL_LABELS,   /* u8, 0..label_count-1 in blocks */
    IDI_FILL_INTEGERS  /* i32, 0..label_count-1; any number if label_count is 0 */
} idi_fill;

typedef struct idi_case_input {
    idi_shape shape; /* rank 0: absent, passed as IDI_NONE */
    idi_fill fill;
    int label_count;  /* for IDI_FILL_LABELS and IDI_FILL_INTEGERS */
    bool is_constant; /* no gradient is asked for */
    bool is_wide;     /* floats where a target's reals have 16 bits */
} idi_case_input;

typedef struct idi_op_case {
    const char *name;
    idi_case_input in[IDI_CASE_INPUTS];
    int64_t p[8]; /* whatever build wants */
    /* Builds the op on the inputs (in order) and returns its output. */
    idi_value (*build)(idi_graph *graph, const idi_value *in, const struct idi_op_case *c);
    int64_t reduction;          /* K: length of the longest sum inside; 0 counts as 1 */
    double condition;           /* stated cancellation, 0 counts as 1 */
    double stored_condition;    /* the same for the rounding of 16-bit values stored on the way */
    bool is_not_differentiable; /* skip the gradient half, where the case sits on a kink */
    bool wants_f32;             /* targets of 16-bit storage must refuse it when they plan */
} idi_op_case;

typedef struct idi_op_suite {
    const idi_op_case *cases;
    int count;
} idi_op_suite;

#define IDI_SUITE(op, table)                                                                       \
    const idi_op_suite idi_suite_##op = {table, (int)(sizeof(table) / sizeof((table)[0]))}

/* A backend to hold against the oracle. */
typedef struct idi_op_target {
    const char *name;
    idi_status (*open)(idi_memory *memory, idi_backend **backend_out);
    void (*close)(idi_backend **backend);
    int fraction_bits; /* of the numbers that enter products: float 23, tf32 and f16 10, bf16 7 */
    int stored_bits;   /* of the stored numbers: float and tf32 23 */
    bool is_rounding;  /* inputs are floats all the same: the op's own rounding of them counts */
    bool is_mixed; /* in a graph that mixes kinds, on inputs that are narrowed: sums are floats */
} idi_op_target;

/* Fails the running Criterion test with seed, case, index and both values. The targets have equal
 * fraction_bits. With has_differences, the gradient rules are held against differences too. */
void idi_op_check(const char *op, const idi_op_suite *suite, const idi_op_target *targets,
                  int target_count, bool has_differences);

/* The CPU's plain and fast float versions. */
extern const idi_op_target idi_cpu_targets[2];

/* The fast versions that multiply bf16: only where idi_cpu_has_bf16(). */
extern const idi_op_target idi_cpu_bf16_target;

#endif
