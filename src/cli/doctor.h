/* SPDX-License-Identifier: Apache-2.0 */
/* cli/doctor.h - the parts of `idinject doctor`. */
#ifndef IDI_CLI_DOCTOR_H
#define IDI_CLI_DOCTOR_H

#include "cli.h"

/* One line: what was looked at; "ok", "NO" or "-" (not there, and not needed on the CPU); details.
 */
void idi_doctor_say(const char *what, const char *verdict, const char *format, ...)
    IDI_PRINTF(3, 4);

/* Loads a model file and runs it once. */
IDI_NODISCARD idi_status idi_doctor_model(idi_cli *cli, const char *path);

#endif
