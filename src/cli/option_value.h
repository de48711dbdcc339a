/* SPDX-License-Identifier: Apache-2.0 */
/* cli/option_value.h - one option's text to one value. */
#ifndef IDI_CLI_OPTION_VALUE_H
#define IDI_CLI_OPTION_VALUE_H

#include "options.h"

/* Stores the value at its place behind `arguments`, or returns what was wanted instead, for a
 * sentence ("a whole number from 32 to 1024"); NULL if all is well. The text lives in want_out. */
const char *idi_option_store(const idi_option *option, const char *text, void *arguments,
                             char *want_out, size_t want_bytes);

#endif
