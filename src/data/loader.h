/* SPDX-License-Identifier: Apache-2.0 */
/* data/loader.h - batches of a data set for training, read ahead by worker threads.
 *
 * What a batch holds follows from the options and its number alone: never from the number of
 * workers, from their speed or from where the run began. A run that is to be resumed saves
 * idi_loader_position() and gives it back as options.position.
 *
 * Several processes share each step: process `rank` of `ranks` gets its part of a batch of ranks
 * times the size, so that together they see what one process with the whole batch would. */
#ifndef IDI_DATA_LOADER_H
#define IDI_DATA_LOADER_H

#include "data/dataset.h"

typedef struct idi_loader idi_loader;

typedef enum idi_loader_order {
    /* Epoch after epoch, each in another order and each item once; batches run on across the end of
     * an epoch, so that no item is left out. Of an endless set an epoch is a new photograph of each
     * person. */
    IDI_ORDER_SHUFFLED,
    /* `people` people with `photos` photographs each, person by person. Nobody is twice in a batch;
     * people come in epochs, of which the people that do not fill a last batch are left out. A
     * person's photographs are drawn anew each time, no photograph twice in a batch unless the
     * person has fewer than `photos`. */
    IDI_ORDER_BALANCED,
    /* Items 0, 1, 2, ... once; the last batch may be smaller. For evaluation; one rank only. */
    IDI_ORDER_STORED
} idi_loader_order;

/* Zeroed fields are the defaults that are named here. */
typedef struct idi_loader_options {
    idi_loader_order order;
    uint64_t seed;
    int64_t batch;          /* items a batch and rank; of BALANCED: 0, or people * photos */
    int64_t people, photos; /* of BALANCED, people a rank */
    int64_t fewest_photos;  /* of BALANCED: who has fewer is left out; 0: photos */
    int64_t size;           /* 0: the data set's; smaller: crops at random places, as the published
                               trainings cut 256 from 286 */
    bool has_flips;         /* every item is mirrored with probability 1/2 */
    bool keeps_sides;       /* mirroring does not exchange left and right classes: as published */
    int worker_count;       /* 0: read in the caller's thread */
    int64_t batches_ahead;  /* that are read while one is in use; 0: 2 */
    int64_t position;       /* the number of the first batch */
    int rank, ranks;        /* ranks 0: 1 */
} idi_loader_options;

/* All of it is the loader's, and valid until the next call on it. */
typedef struct idi_batch {
    int64_t number;
    int64_t count, size;       /* items; side in pixels. count 0: the end, of STORED */
    const uint8_t *rgb;        /* [count, size, size, 3] */
    const uint8_t *labels;     /* [count, size, size], celebamask's classes */
    const int64_t *identities; /* [count] -1: not known */
    const int64_t *items;      /* [count] of the data set */
    const bool *is_flipped;    /* [count] */
    const idi_portrait_landmarks *landmarks; /* [count], or NULL if the set has none */
} idi_batch;

/* The data set must outlive the loader. Errors: ARG, SHAPE, NOMEM. */
IDI_NODISCARD idi_status idi_loader_create(idi_memory *memory, const idi_dataset *dataset,
                                           const idi_loader_options *options,
                                           idi_loader **loader_out);
/* NULL-safe; nulls the caller's pointer; waits for reads in progress. */
void idi_loader_destroy(idi_loader **loader);

/* The next batch. One thread at a time. When an item cannot be read, the status and sentence of the
 * batch's first such item, and that batch is over: the next call gives the one after it. */
IDI_NODISCARD idi_status idi_loader_next(idi_loader *loader, idi_batch *batch_out);

/* The number of the batch that idi_loader_next() gives next. */
int64_t idi_loader_position(const idi_loader *loader);

/* idi_loader_next() returns IDI_ERR_CANCELLED from now on. From any thread. */
void idi_loader_cancel(idi_loader *loader);

#endif
