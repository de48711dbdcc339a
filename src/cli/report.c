/* SPDX-License-Identifier: Apache-2.0 */
/* cli/report.c - what a person sees on standard error: errors and progress. */
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <unistd.h>

enum { BAR_WIDTH = 30 };

void idi_print_error(const char *format, ...)
{
    char text[2048];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    /* One line, whatever stands in a file's name. */
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = '?';
    (void)fprintf(stderr, "idinject: error: %s\n", text);
}

idi_status idi_cli_fail(idi_cli *cli, idi_status status, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(cli->error, sizeof cli->error, format, values);
    va_end(values);
    return status;
}

idi_status idi_cli_usage(idi_cli *cli, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(cli->error, sizeof cli->error, format, values);
    va_end(values);
    cli->is_usage = true;
    return IDI_ERR_ARG;
}

void idi_cli_progress(idi_cli *cli, const char *what, int64_t done, int64_t total)
{
    char bar[BAR_WIDTH + 1];
    if (!isatty(STDERR_FILENO) || total < 1) return;
    const int filled = (int)(done * BAR_WIDTH / total);
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[BAR_WIDTH] = '\0';
    (void)fprintf(stderr, "\r\033[K[%s] %lld/%lld %s", bar, (long long)done, (long long)total,
                  what);
    cli->is_bar_open = done < total;
    if (!cli->is_bar_open) (void)fprintf(stderr, "\r\033[K");
    (void)fflush(stderr);
}
