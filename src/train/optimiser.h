/* SPDX-License-Identifier: Apache-2.0 */
/* train/optimiser.h - the nodes that turn a graph with a loss into a step of training: gradients,
 * their length, Adam in place, moving averages in place.
 *
 * A step, once the graph has its optimisers and a store its tensors:
 *
 *   idi_graph_session_set(...)                                   the batch
 *   idi_optimiser_prepare(&optimiser, session, step)             the rates of this step
 *   idi_graph_session_run(session, NULL, NULL)
 *   idi_optimiser_check(&optimiser, session, store, step, &report)
 *
 * A graph may have several, each with its loss and its parameters: of a generator and of its
 * discriminator, say. One that was built earlier has changed its parameters when nodes of a later
 * one would read them: what both read is built first, and the graph refuses what is not. */
#ifndef IDI_TRAIN_OPTIMISER_H
#define IDI_TRAIN_OPTIMISER_H

#include "core/ranks.h"
#include "graph/session.h"
#include "ops/adam.h"
#include "train/schedule.h"
#include "train/store.h"

enum { IDI_OPTIMISER_GROUPS = 4, IDI_FROZEN = -1 };

/* Parameters that learn at one rate. */
typedef struct idi_optimiser_group {
    idi_schedule schedule;
    idi_adam_attr adam;
} idi_optimiser_group;

typedef struct idi_optimiser_config {
    const char *name; /* in front of its inputs' names; differs among those of one graph */
    int group_count;
    idi_optimiser_group groups[IDI_OPTIMISER_GROUPS];
    /* The group of a parameter, or IDI_FROZEN. NULL: all of them are of group 0. */
    int (*group_of)(void *user, const char *name);
    void *user;
    double clip_norm;     /* longest gradient, over all parameters; 0: any */
    double average_decay; /* of moving averages of all that changes, at most (1+step)/(10+step);
                             0: none are kept */
    idi_ranks *ranks;     /* processes with batches of their own; NULL: this one alone */
} idi_optimiser_config;

typedef struct idi_optimiser {
    idi_optimiser_config config;
    idi_value loss, squares;               /* outputs [1]; the sum of all gradients' squares */
    idi_value slope;                       /* input [1]: the gradient of the loss */
    idi_value rates[IDI_OPTIMISER_GROUPS]; /* inputs, as ops/adam.h has them */
    idi_value average_rate;                /* input [1], or IDI_NONE */
    int part_count;
} idi_optimiser;

/* With ranks, loss and gradients are the means over all ranks from here on: parameters that begin
 * equal stay equal to the bit.
 * Appends to the graph: gradients of `loss` [1] for each parameter that it depends on and that is
 * neither frozen nor assigned already; square_sum, clip_rates; an adam that is assigned to each;
 * with average_decay, a moving average of each and of what else is assigned and not frozen: running
 * statistics. The parameters that this adds are named as train/store.h says.
 * `config` is copied; its name and user must outlive the optimiser. Errors: ARG (nothing to train,
 * a setting out of range), and what the graph refuses. */
IDI_NODISCARD idi_status idi_optimiser_build(idi_graph *graph, idi_value loss,
                                             const idi_optimiser_config *config,
                                             idi_optimiser *optimiser_out);

/* A part of a batch: appends a network on inputs of the part's own and returns its loss [1]. */
typedef idi_value (*idi_optimiser_part)(void *user, idi_graph *graph, int part);

/* The same for a batch in parts, all on the same parameters (gradient accumulation): the loss and
 * its gradients are the means of the parts'. Each part goes there and back before the next begins,
 * so that together they need the memory of one, and of one more set of gradients. Not for networks
 * with running statistics, which each part would assign again. */
IDI_NODISCARD idi_status idi_optimiser_build_parts(idi_graph *graph, int part_count,
                                                   idi_optimiser_part part, void *user,
                                                   const idi_optimiser_config *config,
                                                   idi_optimiser *optimiser_out);

/* Sets the inputs for step `step`, counted from 1. */
IDI_NODISCARD idi_status idi_optimiser_prepare(const idi_optimiser *optimiser,
                                               idi_graph_session *session, int64_t step);

typedef struct idi_step_report {
    double loss;
    double gradient_norm; /* before clipping */
} idi_step_report;

/* After the run: what it gave. A loss or gradient that is not finite is an error
 * (IDI_ERR_NUMERIC) whose sentence has the step and the first tensor of the store that it has
 * reached; the store is spoilt then, and its last checkpoint is what remains. */
IDI_NODISCARD idi_status idi_optimiser_check(const idi_optimiser *optimiser,
                                             idi_graph_session *session, const idi_store *store,
                                             int64_t step, idi_step_report *report_out);

#endif
