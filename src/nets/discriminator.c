/* SPDX-License-Identifier: Apache-2.0 */
/* nets/discriminator.c - see discriminator.h. */
#include "nets/discriminator.h"
#include "nets/layers.h"
#include "ops/average_pool.h"
#include "ops/conv2d.h"
#include "ops/group_norm.h"
#include "ops/label_planes.h"

enum { KERNEL = 4, PAD = 2, IMAGE_CHANNELS = 3, MOST_WIDTHS = 8, NARROW_STRIDE_LAYER = 3 };
enum { MAX_CLASSES = 256, MAX_WIDTH = 1024 };
static const double norm_eps = 1e-5;

void idi_discriminator_config_init(idi_discriminator_config *config, int64_t classes)
{
    *config = (idi_discriminator_config){.classes = classes, .scales = 2, .layers = 3, .width = 64};
}

static idi_status check_range(const char *name, int64_t value, int64_t low, int64_t high)
{
    IDI_REQUIRE(value >= low && value <= high, IDI_ERR_ARG,
                "discriminator: %s is %lld, want %lld to %lld", name, (long long)value,
                (long long)low, (long long)high);
    return IDI_OK;
}

idi_status idi_discriminator_config_check(const idi_discriminator_config *config)
{
    IDI_TRY(check_range("classes", config->classes, 1, MAX_CLASSES));
    IDI_TRY(check_range("scales", config->scales, 1, IDI_DISCRIMINATOR_SCALES));
    IDI_TRY(check_range("layers", config->layers, 1, IDI_DISCRIMINATOR_LAYERS));
    return check_range("width", config->width, 1, MAX_WIDTH);
}

/* Channels behind layer l. */
static int64_t width_of(const idi_discriminator_config *config, int64_t l)
{
    const int64_t doubled = config->width << l;
    const int64_t most = config->width * MOST_WIDTHS;
    return l == config->layers ? 1 : doubled < most ? doubled : most;
}

static int64_t width_before(const idi_discriminator_config *config, int64_t l)
{
    return l == 0 ? config->classes + IMAGE_CHANNELS : width_of(config, l - 1);
}

static bool is_normalised(const idi_discriminator_config *config, int64_t l)
{
    return l > 0 && l < config->layers;
}

static void open_scale(idi_graph *graph, idi_discriminator *d, int scale, idi_mode mode)
{
    for (int64_t l = 0; l <= d->config.layers; l++) {
        const idi_name name = idi_name_join("discriminator", "_%d.model%d.0", scale, (int)l);
        const int64_t in = width_before(&d->config, l);
        const int64_t out = width_of(&d->config, l);
        idi_value *weight = &d->scale[scale].weight[l];
        d->scale[scale].bias[l] = IDI_NONE;
        if (is_normalised(&d->config, l)) { /* in a module of its own with its norm */
            *weight = idi_spectral_weight(graph, idi_name_join(name.text, ".0").text, out, KERNEL,
                                          in, mode);
            continue;
        }
        *weight = idi_graph_parameter_f(graph, IDI_LAYOUT_CONV, idi_shape4(out, KERNEL, KERNEL, in),
                                        "%s.weight", name.text);
        d->scale[scale].bias[l] =
            idi_graph_parameter_f(graph, IDI_LAYOUT_PLAIN, idi_shape1(out), "%s.bias", name.text);
    }
}

idi_discriminator idi_discriminator_open(idi_graph *graph, const idi_discriminator_config *config,
                                         idi_mode mode)
{
    idi_discriminator d = {.config = *config};
    for (int scale = 0; scale < config->scales; scale++)
        open_scale(graph, &d, scale, mode);
    return d;
}

static idi_value layer(idi_graph *graph, const idi_discriminator *d, int scale, int64_t l,
                       idi_value x)
{
    const bool is_last = l == d->config.layers;
    const bool has_norm = is_normalised(&d->config, l);
    const idi_conv2d_attr attr = {
        .stride = is_last || l == NARROW_STRIDE_LAYER ? 1 : 2,
        .pad = PAD,
        .groups = 1,
        .act = is_last || has_norm ? IDI_ACT_NONE : IDI_ACT_LEAKY_RELU,
    };
    x = idi_conv2d(graph, x, d->scale[scale].weight[l], d->scale[scale].bias[l], IDI_NONE, &attr);
    if (!has_norm) return x;
    return idi_group_norm(graph, x, IDI_NONE, IDI_NONE, width_of(&d->config, l), norm_eps,
                          IDI_ACT_LEAKY_RELU);
}

idi_judgements idi_discriminator_judge(idi_graph *graph, const idi_discriminator *discriminator,
                                       idi_value labels, idi_value image)
{
    const idi_discriminator_config *config = &discriminator->config;
    idi_judgements out = {.scales = config->scales, .layers = config->layers};
    idi_value view = idi_label_planes(graph, labels, image, config->classes);
    for (int scale = 0; scale < config->scales; scale++) {
        if (scale > 0) view = idi_average_pool(graph, view);
        idi_value x = view;
        for (int64_t l = 0; l < config->layers; l++) {
            x = layer(graph, discriminator, scale, l, x);
            out.scale[scale].features[l] = x;
        }
        out.scale[scale].prediction = layer(graph, discriminator, scale, config->layers, x);
    }
    return out;
}
