/* SPDX-License-Identifier: Apache-2.0 */
/* api/batch.c - many jobs in groups of one run each.
 *
 * Job i lies in slot i % window of both pools from the moment it is given to the readers until the
 * writers are through with it, so that with threads a group is read, one is computed by each
 * device, and one is written. The window is a multiple of the group, so that a group's slots lie
 * side by side and the session works in place. */
#include "api/batch.h"
#include "core/workers.h"

#include <string.h>

enum {
    MOST_IMAGES_A_RUN = 1024,
    MOST_COPIES = 63,
    GROUPS_READ_AND_WRITTEN = 2,
    USUAL_REFERENCES = 256,
    USUAL_JPEG_QUALITY = 95,
    REFERENCES_OF_JOB = 3
};

typedef struct pipeline {
    idi_job_batch batch;
    idi_batch_devices *devices;
    idi_workers *readers, *writers;
    uint8_t *labels; /* [window, size, size] */
    float *images;   /* [window, size, size, 3] */
    int64_t group, window;
    int64_t begun, read, sent, ended; /* jobs so far */
    bool is_all_begun, is_stopped;
    idi_outcome first; /* failure */
} pipeline;

void idi_batch_options_init(idi_batch_options *options)
{
    if (!options) return;
    *options = (idi_batch_options){.struct_size = sizeof *options,
                                   .batch = 1,
                                   .thread_count = 1,
                                   .most_references = USUAL_REFERENCES,
                                   .jpeg_quality = USUAL_JPEG_QUALITY};
}

/* Weights do not say everything: the same ones make pictures of several sizes. */
static bool is_same_model(const idi_model *a, const idi_model *b)
{
    return strcmp(a->fingerprint, b->fingerprint) == 0 && strcmp(a->json, b->json) == 0 &&
           strcmp(a->recogniser_fingerprint, b->recogniser_fingerprint) == 0;
}

/* Rounding is the device's. */
static idi_status check_copy(const idi_model *generator, const idi_model *copy)
{
    IDI_REQUIRE(copy, IDI_ERR_ARG, "batch: a copy of the generator is NULL");
    IDI_REQUIRE(is_same_model(copy, generator), IDI_ERR_ARG,
                "batch: %s is another model than %s, want copies of it", copy->path,
                generator->path);
    const char *first = idi_context_device(generator->context);
    const char *other = idi_context_device(copy->context);
    const bool is_cpu = strcmp(first, "cpu") == 0;
    IDI_REQUIRE(is_cpu == (strcmp(other, "cpu") == 0) &&
                    (is_cpu || strcmp(idi_device_note(generator->context->device),
                                      idi_device_note(copy->context->device)) == 0),
                IDI_ERR_DEVICE,
                "batch: %s rounds otherwise than %s: want devices of the same kind for one batch",
                other, first);
    return IDI_OK;
}

static idi_status check_copies(const idi_batch_options *o)
{
    IDI_REQUIRE(o->copy_count >= 0 && o->copy_count <= MOST_COPIES && (o->copies || !o->copy_count),
                IDI_ERR_ARG, "batch: %d copies of the generator, want 0 to %d", o->copy_count,
                (int)MOST_COPIES);
    for (int i = 0; i < o->copy_count; i++)
        IDI_TRY(check_copy(o->generator, o->copies[i]));
    return IDI_OK;
}

static idi_status check_options(const idi_batch_options *o)
{
    IDI_REQUIRE_STRUCT(o, idi_batch_options);
    IDI_REQUIRE(o->generator && o->next, IDI_ERR_ARG, "batch: generator and next are needed");
    IDI_REQUIRE(o->batch >= 1 && o->batch <= MOST_IMAGES_A_RUN, IDI_ERR_ARG,
                "batch: %lld images a run, want 1 to %d", (long long)o->batch,
                (int)MOST_IMAGES_A_RUN);
    IDI_REQUIRE(o->thread_count >= 0 && o->thread_count <= IDI_WORKERS_MAX, IDI_ERR_ARG,
                "batch: %d threads, want 0 to %d", o->thread_count, (int)IDI_WORKERS_MAX);
    IDI_REQUIRE(o->most_references >= 0, IDI_ERR_ARG, "batch: %lld references, want 0 or more",
                (long long)o->most_references);
    IDI_REQUIRE(o->jpeg_quality >= 1 && o->jpeg_quality <= 100, IDI_ERR_ARG,
                "batch: JPEGs of quality %d, want 1 to 100", o->jpeg_quality);
    return check_copies(o);
}

/* --- the pools' work ---------------------------------------------------------------------------
 */

static idi_status read_job(void *user, int64_t index, int64_t slot)
{
    const pipeline *p = user;
    (void)index;
    idi_batch_read_job(&p->batch, &p->batch.slots[slot]);
    return IDI_OK;
}

static idi_status write_job(void *user, int64_t index, int64_t slot)
{
    const pipeline *p = user;
    (void)index;
    idi_batch_write_job(&p->batch, &p->batch.slots[slot]);
    return IDI_OK;
}

static idi_status open_workers(pipeline *p, idi_work work, idi_workers **workers_out)
{
    const idi_workers_options options = {.worker_count = p->batch.options->thread_count,
                                         .window = p->window,
                                         .is_fed = true,
                                         .work = work,
                                         .user = p};
    return idi_workers_create(p->batch.context->memory, &options, workers_out);
}

/* --- opening and closing -----------------------------------------------------------------------
 */

static idi_status open_slots(pipeline *p)
{
    idi_memory *memory = p->batch.context->memory;
    const int64_t pixels = p->batch.size * p->batch.size;
    const size_t window = (size_t)p->window;
    IDI_TRY(
        idi_alloc_zeroed(memory, IDI_TAG_GENERAL, window, sizeof *p->batch.slots, &p->batch.slots));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_IMAGE, window, (size_t)pixels, &p->labels));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_IMAGE, window, (size_t)(3 * pixels) * sizeof(float),
                             &p->images));
    for (int64_t i = 0; i < p->window; i++) {
        p->batch.slots[i].labels = p->labels + i * pixels;
        p->batch.slots[i].image = p->images + i * 3 * pixels;
    }
    return IDI_OK;
}

static idi_status open_pipeline(pipeline *p)
{
    const idi_batch_options *o = p->batch.options;
    p->batch.size = o->generator->traits.size;
    p->window =
        p->group * (o->copy_count + 1 + (o->thread_count ? (int64_t)GROUPS_READ_AND_WRITTEN : 0));
    const int64_t in_use = REFERENCES_OF_JOB * p->window;
    IDI_TRY(idi_batch_devices_open(&p->batch, p->group, p->window, &p->devices));
    IDI_TRY(open_slots(p));
    IDI_TRY(idi_references_create(p->batch.context,
                                  o->most_references > in_use ? o->most_references : in_use,
                                  o->scheme, o->mean_style, &p->batch.references));
    IDI_TRY(open_workers(p, read_job, &p->readers));
    return open_workers(p, write_job, &p->writers);
}

static void close_pipeline(pipeline *p)
{
    idi_memory *memory = p->batch.context->memory;
    idi_batch_devices_close(&p->devices); /* before what they work on */
    idi_workers_destroy(&p->writers);
    idi_workers_destroy(&p->readers);
    for (int64_t i = 0; p->batch.slots && i < p->window; i++)
        idi_batch_end_job(&p->batch, &p->batch.slots[i]);
    idi_references_destroy(&p->batch.references);
    idi_free(memory, p->images);
    idi_free(memory, p->labels);
    idi_free(memory, p->batch.slots);
}

/* --- the way of a job --------------------------------------------------------------------------
 */

/* To the readers, as many jobs as have slots. */
static idi_status begin_jobs(pipeline *p)
{
    const idi_batch_options *o = p->batch.options;
    int64_t slot;
    while (!p->is_all_begun && (slot = idi_workers_next_slot(p->readers)) >= 0) {
        idi_job job;
        idi_job_init(&job);
        p->is_all_begun = !o->next(o->user, p->begun, &job);
        if (p->is_all_begun) break;
        IDI_TRY(idi_batch_begin_job(&p->batch, &p->batch.slots[slot], &job));
        idi_workers_submit(p->readers);
        p->begun++;
    }
    return IDI_OK;
}

/* From the readers, a group or what is left. */
static idi_status take_group(pipeline *p, int64_t *count_out)
{
    int64_t count = 0;
    for (; count < p->group && p->read < p->begun; count++, p->read++) {
        idi_work_item item;
        IDI_TRY(idi_workers_take(p->readers, &item));
    }
    *count_out = count;
    return IDI_OK;
}

/* To the devices, with styles and identities. */
static void submit_group(pipeline *p, int64_t count)
{
    const int64_t first = p->read - count;
    for (int64_t i = first; i < p->read; i++)
        idi_batch_encode_job(&p->batch, &p->batch.slots[i % p->window]);
    idi_batch_devices_submit(p->devices, count);
}

static void send_group(pipeline *p, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        idi_workers_submit(p->writers);
    p->sent += count;
}

/* From the devices to the writers, until no more than `left` groups are with the devices. */
static idi_status send_groups(pipeline *p, int64_t left)
{
    while (idi_batch_devices_busy(p->devices) > left) {
        int64_t count = 0;
        IDI_TRY(idi_batch_devices_take(p->devices, &count));
        send_group(p, count);
    }
    return IDI_OK;
}

static bool show_file(const pipeline *p, const idi_batch_slot *slot)
{
    const idi_batch_options *o = p->batch.options;
    const idi_job_file file = {.struct_size = sizeof file,
                               .bytes = slot->file.bytes,
                               .byte_count = slot->file.size,
                               .sha256 = slot->sha256};
    return o->file && o->file(o->user, p->ended, &file);
}

/* Tells the caller, and gives the slot back to both pools. */
static void end_job(pipeline *p, idi_batch_slot *slot)
{
    const idi_batch_options *o = p->batch.options;
    const idi_outcome outcome = slot->outcome;
    const bool is_made = outcome.status == IDI_OK;
    p->batch.report.made += is_made;
    p->batch.report.failed += !is_made;
    if (p->first.status == IDI_OK) p->first = outcome;
    bool wants_stop = is_made && show_file(p, slot);
    idi_batch_end_job(&p->batch, slot);
    idi_workers_release(p->writers);
    idi_workers_release(p->readers);
    const idi_status told = idi_outcome_status(&outcome);
    if (o->done && o->done(o->user, p->ended, told)) wants_stop = true;
    p->is_stopped = p->is_stopped || wants_stop;
    p->is_all_begun = p->is_all_begun || wants_stop;
    p->ended++;
}

/* From the writers, until they have no more than `left`. */
static idi_status end_jobs(pipeline *p, int64_t left)
{
    while (p->sent - p->ended > left) {
        idi_work_item item;
        IDI_TRY(idi_workers_take(p->writers, &item));
        end_job(p, &p->batch.slots[item.slot]);
    }
    return IDI_OK;
}

static idi_status run_pipeline(pipeline *p)
{
    const idi_batch_options *o = p->batch.options;
    const int64_t overlap = o->thread_count ? p->group : 0;
    int64_t count = 0;
    for (;;) {
        IDI_TRY(begin_jobs(p));
        IDI_TRY(take_group(p, &count));
        if (count == 0) break;
        submit_group(p, count);
        IDI_TRY(send_groups(p, o->copy_count));
        IDI_TRY(end_jobs(p, overlap));
    }
    IDI_TRY(send_groups(p, 0));
    IDI_TRY(end_jobs(p, 0));
    IDI_TRY(idi_outcome_status(&p->first));
    IDI_REQUIRE(!p->is_stopped, IDI_ERR_CANCELLED, "batch: stopped after %lld jobs",
                (long long)p->ended);
    return IDI_OK;
}

static void tell_report(const pipeline *p, idi_batch_report *report)
{
    const size_t bytes = report->struct_size;
    *report = p->batch.report;
    report->struct_size = bytes;
}

idi_status idi_batch_run(const idi_batch_options *options, idi_batch_report *report)
{
    IDI_TRY(check_options(options));
    if (report) IDI_REQUIRE_STRUCT(report, idi_batch_report);
    pipeline p = {.batch = {.options = options, .context = options->generator->context},
                  .group = options->batch};
    idi_status st = open_pipeline(&p);
    if (st == IDI_OK) st = run_pipeline(&p);
    if (report) tell_report(&p, report);
    close_pipeline(&p);
    return st;
}

void idi_sha256(const void *bytes, size_t byte_count, char sha256_out[65])
{
    uint8_t digest[IDI_SHA256_BYTES];
    idi_sha256_digest(bytes, byte_count, digest);
    idi_sha256_format(digest, sha256_out);
}
