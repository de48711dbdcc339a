/* SPDX-License-Identifier: Apache-2.0 */
/* nets/test_folded.c - the generator's folded form in float against the plain one in double where
 * folding could go wrong: streams of next to no variance and of a huge one, one class alone, styles
 * far outside tanh's range, identities between and beyond two people. */
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

typedef struct situation {
    const char *name;
    double entry;    /* factor of every proj_in.{weight,bias}: the variance of the streams */
    double styles;   /* factor of the style codes */
    double strength; /* from one golden identity (0) to another (1) and beyond */
    bool is_one_class;
} situation;

static const situation situations[] = {
    {"as it is", 1.0, 1.0, 1.0, false},
    {"own identity", 1.0, 1.0, 0.0, false},
    {"beyond the identity", 1.0, 1.0, 2.5, false},
    {"no variance to speak of", 1e-4, 1.0, 0.5, false},
    {"huge variance", 1e3, 1.0, 0.5, false},
    {"sharp attention", 1.0, 4.0, 1.0, false},
    {"one class", 1.0, 1.0, 1.0, true},
};

/* A fixture's configuration, and what the plain form makes of a situation in double. */
typedef struct subject {
    idi_memory *memory;
    idi_ca2sis_config config;
    const situation *at;
    int64_t batch;
} subject;

/* cos and sin of the way: the vector stays one of unit length. */
static double *identities(const subject *s)
{
    const int64_t dim = s->config.identity_dim;
    double *pair = idi_golden_identity_doubles(2 * s->batch, dim);
    double *mixed = malloc((size_t)(s->batch * dim) * sizeof *mixed);
    for (int64_t n = 0; n < s->batch; n++) {
        const double *a = pair + 2 * n * dim;
        const double *b = a + dim;
        double dot = 0.0;
        for (int64_t i = 0; i < dim; i++)
            dot += a[i] * b[i];
        const double angle = acos(dot);
        for (int64_t i = 0; i < dim; i++)
            mixed[n * dim + i] = (sin((1.0 - s->at->strength) * angle) * a[i] +
                                  sin(s->at->strength * angle) * b[i]) /
                                 sin(angle);
    }
    free(pair);
    return mixed;
}

static void set_inputs(const subject *s, const idi_network *net, idi_network_run *run)
{
    const idi_shape styles = idi_graph_shape(net->graph, net->styles);
    double *codes = idi_golden_doubles("styles", styles.rank, styles.dim);
    for (int64_t i = 0; i < idi_shape_count(&styles); i++)
        codes[i] *= s->at->styles;
    idi_network_run_set(run, net->styles, codes);
    free(codes);
    uint8_t *labels = idi_golden_label_maps(s->batch, s->config.size, s->config.classes, 3);
    if (s->at->is_one_class)
        memset(labels, 1, (size_t)(s->batch * s->config.size * s->config.size));
    idi_network_run_set_labels(run, net->labels, labels);
    free(labels);
    if (net->identity == IDI_NONE) return;
    double *identity = identities(s);
    idi_network_run_set(run, net->identity, identity);
    free(identity);
}

static void scale_entries(const subject *s, idi_network_run *run)
{
    for (idi_value v = 0; v < idi_graph_value_count(run->graph); v++) {
        const idi_value_info *info = idi_graph_get_value(run->graph, v);
        if (!run->weights[v] || !strstr(info->name, ".proj_in.")) continue;
        for (int64_t i = 0; i < idi_shape_count(&info->shape); i++) {
            if (run->backend->real == IDI_F64)
                ((double *)run->weights[v])[i] *= s->at->entry;
            else
                ((float *)run->weights[v])[i] *= (float)s->at->entry;
        }
    }
}

static double *image_of(const subject *s, idi_form form, idi_backend *backend, int64_t *count_out)
{
    idi_network net;
    idi_network_run run;
    cr_assert_eq(idi_network_generate(s->memory, &s->config, form, s->batch, &net), IDI_OK, "%s",
                 idi_last_error());
    idi_network_run_open(&run, net.graph, backend);
    scale_entries(s, &run);
    set_inputs(s, &net, &run);
    idi_network_run_go(&run);
    const idi_shape shape = idi_graph_shape(net.graph, net.output);
    double *image = idi_network_run_get(&run, net.output);
    *count_out = idi_shape_count(&shape);
    idi_network_run_close(&run);
    idi_network_destroy(&net);
    return image;
}

static void expect_close(const subject *s, const double *ours, const double *reference,
                         int64_t count)
{
    double error = 0.0;
    double square = 0.0;
    for (int64_t i = 0; i < count; i++) {
        error += (ours[i] - reference[i]) * (ours[i] - reference[i]);
        square += reference[i] * reference[i];
    }
    const double relative = sqrt(error / square);
    cr_log_info("%s: %.2e", s->at->name, relative);
    cr_expect(relative <= 1e-5, "%s: %.3g, want at most 1e-5", s->at->name, relative);
}

static void check_situation(const subject *s)
{
    idi_backend *plain;
    idi_backend *fast;
    int64_t count;
    cr_assert_eq(idi_cpu64_backend_create(s->memory, true, &plain), IDI_OK);
    cr_assert_eq(idi_cpu32_backend_create(s->memory, false, &fast), IDI_OK);
    double *reference = image_of(s, IDI_FORM_PLAIN, plain, &count);
    double *folded = image_of(s, IDI_FORM_FOLDED, fast, &count);
    expect_close(s, folded, reference, count);
    free(reference);
    free(folded);
    idi_cpu_backend_destroy(&plain);
    idi_cpu_backend_destroy(&fast);
}

static void check_fixture(const char *name)
{
    idi_fixture fixture;
    subject s = {.memory = idi_test_memory(), .batch = 1};
    idi_fixture_open(&fixture, name, s.memory);
    s.config = idi_fixture_config(&fixture).generator;
    idi_fixture_close(&fixture);
    for (size_t i = 0; i < sizeof situations / sizeof situations[0]; i++) {
        s.at = &situations[i];
        check_situation(&s);
    }
    idi_test_memory_close(&s.memory);
}

/* A result for the pixels' ops: rounded, perhaps under another shape. */
static bool is_narrowed(const idi_graph *graph, const idi_node *node)
{
    while (node->op->is_view) {
        const idi_value_info *source = idi_graph_get_value(graph, node->in[0]);
        if (source->producer < 0) return false;
        node = idi_graph_get_node(graph, source->producer);
    }
    return node->op->id == idi_op_narrow;
}

/* What is made once a model or a person is made in wide numbers up to its last step. */
static void check_kinds(const char *name)
{
    const uint64_t image_bit = 2; /* see idi_node.depends */
    idi_fixture fixture;
    idi_network net;
    idi_memory *memory = idi_test_memory();
    idi_fixture_open(&fixture, name, memory);
    const idi_ca2sis_config config = idi_fixture_config(&fixture).generator;
    idi_fixture_close(&fixture);
    cr_assert_eq(idi_network_generate(memory, &config, IDI_FORM_FOLDED, 2, &net), IDI_OK);
    int wide = 0;
    for (int32_t n = 0; n < idi_graph_node_count(net.graph); n++) {
        const idi_node *node = idi_graph_get_node(net.graph, n);
        const bool is_wide = idi_graph_dtype(net.graph, node->out[0]) == IDI_WIDE;
        wide += is_wide;
        if (node->depends & image_bit)
            cr_expect_not(is_wide, "node %d, %s, is wide for every pixel", n, node->op->name);
        else
            cr_expect(is_wide || is_narrowed(net.graph, node), "node %d, %s, is not wide", n,
                      node->op->name);
    }
    cr_expect_gt(wide, 0);
    idi_network_destroy(&net);
    idi_test_memory_close(&memory);
}

Test(folded, products_are_wide)
{
    check_kinds("ca2sis_tiny_plain");
    check_kinds("ca2sis_tiny_identity_spade");
}

Test(folded, plain)
{
    check_fixture("ca2sis_tiny_plain");
}
Test(folded, identity)
{
    check_fixture("ca2sis_tiny_identity");
}
Test(folded, spade)
{
    check_fixture("ca2sis_tiny_spade");
}
Test(folded, identity_spade)
{
    check_fixture("ca2sis_tiny_identity_spade");
}
