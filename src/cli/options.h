/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options.h - long options from a table: typed, required or not, with help made of the same
 * table. `--name value` and `--name=value`; `--` ends them; what is left over are operands. */
#ifndef IDI_CLI_OPTIONS_H
#define IDI_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define IDI_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#else
#define IDI_PRINTF(format_at, args_at)
#endif

typedef enum idi_option_kind {
    IDI_OPTION_FLAG,   /* bool: takes no value */
    IDI_OPTION_TEXT,   /* const char * */
    IDI_OPTION_TEXTS,  /* idi_texts: may be given again */
    IDI_OPTION_OUTPUT, /* const char *: file to write; `choices` are its endings, NULL: any */
    IDI_OPTION_CHOICE, /* const char *: one of `choices` */
    IDI_OPTION_COUNT,  /* int64_t from low to high */
    IDI_OPTION_SEED,   /* uint64_t */
    IDI_OPTION_BYTES,  /* size_t; K, M, G, T multiply by powers of 1024 */
    IDI_OPTION_NUMBER, /* double, finite */
    IDI_OPTION_GRID    /* idi_grid: RxC, both from 1 to high */
} idi_option_kind;

typedef struct idi_grid {
    int64_t rows, columns;
} idi_grid;

enum { IDI_MAX_TEXTS = 32 };

/* In the order of the command line. */
typedef struct idi_texts {
    const char *text[IDI_MAX_TEXTS];
    int count;
} idi_texts;

typedef struct idi_option {
    const char *name; /* without the dashes */
    idi_option_kind kind;
    bool is_required;
    size_t offset;          /* of the value in the command's struct of arguments */
    const char *value_name; /* in the help: "FILE" */
    const char *help;
    const char *choices; /* "a|b|c" */
    int64_t low, high;
} idi_option;

/* What every command's struct of arguments begins with. */
typedef struct idi_common_arguments {
    const char *device;
    const char *precision; /* only where the table has IDI_PRECISION_OPTION */
    size_t memory_limit, device_memory_limit;
    bool is_verbose;
} idi_common_arguments;

/* For commands that run a network, before the common rows. */
#define IDI_PRECISION_OPTION                                                                       \
    {                                                                                              \
        .name = "precision", .kind = IDI_OPTION_CHOICE,                                            \
        .offset = offsetof(idi_common_arguments, precision), .value_name = "NAME",                 \
        .choices = "f32|tf32|bf16|f16",                                                            \
        .help = "what networks compute in: f32; on a GPU tf32, bf16 or f16; on some CPUs bf16 in " \
                "part; default f32"                                                                \
    }

/* The rows for the others; the last rows of every command's table. */
#define IDI_COMMON_OPTIONS                                                                         \
    {.name = "device",                                                                             \
     .kind = IDI_OPTION_TEXT,                                                                      \
     .offset = offsetof(idi_common_arguments, device),                                             \
     .value_name = "NAME",                                                                         \
     .help = "auto, cpu or cuda:N ('idinject devices' lists them); default auto"},                 \
        {.name = "memory-limit",                                                                   \
         .kind = IDI_OPTION_BYTES,                                                                 \
         .offset = offsetof(idi_common_arguments, memory_limit),                                   \
         .value_name = "BYTES",                                                                    \
         .help = "fail rather than take more, for each device of a list; 512M and 2G are "         \
                 "understood"},                                                                    \
        {.name = "device-memory-limit",                                                            \
         .kind = IDI_OPTION_BYTES,                                                                 \
         .offset = offsetof(idi_common_arguments, device_memory_limit),                            \
         .value_name = "BYTES",                                                                    \
         .help = "the same for a GPU's memory"},                                                   \
    {                                                                                              \
        .name = "verbose", .kind = IDI_OPTION_FLAG,                                                \
        .offset = offsetof(idi_common_arguments, is_verbose),                                      \
        .help = "log lines on standard error"                                                      \
    }

enum { IDI_MAX_OPTIONS = 40, IDI_MAX_OPERANDS = 2 };

/* One command line's grammar. */
typedef struct idi_grammar {
    const idi_option *options;
    int option_count;
    int operand_count;                           /* exactly so many */
    const char *operand_names[IDI_MAX_OPERANDS]; /* "FILE" */
    size_t operands_offset;                      /* of const char *[operand_count] */
} idi_grammar;

typedef enum idi_parsed { IDI_PARSED, IDI_PARSED_HELP, IDI_PARSED_WRONG } idi_parsed;

/* Fills the struct behind `arguments` (which holds the defaults) with pointers into argv and
 * numbers. IDI_PARSED_HELP: --help stands somewhere. IDI_PARSED_WRONG: error_out is a sentence. */
idi_parsed idi_options_parse(const idi_grammar *grammar, int argc, char *const *argv,
                             void *arguments, char *error_out, size_t error_bytes);

/* Prints the options, aligned, on standard output. */
void idi_options_help(const idi_grammar *grammar);

/* The candidate nearest to a mistyped word, or NULL if none is near. */
typedef const char *(*idi_name_at)(const void *list, int index);
const char *idi_nearest_name(const char *word, const void *list, int count, idi_name_at name_at);

/* Whether `word` is one of "a|b|c". */
bool idi_is_choice(const char *choices, const char *word);

#endif
