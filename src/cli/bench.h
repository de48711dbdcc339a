/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bench.h - what the benchmark's parts share: its rules, its inputs, one configuration's
 * result.
 *
 * A configuration gets a context of its own, so that its peak of memory is its own too. */
#ifndef IDI_CLI_BENCH_H
#define IDI_CLI_BENCH_H

#include "cli.h"

#include <jansson.h>
#include <stdio.h>

enum { IDI_EXIT_UNSTABLE = 3, IDI_EXIT_WRONG = 4, IDI_EXIT_SLOWER = 5 };

enum {
    IDI_BENCH_LIST = 16,  /* values an option may list */
    IDI_BENCH_PEOPLE = 4, /* different samples; larger batches repeat them */
    IDI_BENCH_REPEATS = 100,
    IDI_BENCH_MAX_CALLS = 65536, /* a repeat */
    IDI_BENCH_WARNINGS = 8
};

typedef struct idi_bench_arguments {
    idi_common_arguments common;
    const char *model, *batches, *precisions, *scenario, *percentiles, *format, *out, *earlier;
    int64_t warmup, min_iters, repeat;
    double duration, stable, check_limit, fail_if; /* NaN: not given */
    uint64_t seed;
    bool is_plain, is_checked, has_ceiling, is_dumping;
} idi_bench_arguments;

/* The lists among them. */
typedef struct idi_bench_lists {
    int64_t batches[IDI_BENCH_LIST];
    char precisions[IDI_BENCH_LIST][16];
    double percentiles[IDI_BENCH_LIST];
    int batch_count, precision_count, percentile_count;
} idi_bench_lists;

/* One place of the product. */
typedef struct idi_bench_config {
    int64_t batch;
    const char *precision;
    bool is_plain;
} idi_bench_config;

/* Inputs, and with --check what should come out of them. */
typedef struct idi_bench_people {
    idi_model_info info; /* its strings are empty: the model is gone */
    char arch[32], fingerprint[32];
    idi_bitmap labels[IDI_BENCH_PEOPLE];
    idi_style *style[IDI_BENCH_PEOPLE];
    idi_identity *identity[IDI_BENCH_PEOPLE]; /* NULL for models without */
    float *wanted[IDI_BENCH_PEOPLE];          /* [size, size, 3]; NULL without --check */
} idi_bench_people;

/* A session with everything that a call of it needs. */
typedef struct idi_bench_stage {
    idi_context *context;
    idi_model *model;
    idi_session *session;
    idi_style *style[IDI_BENCH_PEOPLE];
    idi_identity *identity[IDI_BENCH_PEOPLE];
    uint8_t *labels;                 /* [batch, size, size] */
    const idi_style **styles;        /* [batch] */
    const idi_identity **identities; /* [batch] */
    float *image;                    /* [batch, size, size, 3] */
    idi_generate run;
} idi_bench_stage;

typedef struct idi_bench_check {
    double max_abs, relative_l2; /* the worst sample's */
    double limit;                /* of relative_l2; ten times that of max_abs */
    bool is_good;
} idi_bench_check;

typedef enum idi_bench_verdict {
    IDI_BENCH_VALID,
    IDI_BENCH_UNSTABLE, /* the repeats do not agree */
    IDI_BENCH_INVALID   /* the images are wrong */
} idi_bench_verdict;

typedef struct idi_bench_result {
    idi_bench_config config;
    idi_plan_report plan;
    double rates[IDI_BENCH_REPEATS]; /* images a second */
    double images_per_s;             /* their mean */
    double spread;                   /* largest less smallest, by the mean, in percent */
    double latency_min, latency_mean, latency_max; /* ms a call */
    double latency_at[IDI_BENCH_LIST];             /* at each percentile */
    int64_t call_count;
    double ceiling;      /* GFLOP/s of bare products; 0: not measured */
    int64_t allocations; /* in the timed calls */
    size_t peak_bytes, device_peak_bytes;
    char device[24], device_name[256];
    bool is_checked;
    idi_bench_check check;
    idi_bench_verdict verdict;
    double earlier_images_per_s; /* 0: none */
    double change;               /* percent, against it */
    char warnings[IDI_BENCH_WARNINGS][200];
    int warning_count;
} idi_bench_result;

/* Everything about one benchmark. */
typedef struct idi_bench {
    idi_cli *cli;
    const idi_bench_arguments *arguments;
    idi_bench_lists lists;
    idi_bench_people people;
    idi_bench_result *results; /* batches by precisions */
    int count;
    json_t *earlier; /* array of results; NULL without --compare */
} idi_bench;

/* bench_list.c: the lists of the command line. */
IDI_NODISCARD idi_status idi_bench_read_lists(idi_cli *cli, const idi_bench_arguments *arguments,
                                              idi_bench_lists *lists_out);

/* bench_product.c: all of it; takes and frees what the bench owns. */
IDI_NODISCARD idi_status idi_bench_run(idi_bench *bench);

/* bench_people.c: draws and encodes; then, with --check, makes the images to compare with. */
IDI_NODISCARD idi_status idi_bench_make_people(idi_bench *bench);
void idi_bench_free_people(idi_bench *bench);

/* bench_stage.c; free what was opened even after a failure. */
IDI_NODISCARD idi_status idi_bench_open_stage(const idi_bench *bench,
                                              const idi_bench_config *config,
                                              idi_bench_stage *stage_out);
void idi_bench_close_stage(idi_bench_stage *stage);
/* The sample that is `index` of a batch whose first person is `first`. */
void idi_bench_place(const idi_bench *bench, idi_bench_stage *stage, int64_t index, int person);

/* bench_run.c: one configuration, from warm-up to verdict. */
IDI_NODISCARD idi_status idi_bench_measure(const idi_bench *bench, int index,
                                           idi_bench_result *result);
void idi_bench_warn(idi_bench_result *result, const char *format, ...) IDI_PRINTF(2, 3);

/* bench_stats.c */
double idi_bench_now(void); /* seconds of the monotonic clock */
double idi_bench_mean(const double *values, int64_t count);
/* The range of the values, by their mean, in percent. */
double idi_bench_spread(const double *values, int64_t count);
void idi_bench_sort(double *values, int64_t count);
/* Of sorted values, nearest rank: the smallest that at least so many percent do not exceed. */
double idi_bench_percentile(const double *sorted, int64_t count, double percent);

/* bench_check.c: the batch that was made last against what was wanted. */
void idi_bench_compare_images(const idi_bench *bench, const idi_bench_stage *stage,
                              idi_bench_result *result);

/* bench_compare.c */
IDI_NODISCARD idi_status idi_bench_read_earlier(idi_bench *bench);
/* Fails if --fail-if is given and no configuration has an earlier result. */
IDI_NODISCARD idi_status idi_bench_find_earlier(const idi_bench *bench);
/* The change of each, with warnings where the two are not alike. */
void idi_bench_compare(idi_bench *bench);
bool idi_bench_is_slower(const idi_bench *bench, const idi_bench_result *result);

/* bench_json.c: an array of objects, one a configuration, all with the same keys. NULL: out of
 * memory. */
json_t *idi_bench_json(const idi_bench *bench);
const char *idi_bench_verdict_name(idi_bench_verdict verdict);   /* "VALID" */
const char *idi_bench_form_name(const idi_bench_config *config); /* "folded", "plain" */
void idi_bench_percentile_name(double percent, char out[16]);    /* "p50", "p99_9" */
/* 10^9 floating-point operations a second, two a multiply-accumulate. */
double idi_bench_gflops(const idi_bench_result *result, int64_t macs_a_batch);
/* The executed ones, in percent of the ceiling's. */
double idi_bench_share(const idi_bench_result *result);

/* bench_csv.c, bench_table.c: text for people and for spread sheets. */
void idi_bench_print_csv(FILE *stream, const json_t *results);
void idi_bench_print_table(FILE *stream, const idi_bench *bench);
/* bench_report.c: prints in a format; to a file in the one that its name ends in. */
IDI_NODISCARD idi_status idi_bench_print(const idi_bench *bench, const char *format);
IDI_NODISCARD idi_status idi_bench_save(const idi_bench *bench, const char *path);

/* bench_calls.c: --dump-calls. */
void idi_bench_dump_calls(const idi_bench *bench);

#endif
