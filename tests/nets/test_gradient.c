/* SPDX-License-Identifier: Apache-2.0 */
/* nets/test_gradient.c - the gradient flows through whole networks: d sum(output*dy) against
 * central differences, in double on the plain loops. */
#include "cpu/backend.h"
#include "model/network.h"
#include "nets/fixture.h"
#include "ops/ops.h"
#include "support/network_run.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WANTED = 16, PROBES = 2 };
static const double step = 1e-6;     /* of one element */
static const double all_step = 1e-8; /* of all at once: their effects add up, and reach kinks */
static const double bound = 1e-5;

/* A network built twice: `net` for values, `back` with the gradient nodes behind it. */
typedef struct subject {
    idi_memory *memory;
    idi_backend *backend;
    idi_network net, back;
    idi_network_run run, back_run;
    double *data[4]; /* of the inputs image, styles, identity, noise */
    uint8_t *labels;
    double *dy;
    int64_t dy_count;
} subject;

static const idi_value *real_input(const idi_network *net, int i)
{
    const idi_value *inputs[4] = {&net->image, &net->styles, &net->identity, &net->noise};
    return inputs[i];
}

/* Golden values under the input's own name; images and faces channels last. */
static double *input_values(const idi_graph *graph, idi_value input)
{
    const idi_value_info *info = idi_graph_get_value(graph, input);
    const int64_t *d = info->shape.dim;
    const int64_t planes[4] = {d[0], d[3], d[1], d[2]};
    return idi_golden_doubles(info->name, info->shape.rank, info->shape.rank == 4 ? planes : d);
}

static void set_inputs(const subject *s, const idi_network *net, idi_network_run *run)
{
    for (int i = 0; i < 4; i++)
        if (s->data[i]) idi_network_run_set(run, *real_input(net, i), s->data[i]);
    if (s->labels) idi_network_run_set_labels(run, net->labels, s->labels);
}

/* s->net and s->back are built; everything else follows. */
static void open_subject(subject *s)
{
    cr_assert_eq(idi_cpu64_backend_create(s->memory, true, &s->backend), IDI_OK);
    const idi_graph *graph = s->net.graph;
    for (int i = 0; i < 4; i++) {
        const idi_value input = *real_input(&s->net, i);
        if (input != IDI_NONE) s->data[i] = input_values(graph, input);
    }
    const idi_shape y = idi_graph_shape(graph, s->net.output);
    s->dy_count = idi_shape_count(&y);
    s->dy = idi_golden_doubles("dy", 1, &s->dy_count);
    idi_network_run_open(&s->run, graph, s->backend);
}

static void close_subject(subject *s)
{
    idi_network_run_close(&s->run);
    idi_network_run_close(&s->back_run);
    idi_network_destroy(&s->net);
    idi_network_destroy(&s->back);
    for (int i = 0; i < 4; i++)
        free(s->data[i]);
    free(s->labels);
    free(s->dy);
    idi_cpu_backend_destroy(&s->backend);
    idi_test_memory_close(&s->memory);
}

/* What to differentiate by: an input or a parameter, by name. */
static idi_value find_wanted(const idi_graph *graph, const char *name)
{
    const idi_value input = idi_graph_find_input(graph, name);
    return input != IDI_NONE ? input : idi_network_find_parameter(graph, name);
}

/* All gradients at once; the caller frees each. */
static void compute_gradients(subject *s, const char *const *names, int count, double **out)
{
    idi_graph *graph = s->back.graph;
    idi_value wrt[MAX_WANTED];
    idi_value gradients[MAX_WANTED];
    for (int i = 0; i < count; i++)
        wrt[i] = find_wanted(graph, names[i]);
    const idi_value dy = idi_graph_input(graph, "dy", IDI_REAL,
                                         idi_graph_shape(graph, s->back.output), IDI_RATE_IMAGE);
    cr_assert_eq(idi_backward(graph, s->back.output, dy, wrt, count, gradients), IDI_OK, "%s",
                 idi_last_error());
    for (int i = 0; i < count; i++) {
        cr_assert_neq(gradients[i], IDI_NONE, "%s has no gradient", names[i]);
        const idi_shape want = idi_graph_shape(graph, wrt[i]);
        const idi_shape got = idi_graph_shape(graph, gradients[i]);
        cr_assert(idi_shape_equal(&got, &want), "gradient of %s is %s, want %s", names[i],
                  idi_shape_format(&got).text, idi_shape_format(&want).text);
        idi_graph_mark_output(graph, gradients[i]);
    }
    idi_network_run_open(&s->back_run, graph, s->backend);
    set_inputs(s, &s->back, &s->back_run);
    idi_network_run_set(&s->back_run, dy, s->dy);
    idi_network_run_go(&s->back_run);
    for (int i = 0; i < count; i++)
        out[i] = idi_network_run_get(&s->back_run, gradients[i]);
}

/* sum(output*dy). Every input is set anew, so that nothing is taken from an earlier run. */
static double objective(subject *s)
{
    set_inputs(s, &s->net, &s->run);
    idi_network_run_go(&s->run);
    double *y = idi_network_run_get(&s->run, s->net.output);
    double sum = 0.0;
    for (int64_t i = 0; i < s->dy_count; i++)
        sum += y[i] * s->dy[i];
    free(y);
    return sum;
}

/* Where the forward network's copy of a value lies: an input's array or the weights. */
static double *find_values(const subject *s, idi_value value)
{
    for (int i = 0; i < 4; i++)
        if (*real_input(&s->net, i) == value) return s->data[i];
    return s->run.weights[value];
}

/* The derivative along `direction`, by differences. */
static double slope(subject *s, double *values, const double *direction, int64_t count,
                    double length)
{
    double *kept = malloc((size_t)count * sizeof *kept);
    cr_assert_not_null(kept);
    memcpy(kept, values, (size_t)count * sizeof *kept);
    for (int64_t i = 0; i < count; i++)
        values[i] = kept[i] + length * direction[i];
    const double above = objective(s);
    for (int64_t i = 0; i < count; i++)
        values[i] = kept[i] - length * direction[i];
    const double below = objective(s);
    memcpy(values, kept, (size_t)count * sizeof *kept);
    free(kept);
    return (above - below) / (2.0 * length);
}

/* Along the gradient's own signs, where every element counts and none cancels. */
static void check_direction(subject *s, const char *name, double *values, const double *gradient,
                            double *direction, int64_t count)
{
    double want = 0.0;
    for (int64_t i = 0; i < count; i++) {
        direction[i] = gradient[i] < 0.0 ? -1.0 : 1.0;
        want += fabs(gradient[i]);
    }
    const double got = slope(s, values, direction, count, all_step);
    cr_log_info("%s, all along: %.2e", name, fabs(got - want) / want);
    cr_expect(want > 0.0 && fabs(got - want) <= bound * want,
              "d/d(%s) along its signs: gradient says %.9g, differences %.9g", name, want, got);
}

static int64_t largest_at(const double *values, int64_t count)
{
    int64_t at = 0;
    for (int64_t i = 1; i < count; i++)
        if (fabs(values[i]) > fabs(values[at])) at = i;
    return at;
}

/* The largest element and another, against the largest. */
static void check_elements(subject *s, const char *name, double *values, const double *gradient,
                           double *direction, int64_t count)
{
    const int64_t largest = largest_at(gradient, count);
    const int64_t probes[PROBES] = {largest, count / 3};
    memset(direction, 0, (size_t)count * sizeof *direction);
    for (int i = 0; i < PROBES; i++) {
        direction[probes[i]] = 1.0;
        const double got = slope(s, values, direction, count, step);
        direction[probes[i]] = 0.0;
        const double error = fabs(got - gradient[probes[i]]) / fabs(gradient[largest]);
        cr_log_info("%s[%lld]: %.2e", name, (long long)probes[i], error);
        cr_expect(error <= bound, "d/d(%s[%lld]): gradient says %.9g, differences %.9g", name,
                  (long long)probes[i], gradient[probes[i]], got);
    }
}

static void check_gradients(subject *s, const char *const *names, int count)
{
    double *gradients[MAX_WANTED];
    compute_gradients(s, names, count, gradients);
    for (int i = 0; i < count; i++) {
        const idi_value value = find_wanted(s->net.graph, names[i]);
        const idi_shape shape = idi_graph_shape(s->net.graph, value);
        const int64_t elements = idi_shape_count(&shape);
        double *direction = malloc((size_t)elements * sizeof *direction);
        double *values = find_values(s, value);
        cr_assert(direction && values);
        check_direction(s, names[i], values, gradients[i], direction, elements);
        check_elements(s, names[i], values, gradients[i], direction, elements);
        free(direction);
        free(gradients[i]);
    }
}

#define CHECK(subject, ...)                                                                        \
    do {                                                                                           \
        static const char *const names[] = {__VA_ARGS__};                                          \
        check_gradients((subject), names, (int)(sizeof names / sizeof names[0]));                  \
    } while (0)

/* A fixture's setting. */
static idi_model_config read_config(idi_memory *memory, const char *name)
{
    idi_fixture fixture;
    idi_fixture_open(&fixture, name, memory);
    const idi_model_config config = idi_fixture_config(&fixture);
    idi_fixture_close(&fixture);
    return config;
}

typedef idi_status (*generator_builder)(idi_memory *memory, const idi_ca2sis_config *config,
                                        int64_t batch, idi_network *network_out);

static subject open_generator(generator_builder build)
{
    subject s = {.memory = idi_test_memory()};
    const idi_ca2sis_config config = read_config(s.memory, "ca2sis_tiny_identity_spade").generator;
    cr_assert_eq(build(s.memory, &config, 1, &s.net), IDI_OK, "%s", idi_last_error());
    cr_assert_eq(build(s.memory, &config, 1, &s.back), IDI_OK, "%s", idi_last_error());
    s.labels = idi_golden_label_maps(1, config.size, config.classes, 2);
    open_subject(&s);
    return s;
}

static subject open_recogniser(const char *fixture, int64_t side)
{
    subject s = {.memory = idi_test_memory()};
    const idi_recogniser_config config = read_config(s.memory, fixture).recogniser;
    cr_assert_eq(idi_network_embed(s.memory, &config, 1, side, &s.net), IDI_OK, "%s",
                 idi_last_error());
    cr_assert_eq(idi_network_embed(s.memory, &config, 1, side, &s.back), IDI_OK, "%s",
                 idi_last_error());
    open_subject(&s);
    return s;
}

static idi_status generate_plain(idi_memory *memory, const idi_ca2sis_config *config, int64_t batch,
                                 idi_network *network_out)
{
    return idi_network_generate(memory, config, IDI_FORM_PLAIN, batch, network_out);
}

Test(gradient, generator_by_styles_and_identity)
{
    subject s = open_generator(generate_plain);
    CHECK(&s, "styles", "identity");
    close_subject(&s);
}

Test(gradient, generator_by_weights)
{
    subject s = open_generator(generate_plain);
    CHECK(&s, "encs.encs.0.weight", "reshape_conv.weight", "id_proj.weight",
          "res2.in_layers.0.mlp_shared.0.weight", "res3.out_layers.0.mlp_gamma.weight",
          "res3.in_layers.2.weight", "res3.skip_connection.weight", "cross2.norm.weight",
          "cross2.transformer_blocks.0.attn1.to_q.weight",
          "cross3.transformer_blocks.0.attn2.to_v.weight", "cross3.transformer_blocks.0.norm2.bias",
          "cross4.transformer_blocks.0.ff.net.0.proj.weight", "out_conv.bias");
    close_subject(&s);
}

Test(gradient, style_encoder)
{
    subject s = open_generator(idi_network_encode_style);
    CHECK(&s, "image", "style_encoder.Encoder.first_layer.0.weight",
          "style_encoder.Encoder.enc_layer_1.0.weight",
          "style_encoder.Decoder.dec_layer_1.1.weight",
          "style_encoder.Decoder.dec_layer_2.2.weight", "style_encoder.out.out_1.0.weight");
    close_subject(&s);
}

Test(gradient, noise_encoder)
{
    subject s = open_generator(idi_network_encode_noise);
    CHECK(&s, "noise", "noise_encoder.shared.2.weight", "noise_encoder.unshared.2.6.weight");
    close_subject(&s);
}

/* The way of the identity loss: from the embedding through the crop to the face. */
Test(gradient, iresnet_by_face)
{
    subject s = open_recogniser("iresnet_tiny", 64);
    CHECK(&s, "image");
    close_subject(&s);
}

Test(gradient, mobilefacenet_by_face)
{
    subject s = open_recogniser("mobilefacenet", 256);
    CHECK(&s, "image");
    close_subject(&s);
}

Test(gradient, iresnet_by_weights)
{
    subject s = open_recogniser("iresnet_tiny", 0);
    CHECK(&s, "conv1.weight", "layer1.0.prelu.weight", "layer2.0.bn1.weight",
          "layer3.0.downsample.0.weight", "fc.weight");
    close_subject(&s);
}
