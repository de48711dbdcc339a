/* SPDX-License-Identifier: Apache-2.0 */
/* cli/main.c - the program idinject: finds the subcommand and runs it. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

static const idi_command *const commands[] = {
    &idi_command_demo,    &idi_command_portrait, &idi_command_generate, &idi_command_batch,
    &idi_command_sheet,   &idi_command_embed,    &idi_command_compare,  &idi_command_encode_style,
    &idi_command_init,    &idi_command_convert,  &idi_command_info,     &idi_command_devices,
    &idi_command_doctor,  &idi_command_bench,    &idi_command_train,    &idi_command_evaluate,
    &idi_command_explain, &idi_command_attack,   &idi_command_ablation,
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const char *name_at(const void *list, int index)
{
    (void)list;
    return commands[index]->name;
}

static const idi_command *find_command(const char *name)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *near = idi_nearest_name(name, commands, COMMAND_COUNT, name_at);
    if (near) {
        idi_print_error("unknown command '%s'; did you mean '%s'?", name, near);
    } else {
        idi_print_error("unknown command '%s' ('idinject help' lists them)", name);
    }
    return IDI_EXIT_USAGE;
}

static void print_overview(FILE *stream)
{
    (void)fprintf(stream,
                  "idinject %s - faces from a label map (where), a style (how) and an identity "
                  "(who)\n\nusage: idinject COMMAND [options]\n\ncommands:\n",
                  idi_version());
    for (int i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(stream, "  %-13s %s\n", commands[i]->name, commands[i]->summary);
    (void)fprintf(stream, "  %-13s %s\n  %-13s %s\n", "help", "explains a command", "version",
                  "prints the version");
    (void)fprintf(stream, "\nexample:\n  idinject portrait --identity 7 --out face.png\n\n"
                          "'idinject COMMAND --help' explains a command. Exit codes: 0 done, 1 "
                          "failed, 2 misused.\n");
}

static int finish_output(void)
{
    if (fflush(stdout) == 0) return IDI_EXIT_OK;
    idi_print_error("standard output cannot be written");
    return IDI_EXIT_FAILED;
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool is_version(const char *word)
{
    return strcmp(word, "version") == 0 || strcmp(word, "--version") == 0;
}

static int help(const char *topic)
{
    const idi_command *command = topic ? find_command(topic) : NULL;
    if (command) {
        idi_command_help(command);
    } else if (topic && !is_help(topic) && !is_version(topic)) {
        return unknown_command(topic);
    } else {
        print_overview(stdout);
    }
    return finish_output();
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stderr);
        return IDI_EXIT_USAGE;
    }
    const char *name = argv[1];
    const idi_command *command = find_command(name);
    if (command) return idi_command_main(command, argc - 2, argv + 2);
    if (!is_help(name) && !is_version(name)) return unknown_command(name);
    const char *topic = argc > 2 ? argv[2] : NULL;
    if (is_help(name) || (topic && is_help(topic))) return help(is_help(name) ? topic : NULL);
    if (topic) {
        idi_print_error("version: unexpected argument '%s'", topic);
        return IDI_EXIT_USAGE;
    }
    (void)printf("idinject %s\n", idi_version());
    return finish_output();
}
