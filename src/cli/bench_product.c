/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench_product.c - every batch at every precision, and what that comes to as an exit code. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

static idi_status make_product(idi_bench *bench)
{
    const idi_bench_lists *lists = &bench->lists;
    const bool is_single = strcmp(bench->arguments->scenario, "single") == 0;
    if (is_single && (lists->batch_count != 1 || lists->batches[0] != 1))
        return idi_cli_usage(bench->cli, "--scenario single is batch 1, --batch is '%s'",
                             bench->arguments->batches);
    const int count = lists->batch_count * lists->precision_count;
    bench->results = calloc((size_t)count, sizeof *bench->results);
    if (!bench->results)
        return idi_cli_fail(bench->cli, IDI_ERR_NOMEM, "no memory for the results");
    for (int i = 0; i < count; i++)
        bench->results[i].config =
            (idi_bench_config){.batch = lists->batches[i % lists->batch_count],
                               .precision = lists->precisions[i / lists->batch_count],
                               .is_plain = bench->arguments->is_plain};
    bench->count = count;
    return IDI_OK;
}

/* Wrong images first; a configuration that is not VALID proves no loss of speed. */
static int exit_code(const idi_bench *bench)
{
    int code = IDI_EXIT_OK;
    for (int i = 0; i < bench->count; i++) {
        const idi_bench_result *r = &bench->results[i];
        if (r->verdict == IDI_BENCH_INVALID) return IDI_EXIT_WRONG;
        if (r->verdict == IDI_BENCH_VALID && idi_bench_is_slower(bench, r)) code = IDI_EXIT_SLOWER;
        if (r->verdict == IDI_BENCH_UNSTABLE && code == IDI_EXIT_OK) code = IDI_EXIT_UNSTABLE;
    }
    return code;
}

static idi_status measure_all(idi_bench *bench)
{
    const idi_bench_arguments *a = bench->arguments;
    const int64_t total = bench->count * a->repeat;
    IDI_CLI_TRY(idi_bench_read_earlier(bench));
    IDI_CLI_TRY(idi_bench_make_people(bench));
    IDI_CLI_TRY(idi_bench_find_earlier(bench));
    for (int i = 0; i < bench->count; i++)
        IDI_CLI_TRY(idi_bench_measure(bench, i, &bench->results[i]));
    idi_cli_progress(bench->cli, "repeats", total, total);
    idi_bench_compare(bench);
    if (a->out) IDI_CLI_TRY(idi_bench_save(bench, a->out));
    IDI_CLI_TRY(idi_bench_print(bench, a->format));
    bench->cli->exit_code = exit_code(bench);
    return IDI_OK;
}

idi_status idi_bench_run(idi_bench *bench)
{
    idi_status st = make_product(bench);
    if (st == IDI_OK && bench->arguments->is_dumping) {
        idi_bench_dump_calls(bench);
    } else if (st == IDI_OK) {
        st = measure_all(bench);
    }
    idi_bench_free_people(bench);
    json_decref(bench->earlier);
    free(bench->results);
    return st;
}
