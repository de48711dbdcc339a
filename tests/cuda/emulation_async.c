/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/emulation_async.c - what the emulation makes of bulk copies, barriers and products of
 * warpgroups: right results, and faults found. */
#ifdef IDI_EMULATION
#include "catch_abort.h"
#include "core/half.h"
#include "core/rng.h"
#include "selftest.h"
#include "support/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 64, STEP = 16 };

static cudaStream_t stream;

static void open_stream(void)
{
    cr_assert_eq(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
}

static void close_stream(void)
{
    cr_assert_eq(cudaStreamDestroy(stream), cudaSuccess);
}

TestSuite(emulation_async, .init = open_stream, .fini = close_stream);

static void *device_memory(size_t bytes)
{
    void *memory;
    cr_assert_eq(cudaMalloc(&memory, bytes), cudaSuccess);
    return memory;
}

static void finish(void)
{
    cr_assert_eq(cudaGetLastError(), cudaSuccess);
    cr_assert_eq(cudaStreamSynchronize(stream), cudaSuccess);
}

/* a [ROWS, depth] and b [depth, columns], as floats that the type holds; b's bytes in the order of
 * the products; c. */
typedef struct matrices {
    int columns, depth;
    float *a, *b, *c;
    void *raw_a, *raw_b;
} matrices;

static float *draw(idi_dtype type, int count, uint64_t which)
{
    float *values = malloc((size_t)count * sizeof *values);
    uint16_t *halves = malloc((size_t)count * sizeof *halves);
    for (int i = 0; i < count; i++)
        values[i] = (float)(2.0 * idi_uniform(idi_test_seed(), which, (uint64_t)i) - 1.0);
    idi_floats_to(type, values, count, halves);
    idi_floats_from(type, halves, count, values);
    free(halves);
    return values;
}

/* Number k of column n: steps of 16, each a half of 8 numbers of all columns and then the other. */
static int packed_place(const matrices *m, int k, int n)
{
    return k / 8 * m->columns * 8 + n * 8 + k % 8;
}

static matrices make_matrices(idi_dtype type, int columns, int steps)
{
    matrices m = {.columns = columns, .depth = steps * STEP};
    m.a = draw(type, ROWS * m.depth, 1);
    m.b = draw(type, m.depth * columns, 2);
    m.c = device_memory(sizeof(float) * (size_t)(ROWS * columns));
    m.raw_a = device_memory(sizeof(uint16_t) * (size_t)(ROWS * m.depth));
    m.raw_b = device_memory(sizeof(uint16_t) * (size_t)(m.depth * columns));
    float *ordered = malloc(sizeof(float) * (size_t)(m.depth * columns));
    for (int k = 0; k < m.depth; k++)
        for (int n = 0; n < columns; n++)
            ordered[packed_place(&m, k, n)] = m.b[k * columns + n];
    idi_floats_to(type, m.a, ROWS * m.depth, m.raw_a);
    idi_floats_to(type, ordered, m.depth * columns, m.raw_b);
    free(ordered);
    return m;
}

static void free_matrices(matrices *m)
{
    free(m->a);
    free(m->b);
    cr_assert_eq(cudaFree(m->c), cudaSuccess);
    cr_assert_eq(cudaFree(m->raw_a), cudaSuccess);
    cr_assert_eq(cudaFree(m->raw_b), cudaSuccess);
}

static double expected(const matrices *m, int row, int column)
{
    double sum = 0.0;
    for (int k = 0; k < m->depth; k++)
        sum += (double)m->a[row * m->depth + k] * (double)m->b[k * m->columns + column];
    return sum;
}

static bool is_product(const matrices *m)
{
    for (int i = 0; i < ROWS * m->columns; i++)
        if (!(fabs((double)m->c[i] - expected(m, i / m->columns, i % m->columns)) < 1e-4))
            return false;
    return true;
}

static void run_product(const matrices *m, idi_dtype type, idi_selftest_product_fault fault)
{
    idi_selftest_product(stream, type == IDI_BF16, m->columns, m->depth / STEP, m->raw_a, m->raw_b,
                         m->c, fault);
    finish();
}

Test(emulation_async, products_of_warpgroups)
{
    static const int depths[] = {2, 8, 14};
    for (int columns = 32; columns <= 64; columns += 32)
        for (int t = 0; t < 2; t++)
            for (int d = 0; d < 3; d++) {
                const idi_dtype type = t ? IDI_BF16 : IDI_F16;
                matrices m = make_matrices(type, columns, depths[d]);
                run_product(&m, type, IDI_SELFTEST_PRODUCT_RIGHT);
                cr_expect(is_product(&m), "%d columns, %s, %d steps (seed %llu)", columns,
                          t ? "bf16" : "f16", depths[d], (unsigned long long)idi_test_seed());
                free_matrices(&m);
            }
}

/* A copy may land early by chance: many runs. What makes no abort must not make the product. */
static void run_fault(int fault)
{
    enum { TRIES = 50 };
    matrices m = make_matrices(IDI_F16, 64, 2);
    for (int i = 0; i < TRIES; i++) {
        run_product(&m, IDI_F16, (idi_selftest_product_fault)fault);
        if (!is_product(&m)) {
            (void)fprintf(stderr, "not the product");
            abort();
        }
    }
}

Test(emulation_async, faults_of_products_and_copies_are_found)
{
    static const char *const words[IDI_SELFTEST_PRODUCT_FAULTS] = {
        [IDI_SELFTEST_PRODUCT_PARITY] = "", /* as the moment of the copy has it */
        [IDI_SELFTEST_PRODUCT_ARRIVAL] = "waits for ever",
        [IDI_SELFTEST_PRODUCT_TWICE] = "one arrival more than a barrier counts",
        [IDI_SELFTEST_PRODUCT_UNMADE] = "a barrier that was not made",
        [IDI_SELFTEST_PRODUCT_ODD] = "not of whole 16 bytes",
        [IDI_SELFTEST_PRODUCT_FENCE] = "without a fence",
        [IDI_SELFTEST_PRODUCT_COMMIT] = "ends before its products do",
        [IDI_SELFTEST_PRODUCT_WAIT] = "ends before its products do",
        [IDI_SELFTEST_PRODUCT_MEMORY] = "shared memory of a product in flight has changed",
        [IDI_SELFTEST_PRODUCT_REGISTERS] = "registers of a product in flight have changed",
        [IDI_SELFTEST_PRODUCT_ALONE] = "warps of a warpgroup made different products",
        [IDI_SELFTEST_PRODUCT_BEYOND] = "a matrix beyond the shared memory",
    };
    for (int fault = IDI_SELFTEST_PRODUCT_RIGHT + 1; fault < IDI_SELFTEST_PRODUCT_FAULTS; fault++) {
        char text[512];
        catch_abort(run_fault, fault, text, sizeof text);
        cr_expect(strstr(text, words[fault]), "fault %d: '%s' lacks '%s'", fault, text,
                  words[fault]);
    }
}

/* Each place is filled and emptied many times, in every order that the random steps make. */
Test(emulation_async, a_ring_of_barriers)
{
    enum { ROUNDS = 9, COUNT = 40, RUNS = 50 };
    float *in = device_memory(sizeof(float[ROUNDS][COUNT]));
    float *out = device_memory(sizeof(float[ROUNDS][COUNT]));
    for (int i = 0; i < ROUNDS * COUNT; i++)
        in[i] = (float)i;
    for (int run = 0; run < RUNS; run++) {
        cr_assert_eq(cudaMemsetAsync(out, 0xFF, sizeof(float[ROUNDS][COUNT]), stream), cudaSuccess);
        idi_selftest_ring(stream, ROUNDS, COUNT, in, out);
        finish();
        cr_assert_eq(memcmp(in, out, sizeof(float[ROUNDS][COUNT])), 0, "run %d", run);
    }
    cr_assert_eq(cudaFree(in), cudaSuccess);
    cr_assert_eq(cudaFree(out), cudaSuccess);
}
#endif
