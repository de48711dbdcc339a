/* SPDX-License-Identifier: Apache-2.0 */
/* nets/judging.c - see judging.h. */
#include "nets/judging.h"
#include "ops/add.h"
#include "ops/ops.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { STEPS = 3 };

void idi_judging_set_labels(idi_judging *s)
{
    uint8_t *labels =
        idi_golden_label_maps(s->net.batch, s->net.side, s->config.classes,
                              (uint32_t)idi_fixture_number(&s->net.fixture, "labels_seed"));
    idi_network_run_set_labels(&s->net.run, s->labels, labels);
    free(labels);
}

static void read_config(idi_judging *s)
{
    s->config =
        (idi_discriminator_config){.classes = idi_fixture_number(&s->net.fixture, "classes"),
                                   .scales = idi_fixture_number(&s->net.fixture, "scales"),
                                   .layers = idi_fixture_number(&s->net.fixture, "layers"),
                                   .width = idi_fixture_number(&s->net.fixture, "width")};
    cr_assert_eq(idi_discriminator_config_check(&s->config), IDI_OK);
}

/* The inputs, and the networks on one or both pictures. */
void idi_judging_build(idi_judging *s, idi_mode mode, bool has_target)
{
    read_config(s);
    s->labels = idi_graph_input(s->net.graph, "labels", IDI_U8,
                                idi_shape3(s->net.batch, s->net.side, s->net.side), IDI_RATE_IMAGE);
    s->image = idi_net_case_picture(&s->net, "image");
    const idi_discriminator d = idi_discriminator_open(s->net.graph, &s->config, mode);
    s->made = idi_discriminator_judge(s->net.graph, &d, s->labels, s->image);
    if (!has_target) return;
    s->target = idi_net_case_picture(&s->net, "target");
    s->real = idi_discriminator_judge(s->net.graph, &d, s->labels, s->target);
    s->loss[0] = idi_discriminator_loss(s->net.graph, &s->made, &s->real);
    s->loss[1] = idi_adversarial_loss(s->net.graph, &s->made);
    s->loss[2] = idi_feature_matching_loss(s->net.graph, &s->made, &s->real);
    s->dy = idi_net_case_slope(&s->net);
    for (int i = 0; i < IDI_JUDGING_LOSSES; i++)
        idi_graph_mark_output(s->net.graph, s->loss[i]);
}

static const char *const slopes[] = {
    "discriminator_0.model0.0.weight", "discriminator_0.model1.0.0.weight_orig",
    "discriminator_1.model2.0.0.weight_orig", "discriminator_1.model3.0.weight"};
enum { SLOPES = sizeof slopes / sizeof slopes[0] };
static const char *const vectors[] = {"discriminator_0.model1.0.0", "discriminator_1.model2.0.0"};

/* A parameter's values where they lie, which a step has moved. */
static double *read_parameter(const idi_judging *s, idi_value parameter, int64_t count)
{
    idi_backend *backend = s->net.backend;
    const bool is_float = idi_backend_dtype(backend, IDI_REAL) == IDI_F32;
    const size_t bytes = (size_t)count * (is_float ? sizeof(float) : sizeof(double));
    double *values = malloc((size_t)count * sizeof *values);
    void *lie = malloc(bytes);
    cr_assert(values && lie);
    cr_assert_eq(backend->download(backend, lie, s->net.run.weights[parameter], bytes), IDI_OK);
    for (int64_t i = 0; i < count; i++)
        values[i] = is_float ? (double)((const float *)lie)[i] : ((const double *)lie)[i];
    free(lie);
    return values;
}

static void expect_vector(idi_judging *s, const char *prefix, const char *member)
{
    const idi_name name = idi_name_join(prefix, ".%s", member);
    const idi_value parameter = idi_network_find_parameter(s->net.graph, name.text);
    const idi_shape shape = idi_graph_shape(s->net.graph, parameter);
    const idi_shape row = idi_shape2(1, idi_shape_count(&shape));
    double *ours = read_parameter(s, parameter, row.dim[1]);
    if (shape.rank == 4)
        (void)idi_fixture_expect_map(&s->net.fixture, name.text, ours, &shape, 1);
    else
        idi_fixture_expect_rows(&s->net.fixture, name.text, ours, &row, 1);
    free(ours);
}

/* Runs three steps and keeps each one's losses. */
static void run_steps(idi_judging *s, double losses[STEPS * IDI_JUDGING_LOSSES])
{
    for (int step = 0; step < STEPS; step++) {
        idi_judging_set_labels(s);
        idi_net_case_set(&s->net, s->image, "image");
        idi_net_case_set(&s->net, s->target, "target");
        idi_net_case_set_slope(&s->net, s->dy);
        idi_network_run_go(&s->net.run);
        for (int i = 0; i < IDI_JUDGING_LOSSES; i++) {
            double *loss = idi_network_run_get(&s->net.run, s->loss[i]);
            losses[step * IDI_JUDGING_LOSSES + i] = *loss;
            free(loss);
        }
    }
}

void idi_check_adversarial_steps(const idi_parity_target *target)
{
    idi_judging s;
    idi_value wrt[SLOPES];
    idi_value by_weight[SLOPES];
    idi_value by_image;
    double losses[STEPS * IDI_JUDGING_LOSSES];
    idi_net_case_open(&s.net, "adversarial_tiny", target);
    idi_judging_build(&s, IDI_MODE_TRAINING, true);
    const idi_value generators = idi_add(s.net.graph, s.loss[1], s.loss[2]);
    for (int i = 0; i < SLOPES; i++)
        wrt[i] = idi_network_find_parameter(s.net.graph, slopes[i]);
    cr_assert_eq(idi_backward(s.net.graph, s.loss[0], s.dy, wrt, SLOPES, by_weight), IDI_OK, "%s",
                 idi_last_error());
    cr_assert_eq(idi_backward(s.net.graph, generators, s.dy, &s.image, 1, &by_image), IDI_OK, "%s",
                 idi_last_error());
    for (int i = 0; i < SLOPES; i++)
        idi_graph_mark_output(s.net.graph, by_weight[i]);
    idi_graph_mark_output(s.net.graph, by_image);
    idi_net_case_start(&s.net);
    idi_fixture_expect_parameters(&s.net.fixture, s.net.graph);
    run_steps(&s, losses);
    const idi_shape table = idi_shape2(STEPS, IDI_JUDGING_LOSSES);
    idi_fixture_expect_rows(&s.net.fixture, "losses", losses, &table, 1);
    for (int i = 0; i < 2; i++) {
        expect_vector(&s, vectors[i], "weight_u");
        expect_vector(&s, vectors[i], "weight_v");
    }
    for (int i = 0; i < SLOPES; i++)
        idi_net_case_expect(&s.net, idi_name_join("d.", "%s", slopes[i]).text, by_weight[i]);
    idi_net_case_expect(&s.net, "d.image", by_image);
    idi_net_case_close(&s.net);
}
