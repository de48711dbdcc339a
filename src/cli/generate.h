/* SPDX-License-Identifier: Apache-2.0 */
/* cli/generate.h - generate's arguments, and its way with edited values: generate_edit.c runs it,
 * generate_values.c makes the values of the command line's words. */
#ifndef IDI_CLI_GENERATE_H
#define IDI_CLI_GENERATE_H

#include "cli.h"

enum { IDI_MAX_CLASSES = 256 };

typedef struct idi_generate_arguments {
    idi_common_arguments common;
    const char *model, *mask, *style, *style_mask, *style_seed, *mean_style, *scheme;
    const char *recogniser, *mask_mix, *out;
    idi_texts style_from, mask_from, identity;
    double strength, least_similarity;
    uint64_t noise_seed;
    bool has_noise, has_no_mark, is_plain, is_one_person, is_identity_off;
} idi_generate_arguments;

/* What one edited run holds; freed together. */
typedef struct idi_edit {
    idi_cli *cli;
    const idi_generate_arguments *arguments;
    idi_model *generator, *recogniser;
    idi_model_info info; /* the generator's */
    idi_style *mean_style, *style;
    idi_identity *identity;
    idi_bitmap labels, other_labels; /* of the model's size; the other for --mask-mix */
    double label_amounts[IDI_MAX_CLASSES];
} idi_edit;

IDI_NODISCARD idi_status idi_generate_edited(idi_cli *cli, const idi_generate_arguments *arguments);

/* Fill the members of their names. */
IDI_NODISCARD idi_status idi_edit_make_labels(idi_edit *edit);
IDI_NODISCARD idi_status idi_edit_make_style(idi_edit *edit);
IDI_NODISCARD idi_status idi_edit_make_identity(idi_edit *edit);

/* Words of the command line (edit_words.c). */
typedef struct idi_edit_source {
    bool has_class[IDI_MAX_CLASSES];
    char file[IDI_PATH_BYTES], mask[IDI_PATH_BYTES]; /* mask "": none was given */
    double amount;                                   /* 1 if none was given */
} idi_edit_source;

/* "CLASSES=FILE[,MASK][:AMOUNT]" of option `name`, for a model of so many classes. */
IDI_NODISCARD idi_status idi_edit_read_source(idi_cli *cli, const char *name, const char *text,
                                              int64_t classes, idi_edit_source *source_out);
/* "FILE[:WEIGHT]": 1 if there is none. */
IDI_NODISCARD idi_status idi_edit_read_weighed(idi_cli *cli, const char *name, const char *text,
                                               char file_out[IDI_PATH_BYTES], double *weight_out);

#endif
