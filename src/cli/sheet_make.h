/* SPDX-License-Identifier: Apache-2.0 */
/* cli/sheet_make.h - what the files of 'idinject sheet' share: two axes, along each of which one
 * thing varies, and the faces between them. */
#ifndef IDI_CLI_SHEET_MAKE_H
#define IDI_CLI_SHEET_MAKE_H

#include "edit.h"

typedef struct idi_sheet_arguments {
    idi_edit_arguments edit;
    const char *rows, *columns, *similarity, *out;
    bool has_heads, is_bare, is_there_and_back;
    int64_t side;  /* of a cell; 0: the model's */
    int64_t delay; /* of a frame, in milliseconds */
} idi_sheet_arguments;

/* --- sheet_axis.c: "strength=0,0.5,1" ------------------------------------------------------------
 */

enum { IDI_AXIS_MOST = 256, IDI_AXIS_LABEL_BYTES = 32 };

typedef enum idi_axis_kind {
    IDI_AXIS_NONE, /* one entry that changes nothing */
    IDI_AXIS_IDENTITY,
    IDI_AXIS_MASK,
    IDI_AXIS_STYLE,
    IDI_AXIS_STRENGTH,
    IDI_AXIS_STYLE_AMOUNT,
    IDI_AXIS_MASK_AMOUNT,
    IDI_AXIS_STYLE_SEED,
    IDI_AXIS_STYLE_FROM,
    IDI_AXIS_MASK_FROM,
    IDI_AXIS_MASK_MIX
} idi_axis_kind;

typedef struct idi_axis_entry {
    char text[IDI_PATH_BYTES]; /* as an option of generate has it; of people: one after the other */
    int people;                /* how many, of identities */
    char mask[IDI_PATH_BYTES]; /* of a style: its label map; "": none was given */
    double number;
    char label[IDI_AXIS_LABEL_BYTES];
} idi_axis_entry;

typedef struct idi_axis {
    const char *option; /* "rows" */
    idi_axis_kind kind;
    const char *name; /* "strength"; "" of IDI_AXIS_NONE */
    idi_axis_entry *entries;
    int64_t count;
} idi_axis;

/* text NULL: IDI_AXIS_NONE. Free it after a failure too. */
IDI_NODISCARD idi_status idi_axis_read(idi_cli *cli, const char *option, const char *text,
                                       idi_axis *axis_out);
void idi_axis_free(idi_axis *axis);
/* A file's name without folder and ending behind what stands in the label. */
void idi_axis_append_stem(char label[IDI_AXIS_LABEL_BYTES], const char *path);
/* What an entry says; the words point into it. */
void idi_axis_apply(const idi_axis *axis, int64_t index, idi_edit_words *words);

/* --- sheet_cells.c -------------------------------------------------------------------------------
 */

enum { IDI_SHEET_JUDGES = 4 };

typedef struct idi_sheet_work {
    idi_cli *cli;
    const idi_sheet_arguments *arguments;
    idi_axis rows, columns;
    int64_t shown; /* columns side by side: all, or a frame's one */
    idi_editor editor;
    idi_editor judges[IDI_SHEET_JUDGES]; /* recognisers of --similarity and whom they have seen */
    char judge_names[IDI_SHEET_JUDGES][IDI_AXIS_LABEL_BYTES];
    int64_t judge_count;
    uint8_t *faces;   /* [rows, columns, size, size, 3] */
    double *likeness; /* [rows, columns, judges]: cosines to the photograph of the identity */
} idi_sheet_work;

/* Models, faces and cosines. */
IDI_NODISCARD idi_status idi_sheet_make_faces(idi_sheet_work *work);
void idi_sheet_free_faces(idi_sheet_work *work);

/* --- sheet_draw.c --------------------------------------------------------------------------------
 */

/* Refuses what would be too large, when models and recognisers are known. */
IDI_NODISCARD idi_status idi_sheet_check_size(const idi_sheet_work *work);

/* The faces of the `shown` columns from `first` on with what stands beside, above and below them;
 * free with idi_sheet_free(). */
IDI_NODISCARD idi_status idi_sheet_draw(idi_sheet_work *work, int64_t first, idi_bitmap *sheet_out);

#endif
