/* SPDX-License-Identifier: Apache-2.0 */
/* bench/gpu/bench.h - the generator on a GPU for measuring: opened once at a precision and batch,
 * inputs on the device, run as often as wanted. */
#ifndef IDI_BENCH_GPU_BENCH_H
#define IDI_BENCH_GPU_BENCH_H

#include "cuda/runtime/backend.h"
#include "graph/session.h"
#include "model/network.h"
#include "model/weights.h"

#include <jansson.h>

typedef struct bench_generator {
    idi_memory *memory;
    idi_cuda_device *device;
    idi_backend *backend;
    idi_model_config config;
    idi_weights *weights;
    idi_network network;
    idi_graph_session *session;
    void **parameters; /* [values] on the device, converted; NULL for what is no parameter */
    int64_t batch;
} bench_generator;

/* precision: "f32", "tf32", "bf16" or "f16"; "bf16+wgmma" and "f16+wgmma": the same, preferring
 * kernels that are off by default (cuda/runtime/backend.h). */
IDI_NODISCARD idi_status bench_open(const char *model_path, const char *precision, int64_t batch,
                                    bench_generator *b);
void bench_close(bench_generator *b);

/* Seconds of one run, the mean of `repeat` that follow each other; label maps change before each
 * run's timing starts, outside it. Ends with the device idle. */
IDI_NODISCARD idi_status bench_run(bench_generator *b, int64_t repeat, double *seconds_out);

/* Device memory that the generator takes: weights, slab and workspace. */
double bench_device_mib(const bench_generator *b);

double bench_now(void);
double bench_median(double *values, int count); /* sorts them */

/* The modes of bench_gpu; each prints a table and adds its numbers to `result`. */
IDI_NODISCARD idi_status bench_ceilings(json_t *result);
IDI_NODISCARD idi_status bench_ops(const char *model, const char *precision, int64_t batch,
                                   json_t *result);
IDI_NODISCARD idi_status bench_ladder(const char *model, json_t *result);

#endif
