/* SPDX-License-Identifier: Apache-2.0 */
/* cli/devices.c - which devices there are, and what keeps one from being used. */
#include "cli.h"

#include <stdio.h>

typedef struct arguments {
    idi_common_arguments common;
} arguments;

static const idi_option options[] = {IDI_COMMON_OPTIONS};

static void print_device(const idi_device_info *info)
{
    (void)printf("%-9s", info->id);
    if (!info->is_usable) {
        (void)printf("cannot be used: %s\n", info->reason);
        return;
    }
    (void)printf("%s", info->name);
    if (info->compute_capability > 0)
        (void)printf(", compute capability %d.%d", info->compute_capability / 10,
                     info->compute_capability % 10);
    if (info->memory_bytes > 0)
        (void)printf(", %.1f GiB", (double)info->memory_bytes / (double)(1ULL << 30));
    (void)printf("\n");
}

static idi_status run(idi_cli *cli, const void *arguments_in)
{
    (void)cli;
    (void)arguments_in;
    for (int i = 0; i < idi_device_count(); i++) {
        idi_device_info info = {.struct_size = sizeof info};
        IDI_CLI_TRY(idi_device_get_info(i, &info));
        print_device(&info);
    }
    return IDI_OK;
}

const idi_command idi_command_devices = {
    .name = "devices",
    .summary = "lists the devices, and says what keeps one from being used",
    .example = "idinject devices",
    .grammar = {IDI_CLI_OPTIONS(options)},
    .arguments_bytes = sizeof(arguments),
    .run = run};
