/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/cpu.h - what the plain loops share. Every file of this folder is compiled twice: for float
 * (the CPU backend) and with IDI_CPU_DOUBLE for double (the oracle). They are written to be
 * obviously right: one loop a dimension, accumulators in double. cpu/fast/ overrides those that
 * carry the time, for float only. */
#ifndef IDI_CPU_CPU_H
#define IDI_CPU_CPU_H

#include "graph/backend.h"

#ifdef IDI_CPU_DOUBLE
typedef double real;
#define IDI_CPU(name) idi_cpu64_##name
#else
typedef float real;
#define IDI_CPU(name) idi_cpu32_##name
#endif

typedef idi_status (*idi_cpu_function)(const idi_exec *e);
typedef size_t (*idi_cpu_workspace)(const idi_exec *e);

/* The head of an op's function. */
#define IDI_CPU_OP(name)                                                                           \
    idi_status IDI_CPU(name)(const idi_exec *e);                                                   \
    idi_status IDI_CPU(name)(const idi_exec *e)

/* The head of its scratch in bytes, for ops in workspace.def. */
#define IDI_CPU_WORKSPACE(name)                                                                    \
    size_t IDI_CPU(name##_workspace)(const idi_exec *e);                                           \
    size_t IDI_CPU(name##_workspace)(const idi_exec *e)

/* Input and output tensors as pointers. */
static inline const real *in_real(const idi_exec *e, int index)
{
    return (const real *)e->in[index].data;
}

static inline real *out_real(const idi_exec *e, int index)
{
    return (real *)e->out[index].data;
}

static inline const unsigned char *in_labels(const idi_exec *e, int index)
{
    return (const unsigned char *)e->in[index].data;
}

#endif
