/* SPDX-License-Identifier: Apache-2.0 */
/* nets/layers.c - see layers.h. */
#include "nets/layers.h"
#include "ops/batch_norm.h"
#include "ops/batch_stats.h"
#include "ops/group_norm.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/moving_average.h"
#include "ops/prelu.h"
#include "ops/reshape.h"
#include "ops/spectral_scale.h"
#include "ops/unit_product.h"

#include <stdarg.h>
#include <stdio.h>

static const double norm_eps = 1e-5;
static const double running_rate = 0.1; /* PyTorch's momentum */

idi_name idi_name_join(const char *prefix, const char *format, ...)
{
    idi_name name;
    int used = snprintf(name.text, sizeof name.text, "%s", prefix);
    if (used < 0 || used >= (int)sizeof name.text) return name;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(name.text + used, sizeof name.text - (size_t)used, format, arguments);
    va_end(arguments);
    return name;
}

static int64_t channels_of(const idi_graph *graph, idi_value x)
{
    const idi_shape shape = idi_graph_shape(graph, x);
    return idi_shape_last(&shape);
}

static idi_value vector(idi_graph *graph, const char *prefix, const char *member, int64_t count)
{
    return idi_graph_parameter_f(graph, IDI_LAYOUT_PLAIN, idi_shape1(count), "%s.%s", prefix,
                                 member);
}

/* The same as exactly as the graph keeps numbers: what it changes. */
static idi_value exact_vector(idi_graph *graph, const char *prefix, const char *member,
                              int64_t count)
{
    return idi_graph_parameter_of_kind(graph, idi_graph_exact_kind(graph), IDI_LAYOUT_PLAIN,
                                       idi_shape1(count), "%s.%s", prefix, member);
}

/* Of its input's kind. */
static idi_value matrix_layer(idi_graph *graph, const char *prefix, idi_layout layout, idi_value x,
                              int64_t out, bool has_bias, idi_value residual, idi_act act)
{
    const idi_dtype kind = idi_graph_dtype(graph, x);
    const idi_value weight = idi_graph_parameter_of_kind(
        graph, kind, layout, idi_shape2(out, channels_of(graph, x)), "%s.weight", prefix);
    const idi_value bias = has_bias
                               ? idi_graph_parameter_of_kind(graph, kind, IDI_LAYOUT_PLAIN,
                                                             idi_shape1(out), "%s.bias", prefix)
                               : IDI_NONE;
    return idi_linear(graph, x, weight, bias, residual, act);
}

idi_value idi_linear_layer(idi_graph *graph, const char *prefix, idi_value x, int64_t out,
                           bool has_bias, idi_value residual, idi_act act)
{
    return matrix_layer(graph, prefix, IDI_LAYOUT_PLAIN, x, out, has_bias, residual, act);
}

idi_value idi_pointwise_layer(idi_graph *graph, const char *prefix, idi_value x, int64_t out,
                              idi_value residual, idi_act act)
{
    return matrix_layer(graph, prefix, IDI_LAYOUT_POINTWISE, x, out, true, residual, act);
}

idi_value idi_conv_layer(idi_graph *graph, const char *prefix, idi_value x,
                         const idi_conv_layer_spec *spec, idi_value residual)
{
    const int64_t groups = spec->groups ? spec->groups : 1;
    const idi_shape shape =
        idi_shape4(spec->out, spec->kernel, spec->kernel, channels_of(graph, x) / groups);
    const idi_value weight =
        idi_graph_parameter_f(graph, spec->is_flattened ? IDI_LAYOUT_FLATTENED : IDI_LAYOUT_CONV,
                              shape, "%s.weight", prefix);
    const idi_value bias = spec->has_bias ? vector(graph, prefix, "bias", spec->out) : IDI_NONE;
    const idi_conv2d_attr attr = {spec->stride, spec->pad, groups, spec->act};
    return idi_conv2d(graph, x, weight, bias, residual, &attr);
}

idi_value idi_spectral_weight(idi_graph *graph, const char *prefix, int64_t out, int64_t kernel,
                              int64_t in, idi_mode mode)
{
    const idi_dtype kind = idi_graph_exact_kind(graph);
    const idi_value weight =
        idi_graph_parameter_of_kind(graph, kind, IDI_LAYOUT_CONV,
                                    idi_shape4(out, kernel, kernel, in), "%s.weight_orig", prefix);
    idi_value u = exact_vector(graph, prefix, "weight_u", out);
    idi_value v =
        idi_graph_parameter_of_kind(graph, kind, IDI_LAYOUT_FLATTENED_ROW,
                                    idi_shape4(1, kernel, kernel, in), "%s.weight_v", prefix);
    if (mode == IDI_MODE_TRAINING) {
        v = idi_graph_assign(graph, v, idi_unit_product(graph, weight, u, true));
        u = idi_graph_assign(graph, u, idi_unit_product(graph, weight, v, false));
    }
    return idi_real(graph, idi_spectral_scale(graph, weight, u, v));
}

idi_value idi_group_norm_layer(idi_graph *graph, const char *prefix, idi_value x, int64_t groups,
                               double eps, idi_act act)
{
    const int64_t channels = channels_of(graph, x);
    return idi_group_norm(graph, x, vector(graph, prefix, "weight", channels),
                          vector(graph, prefix, "bias", channels), groups, eps, act);
}

idi_value idi_layer_norm_layer(idi_graph *graph, const char *prefix, idi_value x)
{
    const int64_t channels = channels_of(graph, x);
    return idi_layer_norm(graph, x, vector(graph, prefix, "weight", channels),
                          vector(graph, prefix, "bias", channels), norm_eps);
}

static void move_towards(idi_graph *graph, const char *prefix, const char *member, idi_value batch)
{
    const idi_moving_average_attr attr = {running_rate};
    const idi_shape shape = idi_graph_shape(graph, batch);
    const idi_value running = exact_vector(graph, prefix, member, idi_shape_last(&shape));
    const idi_value moved = idi_moving_average(graph, running, batch, IDI_NONE, &attr);
    (void)idi_graph_assign(graph, running, moved);
}

/* The whole batch as one sample of a group norm with a group a channel. */
static idi_value normalize_batch(idi_graph *graph, const char *prefix, idi_value x,
                                 idi_value weight, idi_value bias)
{
    const idi_batch_stats batch = idi_batch_stats_of(graph, x);
    move_towards(graph, prefix, "running_mean", batch.mean);
    move_towards(graph, prefix, "running_var", batch.variance);
    const idi_shape shape = idi_graph_shape(graph, x);
    const idi_shape one = idi_shape4(1, 1, idi_shape_rows(&shape), idi_shape_last(&shape));
    const idi_value y = idi_group_norm(graph, idi_reshape(graph, x, one), weight, bias,
                                       idi_shape_last(&shape), norm_eps, IDI_ACT_NONE);
    return idi_reshape(graph, y, shape);
}

idi_value idi_batch_norm_layer(idi_graph *graph, const char *prefix, idi_value x, idi_mode mode)
{
    const int64_t channels = channels_of(graph, x);
    const idi_value weight = vector(graph, prefix, "weight", channels);
    const idi_value bias = vector(graph, prefix, "bias", channels);
    if (mode == IDI_MODE_TRAINING) return normalize_batch(graph, prefix, x, weight, bias);
    return idi_batch_norm(graph, x, weight, bias, vector(graph, prefix, "running_mean", channels),
                          vector(graph, prefix, "running_var", channels), norm_eps);
}

idi_value idi_prelu_layer(idi_graph *graph, const char *prefix, idi_value x)
{
    return idi_prelu(graph, x, vector(graph, prefix, "weight", channels_of(graph, x)));
}
