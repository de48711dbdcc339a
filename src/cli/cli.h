/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cli.h - what the subcommands share: their description, and one running command. */
#ifndef IDI_CLI_CLI_H
#define IDI_CLI_CLI_H

#include "options.h"

#include <idinject/idinject.h>

#include <signal.h>

enum { IDI_EXIT_OK = 0, IDI_EXIT_FAILED = 1, IDI_EXIT_USAGE = 2 };

enum { IDI_MAX_WRITTEN = 32, IDI_PATH_BYTES = 1024, IDI_NOTED_BYTES = IDI_PATH_BYTES + 32 };

typedef struct idi_command idi_command;

/* Read by a signal handler. */
typedef struct idi_path_list {
    char paths[IDI_MAX_WRITTEN][IDI_NOTED_BYTES];
    volatile sig_atomic_t count;
} idi_path_list;

/* One running command. What it writes is removed again if it fails or is stopped. */
typedef struct idi_cli {
    idi_context *context;
    const idi_command *command;
    bool is_verbose;
    bool is_usage;                     /* the failure is a mistake on the command line */
    bool is_silent;                    /* another process tells a failure */
    bool is_bar_open;                  /* a progress bar stands on the terminal */
    double bar_opened;                 /* when, in seconds */
    int64_t bar_done;                  /* what was done by then */
    volatile sig_atomic_t stop_signal; /* after idi_cli_note_signals(); 0: none came */
    int exit_code;    /* of a command that did its work and has a verdict to tell */
    char error[1024]; /* a failure of the program's own; "": the library's */
    idi_path_list unfinished, written;
} idi_cli;

struct idi_command {
    const char *name;
    const char *summary; /* for the list of commands */
    const char *text;    /* for its own help; may be NULL */
    const char *example;
    idi_grammar grammar;
    size_t arguments_bytes; /* the struct begins with idi_common_arguments */
    const void *defaults;   /* of it; NULL: zeros */
    bool takes_devices;     /* --device may be a list, whose first one is the context's */
    idi_status (*run)(idi_cli *cli, const void *arguments);
};

extern const idi_command idi_command_portrait, idi_command_generate, idi_command_encode_style,
    idi_command_embed, idi_command_compare, idi_command_convert, idi_command_init, idi_command_info,
    idi_command_demo, idi_command_devices, idi_command_bench, idi_command_batch,
    idi_command_evaluate, idi_command_train, idi_command_doctor, idi_command_explain,
    idi_command_attack, idi_command_ablation, idi_command_sheet;

#define IDI_CLI_OPTIONS(table)                                                                     \
    .options = (table), .option_count = (int)(sizeof(table) / sizeof((table)[0]))

#define IDI_CLI_TRY(expression)                                                                    \
    do {                                                                                           \
        const idi_status try_status_ = (expression);                                               \
        if (try_status_ != IDI_OK) return try_status_;                                             \
    } while (0)

/* Sets `st` and jumps to the function's cleanup label. */
#define IDI_CLI_TRY_TO(label, expression)                                                          \
    do {                                                                                           \
        st = (expression);                                                                         \
        if (st != IDI_OK) goto label;                                                              \
    } while (0)

/* Parses, opens a context, runs, tidies up. Returns the exit code. */
int idi_command_main(const idi_command *command, int argc, char *const *argv);

void idi_command_help(const idi_command *command);

/* One more context of the command's options, for what must not share the first one's memory. */
IDI_NODISCARD idi_status idi_cli_open_context(idi_cli *cli, const idi_common_arguments *common,
                                              idi_context **context_out);

/* Prints "idinject: error: ..." as one line on standard error. */
void idi_print_error(const char *format, ...) IDI_PRINTF(1, 2);

/* Prints what a command failed with, once: main() does it at the end, unless the command has had a
 * reason to be earlier. IDI_OK: nothing. */
void idi_cli_tell(idi_cli *cli, idi_status status);

/* Records the sentence and returns `status`. */
IDI_NODISCARD idi_status idi_cli_fail(idi_cli *cli, idi_status status, const char *format, ...)
    IDI_PRINTF(3, 4);
/* The same for a mistake on the command line: exit code 2. */
IDI_NODISCARD idi_status idi_cli_usage(idi_cli *cli, const char *format, ...) IDI_PRINTF(2, 3);

/* A bar on standard error if that is a terminal, with rate and time left; nothing otherwise.
 * done == total ends it. */
void idi_cli_progress(idi_cli *cli, const char *what, int64_t done, int64_t total);

/* Before the library writes a file for the command (the outputs among the options are noted before
 * the command runs), and after a file or folder was made. */
void idi_cli_will_write(idi_cli *cli, const char *path);
void idi_cli_has_written(idi_cli *cli, const char *path);
/* What a file is called while it is written. */
void idi_cli_unfinished_path(const char *path, char out[IDI_NOTED_BYTES]);
/* What was finished; no folder that holds something else. */
void idi_cli_remove_written(const idi_cli *cli);
/* SIGINT, SIGTERM and SIGHUP remove that and what is unfinished, then end the program. NULL: no
 * longer. */
void idi_cli_watch_signals(idi_cli *cli);
/* For a command that can end in good order: from here on the first signal is only noted, in
 * cli->stop_signal; a second ends the program. */
void idi_cli_note_signals(idi_cli *cli);

/* The library's writers, and one for text; both notes are taken. */
IDI_NODISCARD idi_status idi_cli_save_bitmap(idi_cli *cli, const char *path,
                                             const idi_bitmap *bitmap, unsigned flags);
IDI_NODISCARD idi_status idi_cli_save_animation(idi_cli *cli, const char *path,
                                                const idi_bitmap *frames, int64_t count,
                                                int64_t delay_ms, unsigned flags);
IDI_NODISCARD idi_status idi_cli_save_array(idi_cli *cli, const char *path, const float *data,
                                            const int64_t *shape, int rank);
IDI_NODISCARD idi_status idi_cli_save_text(idi_cli *cli, const char *path, const char *text);
/* FOLDER/NAME. ARG: longer than a path may be. */
IDI_NODISCARD idi_status idi_cli_join(idi_cli *cli, const char *folder, const char *name,
                                      char path_out[IDI_PATH_BYTES]);
/* Unless it is there. */
IDI_NODISCARD idi_status idi_cli_make_folder(idi_cli *cli, const char *path);

/* An identity from a picture (through `recogniser`) or an .npy file. recogniser may be NULL for
 * .npy files. */
IDI_NODISCARD idi_status idi_cli_load_identity(idi_cli *cli, const idi_model *recogniser,
                                               const char *path, idi_identity **identity_out);
bool idi_is_array_path(const char *path);

/* "a.safetensors,b.safetensors", the text of an option, to models in this order: room for `most`.
 * On failure those that were read are in the list too: *count_out of them are to be destroyed. */
IDI_NODISCARD idi_status idi_cli_load_models(idi_cli *cli, const char *option, const char *text,
                                             int64_t most, idi_model **models_out,
                                             int64_t *count_out);

#endif
