/* SPDX-License-Identifier: Apache-2.0 */
/* cli/explain.h - what the files of 'idinject explain' share. */
#ifndef IDI_CLI_EXPLAIN_H
#define IDI_CLI_EXPLAIN_H

#include "cli.h"

typedef struct idi_explain_view {
    idi_cli *cli;
    const idi_explanation *explanation;
    idi_explanation_info info;
    const idi_bitmap *colours; /* the label map as people look at it, RGB */
} idi_explain_view;

/* Whether a pixel of the map is of the class, at the block's resolution. */
bool idi_explain_has_class(const idi_explain_view *view, int64_t block, int64_t class_index);
/* "hair"; "identity" of the last token where there is one. */
const char *idi_explain_token_name(const idi_explain_view *view, int64_t token);

/* Heat maps over the image, the identity's at every resolution and each class's at the finest, and
 * how much of each region's attention goes to the identity. */
IDI_NODISCARD idi_status idi_explain_save_sheet(const idi_explain_view *view, const char *path);

#endif
