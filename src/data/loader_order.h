/* SPDX-License-Identifier: Apache-2.0 */
/* data/loader_order.h - which item stands where, of all ranks' batches in a row. Private to the
 * loader. */
#ifndef IDI_DATA_LOADER_ORDER_H
#define IDI_DATA_LOADER_ORDER_H

#include "data/loader.h"

typedef struct idi_order {
    const idi_dataset *dataset;
    idi_loader_options options; /* completed */
    int64_t *eligible;          /* BALANCED: the people with enough photographs; NULL: all */
    int64_t eligible_count;
} idi_order;

/* Checks the options and fills in their defaults. */
IDI_NODISCARD idi_status idi_order_init(idi_memory *memory, const idi_dataset *dataset,
                                        const idi_loader_options *options, idi_order *order_out);
void idi_order_free(idi_memory *memory, idi_order *order);

/* What is done with one item. */
typedef struct idi_draw {
    int64_t item;
    int64_t x, y; /* the crop's corner */
    bool is_flipped;
} idi_draw;

/* number: this rank's items in a row, from 0. */
idi_draw idi_order_draw(const idi_order *order, int64_t number);

#endif
