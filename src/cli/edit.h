/* SPDX-License-Identifier: Apache-2.0 */
/* cli/edit.h - where, how and who in words, of the command line or of a batch's job, and the values
 * that are made of them: edit_words.c reads words, edit_check.c sees whether they can be meant,
 * edit_pool.c reads files, each once, edit_values.c makes values. */
#ifndef IDI_CLI_EDIT_H
#define IDI_CLI_EDIT_H

#include "cli.h"

enum { IDI_MAX_CLASSES = 256 };

/* As the options of their names say. */
typedef struct idi_edit_words {
    const char *mask, *style, *style_mask, *style_seed, *mean_style, *mask_mix;
    idi_texts style_from, mask_from, identity;
    const double *style_amount, *mask_amount; /* instead of those in style_from and mask_mix; NULL:
                                                 those */
    double strength, least_similarity;
    bool is_one_person, is_identity_off;
} idi_edit_words;

/* What the arguments of commands begin with that make faces of such words. */
typedef struct idi_edit_arguments {
    idi_common_arguments common;
    const char *model, *recogniser, *scheme;
    idi_edit_words words;
    uint64_t noise_seed;
    bool has_noise, has_no_mark, is_plain;
} idi_edit_arguments;

#define IDI_EDIT_DEFAULTS                                                                          \
    {                                                                                              \
        .words = {.strength = 1.0, .least_similarity = 0.2 }                                       \
    }

/* --- edit_words.c: one word ----------------------------------------------------------------------
 */

/* CLASSES=FILE[,MASK][:AMOUNT] */
typedef struct idi_edit_source {
    bool has_class[IDI_MAX_CLASSES];
    char file[IDI_PATH_BYTES], mask[IDI_PATH_BYTES]; /* mask "": none was given */
    double amount;                                   /* 1 if none was given */
} idi_edit_source;

/* `name` is how a sentence calls the word ("option --style-from"); for a model of so many classes.
 */
IDI_NODISCARD idi_status idi_edit_read_source(idi_cli *cli, const char *name, const char *text,
                                              int64_t classes, idi_edit_source *source_out);
/* "FILE[:WEIGHT]": 1 if there is none. */
IDI_NODISCARD idi_status idi_edit_read_weighed(idi_cli *cli, const char *name, const char *text,
                                               char file_out[IDI_PATH_BYTES], double *weight_out);

/* --- edit_pool.c: what was read of files, for the next that asks ---------------------------------
 */

typedef struct idi_edit_entry idi_edit_entry;

/* Makes values, one set after the other, by one thread. Zeros and the first members: ready. */
typedef struct idi_editor {
    idi_cli *cli;
    const char *model_path, *recogniser_path, *scheme;
    const char *folder;    /* what names are relative to, with its slash; NULL: as they are */
    bool is_job;           /* sentences name members of a job, not options */
    bool is_silent;        /* photographs that --one-person leaves out are not told */
    const char *subject;   /* before that sentence; NULL: nothing */
    int64_t most;          /* files kept; at least as many as one set may want; 0: all */
    idi_model *generator;  /* NULL in an editor that reads identities alone */
    idi_model *recogniser; /* loaded when the first photograph wants it */
    idi_model_info info;   /* the generator's */
    idi_edit_entry *entries;
    int64_t count, capacity, clock;
    int64_t styles, identities; /* photographs encoded so far */
} idi_editor;

/* Loads the generator of arguments. */
IDI_NODISCARD idi_status idi_editor_open(idi_cli *cli, const idi_edit_arguments *arguments,
                                         idi_editor *editor_out);
/* What was read of files. */
void idi_editor_clear(idi_editor *editor);
/* And the models. */
void idi_editor_close(idi_editor *editor);

/* The file's name where it lies. */
IDI_NODISCARD idi_status idi_editor_place(const idi_editor *editor, const char *name,
                                          char path_out[IDI_PATH_BYTES]);

/* They stay the editor's; a label map stays until the next call, the others for as many calls as
 * one set of values needs. Names are as in words. */
IDI_NODISCARD idi_status idi_editor_labels(idi_editor *editor, const char *mask,
                                           const idi_bitmap **labels_out);
/* Of a photograph with its label map, or codes of an .npy file, whose mask is not looked at. */
IDI_NODISCARD idi_status idi_editor_style(idi_editor *editor, const char *file, const char *mask,
                                          const idi_style **style_out);
IDI_NODISCARD idi_status idi_editor_identity(idi_editor *editor, const char *file,
                                             const idi_identity **identity_out);

/* --- edit_check.c --------------------------------------------------------------------------------
 */

/* How a sentence begins that is about a word: option --mask-from, or "mask_from" of a job. */
typedef struct idi_edit_name {
    char text[40];
} idi_edit_name;

idi_edit_name idi_editor_subject(const idi_editor *editor, const char *word);
/* What stands in a word; the sentence of a failure names it. */
IDI_NODISCARD idi_status idi_editor_read_source(const idi_editor *editor, const char *word,
                                                const char *text, idi_edit_source *source_out);
IDI_NODISCARD idi_status idi_editor_read_seed(const idi_editor *editor, const char *text,
                                              uint64_t *seed_out);
IDI_NODISCARD idi_status idi_editor_read_weighed(const idi_editor *editor, const char *text,
                                                 char file_out[IDI_PATH_BYTES], double *weight_out);
/* Whether the person in `style` has a part in who it is. */
bool idi_edit_needs_own(const idi_edit_words *words);
/* Whether the words can be meant, before any file is read. */
IDI_NODISCARD idi_status idi_edit_check(const idi_editor *editor, const idi_edit_words *words);

/* --- edit_values.c -------------------------------------------------------------------------------
 */

/* All are the caller's. */
typedef struct idi_edit_values {
    idi_bitmap labels, other_labels; /* of the model's size; the other for mask_mix */
    double label_amounts[IDI_MAX_CLASSES];
    idi_style *style;
    idi_identity *identity;
} idi_edit_values;

/* idi_edit_check(), then the values. */
IDI_NODISCARD idi_status idi_edit_make(idi_editor *editor, const idi_edit_words *words,
                                       idi_edit_values *values_out);
void idi_edit_values_free(idi_cli *cli, idi_edit_values *values);

/* --- the options ---------------------------------------------------------------------------------
 */

/* Rows for generator and recogniser. */
#define IDI_EDIT_MODEL_OPTIONS                                                                     \
    {.name = "model",                                                                              \
     .kind = IDI_OPTION_TEXT,                                                                      \
     .is_required = true,                                                                          \
     .offset = offsetof(idi_edit_arguments, model),                                                \
     .value_name = "FILE",                                                                         \
     .help = "generator, a model file"},                                                           \
    {                                                                                              \
        .name = "recogniser", .kind = IDI_OPTION_TEXT,                                             \
        .offset = offsetof(idi_edit_arguments, recogniser), .value_name = "FILE",                  \
        .help = "recogniser that reads identities; default: the one that the generator's file "    \
                "names, in the same folder"                                                        \
    }

/* Rows for everything of idi_edit_words but the mask, and for the run. */
#define IDI_EDIT_WORD_OPTIONS                                                                      \
    {.name = "style",                                                                              \
     .kind = IDI_OPTION_TEXT,                                                                      \
     .offset = offsetof(idi_edit_arguments, words.style),                                          \
     .value_name = "FILE",                                                                         \
     .help = "how it looks: a photograph, PNG or JPEG, or codes of encode-style, .npy; needed "    \
             "by all generators but spade, which takes none"},                                     \
        {.name = "style-mask",                                                                     \
         .kind = IDI_OPTION_TEXT,                                                                  \
         .offset = offsetof(idi_edit_arguments, words.style_mask),                                 \
         .value_name = "FILE",                                                                     \
         .help = "label map of the photograph; default: --mask"},                                  \
        {.name = "mean-style",                                                                     \
         .kind = IDI_OPTION_TEXT,                                                                  \
         .offset = offsetof(idi_edit_arguments, words.mean_style),                                 \
         .value_name = "FILE",                                                                     \
         .help = "of sean: codes for the classes that the photograph lacks, .npy as encode-style " \
                 "writes it (the mean of many); default: zeros, as published"},                    \
        {.name = "style-from",                                                                     \
         .kind = IDI_OPTION_TEXTS,                                                                 \
         .offset = offsetof(idi_edit_arguments, words.style_from),                                 \
         .value_name = "CLASSES=FILES",                                                            \
         .help = "the look of these classes from another person: hair,hat=PHOTO,MASK or "          \
                 "all=CODES.npy (of encode-style), then :X for a part of it; may be given again"}, \
        {.name = "style-seed",                                                                     \
         .kind = IDI_OPTION_TEXT,                                                                  \
         .offset = offsetof(idi_edit_arguments, words.style_seed),                                 \
         .value_name = "N",                                                                        \
         .help = "instead of --style: a look of noise, by the model's mapping network, if it has " \
                 "one"},                                                                           \
        {.name = "mask-from",                                                                      \
         .kind = IDI_OPTION_TEXTS,                                                                 \
         .offset = offsetof(idi_edit_arguments, words.mask_from),                                  \
         .value_name = "CLASSES=MASK",                                                             \
         .help = "the place of these parts from another person's label map; may be given again"},  \
        {.name = "mask-mix",                                                                       \
         .kind = IDI_OPTION_TEXT,                                                                  \
         .offset = offsetof(idi_edit_arguments, words.mask_mix),                                   \
         .value_name = "CLASSES=MASK:X",                                                           \
         .help = "of ca2sis: what the network makes of these parts of --mask is mixed with what "  \
                 "it makes of another label map's; X from 0, --mask, to 1"},                       \
        {.name = "identity",                                                                       \
         .kind = IDI_OPTION_TEXTS,                                                                 \
         .offset = offsetof(idi_edit_arguments, words.identity),                                   \
         .value_name = "FILE",                                                                     \
         .help = "who: a photograph, or an embedding as .npy (which does not tell its "            \
                 "recogniser: unchecked); default: the person in --style. Given again: a mixture " \
                 "of people, FILE:WEIGHT for other than equal parts"},                             \
        {.name = "one-person",                                                                     \
         .kind = IDI_OPTION_FLAG,                                                                  \
         .offset = offsetof(idi_edit_arguments, words.is_one_person),                              \
         .help = "all --identity are photographs of one person: their mean; those that fewer "     \
                 "than half of the others are like are left out, and named"},                      \
        {.name = "least-similarity",                                                               \
         .kind = IDI_OPTION_NUMBER,                                                                \
         .offset = offsetof(idi_edit_arguments, words.least_similarity),                           \
         .value_name = "X",                                                                        \
         .help = "of --one-person: the cosine from which two photographs are alike; default 0.2"}, \
        {.name = "no-identity",                                                                    \
         .kind = IDI_OPTION_FLAG,                                                                  \
         .offset = offsetof(idi_edit_arguments, words.is_identity_off),                            \
         .help = "inject no identity, not even that of the person in --style"},                    \
        {.name = "identity-strength",                                                              \
         .kind = IDI_OPTION_NUMBER,                                                                \
         .offset = offsetof(idi_edit_arguments, words.strength),                                   \
         .value_name = "X",                                                                        \
         .help = "0: the person in --style, 1: --identity, between: both, above 1: beyond; "       \
                 "default 1"},                                                                     \
        {.name = "scheme",                                                                         \
         .kind = IDI_OPTION_CHOICE,                                                                \
         .offset = offsetof(idi_edit_arguments, scheme),                                           \
         .value_name = "NAME",                                                                     \
         .choices = "celebamask|bisenet",                                                          \
         .help = "class order of the label maps: celebamask or bisenet; default celebamask"},      \
        {.name = "noise",                                                                          \
         .kind = IDI_OPTION_FLAG,                                                                  \
         .offset = offsetof(idi_edit_arguments, has_noise),                                        \
         .help = "of sean: add its noise, as published; default: none"},                           \
        {.name = "noise-seed",                                                                     \
         .kind = IDI_OPTION_SEED,                                                                  \
         .offset = offsetof(idi_edit_arguments, noise_seed),                                       \
         .value_name = "N",                                                                        \
         .help = "which noise; default 0"},                                                        \
        {.name = "no-mark",                                                                        \
         .kind = IDI_OPTION_FLAG,                                                                  \
         .offset = offsetof(idi_edit_arguments, has_no_mark),                                      \
         .help = "leave out the PNG's note that the picture was made by a model"},                 \
    {                                                                                              \
        .name = "no-fold", .kind = IDI_OPTION_FLAG,                                                \
        .offset = offsetof(idi_edit_arguments, is_plain),                                          \
        .help = "run the network as published, nothing folded: the same but for rounding, slower"  \
    }

#endif
