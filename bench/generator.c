/* SPDX-License-Identifier: Apache-2.0 */
/* bench/generator.c - seconds of one CA2-SIS run, for alternating with a peer.
 *
 *     bench_generator MODEL [RUNS]          prints a line a run
 *     bench_generator MODEL --step          one run for each line on standard input
 *     ... --inputs FILE --out FILE          a peer's inputs; the last image
 *
 * Inputs: a procedural portrait's labels and style, or a file that a peer wrote (bench/peers,
 * --inputs-out): labels u8 [S, S], style codes f32 [classes, width], identity f32 [dim]. References
 * do not change between runs, so this times what an image costs. Last lines: plan and peak memory.
 * The image: f32 [S, S, 3]. */
#include "idinject/idinject.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

typedef struct setting {
    idi_context *context;
    idi_model *model;
    idi_model_info info;
    idi_bitmap photo, labels;
    idi_style *style;
    idi_identity *identity;
    idi_session *session;
    float *image;
} setting;

typedef struct options {
    const char *model, *inputs, *out;
    long runs;
    bool is_stepped;
} options;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static idi_status open_identity(setting *s)
{
    if (!s->info.identity_dim) return IDI_OK;
    float *numbers = calloc((size_t)s->info.identity_dim, sizeof *numbers);
    if (!numbers) return IDI_ERR_NOMEM;
    for (int64_t i = 0; i < s->info.identity_dim; i++)
        numbers[i] = (float)((i * 37) % 101) - 50.0F;
    const idi_status st =
        idi_identity_from_array(s->context, numbers, s->info.identity_dim, NULL, &s->identity);
    free(numbers);
    return st;
}

/* Labels, style and identity of a peer. */
static idi_status read_inputs(setting *s, const char *path)
{
    const idi_model_info *info = &s->info;
    const size_t codes = (size_t)(info->classes * info->style_width);
    const size_t identity = (size_t)info->identity_dim;
    float *numbers = calloc(codes + identity + 1, sizeof *numbers);
    FILE *file = fopen(path, "rb");
    const size_t pixels = (size_t)(info->size * info->size);
    const bool is_read =
        numbers && file && fread(s->labels.data, 1, pixels, file) == pixels &&
        fread(numbers, sizeof *numbers, codes + identity, file) == codes + identity;
    if (file) (void)fclose(file);
    idi_status st = is_read ? IDI_OK : IDI_ERR_IO;
    if (st == IDI_OK)
        st = idi_style_from_array(s->context, numbers, info->classes, info->style_width, &s->style);
    if (st == IDI_OK && identity)
        st = idi_identity_from_array(s->context, numbers + codes, info->identity_dim, NULL,
                                     &s->identity);
    free(numbers);
    return st;
}

static idi_status open_setting(setting *s, const options *o)
{
    idi_status st = idi_context_create(NULL, &s->context);
    if (st == IDI_OK) st = idi_model_load(s->context, o->model, &s->model);
    if (st != IDI_OK) return st;
    s->info.struct_size = sizeof s->info;
    st = idi_model_get_info(s->model, &s->info);
    if (st == IDI_OK)
        st = idi_portrait_draw(s->context, 1, 1, s->info.size, &s->photo, &s->labels, NULL);
    if (st == IDI_OK && o->inputs) {
        st = read_inputs(s, o->inputs);
    } else if (st == IDI_OK) {
        st = idi_style_from_image(s->model, &s->photo, &s->labels, &s->style);
        if (st == IDI_OK) st = open_identity(s);
    }
    if (st == IDI_OK) st = idi_session_create(s->model, NULL, &s->session);
    s->image = calloc((size_t)(3 * s->info.size * s->info.size), sizeof *s->image);
    return st == IDI_OK && !s->image ? IDI_ERR_NOMEM : st;
}

static void close_setting(setting *s)
{
    free(s->image);
    idi_session_destroy(&s->session);
    idi_identity_destroy(&s->identity);
    idi_style_destroy(&s->style);
    idi_bitmap_free(s->context, &s->labels);
    idi_bitmap_free(s->context, &s->photo);
    idi_model_destroy(&s->model);
    idi_context_destroy(&s->context);
}

static idi_status run_once(setting *s)
{
    const idi_style *styles[1] = {s->style};
    const idi_identity *identities[1] = {s->identity};
    idi_generate run;
    idi_generate_init(&run);
    run.labels = s->labels.data;
    run.styles = styles;
    run.identities = identities;
    run.image_out = s->image;
    const double start = now();
    const idi_status st = idi_session_generate(s->session, &run);
    if (st == IDI_OK) (void)printf("seconds %.4f\n", now() - start);
    (void)fflush(stdout);
    return st;
}

static idi_status report(const setting *s)
{
    struct rusage usage;
    idi_plan_report plan = {.struct_size = sizeof plan};
    const idi_status st = idi_session_plan(s->model, NULL, &plan);
    if (st != IDI_OK) return st;
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("plan_mib %.1f\nmacs %lld\npeak_rss_mib %.1f\n",
                 (double)(plan.activation_bytes + plan.workspace_bytes) / 1048576.0,
                 (long long)plan.macs, (double)usage.ru_maxrss / 1024.0);
    return IDI_OK;
}

static idi_status write_image(const setting *s, const char *path)
{
    const size_t count = (size_t)(3 * s->info.size * s->info.size);
    FILE *file = fopen(path, "wb");
    if (!file) return IDI_ERR_IO;
    const bool is_written = fwrite(s->image, sizeof *s->image, count, file) == count;
    return fclose(file) == 0 && is_written ? IDI_OK : IDI_ERR_IO;
}

static bool parse(int argc, char **argv, options *o)
{
    *o = (options){.runs = 5};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--step") == 0)
            o->is_stepped = true;
        else if (strcmp(argv[i], "--inputs") == 0 && i + 1 < argc)
            o->inputs = argv[++i];
        else if (strcmp(argv[i], "--out") == 0 && i + 1 < argc)
            o->out = argv[++i];
        else if (!o->model)
            o->model = argv[i];
        else
            o->runs = strtol(argv[i], NULL, 10);
    }
    return o->model != NULL;
}

int main(int argc, char **argv)
{
    setting s = {.context = NULL};
    options o;
    char line[64];
    if (!parse(argc, argv, &o)) {
        (void)fprintf(stderr, "usage: bench_generator MODEL [RUNS | --step] [--inputs FILE] "
                              "[--out FILE]\n");
        return 2;
    }
    idi_status st = open_setting(&s, &o);
    for (long i = 0; i < o.runs && !o.is_stepped && st == IDI_OK; i++)
        st = run_once(&s);
    while (o.is_stepped && st == IDI_OK && fgets(line, sizeof line, stdin))
        st = run_once(&s);
    if (st == IDI_OK) st = report(&s);
    if (st == IDI_OK && o.out) st = write_image(&s, o.out);
    if (st != IDI_OK) (void)fprintf(stderr, "bench: error: %s\n", idi_last_error());
    close_setting(&s);
    return st != IDI_OK;
}
