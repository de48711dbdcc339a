/* SPDX-License-Identifier: Apache-2.0 */
/* cli/help.c - a command's own help: usage, words, options, example. */
#include "cli.h"

#include <stdio.h>

static void print_usage(const idi_command *command)
{
    const idi_grammar *grammar = &command->grammar;
    (void)printf("usage: idinject %s", command->name);
    for (int i = 0; i < grammar->operand_count; i++)
        (void)printf(" %s", grammar->operand_names[i]);
    for (int i = 0; i < grammar->option_count; i++) {
        if (grammar->options[i].is_required)
            (void)printf(" --%s %s", grammar->options[i].name, grammar->options[i].value_name);
    }
    (void)printf(" [options]\n");
}

void idi_command_help(const idi_command *command)
{
    (void)printf("idinject %s - %s\n\n", command->name, command->summary);
    print_usage(command);
    if (command->text) (void)printf("\n%s\n", command->text);
    (void)printf("\n");
    idi_options_help(&command->grammar);
    (void)printf("\nexample:\n  %s\n", command->example);
}
