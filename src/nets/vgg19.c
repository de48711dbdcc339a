/* SPDX-License-Identifier: Apache-2.0 */
/* nets/vgg19.c - see vgg19.h. */
#include "nets/vgg19.h"
#include "nets/layers.h"
#include "ops/max_pool.h"

const double idi_vgg19_weights[IDI_VGG19_FEATURES] = {1.0 / 32, 1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0};

/* The convolutions of the blocks; of the last, the first alone. Each takes two places in
 * torchvision's list, as the pools take one. */
static const int block_convs[IDI_VGG19_FEATURES] = {2, 2, 4, 4, 1};
enum { MOST_WIDTHS = 8 };

static idi_value conv(idi_graph *graph, int index, idi_value x, int64_t out)
{
    const idi_conv_layer_spec spec = {
        .out = out, .kernel = 3, .stride = 1, .pad = 1, .has_bias = true, .act = IDI_ACT_RELU};
    return idi_conv_layer(graph, idi_name_join("features", ".%d", index).text, x, &spec, IDI_NONE);
}

void idi_vgg19(idi_graph *graph, int64_t width, idi_value image,
               idi_value features_out[IDI_VGG19_FEATURES])
{
    int index = 0;
    idi_value x = image;
    for (int block = 0; block < IDI_VGG19_FEATURES; block++) {
        idi_graph_begin_segment(graph);
        const int64_t widths = block < 3 ? 1 << block : MOST_WIDTHS;
        for (int i = 0; i < block_convs[block]; i++, index += 2) {
            x = conv(graph, index, x, width * widths);
            if (i == 0) features_out[block] = x;
        }
        if (block + 1 == IDI_VGG19_FEATURES) break;
        x = idi_max_pool(graph, x, 2, 2);
        index++;
    }
    idi_graph_end_segment(graph);
}
