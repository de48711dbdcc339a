/* SPDX-License-Identifier: Apache-2.0 */
/* bench/gpu/ladder.c - the generator alone: latency and images a second for batch 1 to 128 in every
 * precision, and what memory it takes. */
#include "bench.h"
#include "ops/macs.h"

#include <stdio.h>

enum { ROUNDS = 7 };

static idi_status measure(const char *model, const char *precision, int64_t batch, json_t *rows)
{
    bench_generator b;
    double seconds[ROUNDS] = {0};
    idi_status st = bench_open(model, precision, batch, &b);
    const int64_t repeat = batch < 32 ? 32 / batch : 1;
    for (int i = 0; i < ROUNDS && st == IDI_OK; i++)
        st = bench_run(&b, repeat, &seconds[i]);
    if (st == IDI_OK) {
        const double median = bench_median(seconds, ROUNDS);
        const double macs = (double)idi_graph_macs(b.network.graph);
        const double mib = bench_device_mib(&b);
        (void)printf("%-5s %4lld %10.3f ms %9.1f images/s %8.1f TFLOP/s executed %9.0f MiB\n",
                     precision, (long long)batch, median * 1e3, (double)batch / median,
                     2e-12 * macs / median, mib);
        (void)fflush(stdout);
        json_t *raw = json_array();
        for (int i = 0; i < ROUNDS; i++)
            (void)json_array_append_new(raw, json_real(seconds[i]));
        (void)json_array_append_new(rows, json_pack("{s:s, s:I, s:o, s:f, s:f}", "precision",
                                                    precision, "batch", (json_int_t)batch,
                                                    "seconds", raw, "macs", macs, "mib", mib));
    }
    bench_close(&b);
    return st;
}

idi_status bench_ladder(const char *model, json_t *result)
{
    static const char *precisions[] = {"bf16", "f16", "tf32", "f32"};
    static const int64_t batches[] = {1, 2, 4, 8, 16, 32, 64, 128};
    json_t *rows = json_array();
    (void)json_object_set_new(result, "ladder", rows);
    for (size_t p = 0; p < sizeof precisions / sizeof *precisions; p++)
        for (size_t n = 0; n < sizeof batches / sizeof *batches; n++) {
            const idi_status st = measure(model, precisions[p], batches[n], rows);
            if (st == IDI_ERR_NOMEM) break; /* larger batches need more */
            IDI_TRY(st);
        }
    return IDI_OK;
}
