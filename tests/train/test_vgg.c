/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_vgg.c - the loss by VGG-19's features, from a file as torchvision saves it,
 * against loops in double that read the same file; and what is refused. */
#include "core/rng.h"
#include "cpu/backend.h"
#include "model/safetensors.h"
#include "support/random.h"
#include "support/vgg_file.h"
#include "train/vgg.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { FACES = 3, OWN = 2, SIDE = 40, PIXELS = SIDE * SIDE, WIDTH = 3, CONVS = 13 };

static idi_memory *memory;
static idi_backend *backend; /* double */
static uint64_t seed;

static void open_rig(void)
{
    memory = idi_test_memory();
    seed = idi_test_seed();
    OK(idi_cpu64_backend_create(memory, true, &backend));
}

static void close_rig(void)
{
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(vgg, .init = open_rig, .fini = close_rig);

/* --- loops ------------------------------------------------------------------------------------ */

/* A map [channels, side, side]. */
typedef struct map {
    double *at;
    int64_t channels, side;
} map;

static map map_of(int64_t channels, int64_t side)
{
    const size_t count = (size_t)(channels * side * side);
    return (map){calloc(count, sizeof(double)), channels, side};
}

static double pixel(const map *m, int64_t c, int64_t y, int64_t x)
{
    const bool is_inside = y >= 0 && x >= 0 && y < m->side && x < m->side;
    return is_inside ? m->at[(c * m->side + y) * m->side + x] : 0.0;
}

static float *read(const idi_safetensors *file, int place, const char *what, int64_t *first_out)
{
    char name[64];
    (void)snprintf(name, sizeof name, "features.%d.%s", place, what);
    const idi_safetensor *tensor = idi_safetensors_find(file, name);
    cr_assert(tensor, "%s", name);
    float *values = malloc((size_t)idi_safetensor_count(tensor) * sizeof *values);
    OK(idi_safetensor_to_f32(tensor, values));
    *first_out = tensor->dim[0];
    return values;
}

/* 3x3 with zeros around, then ReLU. */
static map conv(const idi_safetensors *file, int place, map in)
{
    int64_t outs;
    float *kernel = read(file, place, "weight", &outs);
    float *bias = read(file, place, "bias", &outs);
    map out = map_of(outs, in.side);
    for (int64_t o = 0; o < outs; o++)
        for (int64_t y = 0; y < in.side; y++)
            for (int64_t x = 0; x < in.side; x++) {
                double sum = (double)bias[o];
                for (int64_t i = 0; i < in.channels; i++)
                    for (int k = 0; k < 9; k++)
                        sum += (double)kernel[(o * in.channels + i) * 9 + k] *
                               pixel(&in, i, y + k / 3 - 1, x + k % 3 - 1);
                out.at[(o * in.side + y) * in.side + x] = sum > 0.0 ? sum : 0.0;
            }
    free(kernel);
    free(bias);
    free(in.at);
    return out;
}

static map pool(map in)
{
    map out = map_of(in.channels, in.side / 2);
    for (int64_t c = 0; c < in.channels; c++)
        for (int64_t y = 0; y < out.side; y++)
            for (int64_t x = 0; x < out.side; x++)
                out.at[(c * out.side + y) * out.side + x] = fmax(
                    fmax(pixel(&in, c, 2 * y, 2 * x), pixel(&in, c, 2 * y, 2 * x + 1)),
                    fmax(pixel(&in, c, 2 * y + 1, 2 * x), pixel(&in, c, 2 * y + 1, 2 * x + 1)));
    free(in.at);
    return out;
}

/* The five maps of one face [SIDE, SIDE, 3], by torchvision's numbers. */
static void look(const idi_safetensors *file, const double *face, map features[5])
{
    static const int convs[CONVS] = {0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28};
    int found = 0;
    map x = map_of(3, SIDE);
    for (int i = 0; i < PIXELS * 3; i++)
        x.at[(i % 3) * PIXELS + i / 3] = face[i];
    for (int c = 0; c < CONVS; c++) {
        const bool is_pooled = convs[c] == 5 || convs[c] == 10 || convs[c] == 19 || convs[c] == 28;
        if (is_pooled) x = pool(x);
        x = conv(file, convs[c], x);
        if (c > 0 && !is_pooled) continue;
        features[found] = map_of(x.channels, x.side);
        memcpy(features[found++].at, x.at, (size_t)(x.channels * x.side * x.side) * sizeof *x.at);
    }
    free(x.at);
}

static double expected(const idi_safetensors *file, const double *images, const double *faces)
{
    static const double weights[5] = {1.0 / 32, 1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0};
    double sum = 0.0;
    for (int n = 0; n < OWN; n++) {
        map made[5];
        map real[5];
        look(file, images + (ptrdiff_t)n * PIXELS * 3, made);
        look(file, faces + (ptrdiff_t)n * PIXELS * 3, real);
        for (int f = 0; f < 5; f++) {
            const int64_t count = made[f].channels * made[f].side * made[f].side;
            for (int64_t i = 0; i < count; i++)
                sum += weights[f] * fabs(made[f].at[i] - real[f].at[i]) / (double)(count * OWN);
            free(made[f].at);
            free(real[f].at);
        }
    }
    return sum;
}

/* --- the loss --------------------------------------------------------------------------------- */

static const void *source(void *user, const char *name, idi_dtype kind)
{
    return idi_vgg_find(user, name, kind);
}

static double *random_faces(uint64_t stream)
{
    double *values = malloc(FACES * PIXELS * 3 * sizeof *values);
    for (int i = 0; i < FACES * PIXELS * 3; i++)
        values[i] = 2.0 * idi_uniform(seed, stream, (uint64_t)(i / 5)) - 1.0;
    return values;
}

static double loss_of(idi_vgg *vgg, const double *images, const double *faces)
{
    const idi_shape shape = idi_shape4(FACES, SIDE, SIDE, 3);
    idi_generator_scene s = {.batch = FACES, .own = OWN, .swapped = FACES - OWN};
    idi_graph_session *session;
    double loss;
    OK(idi_graph_create(memory, &s.graph));
    s.images = idi_graph_input(s.graph, "images", IDI_REAL, shape, IDI_RATE_IMAGE);
    s.faces = idi_graph_input(s.graph, "faces", IDI_REAL, shape, IDI_RATE_IMAGE);
    const idi_value value = idi_vgg_loss(&s, vgg);
    idi_graph_mark_output(s.graph, value);
    OK(idi_graph_session_create(s.graph, backend, source, vgg, &session));
    OK(idi_graph_session_set(session, s.images, images, FACES * PIXELS * 3 * sizeof *images));
    OK(idi_graph_session_set(session, s.faces, faces, FACES * PIXELS * 3 * sizeof *faces));
    OK(idi_graph_session_run(session, NULL, NULL));
    OK(idi_graph_session_get(session, value, &loss, sizeof loss));
    idi_graph_session_destroy(&session);
    idi_graph_destroy(&s.graph);
    return loss;
}

Test(vgg, the_loss_is_that_of_the_files_network)
{
    static const char path[] = IDI_SCRATCH "/vgg_loss.safetensors";
    idi_safetensors *file;
    idi_vgg vgg;
    double *images = random_faces(1);
    double *faces = random_faces(2);
    idi_write_vgg(memory, path, WIDTH, seed, NULL);
    OK(idi_vgg_open(backend, path, &vgg));
    cr_expect_eq(vgg.width, WIDTH);
    OK(idi_safetensors_open(memory, path, &file));
    const double want = expected(file, images, faces);
    const double have = loss_of(&vgg, images, faces);
    cr_expect_gt(want, 1e-3);
    cr_expect(fabs(have - want) < 1e-10 * want, "%.15g, want %.15g", have, want);
    cr_expect_eq(loss_of(&vgg, faces, faces), 0.0);
    idi_safetensors_close(&file);
    idi_vgg_close(&vgg);
    free(images);
    free(faces);
}

Test(vgg, other_numbers_have_another_fingerprint)
{
    static const char path[] = IDI_SCRATCH "/vgg_fingerprint.safetensors";
    idi_vgg vgg[3];
    for (int i = 0; i < 3; i++) {
        idi_write_vgg(memory, path, WIDTH, i == 1 ? 8 : 7, NULL);
        OK(idi_vgg_open(backend, path, &vgg[i]));
    }
    cr_expect_eq(vgg[0].fingerprint, vgg[2].fingerprint);
    cr_expect_neq(vgg[0].fingerprint, vgg[1].fingerprint);
    for (int i = 0; i < 3; i++)
        idi_vgg_close(&vgg[i]);
}

Test(vgg, without_a_file_there_is_none)
{
    const idi_generator_scene s = {.own = OWN};
    idi_vgg vgg;
    OK(idi_vgg_open(backend, "", &vgg));
    cr_expect_null(vgg.store);
    cr_expect_eq(idi_vgg_loss(&s, &vgg), IDI_NONE);
    cr_expect_null(idi_vgg_find(&vgg, IDI_VGG_SCOPE "features.0.weight", IDI_REAL));
    idi_vgg_close(&vgg);
}

/* --- refusals --------------------------------------------------------------------------------- */

static void refused(const char *path, idi_status status, const char *words)
{
    idi_vgg vgg;
    const idi_status st = idi_vgg_open(backend, path, &vgg);
    cr_expect_eq(st, status, "%s: %s", words, idi_last_error());
    cr_expect(strncmp(idi_last_error(), "recipe: vgg: ", 13) == 0, "%s", idi_last_error());
    cr_expect(strstr(idi_last_error(), words), "'%s' does not say '%s'", idi_last_error(), words);
    idi_vgg_close(&vgg);
}

static void write_one(const char *path, const char *name, const int64_t dim[4], float value)
{
    const int64_t count = dim[0] * dim[1] * dim[2] * dim[3];
    float *values = malloc((size_t)count * sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = value;
    const idi_safetensor tensor = {.name = name,
                                   .dtype = IDI_F32,
                                   .rank = 4,
                                   .dim = {dim[0], dim[1], dim[2], dim[3], 1, 1, 1, 1},
                                   .data = values,
                                   .bytes = (size_t)count * sizeof *values};
    OK(idi_safetensors_write(memory, path, &tensor, 1, NULL, 0));
    free(values);
}

Test(vgg, files_of_something_else_are_refused_by_the_tensors_name)
{
    static const char path[] = IDI_SCRATCH "/vgg_refused.safetensors";
    refused(IDI_SCRATCH "/vgg_no_such_file", IDI_ERR_IO, "vgg_no_such_file");
    idi_write_vgg(memory, path, WIDTH, 1, "features.0.weight");
    refused(path, IDI_ERR_WEIGHTS, "tensor features.0.weight is missing, want torchvision's");
    idi_write_vgg(memory, path, WIDTH, 1, "features.28.bias");
    refused(path, IDI_ERR_WEIGHTS, "tensor features.28.bias is missing");
    write_one(path, "features.0.weight", (const int64_t[4]){4, 1, 3, 3}, 0.5F);
    refused(path, IDI_ERR_WEIGHTS, "tensor features.0.weight has not the shape of a VGG-19");
    write_one(path, "features.0.weight", (const int64_t[4]){4, 3, 3, 3}, NAN);
    refused(path, IDI_ERR_WEIGHTS, "tensor features.0.weight: number 0 is not finite");
    write_one(path, "features.0.weight", (const int64_t[4]){513, 3, 3, 3}, 0.5F);
    refused(path, IDI_ERR_WEIGHTS, "features.0.weight is no kernel of 1 to 512 channels");
}

Test(vgg, allocations_may_fail)
{
    static const char path[] = IDI_SCRATCH "/vgg_memory.safetensors";
    idi_status st = IDI_ERR_NOMEM;
    idi_write_vgg(memory, path, 1, 1, NULL);
    for (int64_t n = 0; st != IDI_OK; n++) {
        idi_backend *small = NULL;
        idi_vgg vgg = {.width = 0};
        idi_memory *failing = idi_test_failing_memory(n);
        st = idi_cpu64_backend_create(failing, true, &small);
        if (st == IDI_OK) st = idi_vgg_open(small, path, &vgg);
        idi_vgg_close(&vgg);
        idi_cpu_backend_destroy(&small);
        idi_test_memory_close(&failing); /* nothing leaked */
        cr_assert(st == IDI_OK || st == IDI_ERR_NOMEM, "allocation %lld: %s", (long long)n,
                  idi_last_error());
    }
}
