/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cleanup.c - what a command writes goes again if it fails or is stopped: its finished files,
 * and the one that the library was writing under another name (idinject/bitmap.h says which). */
#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

/* For the handler; a program runs one command. */
static idi_cli *volatile running;

/* The handler may interrupt this anywhere: an entry counts when it is complete. */
static void add(idi_path_list *list, const char *path)
{
    if (list->count >= IDI_MAX_WRITTEN || strlen(path) >= IDI_NOTED_BYTES) return;
    (void)snprintf(list->paths[list->count], IDI_NOTED_BYTES, "%s", path);
    list->count = list->count + 1;
}

void idi_cli_unfinished_path(const char *path, char out[IDI_NOTED_BYTES])
{
    (void)snprintf(out, IDI_NOTED_BYTES, "%s.%ld.0.tmp", path, (long)getpid());
}

static bool is_listed(const idi_path_list *list, const char *path)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->paths[i], path) == 0) return true;
    return false;
}

/* What is not there yet is ours from the moment it appears. A file that is there is its owner's
 * until it has been replaced. */
void idi_cli_will_write(idi_cli *cli, const char *path)
{
    char name[IDI_NOTED_BYTES];
    struct stat status;
    idi_cli_unfinished_path(path, name);
    add(&cli->unfinished, name);
    if (lstat(path, &status) != 0) add(&cli->written, path);
}

void idi_cli_has_written(idi_cli *cli, const char *path)
{
    if (!is_listed(&cli->written, path)) add(&cli->written, path);
}

/* Folders only if they are empty; nothing but calls that a signal handler may make. */
static void remove_listed(const idi_path_list *list)
{
    for (int i = list->count; i-- > 0;) {
        struct stat status;
        if (lstat(list->paths[i], &status) != 0) continue;
        if (S_ISREG(status.st_mode)) (void)unlink(list->paths[i]);
        if (S_ISDIR(status.st_mode)) (void)rmdir(list->paths[i]);
    }
}

void idi_cli_remove_written(const idi_cli *cli)
{
    remove_listed(&cli->written);
}

/* SA_RESETHAND: raised again, the signal ends the program, and its parent sees by what. */
static void on_signal(int signal_number)
{
    const idi_cli *cli = running;
    if (cli) remove_listed(&cli->unfinished);
    if (cli) remove_listed(&cli->written);
    (void)raise(signal_number);
}

static void note_signal(int signal_number)
{
    idi_cli *cli = running;
    if (cli) cli->stop_signal = signal_number;
}

static void set_handler(void (*handler)(int))
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct sigaction action;
        /* What the parent had ignored (nohup) stays ignored. */
        if (sigaction(signals[i], NULL, &action) != 0 || action.sa_handler == SIG_IGN) continue;
        memset(&action, 0, sizeof action);
        action.sa_handler = handler;
        action.sa_flags = (int)SA_RESETHAND;
        (void)sigfillset(&action.sa_mask);
        (void)sigaction(signals[i], &action, NULL);
    }
}

void idi_cli_watch_signals(idi_cli *cli)
{
    running = cli;
    set_handler(cli ? on_signal : SIG_DFL);
    /* A file that reaches the limit of 'ulimit -f' is an error like a full disk. */
    (void)signal(SIGXFSZ, SIG_IGN);
}

void idi_cli_note_signals(idi_cli *cli)
{
    running = cli;
    set_handler(note_signal);
}
