/* SPDX-License-Identifier: Apache-2.0 */
/* cli/generate.h - generate's arguments; generate_edit.c is its way with edited values. */
#ifndef IDI_CLI_GENERATE_H
#define IDI_CLI_GENERATE_H

#include "edit.h"

typedef struct idi_generate_arguments {
    idi_edit_arguments edit;
    const char *out;
} idi_generate_arguments;

IDI_NODISCARD idi_status idi_generate_edited(idi_cli *cli, const idi_generate_arguments *arguments);

#endif
