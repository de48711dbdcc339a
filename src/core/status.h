/* SPDX-License-Identifier: Apache-2.0 */
/* core/status.h - failing with a sentence, and passing a failure on.
 *
 * IDI_REQUIRE   the caller's mistake or the world's: returns the status and the sentence
 * IDI_ENSURE    our mistake: aborts in debug builds, IDI_ERR_INTERNAL otherwise
 * IDI_TRY       passes a failure on and notes the place
 * IDI_TRY_TO    the same, but sets `st` and jumps to the function's cleanup label
 * IDI_REQUIRE_TO  IDI_REQUIRE that jumps to the cleanup label */
#ifndef IDI_CORE_STATUS_H
#define IDI_CORE_STATUS_H

#include "idinject/status.h"

#include <stddef.h>

#if defined(__GNUC__)
#define IDI_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#else
#define IDI_PRINTF(format_at, args_at)
#endif

/* Records the sentence as this thread's error and returns `status`. The sentence says what was
 * wrong, where, and what was wanted; no newline, no final full stop. */
IDI_NODISCARD idi_status idi_fail_at(const char *file, int line, idi_status status,
                                     const char *format, ...) IDI_PRINTF(4, 5);

/* Puts words in front of this thread's error: context that an inner function did not know,
 * such as a file's name. Returns `status`. */
IDI_NODISCARD idi_status idi_fail_prefix(idi_status status, const char *format, ...)
    IDI_PRINTF(2, 3);

/* Notes one more level of the trace and returns `status`. */
IDI_NODISCARD idi_status idi_fail_pass(const char *file, int line, const char *expression,
                                       idi_status status);

/* IDI_ENSURE's failure: aborts in debug builds. */
IDI_NODISCARD idi_status idi_fail_ensure(const char *file, int line, const char *expression);

#define idi_fail(status, ...) idi_fail_at(__FILE__, __LINE__, (status), __VA_ARGS__)

#define IDI_REQUIRE(condition, status, ...)                                                        \
    do {                                                                                           \
        if (!(condition)) return idi_fail((status), __VA_ARGS__);                                  \
    } while (0)

#define IDI_ENSURE(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) return idi_fail_ensure(__FILE__, __LINE__, #condition);                  \
    } while (0)

#define IDI_TRY(expression)                                                                        \
    do {                                                                                           \
        const idi_status try_status_ = (expression);                                               \
        if (try_status_ != IDI_OK)                                                                 \
            return idi_fail_pass(__FILE__, __LINE__, #expression, try_status_);                    \
    } while (0)

#define IDI_TRY_TO(label, expression)                                                              \
    do {                                                                                           \
        st = (expression);                                                                         \
        if (st != IDI_OK) {                                                                        \
            st = idi_fail_pass(__FILE__, __LINE__, #expression, st);                               \
            goto label;                                                                            \
        }                                                                                          \
    } while (0)

#define IDI_REQUIRE_TO(label, condition, status, ...)                                              \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            st = idi_fail((status), __VA_ARGS__);                                                  \
            goto label;                                                                            \
        }                                                                                          \
    } while (0)

#endif
