/* SPDX-License-Identifier: Apache-2.0 */
/* nets/test_perceptual.c - what perceptual losses compare, VGG-19's features and a recogniser's
 * stages, against the independent reference; the loss and its gradient too. */
#include "nets/adversarial_loss.h"
#include "nets/net_case.h"
#include "nets/recogniser.h"
#include "nets/vgg19.h"
#include "ops/ops.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static void check_vgg19(const idi_parity_target *target)
{
    idi_net_case c;
    idi_value made[IDI_VGG19_FEATURES];
    idi_value real[IDI_VGG19_FEATURES];
    idi_value gradient;
    idi_net_case_open(&c, "vgg19_tiny", target);
    const int64_t width = idi_fixture_number(&c.fixture, "width");
    const idi_value image = idi_net_case_picture(&c, "image");
    const idi_value real_image = idi_net_case_picture(&c, "target");
    const idi_value dy = idi_net_case_slope(&c);
    idi_vgg19(c.graph, width, image, made);
    idi_vgg19(c.graph, width, real_image, real);
    const idi_value loss =
        idi_perceptual_loss(c.graph, made, real, idi_vgg19_weights, IDI_VGG19_FEATURES);
    cr_assert_eq(idi_backward(c.graph, loss, dy, &image, 1, &gradient), IDI_OK);
    idi_graph_mark_output(c.graph, loss);
    idi_graph_mark_output(c.graph, gradient);
    for (int i = 0; i < IDI_VGG19_FEATURES; i++)
        idi_graph_mark_output(c.graph, made[i]);
    idi_net_case_start(&c);
    idi_fixture_expect_parameters(&c.fixture, c.graph);
    idi_net_case_set(&c, image, "image");
    idi_net_case_set(&c, real_image, "target");
    idi_net_case_set_slope(&c, dy);
    idi_network_run_go(&c.run);
    for (int i = 0; i < IDI_VGG19_FEATURES; i++)
        idi_net_case_expect(&c, idi_name_join("feature", "%d", i).text, made[i]);
    idi_net_case_expect(&c, "loss", loss);
    idi_net_case_expect(&c, "d.image", gradient);
    idi_net_case_close(&c);
}

Test(perceptual, vgg19)
{
    check_vgg19(&idi_net_float);
    check_vgg19(&idi_net_double);
}

Test(perceptual, vgg19_has_as_many_parameters_as_published)
{
    idi_memory *memory = idi_test_memory();
    idi_graph *graph;
    idi_value features[IDI_VGG19_FEATURES];
    cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
    const idi_value image =
        idi_graph_input(graph, "image", IDI_REAL, idi_shape4(1, 256, 256, 3), IDI_RATE_IMAGE);
    idi_vgg19(graph, 64, image, features);
    int64_t count = 0;
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (info->role == IDI_ROLE_PARAMETER) count += idi_shape_count(&info->shape);
    }
    cr_expect_eq(count, 12944960);
    const idi_shape last = idi_graph_shape(graph, features[4]);
    const idi_shape want = idi_shape4(1, 16, 16, 512);
    cr_expect(idi_shape_equal(&last, &want));
    idi_graph_destroy(&graph);
    idi_test_memory_close(&memory);
}

/* The recogniser's configuration stands in its own fixture. */
static idi_recogniser_config recogniser_config(const char *name, idi_memory *memory)
{
    idi_fixture fixture;
    idi_fixture_open(&fixture, name, memory);
    const idi_recogniser_config config = idi_fixture_config(&fixture).recogniser;
    idi_fixture_close(&fixture);
    return config;
}

static void check_stages(const char *name, const char *fixture, const idi_parity_target *target)
{
    idi_net_case c;
    idi_value stages[IDI_RECOGNISER_STAGES];
    idi_net_case_open(&c, fixture, target);
    const idi_recogniser_config config = recogniser_config(name, c.memory);
    c.side = config.input_side;
    const idi_value image = idi_net_case_picture(&c, "input");
    (void)idi_recogniser_with_stages(c.graph, &config, image, IDI_MODE_INFERENCE, stages);
    for (int i = 0; i < IDI_RECOGNISER_STAGES; i++)
        idi_graph_mark_output(c.graph, stages[i]);
    idi_net_case_start(&c);
    idi_net_case_set(&c, image, "input");
    idi_network_run_go(&c.run);
    for (int i = 0; i < IDI_RECOGNISER_STAGES; i++) {
        const idi_shape shape = idi_graph_shape(c.graph, stages[i]);
        double *ours = idi_network_run_get(&c.run, stages[i]);
        (void)idi_fixture_expect_map(&c.fixture, idi_name_join("stage", "%d", i).text, ours, &shape,
                                     shape.dim[1] / 3);
        free(ours);
    }
    idi_net_case_close(&c);
}

Test(perceptual, stages_of_an_iresnet)
{
    check_stages("iresnet_tiny", "stages_iresnet_tiny", &idi_net_float);
    check_stages("iresnet_tiny", "stages_iresnet_tiny", &idi_net_double);
}

Test(perceptual, stages_of_a_mobilefacenet)
{
    check_stages("mobilefacenet", "stages_mobilefacenet", &idi_net_float);
}
