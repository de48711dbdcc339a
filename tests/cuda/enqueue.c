/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/enqueue.c - runs on a caller's stream: the same pictures as without one, labels that
 * cannot be looked at, and what is refused. tests/cuda/enqueue_order.c has the order. */
#include "caller.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

/* The picture of these people by idi_session_generate(). */
static void draw(idi_session *session, int labels, int style, int identity, float *image)
{
    OK(idi_test_generate(session, labels, style, identity, image));
}

/* --- pictures --------------------------------------------------------------------------------- */

/* In every way to run: directly, while recording, replayed. `offset` floats from an allocation's
 * start, so that the image is aligned as floats are and no more. */
static void check_pictures(const char *precision, int offset)
{
    static float wanted[IDI_TEST_VALUES];
    guest g;
    caller c;
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session *plain = idi_test_session_at(g.generator, precision, 1);
    idi_session *session = idi_test_session_at(g.generator, precision, 1);
    idi_test_open_caller(&c);
    c.run.image_out = c.image + offset;
    for (int i = 0; i < 5; i++) {
        const int person = i / 4;
        draw(plain, i % 3, person, person + 1, wanted);
        idi_test_take_people(&c, i % 3, person, person + 1);
        OK(idi_test_enqueue(&c, session));
        CUDA(cudaStreamSynchronize(c.stream));
        idi_test_expect_picture(&c, wanted);
    }
    idi_test_close_caller(&c);
    idi_session_destroy(&session);
    idi_session_destroy(&plain);
    idi_test_close_guest(&g);
}

GPU_TEST(cuda_enqueue, pictures_are_generates_f32)
{
    check_pictures("f32", 0);
}

GPU_TEST(cuda_enqueue, pictures_are_generates_tf32_on_any_float)
{
    check_pictures("tf32", 1);
}

GPU_TEST(cuda_enqueue, pictures_are_generates_f16)
{
    check_pictures("f16", 0);
}

GPU_TEST(cuda_enqueue, pictures_are_generates_bf16_on_any_float)
{
    check_pictures("bf16", 1);
}

GPU_TEST(cuda_enqueue, pictures_are_generates_on_the_legacy_stream)
{
    static float wanted[IDI_TEST_VALUES];
    guest g;
    caller c;
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session *session = idi_test_session_at(g.generator, "f32", 1);
    idi_test_open_caller(&c);
    c.run.stream = NULL;
    for (int i = 0; i < 3; i++) {
        draw(session, i, 1, 2, wanted);
        idi_test_take_people(&c, i, 1, 2);
        OK(idi_test_enqueue(&c, session));
        CUDA(cudaStreamSynchronize(NULL));
        idi_test_expect_picture(&c, wanted);
    }
    idi_test_close_caller(&c);
    idi_session_destroy(&session);
    idi_test_close_guest(&g);
}

/* A batch, in one session with calls of the other kind between. */
GPU_TEST(cuda_enqueue, both_ways_to_run_share_a_session)
{
    enum { BATCH = 2 };
    static float wanted[BATCH * IDI_TEST_VALUES];
    static float seen[BATCH * IDI_TEST_VALUES];
    static uint8_t labels[BATCH * IDI_TEST_PIXELS];
    const idi_style *styles[BATCH] = {world.style[1], world.style[0]};
    const idi_identity *identities[BATCH] = {world.identity[2], world.identity[1]};
    guest g;
    idi_generate run;
    idi_enqueue later;
    void *device_labels;
    void *device_image;
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session *session = idi_test_session_at(g.generator, "f32", BATCH);
    for (int i = 0; i < BATCH; i++)
        memcpy(labels + (size_t)i * IDI_TEST_PIXELS, world.labels[i].data, IDI_TEST_PIXELS);
    CUDA(cudaMalloc(&device_labels, sizeof labels));
    CUDA(cudaMalloc(&device_image, sizeof seen));
    CUDA(cudaMemcpy(device_labels, labels, sizeof labels, cudaMemcpyHostToDevice));
    idi_generate_init(&run);
    run.labels = labels;
    run.styles = styles;
    run.identities = identities;
    run.image_out = wanted;
    idi_enqueue_init(&later);
    later.labels = device_labels;
    later.styles = styles;
    later.identities = identities;
    later.image_out = device_image;
    for (int i = 0; i < 3; i++) {
        OK(idi_session_enqueue(session, &later));
        OK(idi_session_generate(session, &run));
        CUDA(cudaMemcpy(seen, device_image, sizeof seen, cudaMemcpyDeviceToHost));
        cr_expect_eq(memcmp(seen, wanted, sizeof seen), 0, "run %d", i);
        const idi_style *first = styles[0];
        styles[0] = styles[1];
        styles[1] = first;
    }
    CUDA(cudaFree(device_image));
    CUDA(cudaFree(device_labels));
    idi_session_destroy(&session);
    idi_test_close_guest(&g);
}

/* --- what the host cannot see, and what it refuses ---------------------------------------------
 */

static double distance(const float *a, const float *b)
{
    double error = 0.0;
    double square = 0.0;
    for (int i = 0; i < IDI_TEST_VALUES; i++) {
        error += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
        square += (double)b[i] * (double)b[i];
    }
    return sqrt(error / square);
}

/* Labels that are no class give the picture that the CPU gives. */
static void check_foreign_labels(const char *modulation)
{
    static float wanted[IDI_TEST_VALUES];
    char members[64];
    guest g;
    caller c;
    idi_model *here;
    (void)snprintf(members, sizeof members, "\"style_dim\": 16, \"modulation\": \"%s\"",
                   modulation);
    const char *path = idi_test_generator_file("other.safetensors", "ca2sis-id", 5, members);
    const idi_context_options options = idi_test_on("cuda:0");
    OK(idi_model_load(world.context, path, &here));
    OK(idi_context_create(&options, &g.context));
    OK(idi_model_load(g.context, path, &g.generator));
    idi_session *cpu = idi_test_session_at(here, NULL, 1);
    idi_session *gpu = idi_test_session_at(g.generator, "f32", 1);
    idi_test_open_caller(&c);
    idi_test_take_people(&c, 0, 1, 2);
    for (int i = 0; i < IDI_TEST_PIXELS; i++)
        if (i % 64 > 40 || i % 7 == 0) c.new_labels[i] = (uint8_t)(19 + i % 237);
    idi_enqueue run = c.run;
    run.labels = c.new_labels;
    run.image_out = wanted;
    OK(idi_session_enqueue(cpu, &run));
    OK(idi_test_enqueue(&c, gpu));
    CUDA(cudaStreamSynchronize(c.stream));
    const double off = distance(c.seen, wanted);
    cr_expect(off <= 1e-5, "%s: off by %.3g of its norm", modulation, off);
    idi_test_close_caller(&c);
    idi_session_destroy(&gpu);
    idi_session_destroy(&cpu);
    idi_model_destroy(&here);
    idi_test_close_guest(&g);
}

GPU_TEST(cuda_enqueue, labels_that_are_no_class_are_harmless)
{
    check_foreign_labels("group");
}

GPU_TEST(cuda_enqueue, labels_that_are_no_class_are_harmless_to_spade)
{
    check_foreign_labels("spade");
}

GPU_TEST(cuda_enqueue, memory_that_is_not_the_devices_is_refused)
{
    guest g;
    caller c;
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session *session = idi_test_session_at(g.generator, "f32", 1);
    idi_test_open_caller(&c);
    idi_test_take_people(&c, 0, 0, 0);
    c.run.labels = c.new_labels;
    IDI_REFUSED(idi_session_enqueue(session, &c.run), IDI_ERR_ARG, "labels", "host's memory",
                "want memory of cuda:0");
    c.run.labels = world.labels[0].data;
    IDI_REFUSED(idi_session_enqueue(session, &c.run), IDI_ERR_ARG, "labels", "host's memory");
    c.run.labels = c.labels;
    c.run.image_out = c.seen;
    IDI_REFUSED(idi_session_enqueue(session, &c.run), IDI_ERR_ARG, "image_out", "host's memory");
    c.run.image_out = NULL;
    IDI_REFUSED(idi_session_enqueue(session, &c.run), IDI_ERR_ARG, "image_out are needed");
    c.run.image_out = c.image;
    c.style[0] = NULL;
    IDI_REFUSED(idi_session_enqueue(session, &c.run), IDI_ERR_ARG, "sample 0 has no style");
    c.style[0] = world.style[0];
    OK(idi_test_enqueue(&c, session));
    idi_test_close_caller(&c);
    idi_session_destroy(&session);
    idi_test_close_guest(&g);
}

/* The refusal leaves the caller's recording as it was. */
GPU_TEST(cuda_enqueue, a_stream_that_is_captured_is_refused)
{
    static float wanted[IDI_TEST_VALUES];
    guest g;
    caller c;
    cudaGraph_t graph;
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session *session = idi_test_session_at(g.generator, "f32", 1);
    idi_test_open_caller(&c);
    draw(session, 1, 0, 2, wanted);
    idi_test_take_people(&c, 1, 0, 2);
    CUDA(cudaStreamBeginCapture(c.stream, cudaStreamCaptureModeThreadLocal));
    IDI_REFUSED(idi_session_enqueue(session, &c.run), IDI_ERR_STATE, "enqueue",
                "is being captured");
    CUDA(cudaStreamEndCapture(c.stream, &graph));
    CUDA(cudaGraphDestroy(graph));
    OK(idi_test_enqueue(&c, session));
    CUDA(cudaStreamSynchronize(c.stream));
    idi_test_expect_picture(&c, wanted);
    idi_test_close_caller(&c);
    idi_session_destroy(&session);
    idi_test_close_guest(&g);
}
