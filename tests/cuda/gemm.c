/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/gemm.c - matrix products (cuda/runtime/gemm.h) against double loops: chosen and random
 * shapes, strides and epilogues, in every precision. */
#include "cuda/runtime/gemm.h"
#include "core/half.h"
#include "core/rng.h"
#include "cuda/runtime/device.h"
#include "support/random.h"
#ifdef IDI_EMULATION
#include "control.h"
#endif

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct precision {
    const char *name;
    idi_dtype storage;
    bool allows_tf32;
    int factor_bits; /* fraction bits of what enters a product */
    int stored_bits;
} precision;

static const precision precisions[] = {{"f32", IDI_F32, false, 23, 23},
                                       {"tf32", IDI_F32, true, 10, 23},
                                       {"bf16", IDI_BF16, false, 7, 7},
                                       {"f16", IDI_F16, false, 10, 10}};
enum { PRECISIONS = sizeof precisions / sizeof *precisions };

static idi_memory *memory; /* a process runs one test */
static idi_cuda_device *device;
static cudaStream_t stream;

static void open_device(void)
{
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    memory = idi_test_memory();
    cr_assert_eq(idi_cuda_device_open(memory, 0, &device), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
}

static void close_device(void)
{
    cr_assert_eq(cudaStreamDestroy(stream), cudaSuccess);
    idi_cuda_device_close(&device);
    idi_test_memory_close(&memory);
}

static idi_cuda_call call_of(const precision *p)
{
    return (idi_cuda_call){
        .device = device, .stream = stream, .storage = p->storage, .allows_tf32 = p->allows_tf32};
}

/* Numbers on the host, and the same in the device's type. */
typedef struct buffer {
    int64_t count;
    float *host;
    void *device;
} buffer;

static float round_to(float x, int fraction_bits)
{
    int exponent;
    const double fraction = frexp((double)x, &exponent);
    return (float)ldexp(rint(ldexp(fraction, fraction_bits + 1)), exponent - fraction_bits - 1);
}

/* The host's numbers become what the device holds: f16 has few bits near zero. */
static void upload(const precision *p, const buffer *b)
{
    const size_t bytes = (size_t)b->count * idi_dtype_bytes(p->storage);
    void *raw = malloc(bytes);
    idi_floats_to(p->storage, b->host, b->count, raw);
    idi_floats_from(p->storage, raw, b->count, b->host);
    cr_assert_eq(cudaMemcpyAsync(b->device, raw, bytes, cudaMemcpyHostToDevice, stream),
                 cudaSuccess);
    cr_assert_eq(cudaStreamSynchronize(stream), cudaSuccess);
    free(raw);
}

static float *download(const precision *p, const buffer *b)
{
    const size_t bytes = (size_t)b->count * idi_dtype_bytes(p->storage);
    void *raw = malloc(bytes);
    float *values = malloc((size_t)b->count * sizeof *values);
    cr_assert_eq(cudaMemcpyAsync(raw, b->device, bytes, cudaMemcpyDeviceToHost, stream),
                 cudaSuccess);
    cr_assert_eq(cudaStreamSynchronize(stream), cudaSuccess);
    idi_floats_from(p->storage, raw, b->count, values);
    free(raw);
    return values;
}

static buffer make_buffer(const precision *p, int64_t count, uint64_t seed, int number)
{
    buffer b = {.count = count};
    b.host = malloc((size_t)count * sizeof *b.host);
    for (int64_t i = 0; i < count; i++)
        b.host[i] = round_to((float)(2.0 * idi_uniform(seed, (uint64_t)number, (uint64_t)i) - 1.0),
                             p->factor_bits);
    cr_assert_eq(cudaMalloc(&b.device, (size_t)count * idi_dtype_bytes(p->storage)), cudaSuccess);
    upload(p, &b);
    return b;
}

static void free_buffer(const buffer *b)
{
    free(b->host);
    cr_assert_eq(cudaFree(b->device), cudaSuccess);
}

/* Where a matrix's elements lie, with gemm.h's defaults written out. */
typedef struct place {
    int64_t row, member;
} place;

typedef struct places {
    place a, b, c;
    int64_t batch;
} places;

static places places_of(const idi_cuda_gemm *g)
{
    places p = {.batch = g->batch ? g->batch : 1};
    p.a = (place){g->lda ? g->lda : (g->is_a_transposed ? g->m : g->k), g->stride_a};
    p.b = (place){g->ldb ? g->ldb : (g->is_b_transposed ? g->k : g->n), g->stride_b};
    p.c.row = g->ldc ? g->ldc : g->n;
    p.c.member = g->stride_c ? g->stride_c : g->m * p.c.row;
    return p;
}

/* Elements up to the last one of the last member. */
static int64_t extent(place p, int64_t batch, int64_t rows, int64_t columns)
{
    return (batch - 1) * p.member + (rows - 1) * p.row + columns;
}

typedef struct operands {
    buffer a, b, bias, residual, c;
    void *workspace;
} operands;

static operands make_operands(const idi_cuda_call *c, const precision *p, const idi_cuda_gemm *g,
                              uint64_t seed)
{
    const places at = places_of(g);
    const bool ta = g->is_a_transposed;
    const bool tb = g->is_b_transposed;
    const int64_t c_count = extent(at.c, at.batch, g->m, g->n);
    operands o;
    o.a = make_buffer(p, extent(at.a, at.batch, ta ? g->k : g->m, ta ? g->m : g->k), seed, 0);
    o.b = make_buffer(p, extent(at.b, at.batch, tb ? g->n : g->k, tb ? g->k : g->n), seed, 1);
    o.bias = make_buffer(p, (at.batch - 1) * g->stride_bias + g->n, seed, 2);
    o.residual = make_buffer(p, c_count, seed, 3);
    o.c = make_buffer(p, c_count, seed, 4);
    size_t bytes;
    cr_assert_eq(idi_cuda_gemm_workspace(c, g, &bytes), IDI_OK, "%s", idi_last_error());
    cr_assert_leq(bytes, IDI_CUDA_GEMM_WORKSPACE_MAX);
    cr_assert_eq(cudaMalloc(&o.workspace, bytes + 1), cudaSuccess);
    return o;
}

static void free_operands(const operands *o)
{
    free_buffer(&o->a);
    free_buffer(&o->b);
    free_buffer(&o->bias);
    free_buffer(&o->residual);
    free_buffer(&o->c);
    cr_assert_eq(cudaFree(o->workspace), cudaSuccess);
}

static double act_of(idi_act act, double x)
{
    switch ((int)act) {
    case IDI_ACT_RELU:
        return x > 0.0 ? x : 0.0;
    case IDI_ACT_LEAKY_RELU:
        return x > 0.0 ? x : 0.2 * x;
    case IDI_ACT_TANH:
        return tanh(x);
    case IDI_ACT_SIGMOID:
        return 1.0 / (1.0 + exp(-x));
    default:
        return x;
    }
}

static double wanted(const idi_cuda_gemm *g, const operands *o, int64_t member, int64_t row,
                     int64_t column)
{
    const places at = places_of(g);
    double sum = 0.0;
    for (int64_t k = 0; k < g->k; k++) {
        const int64_t i = g->is_a_transposed ? k * at.a.row + row : row * at.a.row + k;
        const int64_t j = g->is_b_transposed ? column * at.b.row + k : k * at.b.row + column;
        sum += (double)o->a.host[member * at.a.member + i] *
               (double)o->b.host[member * at.b.member + j];
    }
    if (g->has_bias) sum += (double)o->bias.host[member * g->stride_bias + column];
    sum = act_of(g->act, sum);
    if (g->has_residual)
        sum += (double)o->residual.host[member * at.c.member + row * at.c.row + column];
    return sum;
}

/* Everything in C's memory: what belongs to the product, and what lies between. */
static void compare(const precision *p, const idi_cuda_gemm *g, const operands *o, const float *got,
                    const char *name, uint64_t seed)
{
    const places at = places_of(g);
    bool *is_ours = calloc((size_t)o->c.count, sizeof *is_ours);
    /* A storage type's rounding, twice where bias or activation are a pass of their own, and
     * the float sum's; the terms are below 1. */
    const double bound = 4.0 * ldexp(1.0, -p->stored_bits - 1) * sqrt((double)g->k + 4.0) +
                         4.0 * (double)FLT_EPSILON * (double)g->k;
    for (int64_t i = 0; i < at.batch * g->m * g->n; i++) {
        const int64_t member = i / (g->m * g->n);
        const int64_t row = i / g->n % g->m;
        const int64_t index = member * at.c.member + row * at.c.row + i % g->n;
        const double want = wanted(g, o, member, row, i % g->n);
        is_ours[index] = true;
        cr_assert(fabs((double)got[index] - want) <= bound,
                  "%s %s: member %lld, row %lld, column %lld is %.9g, want %.9g (seed %llu)", name,
                  p->name, (long long)member, (long long)row, (long long)(i % g->n),
                  (double)got[index], want, (unsigned long long)seed);
    }
    for (int64_t i = 0; i < o->c.count; i++)
        cr_assert(is_ours[i] || got[i] == o->c.host[i], "%s %s: wrote between the rows at %lld",
                  name, p->name, (long long)i);
    free(is_ours);
}

static float *run(const idi_cuda_call *c, const precision *p, const idi_cuda_gemm *g,
                  const operands *o)
{
    const idi_cuda_gemm_data data = {.a = o->a.device,
                                     .b = o->b.device,
                                     .bias = g->has_bias ? o->bias.device : NULL,
                                     .residual = g->has_residual ? o->residual.device : NULL,
                                     .c = o->c.device,
                                     .workspace = o->workspace};
    upload(p, &o->c);
    cr_assert_eq(idi_cuda_gemm_run(c, g, &data), IDI_OK, "%s", idi_last_error());
    return download(p, &o->c);
}

static void check(const precision *p, const idi_cuda_gemm *g, const char *name, uint64_t seed)
{
    const idi_cuda_call c = call_of(p);
    const operands o = make_operands(&c, p, g, seed);
    float *first = run(&c, p, g, &o);
    float *second = run(&c, p, g, &o);
    cr_assert_eq(memcmp(first, second, (size_t)o.c.count * sizeof *first), 0,
                 "%s %s: two runs differ", name, p->name);
    compare(p, g, &o, first, name, seed);
    free(first);
    free(second);
    free_operands(&o);
}

typedef struct named {
    const char *name;
    idi_cuda_gemm g;
} named;

static const named cases[] = {
    {"one", {.m = 1, .n = 1, .k = 1}},
    {"nn", {.m = 5, .n = 7, .k = 13}},
    {"tn", {.m = 5, .n = 7, .k = 13, .is_a_transposed = true}},
    {"nt", {.m = 5, .n = 7, .k = 13, .is_b_transposed = true}},
    {"tt", {.m = 5, .n = 7, .k = 13, .is_a_transposed = true, .is_b_transposed = true}},
    {"row strides", {.m = 4, .n = 6, .k = 9, .lda = 11, .ldb = 8, .ldc = 10}},
    {"row strides, tt",
     {.m = 4,
      .n = 6,
      .k = 9,
      .lda = 5,
      .ldb = 12,
      .ldc = 7,
      .is_a_transposed = true,
      .is_b_transposed = true}},
    {"batch, dense", {.m = 3, .n = 5, .k = 4, .batch = 6, .stride_a = 12, .stride_b = 20}},
    {"batch, one A", {.m = 3, .n = 5, .k = 4, .batch = 6, .stride_b = 20}},
    {"batch, one B", {.m = 3, .n = 5, .k = 4, .batch = 6, .stride_a = 12}},
    {"batch, gaps",
     {.m = 3, .n = 5, .k = 4, .batch = 2, .stride_a = 16, .stride_b = 32, .stride_c = 24}},
    {"batch of tokens", /* members' rows lie among each other */
     {.m = 3,
      .n = 5,
      .k = 4,
      .batch = 7,
      .lda = 28,
      .stride_a = 4,
      .stride_b = 20,
      .ldc = 35,
      .stride_c = 5,
      .stride_bias = 5,
      .is_b_transposed = true,
      .has_bias = true,
      .act = IDI_ACT_TANH}},
    {"batch, one bias",
     {.m = 3, .n = 8, .k = 4, .batch = 2, .stride_a = 12, .stride_b = 32, .has_bias = true}},
    {"bias", {.m = 17, .n = 24, .k = 8, .has_bias = true}},
    {"bias and relu", {.m = 17, .n = 24, .k = 8, .has_bias = true, .act = IDI_ACT_RELU}},
    {"relu", {.m = 17, .n = 24, .k = 8, .act = IDI_ACT_RELU}},
    {"leaky relu, packs", {.m = 17, .n = 24, .k = 8, .has_bias = true, .act = IDI_ACT_LEAKY_RELU}},
    {"tanh, ragged", {.m = 9, .n = 71, .k = 3, .act = IDI_ACT_TANH}},
    {"sigmoid, wide row", {.m = 1, .n = 1030, .k = 2, .has_bias = true, .act = IDI_ACT_SIGMOID}},
    {"residual", {.m = 6, .n = 10, .k = 21, .has_residual = true}},
    {"residual and bias, row stride",
     {.m = 6, .n = 10, .k = 21, .ldc = 13, .has_bias = true, .has_residual = true}},
    /* The emulated library has no algorithm for a bias on one column. */
    {"column and bias", {.m = 37, .n = 1, .k = 16, .is_b_transposed = true, .has_bias = true}},
    {"column, bias and relu", {.m = 37, .n = 1, .k = 16, .has_bias = true, .act = IDI_ACT_RELU}},
    {"column, bias and residual",
     {.m = 37, .n = 1, .k = 16, .has_bias = true, .has_residual = true}},
    {"columns, a bias each",
     {.m = 5,
      .n = 1,
      .k = 4,
      .batch = 3,
      .stride_a = 20,
      .stride_b = 4,
      .stride_bias = 1,
      .has_bias = true}},
    {"inner", {.m = 33, .n = 40, .k = 700, .is_b_transposed = true}},
};

Test(cuda_gemm, cases)
{
    open_device();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int p = 0; p < PRECISIONS; p++)
            check(&precisions[p], &cases[i].g, cases[i].name, idi_test_seed() + i);
    close_device();
}

static int64_t pick(uint64_t seed, uint64_t number, int64_t count)
{
    return (int64_t)(idi_uniform(seed, 77, number) * (double)count);
}

static idi_cuda_gemm random_product(uint64_t seed)
{
    static const idi_act acts[] = {IDI_ACT_NONE, IDI_ACT_RELU, IDI_ACT_LEAKY_RELU, IDI_ACT_TANH,
                                   IDI_ACT_SIGMOID};
    idi_cuda_gemm g = {.m = 1 + pick(seed, 0, 70),
                       .n = 1 + pick(seed, 1, 70),
                       .k = 1 + pick(seed, 2, 70),
                       .batch = 1 + pick(seed, 3, 3),
                       .is_a_transposed = pick(seed, 4, 2) == 1,
                       .is_b_transposed = pick(seed, 5, 2) == 1,
                       .has_bias = pick(seed, 6, 2) == 1,
                       .has_residual = pick(seed, 7, 3) == 0};
    if (!g.has_residual) g.act = acts[pick(seed, 8, 5)];
    g.lda = (g.is_a_transposed ? g.m : g.k) + pick(seed, 9, 9);
    g.ldb = (g.is_b_transposed ? g.k : g.n) + pick(seed, 10, 9);
    g.ldc = g.n + pick(seed, 11, 9);
    if (pick(seed, 12, 2)) g.stride_a = g.lda * (g.is_a_transposed ? g.k : g.m) + pick(seed, 13, 9);
    if (pick(seed, 14, 2)) g.stride_b = g.ldb * (g.is_b_transposed ? g.n : g.k) + pick(seed, 15, 9);
    if (pick(seed, 16, 2)) g.stride_c = g.ldc * g.m + pick(seed, 17, 9);
    if (pick(seed, 18, 2)) g.stride_bias = g.n + pick(seed, 19, 9);
    return g;
}

Test(cuda_gemm, random_products)
{
    open_device();
    for (uint64_t i = 0; i < 100; i++) {
        const uint64_t seed = idi_test_seed() + i;
        const idi_cuda_gemm g = random_product(seed);
        check(&precisions[i % PRECISIONS], &g, "random", seed);
    }
    close_device();
}

/* A TF32 product is less exact than f32's, and the two do not share a plan. */
Test(cuda_gemm, tf32_is_asked_for)
{
    open_device();
    const precision exact = {"f32", IDI_F32, false, 23, 23};
    const precision rounded = {"tf32 of 23 bits", IDI_F32, true, 23, 23};
    const idi_cuda_gemm g = {.m = 32, .n = 32, .k = 64};
    float *results[2];
    for (int i = 0; i < 2; i++) {
        const precision *p = i ? &rounded : &exact;
        const idi_cuda_call c = call_of(p);
        const operands o = make_operands(&c, p, &g, 5);
        results[i] = run(&c, p, &g, &o);
        if (i == 0) compare(p, &g, &o, results[i], "f32", 5);
        free_operands(&o);
    }
    double worst = 0.0;
    for (int i = 0; i < 32 * 32; i++)
        worst = fmax(worst, fabs((double)results[0][i] - (double)results[1][i]));
    cr_expect(worst > 1e-5 && worst < 2e-2, "f32 and tf32 differ by %g", worst);
    free(results[0]);
    free(results[1]);
    close_device();
}

Test(cuda_gemm, running_allocates_nothing)
{
    open_device();
    const idi_cuda_call c = call_of(&precisions[0]);
    const idi_cuda_gemm g = {.m = 8, .n = 8, .k = 8, .has_bias = true, .act = IDI_ACT_RELU};
    const operands o = make_operands(&c, &precisions[0], &g, 1);
    idi_memory_stats before, after;
    idi_memory_get_stats(memory, &before);
    free(run(&c, &precisions[0], &g, &o));
    idi_memory_get_stats(memory, &after);
    cr_expect_eq(before.allocation_count, after.allocation_count);
    size_t bytes; /* nor does planning again */
    cr_assert_eq(idi_cuda_gemm_workspace(&c, &g, &bytes), IDI_OK);
    idi_memory_get_stats(memory, &after);
    cr_expect_eq(before.allocation_count, after.allocation_count);
    free_operands(&o);
    close_device();
}

#ifdef IDI_EMULATION
/* How many kernels of ours a product takes. */
static int64_t launches(const idi_cuda_gemm *g)
{
    const idi_cuda_call c = call_of(&precisions[3]);
    const operands o = make_operands(&c, &precisions[3], g, 1);
    const int64_t before = idi_emulation_count().launches;
    free(run(&c, &precisions[3], g, &o));
    free_operands(&o);
    return idi_emulation_count().launches - before;
}

Test(cuda_gemm, epilogues_are_the_librarys_where_it_has_them)
{
    open_device();
    const idi_cuda_gemm fused = {.m = 4, .n = 8, .k = 8, .has_bias = true, .act = IDI_ACT_RELU};
    idi_cuda_gemm batched = fused;
    batched.batch = 3;
    batched.stride_bias = 8;
    idi_cuda_gemm column = fused;
    column.n = 1;
    idi_cuda_gemm bent = fused;
    bent.act = IDI_ACT_TANH;
    idi_cuda_gemm added = fused;
    added.act = IDI_ACT_NONE;
    added.has_residual = true;
    cr_expect_eq(launches(&fused), 0);
    cr_expect_eq(launches(&batched), 0);
    cr_expect_eq(launches(&added), 0);
    cr_expect_eq(launches(&column), 2); /* the bias before, ReLU after */
    cr_expect_eq(launches(&bent), 1);
    close_device();
}
#endif

static void expect_sentence(const idi_cuda_gemm *g, idi_status status, const char *sentence)
{
    const idi_cuda_call c = call_of(&precisions[3]);
    size_t bytes;
    cr_expect_eq(idi_cuda_gemm_workspace(&c, g, &bytes), status);
    cr_expect(strstr(idi_last_error(), sentence), "%s", idi_last_error());
}

Test(cuda_gemm, refusals)
{
    open_device();
    const idi_cuda_gemm inner = {.m = 2, .n = 3, .k = 0};
    const idi_cuda_gemm rows = {.m = 2, .n = 3, .k = 4, .lda = 3};
    const idi_cuda_gemm columns = {.m = 2, .n = 3, .k = 4, .is_b_transposed = true, .ldb = 3};
    expect_sentence(&inner, IDI_ERR_SHAPE, "gemm: m 2, n 3, k 0, batch 1");
    expect_sentence(&rows, IDI_ERR_SHAPE,
                    "gemm: rows of 3, 3 and 3 elements, want at least 4, 3 and 3");
    expect_sentence(&columns, IDI_ERR_SHAPE,
                    "gemm: rows of 4, 3 and 3 elements, want at least 4, 4 and 3");
    close_device();
}

Test(cuda_gemm, an_unplanned_product_does_not_run)
{
    open_device();
    const idi_cuda_call c = call_of(&precisions[0]);
    const idi_cuda_gemm g = {.m = 2, .n = 3, .k = 4};
    const idi_cuda_gemm_data data = {.a = NULL};
    cr_expect_eq(idi_cuda_gemm_run(&c, &g, &data), IDI_ERR_INTERNAL);
    cr_expect(strstr(idi_last_error(), "[2, 4] x [4, 3] was not planned"), "%s", idi_last_error());
    close_device();
}

#ifdef IDI_EMULATION
/* The emulated library refuses misaligned data as the real one may. */
Test(cuda_gemm, the_librarys_refusal_names_the_product)
{
    open_device();
    const idi_cuda_call c = call_of(&precisions[2]);
    const idi_cuda_gemm g = {.m = 2, .n = 3, .k = 4, .has_residual = true};
    const operands o = make_operands(&c, &precisions[2], &g, 1);
    const idi_cuda_gemm_data data = {.a = (char *)o.a.device + 2,
                                     .b = o.b.device,
                                     .residual = o.residual.device,
                                     .c = o.c.device,
                                     .workspace = o.workspace};
    cr_expect_eq(idi_cuda_gemm_run(&c, &g, &data), IDI_ERR_DEVICE);
    cr_expect(strstr(idi_last_error(), "cuBLASLt: cublasLtMatmul: CUBLAS_STATUS_INVALID_VALUE for "
                                       "bf16 [2, 4] x [4, 3] + residual, batch 1"),
              "%s", idi_last_error());
    free_operands(&o);
    close_device();
}
#endif

Test(cuda_gemm, nothing_to_do)
{
    open_device();
    const idi_cuda_call c = call_of(&precisions[0]);
    const idi_cuda_gemm products[] = {{.m = 0, .n = 3, .k = 4}, {.m = 2, .n = 0, .k = 4}};
    const idi_cuda_gemm_data data = {.a = NULL};
    for (int i = 0; i < 2; i++) {
        size_t bytes = 1;
        cr_expect_eq(idi_cuda_gemm_workspace(&c, &products[i], &bytes), IDI_OK);
        cr_expect_eq(bytes, 0);
        cr_expect_eq(idi_cuda_gemm_run(&c, &products[i], &data), IDI_OK);
    }
    close_device();
}

/* Whichever allocation fails, the plan says so and nothing is left behind. */
Test(cuda_gemm, lack_of_memory)
{
    if (idi_cuda_device_count() == 0) cr_skip_test("no CUDA device");
    const idi_cuda_gemm g = {.m = 2, .n = 3, .k = 4};
    idi_status st = IDI_ERR_NOMEM;
    for (int64_t n = 0; st != IDI_OK; n++) {
        size_t bytes;
        memory = idi_test_failing_memory(n);
        st = idi_cuda_device_open(memory, 0, &device);
        const idi_cuda_call c = call_of(&precisions[0]);
        if (st == IDI_OK) st = idi_cuda_gemm_workspace(&c, &g, &bytes);
        cr_assert(st == IDI_OK || st == IDI_ERR_NOMEM, "%s", idi_last_error());
        idi_cuda_device_close(&device);
        idi_test_memory_close(&memory);
        cr_assert_lt(n, 20);
    }
}

static void *plan_many(void *unused)
{
    const idi_cuda_call c = call_of(&precisions[1]);
    (void)unused;
    for (int64_t i = 1; i <= 400; i++) {
        const idi_cuda_gemm g = {.m = i, .n = 3, .k = 4};
        size_t bytes;
        if (idi_cuda_gemm_workspace(&c, &g, &bytes) != IDI_OK) return (void *)1;
    }
    return NULL;
}

Test(cuda_gemm, several_threads_plan)
{
    open_device();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, plan_many, NULL), 0);
    for (int i = 0; i < 4; i++) {
        void *failure = NULL;
        cr_assert_eq(pthread_join(threads[i], &failure), 0);
        cr_expect_null(failure);
    }
    close_device();
}
