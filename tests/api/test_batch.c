/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_batch.c - many jobs: the same images as one by one, whatever the threads, the devices
 * and the memory for references; bad jobs among good ones; stopping. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(batch);

static void (*const open_world)(void) = idi_test_open_files;

enum { MAX_JOBS = 24, NAME_BYTES = 32 };

/* Jobs by number; file names within the test's folder. NULL out: job_%02d.npy. */
typedef struct plan {
    int64_t count, stop_at; /* stop_at: `done` asks to stop there; -1: never */
    struct {
        const char *labels, *style, *style_labels, *identity, *out;
        double strength;
        idi_status want;
        const char *word; /* of the sentence */
    } jobs[MAX_JOBS];
    int64_t asked, ended;
} plan;

static const char *own_name(int64_t index)
{
    static char name[NAME_BYTES];
    (void)snprintf(name, sizeof name, "job_%02d.npy", (int)index);
    return name;
}

static const char *path_or_null(const char *name)
{
    return name ? idi_test_path(name) : NULL;
}

static int next(void *user, int64_t index, idi_job *job)
{
    plan *p = user;
    cr_assert_eq(index, p->asked, "job %lld is asked for after %lld", (long long)index,
                 (long long)p->asked);
    if (index == p->count) return 0;
    p->asked++;
    job->labels = path_or_null(p->jobs[index].labels);
    job->style = path_or_null(p->jobs[index].style);
    job->style_labels = path_or_null(p->jobs[index].style_labels);
    job->identity = path_or_null(p->jobs[index].identity);
    job->identity_strength = p->jobs[index].strength;
    job->out = idi_test_path(p->jobs[index].out ? p->jobs[index].out : own_name(index));
    return 1;
}

static int done(void *user, int64_t index, idi_status status)
{
    plan *p = user;
    const char *word = p->jobs[index].word ? p->jobs[index].word : "";
    cr_assert_eq(index, p->ended, "job %lld ends after %lld", (long long)index,
                 (long long)p->ended);
    p->ended++;
    cr_expect_eq(status, p->jobs[index].want, "job %lld: %s, want %s (\"%s\")", (long long)index,
                 idi_status_name(status), idi_status_name(p->jobs[index].want), idi_last_error());
    if (status != IDI_OK)
        cr_expect(strstr(idi_last_error(), word), "job %lld: \"%s\" has no \"%s\"",
                  (long long)index, idi_last_error(), word);
    return index == p->stop_at;
}

/* Every person's map with every person's look; identities: the look's own, another's, between. */
static plan good_jobs(void)
{
    static const char *const photos[] = {"photo_0.png", "photo_1.png", "photo_2.png"};
    static const char *const maps[] = {"labels_0.png", "labels_1.png", "labels_2.png"};
    static const double strengths[] = {1.0, 0.0, 0.4};
    plan p = {.count = 11, .stop_at = -1};
    for (int i = 0; i < p.count; i++) {
        p.jobs[i].labels = maps[i % 3];
        p.jobs[i].style = photos[i / 3 % 3];
        p.jobs[i].style_labels = maps[i / 3 % 3];
        p.jobs[i].identity = i % 4 ? photos[i % 3] : NULL;
        p.jobs[i].strength = strengths[i % 3];
    }
    return p;
}

static idi_batch_options usual(plan *p)
{
    idi_batch_options options;
    idi_batch_options_init(&options);
    options.generator = world.generator;
    options.recogniser = world.recogniser;
    options.next = next;
    options.done = done;
    options.user = p;
    return options;
}

static void read_image(const char *name, float *planes)
{
    float *data;
    int64_t shape[4];
    int rank;
    OK(idi_array_load(world.context, idi_test_path(name), &data, shape, &rank));
    cr_assert(rank == 4 && shape[0] * shape[1] * shape[2] * shape[3] == IDI_TEST_VALUES);
    memcpy(planes, data, IDI_TEST_VALUES * sizeof *planes);
    idi_array_free(world.context, &data);
}

static float want[MAX_JOBS][IDI_TEST_VALUES], got[IDI_TEST_VALUES];

/* The plan's images one by one. */
static void draw_alone(const plan *p)
{
    for (int i = 0; i < p->count; i++) {
        idi_generate_file_options o;
        idi_generate_file_init(&o);
        o.model = idi_test_path("generator.safetensors");
        o.recogniser = idi_test_path("recogniser.safetensors");
        o.labels = idi_test_path(p->jobs[i].labels);
        o.style = idi_test_path(p->jobs[i].style);
        o.style_labels = path_or_null(p->jobs[i].style_labels);
        o.identity = path_or_null(p->jobs[i].identity);
        o.identity_strength = p->jobs[i].strength;
        o.out = idi_test_path("alone.npy");
        if (p->jobs[i].want != IDI_OK) continue;
        OK(idi_generate_file(world.context, &o));
        read_image("alone.npy", want[i]);
    }
}

/* Bit for bit, whatever the group. */
static void expect_images(const plan *p)
{
    for (int i = 0; i < p->count; i++) {
        const char *name = p->jobs[i].out ? p->jobs[i].out : own_name(i);
        if (p->jobs[i].want != IDI_OK) {
            cr_expect(!idi_test_exists(idi_test_path(name)), "job %d failed and left a file", i);
            continue;
        }
        double difference = 0.0;
        read_image(name, got);
        for (int k = 0; k < IDI_TEST_VALUES; k++)
            difference = fmax(difference, fabs((double)got[k] - (double)want[i][k]));
        cr_expect(difference <= 0.0, "job %d differs by %g", i, difference);
        (void)unlink(idi_test_path(name));
    }
}

enum { MOST_COPIES = 3 };

static const struct {
    int64_t group, references;
    int threads, copies;
} settings[] = {{1, 256, 0, 0}, {1, 0, 1, 0},   {1, 256, 3, 0}, {3, 0, 0, 0},
                {3, 7, 2, 0},   {4, 256, 1, 0}, {16, 0, 5, 0},  {1, 256, 0, 1},
                {1, 0, 2, 3},   {2, 256, 1, 2}, {3, 0, 0, 2},   {8, 256, 3, 1}};

/* The generator in contexts of its own. */
static idi_context *others[MOST_COPIES];
static idi_model *copies[MOST_COPIES];

static void open_copies(void)
{
    const idi_context_options options = idi_test_allocator_options(&world.allocator);
    for (int i = 0; i < MOST_COPIES; i++) {
        OK(idi_context_create(&options, &others[i]));
        OK(idi_model_load(others[i], idi_test_path("generator.safetensors"), &copies[i]));
    }
}

static void close_copies(void)
{
    for (int i = 0; i < MOST_COPIES; i++) {
        idi_model_destroy(&copies[i]);
        idi_context_destroy(&others[i]);
    }
}

static idi_batch_options setting(plan *p, size_t i)
{
    idi_batch_options options = usual(p);
    options.batch = settings[i].group;
    options.most_references = settings[i].references;
    options.thread_count = settings[i].threads;
    options.copies = (const idi_model *const *)copies;
    options.copy_count = settings[i].copies;
    p->asked = p->ended = 0;
    return options;
}

IDI_TEST(batch, makes_what_single_calls_make)
{
    plan p = good_jobs();
    open_copies();
    draw_alone(&p);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const idi_batch_options options = setting(&p, i);
        idi_batch_report report = {.struct_size = sizeof report};
        OK(idi_batch_run(&options, &report));
        expect_images(&p);
        cr_expect(report.made == p.count && report.failed == 0 && p.ended == p.count);
        cr_expect(report.styles >= 3 && report.identities >= 3);
        if (options.most_references == 256)
            cr_expect(report.styles == 3 && report.identities == 3,
                      "%lld styles and %lld identities encoded for 3 people",
                      (long long)report.styles, (long long)report.identities);
    }
    close_copies();
}

/* Each kind of failure among good jobs; two that share a bad photograph, and a good job behind one
 * that fails while it brings a new person's photograph. */
IDI_TEST(batch, a_bad_job_fails_alone)
{
    plan p = {.count = 0, .stop_at = -1};
    const int64_t shape[1] = {3};
    const float numbers[3] = {1.0f, 2.0f, 3.0f};
    OK(idi_array_save(world.context, idi_test_path("short.npy"), numbers, shape, 1));
#define JOB(status, text, ...)                                                                     \
    p.jobs[p.count].labels = "labels_0.png";                                                       \
    p.jobs[p.count].style = "photo_0.png";                                                         \
    p.jobs[p.count].strength = 1.0;                                                                \
    p.jobs[p.count].want = (status);                                                               \
    p.jobs[p.count].word = (text);                                                                 \
    p.jobs[p.count++] __VA_ARGS__
    JOB(IDI_OK, "", .identity = "photo_1.png");
    JOB(IDI_ERR_IO, "no_map.png", .labels = "no_map.png");
    JOB(IDI_ERR_IO, "no_photo.png", .style = "no_photo.png");
    JOB(IDI_OK, "", .identity = "photo_1.png");
    JOB(IDI_ERR_IO, "no_photo.png", .style = "no_photo.png");
    JOB(IDI_ERR_SHAPE, "short.npy", .identity = "short.npy");
    JOB(IDI_ERR_LABELS, "photo_2.png", .labels = "photo_2.png");
    JOB(IDI_ERR_ARG, ".jpeg or .npy", .out = "out.gif");
    JOB(IDI_ERR_ARG, "labels, style and out", .labels = NULL);
    JOB(IDI_ERR_IO, "folder", .out = "no/folder.npy");
    JOB(IDI_ERR_IO, "no_map.png", .labels = "no_map.png");
    p.jobs[p.count - 1].identity = "photo_2.png";
    JOB(IDI_OK, "", .identity = "photo_2.png");
#undef JOB
    open_copies();
    draw_alone(&p);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const idi_batch_options options = setting(&p, i);
        idi_batch_report report = {.struct_size = sizeof report};
        IDI_REFUSED(idi_batch_run(&options, &report), IDI_ERR_IO, "no_map.png");
        cr_expect(report.made == 3 && report.failed == 9, "%lld made, %lld failed",
                  (long long)report.made, (long long)report.failed);
        expect_images(&p);
    }
    close_copies();
}

/* What is in work is finished, nothing more is taken. */
IDI_TEST(batch, stops_when_it_is_told)
{
    open_copies();
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        plan p = good_jobs();
        p.stop_at = 1;
        const idi_batch_options options = setting(&p, i);
        idi_batch_report report = {.struct_size = sizeof report};
        const int64_t window =
            options.batch * (options.copy_count + (options.thread_count ? 3 : 1));
        IDI_REFUSED(idi_batch_run(&options, &report), IDI_ERR_CANCELLED, "stopped");
        cr_expect(p.ended == p.asked && report.made == p.asked, "%lld asked, %lld ended",
                  (long long)p.asked, (long long)p.ended);
        cr_expect(p.asked <= 2 + window || p.asked == p.count, "%lld asked", (long long)p.asked);
        for (int64_t k = 0; k < p.asked; k++)
            cr_expect(idi_test_exists(idi_test_path(own_name(k))), "job %d is missing", (int)k);
    }
    close_copies();
}

static int endless(void *user, int64_t index, idi_job *job)
{
    plan *p = user;
    idi_memory_report report;
    if (index == p->count) return 0;
    report = idi_test_memory_report(world.context);
    if (index == 8) p->stop_at = (int64_t)report.peak_bytes;
    job->labels = idi_test_path("labels_0.png");
    job->style = idi_test_path(index % 2 ? "photo_0.png" : "photo_1.png");
    job->identity = idi_test_path(index % 3 ? "photo_0.png" : "photo_2.png");
    job->out = idi_test_path("same.png");
    return 1;
}

/* No more after 60 jobs than after 8 (but for the moments at which photographs are decoded). */
IDI_TEST(batch, memory_is_flat)
{
    plan p = {.count = 60};
    idi_batch_options options = usual(&p);
    options.next = endless;
    options.done = NULL;
    options.most_references = 0;
    OK(idi_batch_run(&options, NULL));
    const double peak = (double)idi_test_memory_report(world.context).peak_bytes;
    cr_expect(peak <= 1.05 * (double)p.stop_at, "%g bytes, %g after 8 jobs", peak,
              (double)p.stop_at);
}

/* A SPADE generator's weights do not say how large its pictures are: the same ones of another size
 * would write over the images' ends. */
static idi_model *labels_model(int size)
{
    char config[96], name[32];
    idi_model *model;
    (void)snprintf(config, sizeof config, "{\"size\": %d, \"width\": 2, \"spade_hidden\": 5}",
                   size);
    (void)snprintf(name, sizeof name, "labels_%d.safetensors", size);
    idi_test_write(idi_test_path("labels.json"), config, strlen(config));
    const char *path = idi_test_path(name);
    OK(idi_model_file_init(world.context, "spade", idi_test_path("labels.json"), 5, path));
    OK(idi_model_load(world.context, path, &model));
    return model;
}

IDI_TEST(batch, copies_have_the_configuration_too)
{
    plan p = good_jobs();
    idi_batch_options options = usual(&p);
    idi_model *small = labels_model(64);
    idi_model *large = labels_model(128);
    idi_model_info infos[2] = {{.struct_size = sizeof infos[0]}, {.struct_size = sizeof infos[0]}};
    OK(idi_model_get_info(small, &infos[0]));
    OK(idi_model_get_info(large, &infos[1]));
    cr_assert_str_eq(infos[0].fingerprint, infos[1].fingerprint);
    options.generator = small;
    options.recogniser = NULL;
    options.copies = (const idi_model *const *)&large;
    options.copy_count = 1;
    IDI_REFUSED(idi_batch_run(&options, NULL), IDI_ERR_ARG, "labels_128.safetensors",
                "another model");
    idi_model_destroy(&large);
    idi_model_destroy(&small);
}

IDI_TEST(batch, what_cannot_be_run_is_refused)
{
    plan p = good_jobs();
    const idi_batch_options good = usual(&p);
    idi_batch_options bad;
    idi_batch_report report = {.struct_size = 0};
#define BAD(member, value, status, word)                                                           \
    bad = good;                                                                                    \
    bad.member = (value);                                                                          \
    IDI_REFUSED(idi_batch_run(&bad, NULL), (status), word)
    BAD(struct_size, 0, IDI_ERR_ARG, "_init");
    BAD(generator, NULL, IDI_ERR_ARG, "generator");
    BAD(generator, world.recogniser, IDI_ERR_ARG, "want a generator");
    BAD(next, NULL, IDI_ERR_ARG, "next");
    BAD(batch, 0, IDI_ERR_ARG, "1 to 1024");
    BAD(batch, INT64_MAX, IDI_ERR_ARG, "1024");
    BAD(jpeg_quality, 0, IDI_ERR_ARG, "1 to 100");
    BAD(jpeg_quality, 101, IDI_ERR_ARG, "1 to 100");
    BAD(thread_count, -1, IDI_ERR_ARG, "threads");
    BAD(thread_count, 100000, IDI_ERR_ARG, "threads");
    BAD(most_references, -1, IDI_ERR_ARG, "references");
    BAD(precision, "f16", IDI_ERR_UNSUPPORTED, "f32");
    BAD(copy_count, 1, IDI_ERR_ARG, "copies"); /* but no list of them */
    bad = good;
    bad.copies = (const idi_model *const *)&world.generator;
    bad.copy_count = -1;
    IDI_REFUSED(idi_batch_run(&bad, NULL), IDI_ERR_ARG, "-1 copies");
    bad.copy_count = 64;
    IDI_REFUSED(idi_batch_run(&bad, NULL), IDI_ERR_ARG, "64 copies");
    bad.copies = (const idi_model *const *)&world.recogniser;
    bad.copy_count = 1;
    IDI_REFUSED(idi_batch_run(&bad, NULL), IDI_ERR_ARG, "another model");
    bad.copies = (const idi_model *const *)copies;
    IDI_REFUSED(idi_batch_run(&bad, NULL), IDI_ERR_ARG, "is NULL");
#undef BAD
    IDI_REFUSED(idi_batch_run(NULL, NULL), IDI_ERR_ARG, "struct_size");
    IDI_REFUSED(idi_batch_run(&good, &report), IDI_ERR_ARG, "struct_size");
    cr_expect_eq(p.asked, 0, "a job was asked for");
    idi_batch_options_init(NULL);
    idi_job_init(NULL);
    p.count = 0;
    OK(idi_batch_run(&good, NULL));
}

IDI_TEST(batch, without_a_recogniser_it_takes_arrays)
{
    const int64_t shape[1] = {IDI_TEST_IDENTITY_DIM};
    OK(idi_array_save(world.context, idi_test_path("who.npy"),
                      idi_identity_data(world.identity[1], NULL), shape, 1));
    plan p = {.count = 2, .stop_at = -1};
    for (int i = 0; i < 2; i++) {
        p.jobs[i].labels = "labels_0.png";
        p.jobs[i].style = "photo_0.png";
        p.jobs[i].strength = 1.0;
    }
    p.jobs[0].want = IDI_ERR_ARG;
    p.jobs[0].word = "recogniser";
    p.jobs[1].identity = "who.npy";
    idi_batch_options options = usual(&p);
    options.recogniser = NULL;
    IDI_REFUSED(idi_batch_run(&options, NULL), IDI_ERR_ARG, "recogniser");
    cr_expect_eq(p.ended, 2);
}

/* What `file` was shown of each job. */
typedef struct shown {
    plan *plan;
    int64_t count;
    size_t bytes[MAX_JOBS];
    char sha256[MAX_JOBS][65];
    unsigned char first[MAX_JOBS][4];
} shown;

static int next_shown(void *user, int64_t index, idi_job *job)
{
    return next(((shown *)user)->plan, index, job);
}

static int done_shown(void *user, int64_t index, idi_status status)
{
    const shown *s = user;
    cr_expect_eq(s->count, index + (status == IDI_OK), "job %d: done before its file", (int)index);
    return done(s->plan, index, status);
}

static int file_shown(void *user, int64_t index, const idi_job_file *file)
{
    shown *s = user;
    char own[65];
    cr_assert_eq(index, s->count);
    idi_sha256(file->bytes, file->byte_count, own);
    cr_expect_str_eq(own, file->sha256);
    s->count++;
    s->bytes[index] = file->byte_count;
    memcpy(s->sha256[index], file->sha256, sizeof s->sha256[index]);
    memcpy(s->first[index], file->bytes, sizeof s->first[index]);
    return 0;
}

static plan of_all_kinds(void)
{
    static const char *const names[] = {"k.png", "k.jpg", "k.npy", "k.jpeg"};
    plan p = good_jobs();
    p.count = 4;
    for (int i = 0; i < p.count; i++)
        p.jobs[i].out = names[i];
    return p;
}

/* The bytes that are written, and the same without writing. */
IDI_TEST(batch, shows_files_of_all_kinds)
{
    static const unsigned char starts[4][4] = {{0x89, 'P', 'N', 'G'},
                                               {0xFF, 0xD8, 0xFF, 0xE0},
                                               {0x93, 'N', 'U', 'M'},
                                               {0xFF, 0xD8, 0xFF, 0xE0}};
    shown runs[2] = {{.plan = NULL}};
    for (int unwritten = 0; unwritten < 2; unwritten++) {
        plan p = of_all_kinds();
        shown *s = &runs[unwritten];
        s->plan = &p;
        idi_batch_options options = usual(&p);
        options.next = next_shown;
        options.done = done_shown;
        options.file = file_shown;
        options.user = s;
        options.is_unwritten = unwritten;
        OK(idi_batch_run(&options, NULL));
        cr_assert_eq(s->count, p.count);
        for (int i = 0; i < p.count; i++) {
            cr_expect_arr_eq(s->first[i], starts[i], sizeof starts[i], "%s", p.jobs[i].out);
            cr_expect_str_eq(s->sha256[i], runs[0].sha256[i]);
            cr_expect_eq(idi_test_exists(idi_test_path(p.jobs[i].out)), !unwritten);
            if (unwritten) continue;
            size_t size;
            char own[65];
            unsigned char *bytes = idi_test_read(idi_test_path(p.jobs[i].out), &size);
            idi_sha256(bytes, size, own);
            cr_expect_eq(size, s->bytes[i]);
            cr_expect_str_eq(own, s->sha256[i]);
            free(bytes);
            (void)unlink(idi_test_path(p.jobs[i].out));
        }
    }
}

static int stop_at_second(void *user, int64_t index, const idi_job_file *file)
{
    (void)user;
    (void)file;
    return index == 1;
}

IDI_TEST(batch, stops_when_a_file_is_not_taken)
{
    plan p = good_jobs();
    idi_batch_options options = usual(&p);
    options.file = stop_at_second;
    IDI_REFUSED(idi_batch_run(&options, NULL), IDI_ERR_CANCELLED, "stopped");
    cr_expect(p.ended >= 2 && p.ended == p.asked && p.ended <= 5, "%d ended", (int)p.ended);
}

/* The mark, a picture near the PNG's, and fewer bytes at lower quality. */
IDI_TEST(batch, jpegs_are_marked_and_near)
{
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        plan p = of_all_kinds();
        p.count = 2;
        p.jobs[1] = p.jobs[0];
        p.jobs[1].out = "k.jpg";
        idi_batch_options options = usual(&p);
        options.jpeg_quality = i ? 40 : 98;
        OK(idi_batch_run(&options, NULL));
        unsigned char *bytes = idi_test_read(idi_test_path("k.jpg"), &sizes[i]);
        bool is_marked = false;
        for (size_t k = 0; k + 22 < sizes[i]; k++)
            if (memcmp(bytes + k, "trainedAlgorithmicMedia", 23) == 0) is_marked = true;
        cr_expect(is_marked, "no mark");
        free(bytes);
        idi_bitmap png, jpeg;
        OK(idi_bitmap_load(world.context, idi_test_path("k.png"), &png));
        OK(idi_bitmap_load(world.context, idi_test_path("k.jpg"), &jpeg));
        double sum = 0.0;
        for (int k = 0; k < IDI_TEST_VALUES; k++)
            sum += fabs((double)png.data[k] - (double)jpeg.data[k]);
        cr_expect(sum / IDI_TEST_VALUES < (i ? 30.0 : 3.0), "off by %g", sum / IDI_TEST_VALUES);
        idi_bitmap_free(world.context, &jpeg);
        idi_bitmap_free(world.context, &png);
    }
    cr_expect_lt(sizes[1], sizes[0]);
}

/* FIPS 180-4's examples, and lengths around a block's end. */
IDI_TEST(batch, sha256_as_published)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    static char many[1000000];
    char digits[65];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        idi_sha256(cases[i].text, strlen(cases[i].text), digits);
        cr_expect_str_eq(digits, cases[i].want);
    }
    memset(many, 'a', sizeof many);
    idi_sha256(many, sizeof many, digits);
    cr_expect_str_eq(digits, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    idi_sha256(NULL, 0, digits);
    cr_expect_str_eq(digits, cases[0].want);
}
