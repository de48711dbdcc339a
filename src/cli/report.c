/* SPDX-License-Identifier: Apache-2.0 */
/* cli/report.c - what a person sees on standard error: errors and progress. */
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* " 12.5/s, 1:02:03 left", from what was done since the bar was opened. */
static void describe_rate(idi_cli *cli, int64_t done, int64_t total, char *text, size_t bytes)
{
    const double time = now();
    text[0] = '\0';
    if (!cli->is_bar_open) {
        cli->bar_opened = time;
        cli->bar_done = done;
    }
    const double seconds = time - cli->bar_opened;
    if (done <= cli->bar_done || seconds < 0.5) return;
    const double rate = (double)(done - cli->bar_done) / seconds;
    const int64_t left = (int64_t)((double)(total - done) / rate + 0.5);
    (void)snprintf(text, bytes, ", %.*f/s, %lld:%02d:%02d left", rate < 10.0 ? 2 : 0, rate,
                   (long long)(left / 3600), (int)(left / 60 % 60), (int)(left % 60));
}

void idi_cli_progress(idi_cli *cli, const char *what, int64_t done, int64_t total)
{
    char rate[64];
    char bar[BAR_WIDTH + 1];
    if (!isatty(STDERR_FILENO) || total < 1) return;
    const int filled = (int)(done * BAR_WIDTH / total);
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[BAR_WIDTH] = '\0';
    describe_rate(cli, done, total, rate, sizeof rate);
    (void)fprintf(stderr, "\r\033[K[%s] %lld/%lld %s%s", bar, (long long)done, (long long)total,
                  what, rate);
    cli->is_bar_open = done < total;
    if (!cli->is_bar_open) (void)fprintf(stderr, "\r\033[K");
    (void)fflush(stderr);
}
