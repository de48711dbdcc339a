/* SPDX-License-Identifier: Apache-2.0 */
/* core/status.c - this thread's last error: a sentence and a trace. */
#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SENTENCE_BYTES = 1024, TRACE_BYTES = 2048 };

static _Thread_local char last_sentence[SENTENCE_BYTES];
static _Thread_local char last_trace[TRACE_BYTES];

const char *idi_last_error(void)
{
    return last_sentence;
}

const char *idi_last_error_trace(void)
{
    return last_trace;
}

const char *idi_status_name(idi_status status)
{
    static const char *const names[] = {
        "IDI_OK",
        "IDI_ERR_ARG",
        "IDI_ERR_STATE",
        "IDI_ERR_NOMEM",
        "IDI_ERR_SHAPE",
        "IDI_ERR_IO",
        "IDI_ERR_FORMAT",
        "IDI_ERR_WEIGHTS",
        "IDI_ERR_LABELS",
        "IDI_ERR_ENCODER",
        "IDI_ERR_NUMERIC",
        "IDI_ERR_DEVICE",
        "IDI_ERR_UNSUPPORTED",
        "IDI_ERR_CANCELLED",
        "IDI_ERR_INTERNAL",
    };
    const int index = -(int)status;
    if (index < 0 || index >= (int)(sizeof names / sizeof names[0])) return "unknown status";
    return names[index];
}

/* The last part of a path: traces name files, not the builder's folders. */
static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void trace_append(const char *file, int line, const char *text)
{
    const size_t used = strlen(last_trace);
    if (used + 1 >= TRACE_BYTES) return;
    (void)snprintf(last_trace + used, TRACE_BYTES - used, "%s%s:%d: %s", used ? "\n" : "",
                   file_name(file), line, text);
}

idi_status idi_fail_at(const char *file, int line, idi_status status, const char *format, ...)
{
    /* The arguments may point into the previous sentence, so it is written only when complete. */
    char sentence[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    memcpy(last_sentence, sentence, sizeof sentence);
    last_trace[0] = '\0';
    trace_append(file, line, idi_status_name(status));
    return status;
}

idi_status idi_fail_prefix(idi_status status, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    if (used < 0) return status;
    if (used < SENTENCE_BYTES)
        (void)snprintf(sentence + used, sizeof sentence - (size_t)used, "%s", last_sentence);
    memcpy(last_sentence, sentence, sizeof sentence);
    return status;
}

idi_status idi_fail_pass(const char *file, int line, const char *expression, idi_status status)
{
    trace_append(file, line, expression);
    return status;
}

idi_status idi_fail_ensure(const char *file, int line, const char *expression)
{
    const idi_status status =
        idi_fail_at(file, line, IDI_ERR_INTERNAL,
                    "internal fault: %s does not hold (please report it)", expression);
#ifndef NDEBUG
    abort();
#endif
    return status;
}
