/* SPDX-License-Identifier: Apache-2.0 */
/* bench/generator.c - seconds of one CA2-SIS run, for alternating with a peer.
 *
 *     bench_generator MODEL [RUNS]          prints a line a run
 *     bench_generator MODEL --step          one run for each line on standard input
 *
 * Inputs: a procedural portrait's labels, its style, its own style as reference; all references
 * change between runs only if asked for, so this times what an image costs. Last lines: plan and
 * peak memory. */
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

static idi_status open_setting(setting *s, const char *path)
{
    idi_status st = idi_context_create(NULL, &s->context);
    if (st == IDI_OK) st = idi_model_load(s->context, path, &s->model);
    if (st != IDI_OK) return st;
    s->info.struct_size = sizeof s->info;
    st = idi_model_get_info(s->model, &s->info);
    if (st == IDI_OK)
        st = idi_portrait_draw(s->context, 1, 1, s->info.size, &s->photo, &s->labels, NULL);
    if (st == IDI_OK) st = idi_style_from_image(s->model, &s->photo, &s->labels, &s->style);
    if (st == IDI_OK) st = open_identity(s);
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

int main(int argc, char **argv)
{
    setting s = {.context = NULL};
    char line[64];
    if (argc < 2) {
        (void)fprintf(stderr, "usage: bench_generator MODEL [RUNS | --step]\n");
        return 2;
    }
    const bool is_stepped = argc > 2 && strcmp(argv[2], "--step") == 0;
    const long runs = is_stepped ? 0 : argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    idi_status st = open_setting(&s, argv[1]);
    for (long i = 0; i < runs && st == IDI_OK; i++)
        st = run_once(&s);
    while (is_stepped && st == IDI_OK && fgets(line, sizeof line, stdin))
        st = run_once(&s);
    if (st == IDI_OK) st = report(&s);
    if (st != IDI_OK) (void)fprintf(stderr, "bench: error: %s\n", idi_last_error());
    close_setting(&s);
    return st != IDI_OK;
}
