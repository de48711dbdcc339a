/* SPDX-License-Identifier: Apache-2.0 */
/* core/workers.h - work on numbered items by several threads, results in the items' order, and
 * never more than a fixed number of items in memory.
 *
 * The caller has `window` slots (buffers of its own, made once). Item first + i lies in slot
 * i % window from the moment it begins until the caller releases it, so that memory is bounded and
 * the slot of an item does not depend on who was fast. What the work does may depend on the item's
 * number and on its slot's content alone; then results are the same for any number of threads.
 *
 * A source makes its items from their numbers; workers run ahead as far as the window goes:
 *     while (idi_workers_take(w, &item) == IDI_OK && !item.is_end) {
 *         use(slots[item.slot]);
 *         idi_workers_release(w);
 *     }
 * A sink (is_fed) is given its items by the caller's thread:
 *     for (each thing) {
 *         while ((slot = idi_workers_next_slot(w)) < 0) {
 *             IDI_TRY(idi_workers_take(w, &item));
 *             idi_workers_release(w);
 *         }
 *         slots[slot] = thing;
 *         idi_workers_submit(w);
 *     }
 *     ...and take what is left until item.is_end.
 * A pipeline decode -> compute -> encode is a source and a sink with the computing thread between.
 */
#ifndef IDI_CORE_WORKERS_H
#define IDI_CORE_WORKERS_H

#include "core/memory.h"

#include <limits.h>

typedef struct idi_workers idi_workers;

/* Handles one item. Called from any of the threads; a failure's sentence is kept for the taker. */
typedef idi_status (*idi_work)(void *user, int64_t index, int64_t slot);

#define IDI_WORKERS_ENDLESS INT64_MAX
enum { IDI_WORKERS_MAX = 1024 };

typedef struct idi_workers_options {
    int worker_count; /* 0..IDI_WORKERS_MAX; 0: idi_workers_take() does the work itself */
    int64_t window;   /* slots, >= 1 */
    int64_t first;    /* the first item's number, >= 0 */
    int64_t count;    /* items of a source, or IDI_WORKERS_ENDLESS; a sink ignores it */
    bool is_fed;      /* a sink */
    idi_work work;
    void *user;
} idi_workers_options;

typedef struct idi_work_item {
    int64_t index, slot; /* -1 without an item */
    bool is_end; /* nothing to take: the source is done, or all that was submitted is taken */
} idi_work_item;

/* Starts the threads, which a source puts to work at once. They block all signals, so that a
 * program's handlers run in its own threads. Errors: ARG, NOMEM (threads included). */
IDI_NODISCARD idi_status idi_workers_create(idi_memory *memory, const idi_workers_options *options,
                                            idi_workers **workers_out);
/* Cancels, waits for work in progress, joins. NULL-safe; nulls the caller's pointer. */
void idi_workers_destroy(idi_workers **workers);

/* take, release, next_slot and submit belong to one thread, the caller's.
 *
 * Waits for the next item in order and returns the status of its work, with the sentence as
 * this thread's error. Such a failed item is taken like any other and is to be released; those
 * after it are not affected. Without an item: IDI_OK and is_end; IDI_ERR_CANCELLED; IDI_ERR_STATE
 * when the caller holds all slots. */
IDI_NODISCARD idi_status idi_workers_take(idi_workers *workers, idi_work_item *item_out);
/* Gives the slot of the oldest taken item back. Several items may be held. */
void idi_workers_release(idi_workers *workers);

/* A sink's slot for the next item, or -1 while all are in use. */
int64_t idi_workers_next_slot(idi_workers *workers);
/* Hands the item in next_slot's slot to the workers. */
void idi_workers_submit(idi_workers *workers);

/* No further item is begun, and whoever waits is woken. From any thread, not from a signal
 * handler. */
void idi_workers_cancel(idi_workers *workers);

#endif
