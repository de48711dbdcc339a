/* SPDX-License-Identifier: Apache-2.0 */
/* nets/test_adversarial.c - what a generator is trained against: the discriminator, both sides'
 * losses and the spectral steps, against the independent reference; gradients against differences
 * too. */
#include "nets/judging.h"
#include "ops/add.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_discriminator(const char *name, const idi_parity_target *target)
{
    idi_judging s;
    idi_net_case_open(&s.net, name, target);
    idi_judging_build(&s, IDI_MODE_INFERENCE, false);
    for (int i = 0; i < s.config.scales; i++) {
        idi_graph_mark_output(s.net.graph, s.made.scale[i].prediction);
        for (int l = 0; l < s.config.layers; l++)
            idi_graph_mark_output(s.net.graph, s.made.scale[i].features[l]);
    }
    idi_net_case_start(&s.net);
    idi_fixture_expect_parameters(&s.net.fixture, s.net.graph);
    idi_judging_set_labels(&s);
    idi_net_case_set(&s.net, s.image, "image");
    idi_network_run_go(&s.net.run);
    for (int i = 0; i < s.config.scales; i++) {
        idi_net_case_expect(&s.net, idi_name_join("prediction", "%d", i).text,
                            s.made.scale[i].prediction);
        for (int l = 0; l < s.config.layers; l++)
            idi_net_case_expect(&s.net, idi_name_join("feature", "%d.%d", i, l).text,
                                s.made.scale[i].features[l]);
    }
    idi_net_case_close(&s.net);
}

Test(discriminator, three_layers)
{
    check_discriminator("discriminator_tiny", &idi_net_float);
    check_discriminator("discriminator_tiny", &idi_net_double);
}

Test(discriminator, four_layers)
{
    check_discriminator("discriminator_four", &idi_net_float);
    check_discriminator("discriminator_four", &idi_net_double);
}

Test(discriminator, published_parameters)
{
    static const struct {
        int64_t layers, count;
    } known[] = {{3, 1364098}, {4, 5566594}};
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        idi_memory *memory = idi_test_memory();
        idi_graph *graph;
        idi_discriminator_config config;
        cr_assert_eq(idi_graph_create(memory, &graph), IDI_OK);
        idi_discriminator_config_init(&config, 19);
        config.layers = known[k].layers;
        (void)idi_discriminator_open(graph, &config, IDI_MODE_TRAINING);
        cr_assert_eq(idi_graph_status(graph), IDI_OK);
        int64_t count = 0;
        for (idi_value v = 0; v < idi_graph_value_count(graph); v++) {
            const idi_value_info *info = idi_graph_get_value(graph, v);
            const bool is_weight = info->role == IDI_ROLE_PARAMETER &&
                                   !strstr(info->name, "weight_u") &&
                                   !strstr(info->name, "weight_v");
            if (is_weight) count += idi_shape_count(&info->shape);
        }
        cr_expect_eq(count, known[k].count, "%lld parameters", (long long)count);
        idi_graph_destroy(&graph);
        idi_test_memory_close(&memory);
    }
}

Test(discriminator, refuses_wrong_settings)
{
    idi_discriminator_config config;
    idi_discriminator_config_init(&config, 0);
    cr_expect_eq(idi_discriminator_config_check(&config), IDI_ERR_ARG);
    cr_expect_str_eq(idi_last_error(), "discriminator: classes is 0, want 1 to 256");
    idi_discriminator_config_init(&config, 19);
    cr_expect_eq(idi_discriminator_config_check(&config), IDI_OK);
    config.layers = 5;
    cr_expect_eq(idi_discriminator_config_check(&config), IDI_ERR_ARG);
    cr_expect_str_eq(idi_last_error(), "discriminator: layers is 5, want 1 to 4");
}

Test(adversarial, three_steps_of_training)
{
    idi_check_adversarial_steps(&idi_net_float);
}

Test(adversarial, three_steps_of_training_in_double)
{
    idi_check_adversarial_steps(&idi_net_double);
}

/* --- differences ----------------------------------------------------------------------------- */

/* The loss with the parameters as they are. */
static double value_of(idi_judging *s, idi_value loss, const double *image)
{
    idi_graph_session_note_parameters(s->net.run.session);
    idi_judging_set_labels(s);
    idi_network_run_set(&s->net.run, s->image, image);
    idi_net_case_set(&s->net, s->target, "target");
    idi_net_case_set_slope(&s->net, s->dy);
    idi_network_run_go(&s->net.run);
    double *value = idi_network_run_get(&s->net.run, loss);
    const double result = *value;
    free(value);
    return result;
}

/* Along the gradient's signs, and at its largest element. */
static void expect_slope(idi_judging *s, const char *name, idi_value loss, double *values,
                         const double *image, const double *gradient, int64_t count)
{
    double *kept = malloc((size_t)count * sizeof *kept);
    cr_assert_not_null(kept);
    memcpy(kept, values, (size_t)count * sizeof *kept);
    int64_t largest = 0;
    double total = 0.0;
    for (int64_t i = 0; i < count; i++) {
        total += fabs(gradient[i]);
        if (fabs(gradient[i]) > fabs(gradient[largest])) largest = i;
    }
    for (int is_one = 0; is_one < 2; is_one++) {
        const double step = is_one ? 1e-6 : 1e-8;
        double value[2];
        for (int side = 0; side < 2; side++) {
            const double along = side ? -step : step;
            for (int64_t i = 0; i < count; i++)
                if (!is_one || i == largest)
                    values[i] = kept[i] + (gradient[i] < 0.0 ? -along : along);
            value[side] = value_of(s, loss, image);
            memcpy(values, kept, (size_t)count * sizeof *kept);
        }
        const double got = (value[0] - value[1]) / (2.0 * step);
        const double want = is_one ? fabs(gradient[largest]) : total;
        cr_log_info("%s, %s: %.2e", name, is_one ? "largest" : "all", fabs(got - want) / want);
        cr_expect(want > 0.0 && fabs(got - want) <= 1e-5 * want,
                  "d/d(%s), %s: gradient says %.9g, differences %.9g", name,
                  is_one ? "largest" : "all along", want, got);
    }
    free(kept);
}

/* The vectors stay as they are: in training they move with the weights, which no gradient sees. */
static bool is_differentiated(const idi_value_info *info)
{
    return info->role == IDI_ROLE_PARAMETER && !strstr(info->name, "weight_u") &&
           !strstr(info->name, "weight_v");
}

Test(adversarial, discriminators_loss_by_all_its_weights)
{
    enum { MOST = 32 };
    idi_judging s;
    idi_value wrt[MOST];
    idi_value gradients[MOST];
    int count = 0;
    idi_net_case_open(&s.net, "adversarial_tiny", &idi_net_double);
    idi_judging_build(&s, IDI_MODE_INFERENCE, true);
    for (idi_value v = 0; v < idi_graph_value_count(s.net.graph); v++)
        if (is_differentiated(idi_graph_get_value(s.net.graph, v))) wrt[count++] = v;
    cr_assert_eq(count, 12);
    cr_assert_eq(idi_backward(s.net.graph, s.loss[0], s.dy, wrt, count, gradients), IDI_OK);
    for (int i = 0; i < count; i++)
        idi_graph_mark_output(s.net.graph, gradients[i]);
    idi_net_case_start(&s.net);
    double *image = idi_net_case_golden(&s.net, "image");
    for (int i = 0; i < count; i++) {
        const idi_value_info *info = idi_graph_get_value(s.net.graph, wrt[i]);
        (void)value_of(&s, s.loss[0], image);
        double *gradient = idi_network_run_get(&s.net.run, gradients[i]);
        expect_slope(&s, info->name, s.loss[0], s.net.run.weights[wrt[i]], image, gradient,
                     idi_shape_count(&info->shape));
        free(gradient);
    }
    free(image);
    idi_net_case_close(&s.net);
}

Test(adversarial, generators_losses_by_its_image)
{
    idi_judging s;
    idi_value gradient;
    idi_net_case_open(&s.net, "adversarial_tiny", &idi_net_double);
    idi_judging_build(&s, IDI_MODE_INFERENCE, true);
    const idi_value sum = idi_add(s.net.graph, s.loss[1], s.loss[2]);
    idi_graph_mark_output(s.net.graph, sum);
    cr_assert_eq(idi_backward(s.net.graph, sum, s.dy, &s.image, 1, &gradient), IDI_OK);
    idi_graph_mark_output(s.net.graph, gradient);
    idi_net_case_start(&s.net);
    double *image = idi_net_case_golden(&s.net, "image");
    (void)value_of(&s, sum, image);
    double *slope = idi_network_run_get(&s.net.run, gradient);
    expect_slope(&s, "image", sum, image, image, slope, s.net.batch * s.net.side * s.net.side * 3);
    free(slope);
    free(image);
    idi_net_case_close(&s.net);
}
