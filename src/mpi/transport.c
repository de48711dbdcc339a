/* SPDX-License-Identifier: Apache-2.0 */
/* mpi/transport.c - MPI as the transport of core/ranks.h: a module of its own, so that the library
 * neither needs nor loads MPI where it works alone. A process that has called MPI_Init itself keeps
 * its MPI; another one's begins and ends here, once, as MPI wants it. */
#include "core/transport.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct world {
    MPI_Comm all; /* a copy, so that messages of the program's own stay apart */
    int rank, count;
    int is_ours;           /* MPI was begun here */
    int *lengths, *places; /* [count] of what is received */
} world;

static int exchange(void *state, const float *values, const int *counts, const int *starts,
                    float *received)
{
    world *w = state;
    for (int p = 0; p < w->count; p++) {
        w->lengths[p] = counts[w->rank];
        w->places[p] = p * counts[w->rank];
    }
    return MPI_Alltoallv(values, counts, starts, MPI_FLOAT, received, w->lengths, w->places,
                         MPI_FLOAT, w->all);
}

static int gather(void *state, float *values, const int *counts, const int *starts)
{
    world *w = state;
    return MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, counts, starts, MPI_FLOAT,
                          w->all);
}

static int broadcast(void *state, void *data, int bytes, int from)
{
    world *w = state;
    return MPI_Bcast(data, bytes, MPI_BYTE, from, w->all);
}

static void explain(void *state, int error, char *text, int text_bytes)
{
    char words[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    (void)state;
    (void)MPI_Error_string(error, words, &length);
    (void)snprintf(text, (size_t)text_bytes, "%s", words);
}

/* Ending MPI waits for all ranks: not where they are elsewhere. */
static void close_world(void *state, int is_together)
{
    world *w = state;
    if (is_together) {
        (void)MPI_Comm_free(&w->all);
        if (w->is_ours) (void)MPI_Finalize();
    }
    free(w->lengths);
    free(w);
}

static int begin(world *w, const char **problem)
{
    int is_there = 0;
    int is_over = 0;
    int level = MPI_THREAD_FUNNELED;
    *problem = "MPI of this process is over: one training a process, unless the program begins "
               "MPI itself";
    if (MPI_Initialized(&is_there) || MPI_Finalized(&is_over) || is_over) return 1;
    *problem = "MPI cannot be begun";
    w->is_ours = !is_there;
    if (!is_there && MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level)) return 1;
    *problem = "MPI has no communicator of all processes";
    if (MPI_Comm_dup(MPI_COMM_WORLD, &w->all)) return 1;
    return MPI_Comm_set_errhandler(w->all, MPI_ERRORS_RETURN) || MPI_Comm_rank(w->all, &w->rank) ||
           MPI_Comm_size(w->all, &w->count);
}

static int join(world *w, const char **problem)
{
    if (begin(w, problem)) return 1;
    *problem = "out of memory for MPI";
    w->lengths = calloc(2 * (size_t)w->count, sizeof *w->lengths);
    if (!w->lengths) return 1;
    w->places = w->lengths + w->count;
    return 0;
}

__attribute__((visibility("default"))) int idi_mpi_open(idi_transport *transport_out, char *text,
                                                        int text_bytes);

int idi_mpi_open(idi_transport *transport_out, char *text, int text_bytes)
{
    const char *problem = "out of memory for MPI";
    world *w = calloc(1, sizeof *w);
    if (!w || join(w, &problem)) {
        (void)snprintf(text, (size_t)text_bytes, "%s", problem);
        free(w);
        return 1;
    }
    *transport_out = (idi_transport){.rank = w->rank,
                                     .count = w->count,
                                     .state = w,
                                     .exchange = exchange,
                                     .gather = gather,
                                     .broadcast = broadcast,
                                     .explain = explain,
                                     .close = close_world};
    return 0;
}
