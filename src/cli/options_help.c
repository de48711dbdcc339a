/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options_help.c - the options of a command as an aligned, wrapped table. */
#include "options.h"

#include <stdio.h>
#include <string.h>

enum { PAGE_WIDTH = 80, MARGIN = 2, GAP = 2 };

static int label_width(const idi_option *option)
{
    const int value = option->value_name ? 1 + (int)strlen(option->value_name) : 0;
    return 2 + (int)strlen(option->name) + value;
}

/* Prints `text` from `column` on, broken at blanks; the cursor stands at that column. */
static void print_wrapped(const char *text, int column)
{
    int at = column;
    while (*text) {
        const int length = (int)strcspn(text, " ");
        if (at > column && at + 1 + length > PAGE_WIDTH) {
            (void)printf("\n%*s", column, "");
            at = column;
        }
        at += printf("%s%.*s", at > column ? " " : "", length, text);
        text += length;
        text += strspn(text, " ");
    }
    (void)printf("\n");
}

static void print_option(const idi_option *option, int column)
{
    char help[400];
    const int used =
        printf("%*s--%s%s%s", (int)MARGIN, "", option->name, option->value_name ? " " : "",
               option->value_name ? option->value_name : "");
    (void)printf("%*s", column - used, "");
    (void)snprintf(help, sizeof help, "%s%s", option->help,
                   option->is_required ? " (required)" : "");
    print_wrapped(help, column);
}

void idi_options_help(const idi_grammar *grammar)
{
    int widest = (int)strlen("--help");
    for (int i = 0; i < grammar->option_count; i++) {
        const int width = label_width(&grammar->options[i]);
        if (width > widest) widest = width;
    }
    const int column = MARGIN + widest + GAP;
    (void)printf("options:\n");
    for (int i = 0; i < grammar->option_count; i++)
        print_option(&grammar->options[i], column);
    print_option(&(idi_option){.name = "help", .help = "prints this text"}, column);
}
