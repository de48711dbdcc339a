/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/catch_abort.h - what the emulation says when a kernel makes it stop. */
#ifndef IDI_TESTS_CUDA_CATCH_ABORT_H
#define IDI_TESTS_CUDA_CATCH_ABORT_H

#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `body` in a process of its own, which must abort, and gives what it wrote to stderr. */
static inline void catch_abort(void (*body)(int), int argument, char *text, size_t text_bytes)
{
    int pipe_ends[2];
    cr_assert_eq(pipe(pipe_ends), 0);
    const pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        (void)dup2(pipe_ends[1], STDERR_FILENO);
        body(argument);
        _exit(0);
    }
    (void)close(pipe_ends[1]);
    size_t length = 0;
    ssize_t got;
    while ((got = read(pipe_ends[0], text + length, text_bytes - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    (void)close(pipe_ends[0]);
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "no abort: status %d", status);
}

#endif
