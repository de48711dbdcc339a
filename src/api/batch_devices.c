/* SPDX-License-Identifier: Apache-2.0 */
/* api/batch_devices.c - one queue of groups for all devices. Whoever is free takes the next one,
 * and groups come back in order. */
#include "api/batch.h"
#include "core/workers.h"

#include <pthread.h>

struct idi_batch_devices {
    const idi_job_batch *batch;
    int64_t group;
    int64_t *counts; /* [window / group] jobs of a group */
    int64_t submitted, taken;
    idi_workers *workers;
    pthread_mutex_t lock; /* of what follows */
    bool has_lock;
    int count;
    idi_batch_sessions *sessions; /* [count] */
    int *idle;                    /* [count] devices that nobody works on: the first idle_count */
    int idle_count;
};

/* There are as many devices as threads, so one is free. */
static int take_idle(idi_batch_devices *d)
{
    (void)pthread_mutex_lock(&d->lock);
    const int device = d->idle[--d->idle_count];
    (void)pthread_mutex_unlock(&d->lock);
    return device;
}

static void give_back(idi_batch_devices *d, int device)
{
    (void)pthread_mutex_lock(&d->lock);
    d->idle[d->idle_count++] = device;
    (void)pthread_mutex_unlock(&d->lock);
}

static idi_status generate_group(void *user, int64_t index, int64_t slot)
{
    idi_batch_devices *d = user;
    const int device = take_idle(d);
    (void)index;
    idi_batch_sessions_run(&d->sessions[device], d->batch->slots + slot * d->group,
                           d->counts[slot]);
    give_back(d, device);
    return IDI_OK;
}

static idi_status open_sessions(idi_batch_devices *d)
{
    const idi_batch_options *o = d->batch->options;
    const int count = o->copy_count + 1;
    idi_memory *memory = d->batch->context->memory;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)count, sizeof *d->idle, &d->idle));
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)count, sizeof *d->sessions,
                             &d->sessions));
    for (; d->count < count; d->count++) {
        const idi_model *generator = d->count ? o->copies[d->count - 1] : o->generator;
        idi_batch_sessions *sessions = &d->sessions[d->count];
        const idi_status st = idi_batch_sessions_open(d->batch, generator, d->group, sessions);
        if (st != IDI_OK) idi_batch_sessions_close(sessions);
        IDI_TRY(st);
        give_back(d, d->count);
    }
    return IDI_OK;
}

static idi_status open_queue(idi_batch_devices *d, int64_t groups)
{
    idi_memory *memory = d->batch->context->memory;
    const idi_workers_options options = {.worker_count = d->count > 1 ? d->count : 0,
                                         .window = groups,
                                         .is_fed = true,
                                         .work = generate_group,
                                         .user = d};
    IDI_TRY(
        idi_alloc_zeroed(memory, IDI_TAG_GENERAL, (size_t)groups, sizeof *d->counts, &d->counts));
    return idi_workers_create(memory, &options, &d->workers);
}

static idi_status open_all(idi_batch_devices *d, int64_t groups)
{
    d->has_lock = pthread_mutex_init(&d->lock, NULL) == 0;
    IDI_REQUIRE(d->has_lock, IDI_ERR_NOMEM, "the devices' lock could not be made");
    IDI_TRY(open_sessions(d));
    return open_queue(d, groups);
}

idi_status idi_batch_devices_open(const idi_job_batch *batch, int64_t group, int64_t window,
                                  idi_batch_devices **devices_out)
{
    idi_batch_devices *d;
    *devices_out = NULL;
    IDI_TRY(idi_alloc_zeroed(batch->context->memory, IDI_TAG_GENERAL, 1, sizeof *d, &d));
    d->batch = batch;
    d->group = group;
    const idi_status st = open_all(d, window / group);
    if (st != IDI_OK) idi_batch_devices_close(&d);
    *devices_out = d;
    return st;
}

void idi_batch_devices_close(idi_batch_devices **devices)
{
    idi_batch_devices *d = *devices;
    if (!d) return;
    idi_memory *memory = d->batch->context->memory;
    idi_workers_destroy(&d->workers);
    for (int i = 0; i < d->count; i++)
        idi_batch_sessions_close(&d->sessions[i]);
    if (d->has_lock) (void)pthread_mutex_destroy(&d->lock);
    idi_free(memory, d->sessions);
    idi_free(memory, d->idle);
    idi_free(memory, d->counts);
    idi_free(memory, d);
    *devices = NULL;
}

void idi_batch_devices_submit(idi_batch_devices *devices, int64_t count)
{
    devices->counts[idi_workers_next_slot(devices->workers)] = count;
    devices->submitted++;
    idi_workers_submit(devices->workers);
}

int64_t idi_batch_devices_busy(const idi_batch_devices *devices)
{
    return devices->submitted - devices->taken;
}

idi_status idi_batch_devices_take(idi_batch_devices *devices, int64_t *count_out)
{
    idi_work_item item;
    IDI_TRY(idi_workers_take(devices->workers, &item));
    *count_out = devices->counts[item.slot];
    devices->taken++;
    idi_workers_release(devices->workers);
    return IDI_OK;
}
