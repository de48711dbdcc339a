/* SPDX-License-Identifier: Apache-2.0 */
/* api/context.c - contexts and their memory. */
#include "api/objects.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

const char *idi_version(void)
{
    return TEXT(IDI_VERSION_MAJOR) "." TEXT(IDI_VERSION_MINOR) "." TEXT(IDI_VERSION_PATCH);
}

void idi_context_options_init(idi_context_options *options)
{
    if (!options) return;
    *options = (idi_context_options){.struct_size = sizeof *options, .device = "auto"};
}

void idi_context_log(const idi_context *context, idi_severity severity, const char *format, ...)
{
    if (!context->log) return;
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    context->log(context->log_user, severity, message);
}

static idi_status open_memory(const idi_context_options *options, idi_memory **memory_out)
{
    const idi_allocator allocator = {options->alloc, options->free, options->allocator_user};
    IDI_REQUIRE(!options->alloc == !options->free, IDI_ERR_ARG,
                "context: give both alloc and free, or neither");
    return idi_memory_create(options->alloc ? &allocator : NULL, options->memory_limit_bytes,
                             memory_out);
}

static idi_status fill_context(idi_context *context, const idi_context_options *options)
{
    const char *precision = options->precision ? options->precision : "f32";
    context->log = options->log;
    context->log_user = options->log_user;
    IDI_TRY(idi_device_open(context->memory, options, &context->device));
    IDI_TRY(idi_device_check_precision(context->device, precision));
    IDI_TRY(idi_strdup(context->memory, precision, &context->precision));
    if (!options->device || strcmp(options->device, "auto") == 0)
        idi_context_log(context, IDI_LOG_INFO, "device auto: using %s (%s)",
                        idi_device_name(context->device), idi_device_note(context->device));
    return IDI_OK;
}

idi_status idi_context_create(const idi_context_options *options, idi_context **context_out)
{
    IDI_REQUIRE(context_out, IDI_ERR_ARG, "context: no place for the result");
    *context_out = NULL;
    idi_context_options defaults;
    idi_context_options_init(&defaults);
    if (!options) options = &defaults;
    IDI_REQUIRE_STRUCT(options, idi_context_options);
    idi_memory *memory;
    IDI_TRY(open_memory(options, &memory));
    idi_context *context = NULL;
    idi_status st = idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *context, &context);
    if (st == IDI_OK) {
        context->memory = memory;
        st = fill_context(context, options);
    }
    if (st != IDI_OK) {
        if (context) idi_device_close(&context->device);
        if (context) idi_free(memory, context->precision);
        idi_free(memory, context);
        idi_memory_destroy(&memory);
        return st;
    }
    *context_out = context;
    return IDI_OK;
}

void idi_context_destroy(idi_context **context)
{
    if (!context || !*context) return;
    idi_memory *memory = (*context)->memory;
    idi_device_close(&(*context)->device);
    idi_free(memory, (*context)->precision);
    idi_free(memory, *context);
    idi_memory_destroy(&memory);
    *context = NULL;
}

const char *idi_context_device(const idi_context *context)
{
    return context ? idi_device_name(context->device) : "";
}

static size_t sum(const size_t *host, const size_t *device, idi_tag tag)
{
    return host[tag] + device[tag];
}

idi_status idi_context_memory(const idi_context *context, idi_memory_report *report)
{
    IDI_REQUIRE(context, IDI_ERR_ARG, "memory report: no context");
    IDI_REQUIRE_STRUCT(report, idi_memory_report);
    idi_memory_stats host;
    idi_memory_stats device;
    idi_memory_get_stats(context->memory, &host);
    idi_device_get_stats(context->device, &device);
    *report = (idi_memory_report){
        .struct_size = report->struct_size,
        .current_bytes = host.total_current_bytes,
        .peak_bytes = host.total_peak_bytes,
        .device_current_bytes = device.total_current_bytes,
        .device_peak_bytes = device.total_peak_bytes,
        .weight_bytes = sum(host.current_bytes, device.current_bytes, IDI_TAG_WEIGHT),
        .activation_bytes = sum(host.current_bytes, device.current_bytes, IDI_TAG_ACTIVATION),
        .workspace_bytes = sum(host.current_bytes, device.current_bytes, IDI_TAG_WORKSPACE),
        .activation_peak_bytes = sum(host.peak_bytes, device.peak_bytes, IDI_TAG_ACTIVATION),
        .workspace_peak_bytes = sum(host.peak_bytes, device.peak_bytes, IDI_TAG_WORKSPACE),
        .allocation_count = host.allocation_count + device.allocation_count,
    };
    return IDI_OK;
}

void idi_context_trim(idi_context *context)
{
    if (context) idi_device_trim(context->device);
}
