/* SPDX-License-Identifier: Apache-2.0 */
/* nets/layers.h - layers with their parameters, named by a prefix as in PyTorch's modules. */
#ifndef IDI_NETS_LAYERS_H
#define IDI_NETS_LAYERS_H

#include "nets/mode.h"
#include "ops/activation.h"
#include "ops/conv2d.h"

/* <prefix>.weight [out, in] and, if has_bias, <prefix>.bias [out]. residual may be IDI_NONE. */
idi_value idi_linear_layer(idi_graph *graph, const char *prefix, idi_value x, int64_t out,
                           bool has_bias, idi_value residual, idi_act act);

/* The same as a 1x1 convolution: in files the weight is [out, in, 1, 1]. */
idi_value idi_pointwise_layer(idi_graph *graph, const char *prefix, idi_value x, int64_t out,
                              idi_value residual, idi_act act);

typedef struct idi_conv_layer_spec {
    int64_t out;
    int64_t kernel;
    int64_t stride;
    int64_t pad;
    int64_t groups; /* 0 counts as 1 */
    bool has_bias;
    bool is_flattened; /* a linear layer on flattened maps in files */
    idi_act act;
} idi_conv_layer_spec;

/* <prefix>.weight [out, in/groups, kernel, kernel] in files, and <prefix>.bias. */
idi_value idi_conv_layer(idi_graph *graph, const char *prefix, idi_value x,
                         const idi_conv_layer_spec *spec, idi_value residual);

/* The weight [out, kernel, kernel, in] of a spectrally normalised convolution, divided by its
 * largest singular value: <prefix>.weight_orig [out, in, kernel, kernel] in files, and the vectors
 * <prefix>.weight_u [out] and <prefix>.weight_v [in*kernel*kernel]. In training one step of the
 * power iteration comes first and its vectors are assigned: so it is called once for each graph and
 * layer, and what it returns serves all convolutions. */
idi_value idi_spectral_weight(idi_graph *graph, const char *prefix, int64_t out, int64_t kernel,
                              int64_t in, idi_mode mode);

/* <prefix>.{weight,bias} [channels]. */
idi_value idi_group_norm_layer(idi_graph *graph, const char *prefix, idi_value x, int64_t groups,
                               double eps, idi_act act);
idi_value idi_layer_norm_layer(idi_graph *graph, const char *prefix, idi_value x);

/* <prefix>.{weight,bias,running_mean,running_var} [channels], eps 1e-5. In training the batch's
 * own statistics normalise, and the running ones, which move towards them by a tenth, are assigned.
 */
idi_value idi_batch_norm_layer(idi_graph *graph, const char *prefix, idi_value x, idi_mode mode);
/* <prefix>.weight [channels]. */
idi_value idi_prelu_layer(idi_graph *graph, const char *prefix, idi_value x);

/* A name put together: "cross2" + ".norm1". Too long a name is a failure of the graph. */
typedef struct idi_name {
    char text[192];
} idi_name;
idi_name idi_name_join(const char *prefix, const char *format, ...) IDI_PRINTF(2, 3);

#endif
