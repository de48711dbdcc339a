/* SPDX-License-Identifier: Apache-2.0 */
/* api/test_batch_values.c - jobs of values instead of files, with a label mix and without identity
 * among others: each is, to the bit, what a session of its kind makes of it. */
#include "api/world.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

TestSuite(batch_values);

static void (*const open_world)(void) = idi_test_open_files;

enum { CLASSES = 19, MOST = 16 };

static const double half[CLASSES] = {[1] = 0.5, [13] = 1.0, [2] = 0.25};
static const double broken[CLASSES] = {[4] = NAN};

/* One job of each kind, and bad ones among them. */
typedef struct plan {
    int64_t count, ended;
    idi_job jobs[MOST];
    idi_status want[MOST];
    const char *word[MOST];
} plan;

static idi_job *add(plan *p, idi_status want, const char *word)
{
    idi_job *job = &p->jobs[p->count];
    idi_job_init(job);
    job->labels_value = &world.labels[p->count % IDI_TEST_PEOPLE];
    job->style_value = world.style[(p->count + 1) % IDI_TEST_PEOPLE];
    job->identity_value = world.identity[(p->count + 2) % IDI_TEST_PEOPLE];
    p->want[p->count] = want;
    p->word[p->count++] = word;
    return job;
}

static void mix(idi_job *job, const double *amounts)
{
    job->other_labels = &world.labels[2];
    job->label_amounts = amounts;
}

static plan all_kinds(void)
{
    static idi_bitmap wide;
    plan p = {.count = 0};
    wide = world.labels[0];
    wide.height /= 2;
    (void)add(&p, IDI_OK, "");
    mix(add(&p, IDI_OK, ""), half);
    idi_job *nobody = add(&p, IDI_OK, "");
    nobody->is_identity_off = 1;
    nobody->identity_value = NULL;
    add(&p, IDI_ERR_ARG, "go together")->other_labels = &world.labels[0];
    (void)add(&p, IDI_OK, "");
    idi_job *both = add(&p, IDI_OK, "");
    both->is_identity_off = 1; /* the identity is there, and not looked at */
    mix(both, half);
    add(&p, IDI_ERR_SHAPE, "square")->labels_value = &wide;
    add(&p, IDI_ERR_ARG, "identity_value")->identity_value = NULL;
    mix(add(&p, IDI_OK, ""), half);
    mix(add(&p, IDI_ERR_ARG, "label amount of class 4"), broken);
    add(&p, IDI_ERR_ARG, "labels, style and out")->style_value = NULL;
    idi_job *photo = add(&p, IDI_ERR_ARG, "want style_labels");
    photo->style_value = NULL;
    photo->style = "photo_0.png";
    (void)add(&p, IDI_OK, "");
    return p;
}

static const char *name_of(int64_t index)
{
    char name[32];
    (void)snprintf(name, sizeof name, "value_%02d.npy", (int)index);
    return idi_test_path(name);
}

static int next(void *user, int64_t index, idi_job *job)
{
    const plan *p = user;
    if (index == p->count) return 0;
    *job = p->jobs[index];
    job->out = name_of(index);
    return 1;
}

static int done(void *user, int64_t index, idi_status status)
{
    plan *p = user;
    cr_expect_eq(status, p->want[index], "job %d: %s: %s", (int)index, idi_status_name(status),
                 idi_last_error());
    if (status != IDI_OK)
        cr_expect(strstr(idi_last_error(), p->word[index]), "job %d: \"%s\" has no \"%s\"",
                  (int)index, idi_last_error(), p->word[index]);
    p->ended++;
    return 0;
}

/* By a session of its own. */
static void draw_alone(const idi_job *job, float *image)
{
    idi_session_options options;
    idi_session *session;
    idi_generate run;
    idi_session_options_init(&options);
    options.has_label_mix = job->other_labels != NULL;
    options.is_identity_off = job->is_identity_off;
    OK(idi_session_create(world.generator, &options, &session));
    idi_generate_init(&run);
    run.labels = job->labels_value->data;
    run.styles = &job->style_value;
    run.identities = job->is_identity_off ? NULL : &job->identity_value;
    run.other_labels = job->other_labels ? job->other_labels->data : NULL;
    run.label_amounts = job->label_amounts;
    run.image_out = image;
    OK(idi_session_generate(session, &run));
    idi_session_destroy(&session);
}

static void expect_image(const plan *p, int64_t index)
{
    static float want[IDI_TEST_VALUES];
    float *got;
    int64_t shape[4];
    int rank;
    if (p->want[index] != IDI_OK) {
        cr_expect(!idi_test_exists(name_of(index)), "job %d left a file", (int)index);
        return;
    }
    draw_alone(&p->jobs[index], want);
    OK(idi_array_load(world.context, name_of(index), &got, shape, &rank));
    int64_t others = 0;
    for (int64_t i = 0; i < IDI_TEST_PIXELS; i++)
        for (int64_t c = 0; c < 3; c++)
            others += memcmp(&got[c * IDI_TEST_PIXELS + i], &want[i * 3 + c], sizeof *got) != 0;
    cr_expect_eq(others, 0, "job %d: %lld numbers differ", (int)index, (long long)others);
    idi_array_free(world.context, &got);
    (void)unlink(name_of(index));
}

IDI_TEST(batch_values, each_is_what_a_session_of_its_kind_makes)
{
    static const struct {
        int64_t group;
        int threads;
    } settings[] = {{1, 0}, {3, 2}, {16, 5}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        plan p = all_kinds();
        idi_batch_options options;
        idi_batch_options_init(&options);
        options.generator = world.generator;
        options.batch = settings[i].group;
        options.thread_count = settings[i].threads;
        options.next = next;
        options.done = done;
        options.user = &p;
        idi_batch_report report = {.struct_size = sizeof report};
        IDI_REFUSED(idi_batch_run(&options, &report), IDI_ERR_ARG, "go together");
        cr_expect(p.ended == p.count && report.made == 7, "%lld ended, %lld made",
                  (long long)p.ended, (long long)report.made);
        cr_expect(report.styles == 0 && report.identities == 0, "something was encoded");
        for (int64_t k = 0; k < p.count; k++)
            expect_image(&p, k);
    }
}

/* Files and values together: the identity of a photograph with a mixed look. */
static int next_of_both(void *user, int64_t index, idi_job *job)
{
    const idi_style *style = user;
    job->labels = idi_test_path("labels_0.png");
    job->style = index == 0 ? idi_test_path("photo_1.png") : NULL;
    job->style_labels = idi_test_path("labels_1.png");
    job->style_value = index == 0 ? NULL : style;
    job->identity = idi_test_path("photo_2.png");
    job->out = name_of(index);
    return index < 2;
}

IDI_TEST(batch_values, files_and_values_go_together)
{
    size_t bytes[2];
    unsigned char *file[2];
    idi_batch_options options;
    idi_batch_options_init(&options);
    options.generator = world.generator;
    options.recogniser = world.recogniser;
    options.next = next_of_both;
    options.user = world.style[1];
    OK(idi_batch_run(&options, NULL));
    for (int i = 0; i < 2; i++)
        file[i] = idi_test_read(name_of(i), &bytes[i]);
    cr_expect(bytes[0] == bytes[1] && memcmp(file[0], file[1], bytes[0]) == 0,
              "the style as a value gives another image than its photograph");
    for (int i = 0; i < 2; i++)
        free(file[i]);
}
