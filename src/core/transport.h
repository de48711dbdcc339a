/* SPDX-License-Identifier: Apache-2.0 */
/* core/transport.h - what carries messages between the processes of a training: the little that
 * core/ranks.h needs, as a table of functions, so that MPI is a module that is loaded when it is
 * wanted (src/mpi/) and tests have a transport of threads.
 *
 * All functions but `explain` are collective: every rank makes the same calls in the same order,
 * all from one thread, with equal counts. They return 0, or a number that `explain` has words for.
 */
#ifndef IDI_CORE_TRANSPORT_H
#define IDI_CORE_TRANSPORT_H

typedef struct idi_transport {
    int rank, count;
    void *state; /* each function's first argument */
    /* Rank p gets values[starts[p]..starts[p] + counts[p] - 1] of each rank, in the order of the
     * ranks: received [count, counts[rank]]. */
    int (*exchange)(void *state, const float *values, const int *counts, const int *starts,
                    float *received);
    /* The same pieces of `values`, piece p from rank p, to all. */
    int (*gather)(void *state, float *values, const int *counts, const int *starts);
    /* Rank `from`'s bytes to all. */
    int (*broadcast)(void *state, void *data, int bytes, int from);
    void (*explain)(void *state, int error, char *text, int text_bytes);
    /* is_together: all ranks close now; otherwise this one leaves the others alone. */
    void (*close)(void *state, int is_together);
} idi_transport;

/* The MPI module's one function, by this name: joins the others. Not 0: a sentence is in `text`. */
typedef int (*idi_transport_open)(idi_transport *transport_out, char *text, int text_bytes);
#define IDI_MPI_MODULE "libidinject_mpi.so"
#define IDI_MPI_OPEN   "idi_mpi_open"

#endif
