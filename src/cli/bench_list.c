/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_list.c - the benchmark's options that are lists: "1,8,32". */
#include "bench.h"
#include "option_value.h"

#include <stdio.h>
#include <string.h>

#define PRECISIONS "f32|tf32|bf16|f16"

/* One item into its list; false if it is no such item. */
typedef bool (*take_item)(idi_bench_lists *lists, const char *item);

static bool take_batch(idi_bench_lists *lists, const char *item)
{
    static const idi_option batch = {.kind = IDI_OPTION_COUNT, .low = 1, .high = 1024};
    char want[64];
    if (lists->batch_count == IDI_BENCH_LIST) return false;
    return !idi_option_store(&batch, item, &lists->batches[lists->batch_count++], want,
                             sizeof want);
}

static bool take_precision(idi_bench_lists *lists, const char *item)
{
    if (lists->precision_count == IDI_BENCH_LIST || !idi_is_choice(PRECISIONS, item)) return false;
    char *place = lists->precisions[lists->precision_count++];
    (void)snprintf(place, sizeof lists->precisions[0], "%s", item);
    return true;
}

static bool take_percentile(idi_bench_lists *lists, const char *item)
{
    static const idi_option number = {.kind = IDI_OPTION_NUMBER};
    char want[64];
    if (lists->percentile_count == IDI_BENCH_LIST) return false;
    double *place = &lists->percentiles[lists->percentile_count++];
    if (idi_option_store(&number, item, place, want, sizeof want)) return false;
    return *place > 0.0 && *place < 100.0;
}

static idi_status read_list(idi_cli *cli, const char *option, const char *text, const char *want,
                            take_item take, idi_bench_lists *lists)
{
    for (const char *c = text;; c++) {
        char item[16];
        const size_t length = strcspn(c, ",");
        (void)snprintf(item, sizeof item, "%.*s", (int)(length < 16 ? length : 16), c);
        if (length == 0 || length >= sizeof item || !take(lists, item))
            return idi_cli_usage(cli, "option --%s is '%s', want %s", option, text, want);
        c += length;
        if (*c == '\0') return IDI_OK;
    }
}

idi_status idi_bench_read_lists(idi_cli *cli, const idi_bench_arguments *arguments,
                                idi_bench_lists *lists_out)
{
    *lists_out = (idi_bench_lists){.batch_count = 0};
    IDI_CLI_TRY(read_list(cli, "batch", arguments->batches,
                          "up to 16 whole numbers from 1 to 1024, such as 1,8,32", take_batch,
                          lists_out));
    IDI_CLI_TRY(read_list(cli, "precision", arguments->precisions,
                          "some of f32, tf32, bf16 and f16, such as f32,bf16", take_precision,
                          lists_out));
    return read_list(cli, "percentiles", arguments->percentiles,
                     "up to 16 numbers between 0 and 100, such as 50,90,99", take_percentile,
                     lists_out);
}
