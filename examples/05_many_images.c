/* SPDX-License-Identifier: Apache-2.0 */
/* 05_many_images.c - a batch from and to files: jobs are asked for one by one, a bad one fails
 * alone, and the library reads and writes files while the generator runs. */
#include <idinject/idinject.h>
#include <stdio.h>

enum { JOBS = 6, BAD_JOB = 4 };

typedef struct list {
    char out[40];
    int failed;
} list;

/* Fills one job; 0 when there are no more. The library copies the strings. */
static int next(void *user, int64_t index, idi_job *job)
{
    list *jobs = (list *)user;
    if (index == JOBS) return 0;
    sprintf(jobs->out, "many_%d.png", (int)index);
    job->labels = "where.png";
    job->style = index == BAD_JOB ? "nobody.png" : "how.png";
    job->identity = "who.png";
    job->identity_strength = (double)index / (JOBS - 1);
    job->out = jobs->out;
    return 1;
}

/* Hears of each job, in order. */
static int done(void *user, int64_t index, idi_status status)
{
    if (status != IDI_OK) {
        printf("job %d: %s\n", (int)index, idi_last_error());
        ((list *)user)->failed++;
    }
    return 0; /* go on */
}

int main(void)
{
    idi_context *context = NULL;
    idi_model *generator = NULL, *recogniser = NULL;
    list jobs = {"", 0};
    idi_batch_options options;
    idi_batch_report report = {.struct_size = sizeof report};
    idi_status status = idi_context_create(NULL, &context);
    if (status == IDI_OK) status = idi_model_load(context, "generator.safetensors", &generator);
    if (status == IDI_OK) status = idi_model_load(context, "recogniser.safetensors", &recogniser);
    if (status == IDI_OK) {
        idi_batch_options_init(&options);
        options.generator = generator;
        options.recogniser = recogniser;
        options.batch = 2;
        options.thread_count = 2;
        options.next = next;
        options.done = done;
        options.user = &jobs;
        status = idi_batch_run(&options, &report); /* the first bad job's status */
        if (jobs.failed) status = IDI_OK;          /* they have been told */
        printf("%d made, %d failed; %d people encoded\n", (int)report.made, (int)report.failed,
               (int)report.identities);
    }
    if (status != IDI_OK) fprintf(stderr, "%s\n", idi_last_error());
    idi_model_destroy(&recogniser);
    idi_model_destroy(&generator);
    idi_context_destroy(&context);
    return status != IDI_OK;
}
