/* SPDX-License-Identifier: Apache-2.0 */
/* train/fixed_files.h - model files that a training reads and its checkpoint does not hold: the
 * checkpoint knows them by their fingerprints, so that a training does not go on with others. */
#ifndef IDI_TRAIN_FIXED_FILES_H
#define IDI_TRAIN_FIXED_FILES_H

#include "core/status.h"

#include <stdint.h>

enum { IDI_FIXED_FILES = 4, IDI_FIXED_FILES_BYTES = IDI_FIXED_FILES * 64 };

typedef struct idi_fixed_files {
    int count;
    struct {
        const char *member; /* the recipe's that names the file */
        uint64_t fingerprint;
    } at[IDI_FIXED_FILES];
} idi_fixed_files;

/* member: of up to 40 characters; it must outlive the list. */
void idi_fixed_files_add(idi_fixed_files *files, const char *member, uint64_t fingerprint);

/* "member=fingerprint;" for each; "" of none. */
void idi_fixed_files_format(const idi_fixed_files *files, char text[IDI_FIXED_FILES_BYTES]);

/* before: such a text, or NULL for "". IDI_ERR_STATE, naming the first member whose file is not the
 * one there. */
IDI_NODISCARD idi_status idi_fixed_files_require(const idi_fixed_files *files, const char *before);

#endif
