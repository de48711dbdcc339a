/* SPDX-License-Identifier: Apache-2.0 */
/* tsan/batches.c - three batches at a time on the same models: files and values, label mixes and
 * jobs without identity, a job that fails, people who come again after they had to make room; and
 * on several devices. */
#include "tsan.h"

#include <stdio.h>
#include <string.h>

enum { LISTS = 3, JOBS = 24, BAD_JOB = 10, COPIES = 2, MOST_CLASSES = 64, SHA256_BYTES = 65 };

typedef struct list {
    int number;
    char labels[32], style[32], identity[32], out[32];
    double amounts[MOST_CLASSES];
    char sha256[JOBS][SHA256_BYTES];
    int64_t ended;
    idi_batch_report report;
    idi_status status;
} list;

/* The generator in contexts of their own. */
static idi_context *others[COPIES];
static idi_model *copies[COPIES];

static void open_copies(void)
{
    idi_context_options options;
    idi_context_options_init(&options);
    options.device = "cpu";
    for (int i = 0; i < COPIES; i++) {
        NEED(idi_context_create(&options, &others[i]));
        NEED(idi_model_load(others[i], "generator.safetensors", &copies[i]));
    }
}

static void close_copies(void)
{
    for (int i = 0; i < COPIES; i++) {
        idi_model_destroy(&copies[i]);
        idi_context_destroy(&others[i]);
    }
}

/* Some in values, of several kinds of sessions. */
static void edit(list *l, int64_t index, idi_job *job)
{
    if (index % 4 == 1) {
        job->style = NULL;
        job->style_value = world.style[index % TSAN_PEOPLE];
        job->identity_value = world.identity[(index + 1) % TSAN_PEOPLE];
    }
    if (index % 6 == 2) {
        job->other_labels = &world.labels[(index + 1) % TSAN_PEOPLE];
        job->label_amounts = l->amounts;
    }
    job->is_identity_off = index % 8 == 5;
}

static int next(void *user, int64_t index, idi_job *job)
{
    list *l = user;
    if (index == JOBS) return 0;
    (void)snprintf(l->labels, sizeof l->labels, "labels_%d.png",
                   index == BAD_JOB ? TSAN_PEOPLE : (int)(index % TSAN_PEOPLE));
    (void)snprintf(l->style, sizeof l->style, "photo_%d.png", (int)(index / 2 % TSAN_PEOPLE));
    (void)snprintf(l->identity, sizeof l->identity, "photo_%d.png", (int)(index / 3 % TSAN_PEOPLE));
    (void)snprintf(l->out, sizeof l->out, "list_%d_%d.%s", l->number, (int)index,
                   index % 3 ? "png" : "npy");
    job->labels = l->labels;
    job->style = l->style;
    job->style_labels = l->labels;
    job->identity = l->identity;
    job->identity_strength = (double)(index % 5) / 4;
    job->out = l->out;
    edit(l, index, job);
    return 1;
}

static int file(void *user, int64_t index, const idi_job_file *made)
{
    list *l = user;
    memcpy(l->sha256[index], made->sha256, SHA256_BYTES);
    return 0;
}

static int done(void *user, int64_t index, idi_status status)
{
    list *l = user;
    (void)index;
    (void)status;
    l->ended++;
    return 0;
}

static void *make(void *user)
{
    list *l = user;
    idi_batch_options options;
    idi_batch_options_init(&options);
    options.generator = world.generator;
    options.recogniser = world.recogniser;
    options.batch = 2 + l->number;
    options.thread_count = 3 * !!l->number; /* the first one: none, for comparison */
    options.most_references = 2;
    options.next = next;
    options.file = file;
    options.done = done;
    options.user = l;
    options.copies = (const idi_model *const *)copies;
    options.copy_count = l->number % 2 * COPIES; /* the middle one */
    l->report.struct_size = sizeof l->report;
    l->status = idi_batch_run(&options, &l->report);
    return NULL;
}

void tsan_batches(void)
{
    static list lists[LISTS];
    open_copies();
    for (int i = 0; i < LISTS; i++) {
        lists[i].number = i;
        lists[i].amounts[1] = 0.5;
    }
    tsan_together(LISTS, make, lists, sizeof lists[0]);
    for (int i = 0; i < LISTS; i++) {
        EXPECT(lists[i].status == IDI_ERR_IO); /* of the bad job */
        EXPECT(lists[i].ended == JOBS);
        EXPECT(lists[i].report.failed == 1);
        EXPECT(memcmp(lists[i].sha256, lists[0].sha256, sizeof lists[i].sha256) == 0);
    }
    close_copies();
}
