/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/batch.c - a batch on a GPU, which makes a group in one run: a bad job and a last group
 * that is not full, jobs of several kinds side by side, and the CPU's pictures. */
#include "guest.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

enum { JOBS = 5, BAD_JOB = 1, GROUP = 3, NAME_BYTES = 32 };

static const char *name_of(const char *kind, int64_t index, const char *ending)
{
    static char name[NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s_%d.%s", kind, (int)index, ending);
    return idi_test_path(name);
}

static int next(void *user, int64_t index, idi_job *job)
{
    if (index == JOBS) return 0;
    job->labels = name_of("labels", index % IDI_TEST_PEOPLE, "png");
    job->style = name_of(index == BAD_JOB ? "nobody" : "photo", index / 2, "png");
    job->identity = idi_test_path("who.npy");
    job->out = name_of(user ? "gpu" : "cpu", index, "npy");
    return 1;
}

static int done(void *user, int64_t index, idi_status status)
{
    (void)user;
    cr_expect_eq(status, index == BAD_JOB ? IDI_ERR_IO : IDI_OK, "job %d: %s", (int)index,
                 idi_last_error());
    return 0;
}

static void make(const idi_model *generator, void *is_gpu)
{
    idi_batch_options options;
    idi_batch_report report = {.struct_size = sizeof report};
    idi_batch_options_init(&options);
    options.generator = generator;
    options.batch = GROUP;
    options.next = next;
    options.done = done;
    options.user = is_gpu;
    IDI_REFUSED(idi_batch_run(&options, &report), IDI_ERR_IO, "nobody_0.png");
    cr_expect_eq(report.made, JOBS - 1);
}

static void write_people(void)
{
    const int64_t shape[1] = {IDI_TEST_IDENTITY_DIM};
    for (int i = 0; i < IDI_TEST_PEOPLE; i++) {
        OK(idi_bitmap_save(world.context, name_of("photo", i, "png"), &world.photo[i], 0));
        OK(idi_bitmap_save(world.context, name_of("labels", i, "png"), &world.labels[i], 0));
    }
    OK(idi_array_save(world.context, idi_test_path("who.npy"),
                      idi_identity_data(world.identity[1], NULL), shape, 1));
}

static void expect_near(const char *path, const char *wanted)
{
    float *ours, *want;
    int64_t shape[4];
    int rank;
    OK(idi_array_load(world.context, path, &ours, shape, &rank));
    OK(idi_array_load(world.context, wanted, &want, shape, &rank));
    cr_assert_eq(shape[0] * shape[1] * shape[2] * shape[3], IDI_TEST_VALUES);
    for (int i = 0; i < IDI_TEST_VALUES; i++)
        cr_assert_float_eq(ours[i], want[i], 1e-4F, "%s: value %d", path, i);
    idi_array_free(world.context, &want);
    idi_array_free(world.context, &ours);
}

/* Where, how and who of index; a label mix and no identity among others of one run. */
static int next_of_kinds(void *user, int64_t index, idi_job *job)
{
    static const double amounts[] = {0.0, 0.5, 1.0, 0.25, 0.75, 0.5, 0.0, 1.0, 0.5, 0.25,
                                     0.5, 0.5, 0.0, 1.0,  0.0,  0.0, 0.5, 0.5, 1.0};
    if (index == JOBS) return 0;
    job->labels = name_of("labels", index % IDI_TEST_PEOPLE, "png");
    job->style_value = world.style[index % IDI_TEST_PEOPLE];
    job->identity_value = world.identity[(index + 1) % IDI_TEST_PEOPLE];
    job->is_identity_off = index == 1 || index == 4;
    job->other_labels = index == 2 || index == 4 ? &world.labels[0] : NULL;
    job->label_amounts = job->other_labels ? amounts : NULL;
    job->out = name_of(user ? "gpu" : "cpu", index, "npy");
    return 1;
}

static void make_kinds(const idi_model *generator, void *is_gpu)
{
    idi_batch_options options;
    idi_batch_options_init(&options);
    options.generator = generator;
    options.batch = GROUP;
    options.next = next_of_kinds;
    options.user = is_gpu;
    OK(idi_batch_run(&options, NULL));
}

GPU_TEST(cuda_batch, jobs_of_several_kinds_share_a_group)
{
    guest g;
    const idi_context_options options = idi_test_on("cuda:0");
    write_people();
    make_kinds(world.generator, NULL);
    idi_test_open_guest(&g, &options);
    make_kinds(g.generator, &g);
    for (int i = 0; i < JOBS; i++) {
        const char *ours = name_of("gpu", i, "npy");
        expect_near(ours, name_of("cpu", i, "npy"));
    }
    idi_test_close_guest(&g);
}

GPU_TEST(cuda_batch, makes_the_cpus_pictures_group_by_group)
{
    guest g;
    const idi_context_options options = idi_test_on("cuda:0");
    write_people();
    make(world.generator, NULL);
    idi_test_open_guest(&g, &options);
    make(g.generator, &g);
    for (int i = 0; i < JOBS; i++) {
        if (i == BAD_JOB) continue;
        const char *ours = name_of("gpu", i, "npy");
        expect_near(ours, name_of("cpu", i, "npy"));
    }
    idi_test_close_guest(&g);
}
