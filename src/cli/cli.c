/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cli.c - one command from its words to its exit code. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

enum { DEVICE_BYTES = 32 };

static void on_log(void *user, idi_severity severity, const char *message)
{
    idi_cli *cli = user;
    if (severity != IDI_LOG_WARNING && !cli->is_verbose) return;
    if (cli->is_bar_open) (void)fprintf(stderr, "\r\033[K");
    (void)fprintf(stderr, "idinject: %s%s\n", severity == IDI_LOG_WARNING ? "warning: " : "",
                  message);
}

static const char *output_path(const idi_option *option, const void *arguments)
{
    const char *path = NULL;
    if (option->kind == IDI_OPTION_OUTPUT)
        memcpy(&path, (const unsigned char *)arguments + option->offset, sizeof path);
    return path;
}

/* A missing folder is found before the work, not after it. */
static idi_status prepare_outputs(idi_cli *cli, const void *arguments)
{
    const idi_grammar *grammar = &cli->command->grammar;
    for (int i = 0; i < grammar->option_count; i++) {
        char folder[IDI_PATH_BYTES];
        struct stat status;
        const char *path = output_path(&grammar->options[i], arguments);
        const char *slash = path ? strrchr(path, '/') : NULL;
        if (!path) continue;
        if (strlen(path) >= sizeof folder) {
            return idi_cli_fail(cli, IDI_ERR_ARG, "--%s: the path is longer than %d bytes",
                                grammar->options[i].name, (int)IDI_PATH_BYTES - 1);
        }
        if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
            return idi_cli_fail(cli, IDI_ERR_IO, "%s: is a folder, want a file", path);
        idi_cli_will_write(cli, path);
        if (!slash || slash == path) continue;
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
            return idi_cli_fail(cli, IDI_ERR_IO, "%s: there is no folder %s", path, folder);
    }
    return IDI_OK;
}

/* Of several devices, where the command takes them. */
static const char *first_device(const idi_cli *cli, const char *list, char name[DEVICE_BYTES])
{
    const char *comma = strchr(list, ',');
    if (!comma || !cli->command->takes_devices || comma - list >= DEVICE_BYTES) return list;
    (void)snprintf(name, DEVICE_BYTES, "%.*s", (int)(comma - list), list);
    return name;
}

idi_status idi_cli_open_context(idi_cli *cli, const idi_common_arguments *common,
                                idi_context **context_out)
{
    char device[DEVICE_BYTES];
    idi_context_options options;
    idi_context_options_init(&options);
    if (common->device) options.device = first_device(cli, common->device, device);
    options.precision = common->precision;
    options.memory_limit_bytes = common->memory_limit;
    options.device_memory_limit_bytes = common->device_memory_limit;
    options.log = on_log;
    options.log_user = cli;
    return idi_context_create(&options, context_out);
}

static void report_memory(const idi_cli *cli)
{
    idi_memory_report report = {.struct_size = sizeof report};
    if (!cli->is_verbose || idi_context_memory(cli->context, &report) != IDI_OK) return;
    (void)fprintf(stderr, "idinject: memory: peak %zu bytes in %lld allocations\n",
                  report.peak_bytes, (long long)report.allocation_count);
    if (report.device_peak_bytes)
        (void)fprintf(stderr, "idinject: memory: peak %zu bytes on %s\n", report.device_peak_bytes,
                      idi_context_device(cli->context));
}

static idi_status run(idi_cli *cli, const void *arguments)
{
    IDI_CLI_TRY(prepare_outputs(cli, arguments));
    IDI_CLI_TRY(idi_cli_open_context(cli, arguments, &cli->context));
    IDI_CLI_TRY(cli->command->run(cli, arguments));
    report_memory(cli);
    if (fflush(stdout) != 0 || ferror(stdout))
        return idi_cli_fail(cli, IDI_ERR_IO, "standard output cannot be written");
    return IDI_OK;
}

void idi_cli_tell(idi_cli *cli, idi_status status)
{
    if (status == IDI_OK || cli->is_silent) return;
    const char *sentence = cli->error[0] ? cli->error : idi_last_error();
    if (cli->is_bar_open) (void)fprintf(stderr, "\r\033[K");
    cli->is_bar_open = false;
    if (cli->is_usage) {
        idi_print_error("%s: %s ('idinject %s --help' explains)", cli->command->name, sentence,
                        cli->command->name);
    } else {
        idi_print_error("%s", sentence[0] ? sentence : idi_status_name(status));
    }
    if (cli->is_verbose && !cli->error[0])
        (void)fprintf(stderr, "idinject: trace: %s\n", idi_last_error_trace());
    cli->is_silent = true;
}

static int finish(idi_cli *cli, idi_status status)
{
    if (cli->is_bar_open) (void)fprintf(stderr, "\r\033[K");
    cli->is_bar_open = false;
    idi_cli_tell(cli, status);
    if (status != IDI_OK) idi_cli_remove_written(cli);
    idi_context_destroy(&cli->context);
    if (status == IDI_OK) return cli->exit_code;
    return cli->is_usage ? IDI_EXIT_USAGE : IDI_EXIT_FAILED;
}

static int parse_and_run(idi_cli *cli, int argc, char *const *argv, void *arguments)
{
    const idi_parsed parsed = idi_options_parse(&cli->command->grammar, argc, argv, arguments,
                                                cli->error, sizeof cli->error);
    if (parsed == IDI_PARSED_HELP) {
        idi_command_help(cli->command);
        return fflush(stdout) == 0 ? IDI_EXIT_OK : IDI_EXIT_FAILED;
    }
    if (parsed == IDI_PARSED_WRONG) {
        cli->is_usage = true;
        return finish(cli, IDI_ERR_ARG);
    }
    const idi_common_arguments *common = arguments;
    cli->is_verbose = common->is_verbose;
    return finish(cli, run(cli, arguments));
}

int idi_command_main(const idi_command *command, int argc, char *const *argv)
{
    idi_cli *cli = calloc(1, sizeof *cli);
    void *arguments = calloc(1, command->arguments_bytes);
    int code = IDI_EXIT_FAILED;
    if (cli && arguments) {
        cli->command = command;
        if (command->defaults) memcpy(arguments, command->defaults, command->arguments_bytes);
        idi_cli_watch_signals(cli);
        code = parse_and_run(cli, argc, argv, arguments);
        idi_cli_watch_signals(NULL);
    } else {
        idi_print_error("out of memory");
    }
    free(arguments);
    free(cli);
    return code;
}
