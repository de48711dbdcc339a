/* SPDX-License-Identifier: Apache-2.0 */
/* bench/training.c - seconds of one training step of a recipe, for alternating with a peer.
 *
 *     bench_training RECIPE [STEPS]         prints a line a step: seconds, loss, gradient's length
 *     bench_training RECIPE --step          one step for each line on standard input
 *     ... --dump FOLDER                     first weights, weights.safetensors; the batch, batch
 *     ... --ops                             at the end, milliseconds of processor time a step by op
 *                                       and shape
 *
 * All steps are on one batch of the recipe's portraits, as the trainer makes it: what is timed is
 * the step alone, from the batch in memory to the weights that it moves. The batch in its file: of
 * a generator faces f32 [N, S, S, 3] and labels u8 [N, S, S], of a recogniser crops f32
 * [N, side, side, 3] and classes i64 [N]. Last line: peak memory. */
#include "cpu/backend.h"
#include "data/image.h"
#include "train/checkpoint.h"
#include "train/faces.h"
#include "train/generator_step.h"
#include "train/recogniser_step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { MOST_ROWS = 512 };

typedef struct options {
    const char *recipe, *dump;
    long steps;
    bool is_stepped, has_ops;
} options;

typedef struct training {
    idi_recipe recipe;
    idi_memory *memory;
    idi_backend *backend;
    idi_faces faces;
    idi_loader *loader;
    idi_cropper *cropper;
    idi_batch batch;
    float *numbers; /* a recogniser's crops, or a generator's faces */
    int64_t number_count, done;
    bool is_generator;
    idi_generator_step generator;
    idi_recogniser_step recogniser;
} training;

/* A backend's run() has no room for a user, so these are the program's. */
typedef struct op_row {
    const char *name;
    idi_shape shape;
    double seconds;
    long calls;
} op_row;
static op_row rows[MOST_ROWS];
static int row_count;
static idi_status (*untimed_run)(idi_backend *, const idi_op_info *, const idi_exec *);

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* --- time by op ------------------------------------------------------------------------------- */

static op_row *row_of(const char *name, const idi_shape *shape)
{
    for (int i = 0; i < row_count; i++)
        if (rows[i].name == name && idi_shape_equal(&rows[i].shape, shape)) return &rows[i];
    if (row_count == MOST_ROWS) return &rows[MOST_ROWS - 1];
    if (row_count == MOST_ROWS - 1) name = "others";
    rows[row_count] = (op_row){.name = name, .shape = *shape};
    return &rows[row_count++];
}

/* A node goes by its first input's shape. Processor time, so that other programs count little. */
static idi_status timed_run(idi_backend *backend, const idi_op_info *op, const idi_exec *exec)
{
    const double start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    const idi_status st = untimed_run(backend, op, exec);
    op_row *row =
        row_of(op->name, exec->input_count > 0 ? &exec->in[0].shape : &exec->out[0].shape);
    row->seconds += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start;
    row->calls++;
    return st;
}

static int slower_first(const void *a, const void *b)
{
    const double x = ((const op_row *)a)->seconds;
    const double y = ((const op_row *)b)->seconds;
    return (x < y) - (x > y);
}

static void print_ops(int64_t steps)
{
    qsort(rows, (size_t)row_count, sizeof *rows, slower_first);
    for (int i = 0; i < row_count; i++) {
        (void)printf("%9.3f ms %4ld x %s", 1e3 * rows[i].seconds / (double)steps,
                     rows[i].calls / (long)steps, rows[i].name);
        for (int d = 0; d < rows[i].shape.rank; d++)
            (void)printf(" %lld", (long long)rows[i].shape.dim[d]);
        (void)printf("\n");
    }
}

/* --- opening ---------------------------------------------------------------------------------- */

static idi_status read_batch(training *t)
{
    const idi_recipe *r = &t->recipe;
    const idi_loader_options loader = {.order = IDI_ORDER_BALANCED,
                                       .seed = 1,
                                       .people = r->batch.people,
                                       .photos = t->is_generator ? 1 : r->batch.photos,
                                       .has_flips = r->has_flips};
    IDI_TRY(idi_faces_open(t->memory, r, r->data.people, r->data.photos, &t->faces));
    IDI_TRY(idi_loader_create(t->memory, t->faces.cached, &loader, &t->loader));
    return idi_loader_next(t->loader, &t->batch);
}

static idi_status fill_numbers(training *t)
{
    const idi_recipe *r = &t->recipe;
    const int64_t side = t->is_generator ? r->data.size : r->network.recogniser.input_side;
    const idi_cropper_options cropper = {.size = r->data.size,
                                         .side = side,
                                         .most = t->batch.count,
                                         .augmentation = &r->augmentation,
                                         .seed = 1};
    t->number_count = t->batch.count * side * side * 3;
    IDI_TRY(idi_alloc(t->memory, IDI_TAG_IMAGE, (size_t)t->number_count * sizeof *t->numbers,
                      &t->numbers));
    if (t->is_generator) {
        idi_image_to_float(t->batch.rgb, t->number_count, t->numbers);
        return IDI_OK;
    }
    IDI_TRY(idi_cropper_create(t->memory, &cropper, &t->cropper));
    return idi_cropper_run(t->cropper, &t->batch, t->numbers);
}

static idi_status open_training(training *t, const options *o)
{
    IDI_TRY(idi_memory_create(NULL, 0, &t->memory));
    IDI_TRY(idi_recipe_read(t->memory, o->recipe, &t->recipe));
    t->is_generator = idi_arch_is_generator(t->recipe.network.arch);
    IDI_TRY(read_batch(t));
    IDI_TRY(fill_numbers(t));
    IDI_TRY(idi_cpu32_backend_create(t->memory, false, &t->backend));
    untimed_run = t->backend->run;
    if (o->has_ops) t->backend->run = timed_run;
    if (t->is_generator)
        return idi_generator_step_open(t->backend, &t->recipe, NULL, &t->generator);
    return idi_recogniser_step_open(t->backend, &t->recipe, NULL,
                                    idi_dataset_identity_count(t->faces.cached), &t->recogniser);
}

static void close_training(training *t)
{
    idi_generator_step_close(&t->generator);
    idi_recogniser_step_close(&t->recogniser);
    idi_cpu_backend_destroy(&t->backend);
    idi_cropper_destroy(&t->cropper);
    idi_loader_destroy(&t->loader);
    idi_faces_close(&t->faces);
    if (t->memory) idi_free(t->memory, t->numbers);
    idi_memory_destroy(&t->memory);
}

/* --- what comes out --------------------------------------------------------------------------- */

static idi_status dump_weights(training *t, const char *folder)
{
    idi_checkpoint between = {.step = 0, .seed = 1};
    char path[512];
    char *config = NULL;
    char *recipe = NULL;
    (void)snprintf(path, sizeof path, "%s/weights.safetensors", folder);
    IDI_TRY(idi_config_format(t->memory, &t->recipe.network, &config));
    idi_status st = idi_recipe_format(t->memory, &t->recipe, &recipe);
    between.config = config;
    between.recipe = recipe;
    if (st == IDI_OK)
        st = idi_checkpoint_write(t->is_generator ? t->generator.store : t->recogniser.store,
                                  &between, path);
    idi_free(t->memory, recipe);
    idi_free(t->memory, config);
    return st;
}

static idi_status dump_batch(const training *t, const char *folder)
{
    const void *second = t->is_generator ? (const void *)t->batch.labels : t->batch.identities;
    const size_t pixels = (size_t)(t->batch.count * t->batch.size * t->batch.size);
    const size_t bytes =
        t->is_generator ? pixels : (size_t)t->batch.count * sizeof *t->batch.identities;
    const size_t count = (size_t)t->number_count;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/batch", folder);
    FILE *file = fopen(path, "wb");
    IDI_REQUIRE(file != NULL, IDI_ERR_IO, "%s: cannot be made", path);
    bool is_written = fwrite(t->numbers, sizeof *t->numbers, count, file) == count &&
                      fwrite(second, 1, bytes, file) == bytes;
    is_written &= fclose(file) == 0;
    IDI_REQUIRE(is_written, IDI_ERR_IO, "%s: cannot be written", path);
    return IDI_OK;
}

static idi_status run_step(training *t)
{
    double terms[IDI_TERM_COUNT];
    idi_step_report report;
    const int64_t number = ++t->done;
    const double start = seconds_of(CLOCK_MONOTONIC);
    const idi_status st =
        t->is_generator ? idi_generator_step_run(&t->generator, number, &t->batch, &report, terms)
                        : idi_recogniser_step_run(&t->recogniser, number, t->numbers,
                                                  t->batch.identities, &report);
    const double seconds = seconds_of(CLOCK_MONOTONIC) - start;
    if (st == IDI_OK)
        (void)printf("loss %.7f length %.7f\nseconds %.5f\n", report.loss, report.gradient_norm,
                     seconds);
    (void)fflush(stdout);
    return st;
}

static void print_peak(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("peak_rss_mib %.1f\n", (double)usage.ru_maxrss / 1024.0);
}

static bool parse(int argc, char **argv, options *o)
{
    *o = (options){.steps = 5};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--step") == 0)
            o->is_stepped = true;
        else if (strcmp(argv[i], "--ops") == 0)
            o->has_ops = true;
        else if (strcmp(argv[i], "--dump") == 0 && i + 1 < argc)
            o->dump = argv[++i];
        else if (!o->recipe)
            o->recipe = argv[i];
        else
            o->steps = strtol(argv[i], NULL, 10);
    }
    return o->recipe != NULL;
}

int main(int argc, char **argv)
{
    static training t;
    options o;
    char line[64];
    if (!parse(argc, argv, &o)) {
        (void)fprintf(stderr, "usage: bench_training RECIPE [STEPS | --step] [--dump FOLDER] "
                              "[--ops]\n");
        return 2;
    }
    idi_status st = open_training(&t, &o);
    if (st == IDI_OK && o.dump) st = dump_weights(&t, o.dump);
    if (st == IDI_OK && o.dump) st = dump_batch(&t, o.dump);
    for (long i = 0; i < o.steps && !o.is_stepped && st == IDI_OK; i++)
        st = run_step(&t);
    while (o.is_stepped && st == IDI_OK && fgets(line, sizeof line, stdin))
        st = run_step(&t);
    if (st == IDI_OK && o.has_ops && t.done > 0) print_ops(t.done);
    if (st == IDI_OK) print_peak();
    if (st != IDI_OK) (void)fprintf(stderr, "bench: error: %s\n", idi_last_error());
    close_training(&t);
    return st != IDI_OK;
}
