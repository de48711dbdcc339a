/* SPDX-License-Identifier: Apache-2.0 */
/* nets/parity.c - see parity.h. */
#include "nets/parity.h"
#include "model/network.h"
#include "nets/fixture.h"
#include "support/network_run.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* How much larger the folded form's error may be than the plain one's. */
#define FOLDED_FACTOR 1.5

/* One fixture on one backend. */
typedef struct subject {
    idi_fixture fixture;
    idi_memory *memory;
    idi_backend *backend;
    int64_t batch;
} subject;

static void open_subject(subject *s, const char *name, const idi_parity_target *target)
{
    s->memory = idi_test_memory();
    idi_fixture_open(&s->fixture, name, s->memory);
    s->batch = idi_fixture_number(&s->fixture, "batch");
    cr_assert_eq(target->open(s->memory, &s->backend), IDI_OK, "%s", idi_last_error());
    s->fixture.backend = s->backend->name;
    s->fixture.bound = target->bound;
}

static void close_subject(subject *s, const idi_parity_target *target)
{
    target->close(&s->backend);
    idi_fixture_close(&s->fixture);
    idi_test_memory_close(&s->memory);
}

static void expect_built(const subject *s, idi_status status)
{
    cr_assert_eq(status, IDI_OK, "%s: %s", s->fixture.name, idi_last_error());
}

static void set_label_maps(const subject *s, idi_network_run *run, const idi_network *net,
                           int64_t size, int64_t classes, const char *seed)
{
    uint8_t *labels = idi_golden_label_maps(s->batch, size, classes,
                                            (uint32_t)idi_fixture_number(&s->fixture, seed));
    idi_network_run_set_labels(run, net->labels, labels);
    free(labels);
}

static void set_labels(const subject *s, idi_network_run *run, const idi_network *net,
                       const idi_ca2sis_config *config, const char *seed)
{
    set_label_maps(s, run, net, config->size, config->classes, seed);
}

static void set_golden(idi_network_run *run, idi_value input, const char *key, int rank,
                       const int64_t *dim)
{
    double *values = idi_golden_doubles(key, rank, dim);
    idi_network_run_set(run, input, values);
    free(values);
}

/* Runs, compares the codes and returns them. */
static double *check_codes(const subject *s, idi_network_run *run, const idi_network *net,
                           const char *key)
{
    const idi_shape shape = idi_graph_shape(net->graph, net->output);
    idi_network_run_go(run);
    double *codes = idi_network_run_get(run, net->output);
    idi_fixture_expect_rows(&s->fixture, key, codes, &shape,
                            idi_fixture_number(&s->fixture, "style_stride"));
    return codes;
}

static double *check_styles(const subject *s, const idi_ca2sis_config *config)
{
    idi_network net;
    idi_network_run run;
    const int64_t dim[4] = {s->batch, 3, config->size, config->size};
    expect_built(s, idi_network_encode_style(s->memory, config, s->batch, &net));
    idi_network_run_open(&run, net.graph, s->backend);
    set_labels(s, &run, &net, config, "style_labels_seed");
    set_golden(&run, net.image, "image", 4, dim);
    double *styles = check_codes(s, &run, &net, "style_codes");
    idi_network_run_close(&run);
    idi_network_destroy(&net);
    return styles;
}

static void check_noise(const subject *s, const idi_ca2sis_config *config)
{
    idi_network net;
    idi_network_run run;
    const int64_t dim[2] = {s->batch, config->noise_dim};
    expect_built(s, idi_network_encode_noise(s->memory, config, s->batch, &net));
    idi_network_run_open(&run, net.graph, s->backend);
    set_labels(s, &run, &net, config, "shape_labels_seed");
    set_golden(&run, net.noise, "noise", 2, dim);
    free(check_codes(s, &run, &net, "noise_codes"));
    idi_network_run_close(&run);
    idi_network_destroy(&net);
}

/* What the reference traced inside: [0] the mask's code, then res and cross of each block. */
typedef struct trace {
    idi_value value[1 + 2 * IDI_MAX_BLOCKS];
    char key[1 + 2 * IDI_MAX_BLOCKS][48];
    int count;
} trace;

static void trace_layer(trace *t, idi_graph *graph, const char *key, const char *weight)
{
    const idi_value value = idi_network_find_layer(graph, weight);
    idi_graph_mark_output(graph, value);
    (void)snprintf(t->key[t->count], sizeof t->key[0], "trace.%s", key);
    t->value[t->count++] = value;
}

static trace trace_blocks(idi_graph *graph, const idi_ca2sis_config *config)
{
    trace t = {.count = 0};
    trace_layer(&t, graph, "mask_code", "reshape_conv.weight");
    for (int i = 0; i < config->block_count; i++) {
        char key[32];
        char weight[64];
        (void)snprintf(key, sizeof key, "res%d", i + 2);
        (void)snprintf(weight, sizeof weight, "%s.out_layers.3.weight", key);
        trace_layer(&t, graph, key, weight);
        (void)snprintf(key, sizeof key, "cross%d", i + 2);
        (void)snprintf(weight, sizeof weight, "%s.proj_out.weight", key);
        trace_layer(&t, graph, key, weight);
    }
    return t;
}

static double check_map(const subject *s, idi_network_run *run, const char *key, idi_value value,
                        int64_t step)
{
    const idi_shape shape = idi_graph_shape(run->graph, value);
    double *map = idi_network_run_get(run, value);
    const double error = idi_fixture_expect_map(&s->fixture, key, map, &shape, step);
    free(map);
    return error;
}

/* key "image": with the blocks inside, which the folded form has not; "image_raw": the network
 * whose setting has no tanh. Returns the image's error. */
static double check_image(const subject *s, const idi_ca2sis_config *config, idi_form form,
                          const double *styles, const char *key)
{
    idi_network net;
    idi_network_run run;
    expect_built(s, idi_network_generate(s->memory, config, form, s->batch, &net));
    const bool is_traced = config->has_tanh && form == IDI_FORM_PLAIN;
    const trace t = is_traced ? trace_blocks(net.graph, config) : (trace){.count = 0};
    idi_network_run_open(&run, net.graph, s->backend);
    set_labels(s, &run, &net, config, "shape_labels_seed");
    idi_network_run_set(&run, net.styles, styles);
    if (config->identity_dim) {
        double *identity = idi_golden_identity_doubles(s->batch, config->identity_dim);
        idi_network_run_set(&run, net.identity, identity);
        free(identity);
    }
    idi_network_run_go(&run);
    const int64_t trace_side = idi_fixture_number(&s->fixture, "trace_side");
    for (int i = 0; i < t.count; i++)
        (void)check_map(s, &run, t.key[i], t.value[i],
                        idi_graph_shape(net.graph, t.value[i]).dim[1] / trace_side);
    const double error =
        check_map(s, &run, key, net.output, idi_fixture_number(&s->fixture, "image_stride"));
    idi_network_run_close(&run);
    idi_network_destroy(&net);
    return error;
}

/* Folding must not cost precision: its products are made in floats and rounded once. */
static void check_forms(const subject *s, const idi_ca2sis_config *config, const double *styles)
{
    const double plain = check_image(s, config, IDI_FORM_PLAIN, styles, "image");
    const double folded = check_image(s, config, IDI_FORM_FOLDED, styles, "image");
    cr_expect(folded <= FOLDED_FACTOR * plain, "%s on %s: folded %.3g, plain %.3g", s->fixture.name,
              s->fixture.backend, folded, plain);
}

static void check_parameters(const subject *s, const idi_model_config *config)
{
    idi_network net;
    expect_built(s, idi_network_all(s->memory, config, &net));
    idi_fixture_expect_parameters(&s->fixture, net.graph);
    idi_network_destroy(&net);
}

void idi_parity_ca2sis(const char *fixture, const idi_parity_target *target)
{
    subject s;
    open_subject(&s, fixture, target);
    const idi_model_config config = idi_fixture_config(&s.fixture);
    check_parameters(&s, &config);
    check_noise(&s, &config.generator);
    double *styles = check_styles(&s, &config.generator);
    check_forms(&s, &config.generator, styles);
    idi_ca2sis_config raw = config.generator;
    raw.has_tanh = false;
    (void)check_image(&s, &raw, IDI_FORM_PLAIN, styles, "image_raw");
    free(styles);
    close_subject(&s, target);
}

static double *check_sean_styles(const subject *s, const idi_model_config *config)
{
    idi_network net;
    idi_network_run run;
    const idi_spade_config *spade = &config->spade;
    const int64_t dim[4] = {s->batch, 3, spade->size, spade->size};
    expect_built(s, idi_network_style(s->memory, config, s->batch, &net));
    idi_network_run_open(&run, net.graph, s->backend);
    set_label_maps(s, &run, &net, spade->size, spade->classes, "style_labels_seed");
    set_golden(&run, net.image, "image", 4, dim);
    double *styles = check_codes(s, &run, &net, "style_codes");
    idi_network_run_close(&run);
    idi_network_destroy(&net);
    return styles;
}

static trace trace_spade(idi_graph *graph)
{
    static const char *const blocks[] = {"head_0", "G_middle_0", "G_middle_1", "up_0",
                                         "up_1",   "up_2",       "up_3"};
    trace t = {.count = 0};
    for (int i = 0; i < 7; i++) {
        char weight[64];
        (void)snprintf(weight, sizeof weight, "%s.conv_1.weight", blocks[i]);
        trace_layer(&t, graph, blocks[i], weight);
    }
    return t;
}

/* styles: NULL for SPADE. */
static void check_spade_image(const subject *s, const idi_model_config *config,
                              const double *styles, bool has_noise)
{
    idi_network net;
    idi_network_run run;
    const idi_spade_config *spade = &config->spade;
    const int64_t noise[2] = {s->batch, idi_sean_noise_count(spade)};
    const idi_network_options options = {.batch = s->batch, .has_noise = has_noise};
    expect_built(s, idi_network_generator(s->memory, config, &options, &net));
    const trace t = has_noise ? (trace){.count = 0} : trace_spade(net.graph);
    idi_network_run_open(&run, net.graph, s->backend);
    set_label_maps(s, &run, &net, spade->size, spade->classes, "shape_labels_seed");
    if (styles) idi_network_run_set(&run, net.styles, styles);
    if (has_noise) set_golden(&run, net.noise, "noise", 2, noise);
    idi_network_run_go(&run);
    const int64_t trace_side = idi_fixture_number(&s->fixture, "trace_side");
    for (int i = 0; i < t.count; i++)
        (void)check_map(s, &run, t.key[i], t.value[i],
                        idi_graph_shape(net.graph, t.value[i]).dim[1] / trace_side);
    (void)check_map(s, &run, has_noise ? "image_noise" : "image", net.output,
                    idi_fixture_number(&s->fixture, "image_stride"));
    idi_network_run_close(&run);
    idi_network_destroy(&net);
}

void idi_parity_spade(const char *fixture, const idi_parity_target *target)
{
    subject s;
    open_subject(&s, fixture, target);
    const idi_model_config config = idi_fixture_config(&s.fixture);
    check_parameters(&s, &config);
    double *styles = config.spade.style_dim ? check_sean_styles(&s, &config) : NULL;
    check_spade_image(&s, &config, styles, false);
    if (styles) check_spade_image(&s, &config, styles, true);
    free(styles);
    close_subject(&s, target);
}

void idi_parity_recogniser(const char *fixture, const idi_parity_target *target)
{
    subject s;
    open_subject(&s, fixture, target);
    const idi_model_config config = idi_fixture_config(&s.fixture);
    const int64_t side = config.recogniser.input_side;
    const int64_t dim[4] = {s.batch, 3, side, side};
    idi_network net;
    idi_network_run run;
    check_parameters(&s, &config);
    expect_built(&s, idi_network_embed(s.memory, &config.recogniser, s.batch, 0, &net));
    idi_network_run_open(&run, net.graph, s.backend);
    set_golden(&run, net.image, "input", 4, dim);
    idi_network_run_go(&run);
    const idi_shape shape = idi_graph_shape(net.graph, net.output);
    double *embedding = idi_network_run_get(&run, net.output);
    idi_fixture_expect_rows(&s.fixture, "embedding", embedding, &shape, 1);
    free(embedding);
    idi_network_run_close(&run);
    idi_network_destroy(&net);
    close_subject(&s, target);
}

void idi_parity_crop(const char *fixture, const idi_parity_target *target)
{
    subject s;
    open_subject(&s, fixture, target);
    const int64_t side = idi_fixture_number(&s.fixture, "side");
    const int64_t dim[4] = {s.batch, 3, side, side};
    idi_recogniser_config config;
    idi_graph *graph;
    idi_network_run run;
    cr_assert_eq(idi_iresnet_config_init(&config, 18), IDI_OK);
    cr_assert_eq(idi_graph_create(s.memory, &graph), IDI_OK);
    const idi_value face = idi_graph_input(graph, "image", IDI_REAL,
                                           idi_shape4(s.batch, side, side, 3), IDI_RATE_IMAGE);
    const idi_value crop = idi_recogniser_crop(graph, &config, face);
    idi_graph_mark_output(graph, crop);
    expect_built(&s, idi_graph_status(graph));
    idi_network_run_open(&run, graph, s.backend);
    set_golden(&run, face, "image", 4, dim);
    idi_network_run_go(&run);
    check_map(&s, &run, "crop", crop, idi_fixture_number(&s.fixture, "crop_stride"));
    idi_network_run_close(&run);
    idi_graph_destroy(&graph);
    close_subject(&s, target);
}
