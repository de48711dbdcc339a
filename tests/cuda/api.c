/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/api.c - the public API on a GPU: which device is taken and why, precisions, where the
 * bytes lie, and the same pictures as on the CPU. */
#include "guest.h"
#ifdef IDI_EMULATION
#include "control.h"
#include <cuda_runtime_api.h>
#endif

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

/* --- precisions and memory ------------------------------------------------------------------- */

GPU_TEST(cuda_api, a_precision_that_no_device_has_is_refused)
{
    guest g;
    idi_session_options session_options;
    idi_session *session;
    idi_context *context;
    idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    cr_expect_str_eq(idi_context_device(g.context), "cuda:0");
    idi_session_options_init(&session_options);
    session_options.precision = "fp8";
    IDI_REFUSED(idi_session_create(g.generator, &session_options, &session), IDI_ERR_UNSUPPORTED,
                "fp8", "cuda:0", "f32, tf32, bf16 or f16");
    cr_expect_null(session);
    idi_test_close_guest(&g);
    options.precision = "double";
    IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_UNSUPPORTED, "double", "cuda:0");
    options = idi_test_on("cpu");
    options.precision = "f16";
    IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_UNSUPPORTED, "f16", "cpu", "f32");
}

/* Once for each number type, whatever the number of sessions; 16-bit types bring what is folded as
 * floats too. */
GPU_TEST(cuda_api, weights_are_placed_once_for_each_type)
{
    static const char *const order[] = {"f32", "tf32", "f32", "bf16", "f16", "bf16", NULL};
    static const int halves[] = {2, 2, 2, 3, 4, 4, 4}; /* of f32's bytes, on the device */
    static const int folded[] = {0, 0, 0, 1, 2, 2, 2};
    enum { COUNT = sizeof order / sizeof *order, FIRST_HALF = 3 };
    guest g;
    idi_session *sessions[COUNT];
    const idi_context_options options = idi_test_on("cuda");
    idi_test_open_guest(&g, &options);
    const size_t host = idi_test_memory_report(g.context).weight_bytes;
    cr_expect_eq(idi_test_memory_report(g.context).device_current_bytes, 0);
    size_t f32 = 0;
    size_t wide = 0;
    for (int i = 0; i < COUNT; i++) {
        sessions[i] = idi_test_session_at(g.generator, order[i], 1);
        const size_t placed = idi_test_memory_report(g.context).weight_bytes - host;
        if (i == 0) f32 = placed;
        if (i == FIRST_HALF) wide = placed - f32 - f32 / 2;
        cr_expect_eq(placed, f32 / 2 * (size_t)halves[i] + wide * (size_t)folded[i], "after %d", i);
    }
    cr_expect(f32 >= host && f32 < host + host / 4);
    cr_expect(wide > 0 && wide < f32);
    for (int i = 0; i < COUNT; i++)
        idi_session_destroy(&sessions[i]);
    cr_expect_eq(idi_test_memory_report(g.context).weight_bytes - host, 2 * (f32 + wide));
    idi_test_close_guest(&g);
}

GPU_TEST(cuda_api, a_plan_is_what_a_session_takes_on_the_device)
{
    guest g;
    idi_session_options session_options;
    idi_plan_report plan = {.struct_size = sizeof plan};
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session_options_init(&session_options);
    session_options.batch = 2;
    session_options.precision = "f16";
    OK(idi_session_plan(g.generator, &session_options, &plan));
    cr_expect_eq(idi_test_memory_report(g.context).device_peak_bytes, 0, "a plan took memory");
    idi_session *session = idi_test_session_at(g.generator, "f16", 2);
    const idi_memory_report report = idi_test_memory_report(g.context);
    cr_expect_eq(report.activation_bytes, plan.activation_bytes);
    cr_expect_eq(report.workspace_bytes, plan.workspace_bytes);
    idi_session_destroy(&session);
    cr_expect_eq(idi_test_memory_report(g.context).activation_bytes, 0);
    idi_context_trim(g.context);
    idi_test_close_guest(&g);
}

GPU_TEST(cuda_api, a_device_limit_is_refused_in_words_and_nothing_is_lost)
{
    guest g;
    idi_session_options large;
    idi_session *session;
    idi_context_options options = idi_test_on("cuda:0");
    idi_session_options_init(&large);
    large.batch = 8;
    idi_test_open_guest(&g, &options);
    session = idi_test_session_at(g.generator, NULL, 1);
    options.device_memory_limit_bytes = idi_test_memory_report(g.context).device_current_bytes;
    idi_session_destroy(&session);
    idi_test_close_guest(&g);

    idi_test_open_guest(&g, &options);
    IDI_REFUSED(idi_session_create(g.generator, &large, &session), IDI_ERR_NOMEM, "device memory",
                "more bytes for activation", "would exceed the limit", "in use");
    cr_expect_null(session);
    session = idi_test_session_at(g.generator, NULL, 1);
    idi_session_destroy(&session);
    idi_test_close_guest(&g);
    options.device_memory_limit_bytes = 1000;
    idi_test_open_guest(&g, &options);
    IDI_REFUSED(idi_session_create(g.generator, NULL, &session), IDI_ERR_NOMEM,
                "more bytes for weight", "the limit is 1000 bytes");
    idi_test_close_guest(&g);
}

/* --- pictures -------------------------------------------------------------------------------- */

static void generate(idi_session *session, int labels, int style, int identity, float *image)
{
    const idi_status st = idi_test_generate(session, labels, style, identity, image);
    cr_assert_eq(st, IDI_OK, "%s", idi_last_error());
}

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

/* In units of the number type's rounding; see tests/cuda/networks.c. */
#define UNITS(count, mantissa_bits) ((count) / (double)(2 << (mantissa_bits)))

/* The same values, styles and identities on both devices; several runs, so that the later ones
 * are replays, which must not differ in a bit. */
static void check_pictures(const char *precision, double bound)
{
    static float wanted[IDI_TEST_VALUES];
    static float first[IDI_TEST_VALUES];
    static float again[IDI_TEST_VALUES];
    guest g;
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    idi_session *cpu = idi_test_session_at(world.generator, NULL, 1);
    idi_session *gpu = idi_test_session_at(g.generator, precision, 1);
    for (int i = 0; i < 3; i++) {
        OK(idi_test_generate(cpu, i, (i + 1) % 3, (i + 2) % 3, wanted));
        generate(gpu, i, (i + 1) % 3, (i + 2) % 3, first);
        const double off = distance(first, wanted);
        cr_expect(off <= bound, "%s, picture %d: off by %.3g of its norm, bound %.3g", precision, i,
                  off, bound);
        for (int k = 0; k < 3; k++) {
            generate(gpu, i, (i + 1) % 3, (i + 2) % 3, again);
            cr_expect_eq(memcmp(first, again, sizeof first), 0, "%s: replay %d differs", precision,
                         k);
        }
    }
    idi_session_destroy(&gpu);
    idi_session_destroy(&cpu);
    idi_test_close_guest(&g);
}

GPU_TEST(cuda_api, pictures_are_the_cpus_f32)
{
    check_pictures("f32", 1e-5);
}

GPU_TEST(cuda_api, pictures_are_the_cpus_tf32)
{
    check_pictures("tf32", UNITS(12, 10));
}

GPU_TEST(cuda_api, pictures_are_the_cpus_bf16)
{
    check_pictures("bf16", UNITS(12, 7));
}

GPU_TEST(cuda_api, pictures_are_the_cpus_f16)
{
    check_pictures("f16", UNITS(12, 10));
}

/* Styles and identities are computed in the context's precision. */
GPU_TEST(cuda_api, styles_are_the_cpus)
{
    guest g;
    idi_style *style = NULL;
    const idi_context_options options = idi_test_on("cuda:0");
    idi_test_open_guest(&g, &options);
    const idi_status st =
        idi_style_from_image(g.generator, &world.photo[0], &world.labels[0], &style);
    cr_assert_eq(st, IDI_OK, "%s", idi_last_error());
    int64_t classes;
    int64_t width;
    const float *ours = idi_style_data(style, &classes, &width);
    const float *wanted = idi_style_data(world.style[0], NULL, NULL);
    for (int64_t i = 0; i < classes * width; i++)
        cr_assert_float_eq(ours[i], wanted[i], 1e-4F, "[%lld]", (long long)i);
    idi_style_destroy(&style);
    idi_test_close_guest(&g);
}

/* --- machines -------------------------------------------------------------------------------- */

#ifdef IDI_EMULATION

static void (*const open_world)(void) = idi_test_open_people;

static void remember(void *user, idi_severity severity, const char *message)
{
    cr_expect_eq(severity, IDI_LOG_INFO);
    (void)snprintf(user, 512, "%s", message);
}

/* What "auto" takes now, and its message. */
static void expect_auto(const char *device, const char *words)
{
    char message[512] = "";
    idi_context *context;
    idi_context_options options = idi_test_on("auto");
    options.log = remember;
    options.log_user = message;
    OK(idi_context_create(&options, &context));
    cr_expect_str_eq(idi_context_device(context), device);
    cr_expect(strstr(message, device) && strstr(message, words), "\"%s\" lacks \"%s\"", message,
              words);
    idi_context_destroy(&context);
}

static void expect_info(int index, bool is_usable, const char *words)
{
    idi_device_info info = {.struct_size = sizeof info};
    OK(idi_device_get_info(index, &info));
    cr_expect_eq(info.is_usable, is_usable, "%s: %s", info.id, info.reason);
    cr_expect(strstr(info.reason, words), "\"%s\" lacks \"%s\"", info.reason, words);
}

IDI_TEST(cuda_api, auto_takes_the_first_gpu_or_says_why_not)
{
    idi_emulation_machine *machine = idi_emulation_get_machine();
    expect_auto("cuda:0", "emulated device");
    machine->compute_capability = 61;
    expect_auto("cpu", "needs 7.5 or newer, emulated device has 6.1");
    machine->compute_capability = 90;
    machine->device_count = 0;
    expect_auto("cpu", "no CUDA-capable device is detected");
    machine->driver_error = cudaErrorInsufficientDriver;
    expect_auto("cpu", "the driver is missing or too old");
}

IDI_TEST(cuda_api, devices_are_listed)
{
    idi_emulation_machine *machine = idi_emulation_get_machine();
    idi_device_info info = {.struct_size = sizeof info};
    machine->device_count = 3;
    cr_expect_eq(idi_device_count(), 4);
    expect_info(0, true, "");
    expect_info(3, true, "");
    OK(idi_device_get_info(3, &info));
    cr_expect_str_eq(info.id, "cuda:2");
    cr_expect_str_eq(info.name, "emulated device");
    cr_expect_eq(info.compute_capability, 90);
    cr_expect_eq(info.memory_bytes, machine->memory_bytes);
    IDI_REFUSED(idi_device_get_info(4, &info), IDI_ERR_ARG, "want 0 to 3");
    machine->has_kernels = 0;
    expect_info(2, false, "was not compiled for emulated device");
    machine->device_count = 0;
    cr_expect_eq(idi_device_count(), 2);
    expect_info(1, false, "no CUDA-capable device is detected");
}

IDI_TEST(cuda_api, a_device_that_was_asked_for_says_why_not)
{
    idi_context *context;
    idi_context_options options = idi_test_on("cuda:1");
    IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_DEVICE, "cuda:1",
                "this machine has 1 CUDA device", "use cpu or auto");
    options = idi_test_on("cuda:x");
    IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_DEVICE, "cuda:x", "cuda:N");
    idi_emulation_get_machine()->compute_capability = 75;
    options = idi_test_on("cuda");
    options.precision = "bf16";
    IDI_REFUSED(idi_context_create(&options, &context), IDI_ERR_UNSUPPORTED, "bf16", "8.0", "7.5");
    options.precision = "f16";
    OK(idi_context_create(&options, &context));
    idi_context_destroy(&context);
}

/* A context's allocations fail one after the other; nothing is left. */
IDI_TEST(cuda_api, out_of_host_memory_leaves_nothing)
{
    guest g = {.context = NULL};
    idi_session *session;
    const idi_context_options options = idi_test_on("cuda:0");
    int64_t failures = 0;
    for (bool is_done = false; !is_done; failures++) {
        const long long made = atomic_load(&world.allocator.made);
        atomic_store(&world.allocator.fail_at, made + failures * 7);
        session = NULL;
        is_done = idi_context_create(&options, &g.context) == IDI_OK &&
                  idi_model_load(g.context, idi_test_path("generator.safetensors"), &g.generator) ==
                      IDI_OK &&
                  idi_session_create(g.generator, NULL, &session) == IDI_OK;
        atomic_store(&world.allocator.fail_at, -1);
        idi_session_destroy(&session);
        idi_model_destroy(&g.generator);
        idi_context_destroy(&g.context);
        cr_assert_eq(idi_emulation_count().live_allocations, 0, "after failure %lld",
                     (long long)failures);
    }
    cr_expect_gt(failures, 10);
}

#endif
