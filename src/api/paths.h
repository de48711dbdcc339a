/* SPDX-License-Identifier: Apache-2.0 */
/* api/paths.h - what a file's name says. */
#ifndef IDI_API_PATHS_H
#define IDI_API_PATHS_H

#include <stdbool.h>
#include <string.h>

static inline bool idi_path_ends_with(const char *path, const char *end)
{
    const size_t a = strlen(path);
    const size_t b = strlen(end);
    return a >= b && strcmp(path + a - b, end) == 0;
}

#endif
