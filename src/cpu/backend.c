/* SPDX-License-Identifier: Apache-2.0 */
/* cpu/backend.c - host memory, memcpy, and a table look-up. */
#include "cpu/backend.h"
#include "cpu/cpu.h"
#include "cpu/fast/fast.h"
#include "ops/ops.h"

#include <omp.h>
#include <string.h>

#define IDI_OP(name, inputs, outputs) idi_status IDI_CPU(name)(const idi_exec *e);
#define IDI_OP_LEAF                   IDI_OP
#define IDI_OP_VIEW(name)
#include "ops/ops.def"
#undef IDI_OP
#undef IDI_OP_LEAF
#undef IDI_OP_VIEW

#define IDI_OP(name, inputs, outputs) [idi_op_##name] = IDI_CPU(name),
#define IDI_OP_LEAF                   IDI_OP
#define IDI_OP_VIEW(name)             [idi_op_##name] = NULL,
static const idi_cpu_function plain_functions[idi_op_count] = {
#include "ops/ops.def"
};

#define IDI_CPU_HAS_WORKSPACE(name) size_t IDI_CPU(name##_workspace)(const idi_exec *e);
#include "cpu/workspace.def"
#undef IDI_CPU_HAS_WORKSPACE

#define IDI_CPU_HAS_WORKSPACE(name) [idi_op_##name] = IDI_CPU(name##_workspace),
static const idi_cpu_workspace plain_workspaces[idi_op_count] = {
#include "cpu/workspace.def"
};

typedef struct cpu_backend {
    idi_backend base;
    idi_fast_table fast; /* NULL entries: the plain loops */
} cpu_backend;

static idi_status cpu_alloc(idi_backend *backend, idi_tag tag, size_t bytes, void **out)
{
    return idi_alloc(backend->memory, tag, bytes, out);
}

static void cpu_free(idi_backend *backend, void *block)
{
    idi_free(backend->memory, block);
}

static idi_status cpu_copy(idi_backend *backend, void *target, const void *source, size_t bytes)
{
    (void)backend;
    if (bytes) memcpy(target, source, bytes);
    return IDI_OK;
}

static idi_status cpu_workspace_bytes(idi_backend *backend, const idi_op_info *op,
                                      const idi_exec *exec, size_t *bytes_out)
{
    const idi_fast_entry *fast = &((cpu_backend *)backend)->fast.entries[op->id];
    const idi_cpu_workspace wanted = fast->run ? fast->workspace_bytes : plain_workspaces[op->id];
    *bytes_out = wanted ? wanted(exec) : 0;
    return IDI_OK;
}

static idi_status cpu_run(idi_backend *backend, const idi_op_info *op, const idi_exec *exec)
{
    const idi_fast_entry *fast = &((cpu_backend *)backend)->fast.entries[op->id];
    return fast->run ? fast->run(exec) : plain_functions[op->id](exec);
}

idi_status IDI_CPU(backend_create)(idi_memory *memory, bool is_plain, idi_backend **backend_out)
{
    *backend_out = NULL;
    cpu_backend *backend;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *backend, &backend));
    backend->base = (idi_backend){
        .name = sizeof(real) == sizeof(float) ? "cpu" : "cpu-f64",
        .real = sizeof(real) == sizeof(float) ? IDI_F32 : IDI_F64,
        .real_bytes = sizeof(real),
        .thread_count = omp_get_max_threads(),
        .memory = memory,
        .alloc = cpu_alloc,
        .free = cpu_free,
        .upload = cpu_copy,
        .download = cpu_copy,
        .workspace_bytes = cpu_workspace_bytes,
        .run = cpu_run,
    };
    if (!is_plain && sizeof(real) == sizeof(float)) idi_fast_table_init(&backend->fast);
    *backend_out = &backend->base;
    return IDI_OK;
}

#ifndef IDI_CPU_DOUBLE
bool idi_cpu_has_bf16(void)
{
    return idi_fast_has_bf16();
}

void idi_cpu_backend_use_bf16(idi_backend *backend)
{
    backend->name = "cpu at bf16";
    backend->is_for_inference = true;
    idi_fast_table_use_bf16(&((cpu_backend *)backend)->fast);
}

void idi_cpu_backend_destroy(idi_backend **backend)
{
    if (!backend || !*backend) return;
    idi_free((*backend)->memory, *backend);
    *backend = NULL;
}
#endif
