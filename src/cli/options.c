/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options.c - the parser: finds the row, takes the value, looks at what is missing. */
#include "options.h"
#include "option_value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WANT_BYTES = 200 };

typedef struct parser {
    const idi_grammar *grammar;
    int argc;
    char *const *argv;
    int next; /* index into argv */
    void *arguments;
    bool is_given[IDI_MAX_OPTIONS];
    int operand_count;
    char *error;
    size_t error_bytes;
} parser;

static idi_parsed wrong(const parser *p, const char *format, ...) IDI_PRINTF(2, 3);
static idi_parsed wrong(const parser *p, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(p->error, p->error_bytes, format, values);
    va_end(values);
    return IDI_PARSED_WRONG;
}

static const char *option_name_at(const void *list, int index)
{
    const idi_option *options = list;
    return options[index].name;
}

static idi_parsed unknown_option(const parser *p, const char *name)
{
    const char *near =
        idi_nearest_name(name, p->grammar->options, p->grammar->option_count, option_name_at);
    if (near) return wrong(p, "unknown option --%s; did you mean --%s?", name, near);
    return wrong(p, "unknown option --%s", name);
}

static int find_option(const idi_grammar *grammar, const char *name, size_t length)
{
    for (int i = 0; i < grammar->option_count; i++) {
        const char *candidate = grammar->options[i].name;
        if (strlen(candidate) == length && memcmp(candidate, name, length) == 0) return i;
    }
    return -1;
}

/* The value after '=' or in the next word. A next word with two dashes is an option whose
 * forerunner was left without a value; a file of such a name goes after '='. */
static const char *take_value(parser *p, const char *equals)
{
    if (equals) return equals + 1;
    if (p->next >= p->argc || strncmp(p->argv[p->next], "--", 2) == 0) return NULL;
    return p->argv[p->next++];
}

static idi_parsed parse_option(parser *p, const char *word)
{
    char name[64];
    char want[WANT_BYTES];
    const char *equals = strchr(word, '=');
    const size_t length = equals ? (size_t)(equals - word) : strlen(word);
    (void)snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name),
                   word);
    const int index = find_option(p->grammar, word, length);
    if (index < 0) return unknown_option(p, name);
    const idi_option *option = &p->grammar->options[index];
    if (p->is_given[index] && option->kind != IDI_OPTION_TEXTS)
        return wrong(p, "option --%s is given twice", name);
    p->is_given[index] = true;
    if (option->kind == IDI_OPTION_FLAG && equals)
        return wrong(p, "option --%s takes no value", name);
    const char *value = option->kind == IDI_OPTION_FLAG ? "" : take_value(p, equals);
    if (!value) return wrong(p, "option --%s wants a value: %s", name, option->value_name);
    if (idi_option_store(option, value, p->arguments, want, sizeof want))
        return wrong(p, "option --%s is '%s', want %s", name, value, want);
    return IDI_PARSED;
}

static idi_parsed take_operand(parser *p, const char *word)
{
    const idi_grammar *grammar = p->grammar;
    if (p->operand_count >= grammar->operand_count)
        return wrong(p, "unexpected argument '%s'", word);
    unsigned char *place = (unsigned char *)p->arguments + grammar->operands_offset;
    const size_t at = sizeof(const char *) * (size_t)p->operand_count++;
    memcpy(place + at, &word, sizeof(const char *));
    return IDI_PARSED;
}

static const char *output_path(const parser *p, int index)
{
    const idi_option *option = &p->grammar->options[index];
    if (!p->is_given[index] || option->kind != IDI_OPTION_OUTPUT) return NULL;
    const char *path;
    memcpy(&path, (unsigned char *)p->arguments + option->offset, sizeof path);
    return path;
}

static idi_parsed check_complete(const parser *p)
{
    const idi_grammar *grammar = p->grammar;
    for (int i = 0; i < grammar->option_count; i++) {
        if (grammar->options[i].is_required && !p->is_given[i]) {
            return wrong(p, "option --%s %s is missing", grammar->options[i].name,
                         grammar->options[i].value_name);
        }
    }
    if (p->operand_count < grammar->operand_count)
        return wrong(p, "%s is missing", grammar->operand_names[p->operand_count]);
    for (int i = 0; i < grammar->option_count; i++) {
        for (int j = 0; j < i && output_path(p, i); j++) {
            const char *other = output_path(p, j);
            if (other && strcmp(other, output_path(p, i)) == 0) {
                return wrong(p, "--%s and --%s are the same file", grammar->options[j].name,
                             grammar->options[i].name);
            }
        }
    }
    return IDI_PARSED;
}

/* Help wins over every mistake on the same line. */
static bool wants_help(int argc, char *const *argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    return false;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): written through a struct */
idi_parsed idi_options_parse(const idi_grammar *grammar, int argc, char *const *argv,
                             void *arguments, char *error_out, size_t error_bytes)
{
    parser p = {.grammar = grammar, .argc = argc, .argv = argv, .arguments = arguments};
    p.error = error_out;
    p.error_bytes = error_bytes;
    bool has_ended = false;
    if (wants_help(argc, argv)) return IDI_PARSED_HELP;
    while (p.next < argc) {
        const char *word = argv[p.next++];
        idi_parsed parsed;
        if (!has_ended && strcmp(word, "--") == 0) {
            has_ended = true;
            continue;
        }
        if (!has_ended && strncmp(word, "--", 2) == 0) {
            parsed = parse_option(&p, word + 2);
        } else if (!has_ended && word[0] == '-' && word[1] != '\0') {
            parsed = wrong(&p, "unknown option %s; options are long, as in --out", word);
        } else {
            parsed = take_operand(&p, word);
        }
        if (parsed != IDI_PARSED) return parsed;
    }
    return check_complete(&p);
}
