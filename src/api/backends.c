/* SPDX-License-Identifier: Apache-2.0 */
/* api/backends.c - device names and precisions to backends: the one file that knows which devices
 * exist. */
#include "api/objects.h"
#include "cpu/backend.h"
#ifdef IDI_WITH_CUDA
#include "cuda/runtime/backend.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct idi_device {
    idi_memory *memory;
    char name[24];
    char note[1200];
    idi_backend *cpu;      /* for every session; NULL on a GPU */
    idi_backend *cpu_bf16; /* the same; NULL where the processor does not multiply bf16 */
#ifdef IDI_WITH_CUDA
    idi_cuda_device *cuda;
#endif
};

typedef struct precision {
    const char *name;
    idi_dtype storage;
    bool allows_tf32;
    int oldest; /* compute capability */
} precision;

static const precision precisions[] = {
    {"f32", IDI_F32, false, 0},
    {"tf32", IDI_F32, true, 80},
    {"bf16", IDI_BF16, false, 80},
    {"f16", IDI_F16, false, 0},
};

static const precision *find_precision(const char *name)
{
    for (size_t i = 0; i < sizeof precisions / sizeof *precisions; i++)
        if (strcmp(precisions[i].name, name ? name : "f32") == 0) return &precisions[i];
    return NULL;
}

/* --- CUDA ------------------------------------------------------------------------------------ */

#ifdef IDI_WITH_CUDA

static bool look_at_cuda(int ordinal, idi_device_info *info)
{
    idi_cuda_device_report report;
    idi_cuda_device_look(ordinal, &report);
    (void)snprintf(info->name, sizeof info->name, "%s", report.name);
    (void)snprintf(info->reason, sizeof info->reason, "%s", report.reason);
    info->compute_capability = report.compute_capability;
    info->memory_bytes = report.memory_bytes;
    info->is_usable = report.is_usable;
    return report.is_usable;
}

static int count_cuda(void)
{
    return idi_cuda_device_count();
}

static idi_status open_cuda(idi_device *device, int ordinal, const idi_context_options *options)
{
    const idi_cuda_allocator allocator = {options->device_alloc, options->device_free,
                                          options->device_allocator_user};
    IDI_TRY(idi_cuda_device_open(device->memory, ordinal, &device->cuda));
    idi_cuda_arena_set_limit(device->cuda->arena, options->device_memory_limit_bytes);
    if (allocator.alloc) idi_cuda_arena_set_allocator(device->cuda->arena, &allocator);
    (void)snprintf(device->name, sizeof device->name, "cuda:%d", ordinal);
    (void)snprintf(device->note, sizeof device->note, "%s", device->cuda->name);
    return IDI_OK;
}

static idi_status check_cuda_precision(const idi_device *device, const precision *p)
{
    const int have = device->cuda->compute_capability;
    IDI_REQUIRE(p->oldest <= have, IDI_ERR_UNSUPPORTED,
                "precision %s needs compute capability %d.%d or newer, %s (%s) has %d.%d; use f32 "
                "or f16",
                p->name, p->oldest / 10, p->oldest % 10, device->name, device->note, have / 10,
                have % 10);
    return IDI_OK;
}

static idi_status open_cuda_backend(const idi_device *device, const precision *p,
                                    idi_backend **backend_out)
{
    const idi_cuda_backend_options options = {.storage = p->storage, .allows_tf32 = p->allows_tf32};
    return idi_cuda_backend_create(device->cuda, &options, backend_out);
}

static void close_cuda_backend(idi_backend **backend)
{
    idi_cuda_backend_destroy(backend);
}

static void close_cuda(idi_device *device)
{
    idi_cuda_device_close(&device->cuda);
}

void idi_device_get_stats(const idi_device *device, idi_memory_stats *stats_out)
{
    *stats_out = (idi_memory_stats){.total_current_bytes = 0};
    if (device->cuda) idi_cuda_arena_get_stats(device->cuda->arena, stats_out);
}

void idi_device_trim(const idi_device *device)
{
    if (device->cuda) idi_cuda_arena_trim(device->cuda->arena);
}

#else

static bool look_at_cuda(int ordinal, idi_device_info *info)
{
    (void)ordinal;
    (void)snprintf(info->reason, sizeof info->reason,
                   "this library was built without the CUDA toolkit");
    return false;
}

static int count_cuda(void)
{
    return 0;
}

static idi_status open_cuda(idi_device *device, int ordinal, const idi_context_options *options)
{
    (void)device;
    (void)options;
    return idi_fail(IDI_ERR_DEVICE,
                    "cuda:%d cannot be used: this library was built without the CUDA toolkit; use "
                    "cpu or auto",
                    ordinal);
}

/* Never reached: there is no such device. */
static idi_status check_cuda_precision(const idi_device *device, const precision *p)
{
    return idi_fail(IDI_ERR_INTERNAL, "%s: %s", device->name, p->name);
}

static idi_status open_cuda_backend(const idi_device *device, const precision *p,
                                    idi_backend **backend_out)
{
    *backend_out = NULL;
    return check_cuda_precision(device, p);
}

static void close_cuda_backend(idi_backend **backend)
{
    *backend = NULL;
}

static void close_cuda(idi_device *device)
{
    (void)device;
}

void idi_device_get_stats(const idi_device *device, idi_memory_stats *stats_out)
{
    (void)device;
    *stats_out = (idi_memory_stats){.total_current_bytes = 0};
}

void idi_device_trim(const idi_device *device)
{
    (void)device;
}

#endif

/* --- Devices --------------------------------------------------------------------------------- */

/* "cuda" and "cuda:N"; -1 for anything else. */
static int parse_ordinal(const char *name)
{
    if (strcmp(name, "cuda") == 0) return 0;
    if (strncmp(name, "cuda:", 5) != 0) return -1;
    const char *digits = name + 5;
    const size_t length = strspn(digits, "0123456789");
    if (length < 1 || length > 6 || digits[length]) return -1;
    return (int)strtol(digits, NULL, 10);
}

static idi_status open_cpu(idi_device *device)
{
    (void)snprintf(device->name, sizeof device->name, "cpu");
    IDI_TRY(idi_cpu32_backend_create(device->memory, false, &device->cpu));
    if (!idi_cpu_has_bf16()) return IDI_OK;
    IDI_TRY(idi_cpu32_backend_create(device->memory, false, &device->cpu_bf16));
    idi_cpu_backend_use_bf16(device->cpu_bf16);
    return IDI_OK;
}

/* What makes a GPU unusable is looked for first, so that a machine without one leaves no error
 * behind. */
static idi_status open_any(idi_device *device, const idi_context_options *options)
{
    idi_device_info info = {.struct_size = sizeof info};
    if (look_at_cuda(0, &info)) {
        if (open_cuda(device, 0, options) == IDI_OK) return IDI_OK;
        (void)snprintf(device->note, sizeof device->note, "%s", idi_last_error());
    } else {
        (void)snprintf(device->note, sizeof device->note, "no GPU: %s", info.reason);
    }
    return open_cpu(device);
}

static idi_status open_named(idi_device *device, const idi_context_options *options)
{
    const char *name = options->device ? options->device : "auto";
    if (strcmp(name, "auto") == 0) return open_any(device, options);
    if (strcmp(name, "cpu") == 0) return open_cpu(device);
    const int ordinal = parse_ordinal(name);
    IDI_REQUIRE(ordinal >= 0, IDI_ERR_DEVICE, "device \"%s\" is unknown; want auto, cpu or cuda:N",
                name);
    return open_cuda(device, ordinal, options);
}

idi_status idi_device_open(idi_memory *memory, const idi_context_options *options,
                           idi_device **device_out)
{
    *device_out = NULL;
    idi_device *device;
    IDI_REQUIRE(!options->device_alloc == !options->device_free, IDI_ERR_ARG,
                "context: give both device_alloc and device_free, or neither");
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *device, &device));
    device->memory = memory;
    const idi_status st = open_named(device, options);
    if (st != IDI_OK) idi_device_close(&device);
    *device_out = device;
    return st;
}

void idi_device_close(idi_device **device)
{
    if (!device || !*device) return;
    idi_memory *memory = (*device)->memory;
    idi_cpu_backend_destroy(&(*device)->cpu);
    idi_cpu_backend_destroy(&(*device)->cpu_bf16);
    close_cuda(*device);
    idi_free(memory, *device);
    *device = NULL;
}

const char *idi_device_name(const idi_device *device)
{
    return device->name;
}

const char *idi_device_note(const idi_device *device)
{
    return device->note;
}

static bool is_bf16(const precision *p)
{
    return p && p->storage == IDI_BF16;
}

static idi_status check_cpu_precision(const idi_device *device, const char *name)
{
    const precision *p = find_precision(name);
    IDI_REQUIRE(!is_bf16(p) || device->cpu_bf16, IDI_ERR_UNSUPPORTED,
                "precision bf16 is not available on cpu: this processor has no AVX512_BF16; want "
                "f32");
    IDI_REQUIRE(is_bf16(p) || (p && p->storage == IDI_F32 && !p->allows_tf32), IDI_ERR_UNSUPPORTED,
                "precision %s is not available on %s, want f32%s", name, device->name,
                device->cpu_bf16 ? " or bf16" : "");
    return IDI_OK;
}

idi_status idi_device_check_precision(const idi_device *device, const char *name)
{
    if (device->cpu) return check_cpu_precision(device, name);
    const precision *p = find_precision(name);
    IDI_REQUIRE(p, IDI_ERR_UNSUPPORTED,
                "precision %s is not available on %s, want f32, tf32, bf16 or f16", name,
                device->name);
    return check_cuda_precision(device, p);
}

idi_status idi_device_backend_open(const idi_device *device, const char *name,
                                   idi_backend **backend_out)
{
    *backend_out = NULL;
    IDI_TRY(idi_device_check_precision(device, name));
    if (!device->cpu) return open_cuda_backend(device, find_precision(name), backend_out);
    *backend_out = is_bf16(find_precision(name)) ? device->cpu_bf16 : device->cpu;
    return IDI_OK;
}

void idi_device_backend_close(const idi_device *device, idi_backend **backend)
{
    if (!*backend) return;
    if (device->cpu)
        *backend = NULL;
    else
        close_cuda_backend(backend);
}

int idi_device_count(void)
{
    const int cuda = count_cuda();
    return 1 + (cuda > 1 ? cuda : 1);
}

idi_status idi_device_get_info(int index, idi_device_info *info)
{
    IDI_REQUIRE_STRUCT(info, idi_device_info);
    IDI_REQUIRE(index >= 0 && index < idi_device_count(), IDI_ERR_ARG,
                "device info: index %d, want 0 to %d", index, idi_device_count() - 1);
    *info = (idi_device_info){.struct_size = info->struct_size};
    if (index > 0) {
        (void)snprintf(info->id, sizeof info->id, "cuda:%d", index - 1);
        (void)look_at_cuda(index - 1, info);
        return IDI_OK;
    }
    (void)snprintf(info->id, sizeof info->id, "cpu");
    (void)snprintf(info->name, sizeof info->name, "the host's processor");
    info->is_usable = 1;
    return IDI_OK;
}
