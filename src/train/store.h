/* SPDX-License-Identifier: Apache-2.0 */
/* train/store.h - a training's tensors on a device, by name: weights, running statistics, the
 * optimiser's moments, moving averages. All of them are parameters of the graphs that train, so a
 * store is what is between two steps, and all that a checkpoint keeps.
 *
 * What a tensor is follows from its name:
 *   train.m.<weight>, train.v.<weight>  Adam's moments: 0 at first
 *   average.<weight>                    a moving average: at first what the weight is
 *   train.elsewhere.<name>              frozen, of a file that checkpoints do not hold: no store
 *                                       takes it from a graph
 *   train.<anything else>               a weight of the training alone, in no model file
 *   <anything else>                     the network's
 *
 * Thread: one at a time, and no session that reads from it runs meanwhile. */
#ifndef IDI_TRAIN_STORE_H
#define IDI_TRAIN_STORE_H

#include "graph/backend.h"

#define IDI_STORE_TRAINING      "train."
#define IDI_STORE_FIRST_MOMENT  "train.m."
#define IDI_STORE_SECOND_MOMENT "train.v."
#define IDI_STORE_AVERAGE       "average."
#define IDI_STORE_ELSEWHERE     "train.elsewhere."

typedef struct idi_store idi_store;

/* Empty. `backend` must outlive it; sessions that read it run on the same one, so that their work
 * and the store's copies stay in one order. */
IDI_NODISCARD idi_status idi_store_create(idi_backend *backend, idi_store **store_out);
/* NULL-safe; no session may read it any more. */
void idi_store_destroy(idi_store **store);

/* Makes room for the graph's parameters that it does not have yet, and gives them their first
 * values: weights as a new model of this seed has them (model/create.h). A parameter that it has in
 * another shape is an error (IDI_ERR_SHAPE). */
IDI_NODISCARD idi_status idi_store_add(idi_store *store, const idi_graph *graph, uint64_t seed);

/* An idi_parameter_source of memory that may be written; `user` is the store. It has tensors in
 * what wide numbers are on the backend: in the kind of all parameters of its graphs
 * (idi_learning_graph). */
const void *idi_store_source(void *user, const char *name, idi_dtype kind);

/* The same with a weight's moving average in its place, where one is kept: what a model will be. */
const void *idi_store_average_source(void *user, const char *name, idi_dtype kind);

/* Tensors, in the order in which they were added. */
int64_t idi_store_count(const idi_store *store);
/* Name, shape and layout of one; good until the next idi_store_add(). */
const idi_value_info *idi_store_at(const idi_store *store, int64_t index);
/* The number of a tensor, or -1. */
int64_t idi_store_find(const idi_store *store, const char *name);

/* One tensor's numbers from and to the device, in the graph's order. A session whose graph does not
 * assign the tensor has to be told (idi_graph_session_note_parameters). */
IDI_NODISCARD idi_status idi_store_get(const idi_store *store, int64_t index, float *values_out);
IDI_NODISCARD idi_status idi_store_set(idi_store *store, int64_t index, const float *values);

idi_backend *idi_store_backend(const idi_store *store);

#endif
