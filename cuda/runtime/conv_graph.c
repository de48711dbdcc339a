/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/conv_graph.c - see conv_graph.h. */
#include "cuda/runtime/conv_graph.h"

enum { MAX_OPERATIONS = 3, FIRST_VIRTUAL = 16 };

/* A graph being built. */
typedef struct builder {
    idi_cuda_plan *plan;
    const idi_cudnn *dnn;
    idi_cudnn_pile *pile;
    const idi_cuda_conv_problem *p;
    cudnnBackendDescriptor_t operations[MAX_OPERATIONS];
    int operation_count;
    int64_t virtual_count;
} builder;

/* cuDNN writes dimensions as [N, C, H, W], whatever the order in memory; here channels last. */
static idi_status add_tensor(builder *b, const char *what, int64_t name, cudnnDataType_t type,
                             bool is_virtual, const int64_t nhwc[4],
                             cudnnBackendDescriptor_t *tensor_out)
{
    const int64_t n = nhwc[0];
    const int64_t h = nhwc[1];
    const int64_t w = nhwc[2];
    const int64_t c = nhwc[3];
    const int64_t dim[4] = {n, c, h, w};
    const int64_t stride[4] = {h * w * c, 1, w * c, c};
    const int64_t alignment = 16;
    const idi_cudnn_attribute attributes[] = {
        {CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &name},
        {CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type},
        {CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, dim},
        {CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, stride},
        {CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, &alignment},
        {CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, &is_virtual}};
    if (!is_virtual) b->plan->names[b->plan->name_count++] = name;
    return idi_cudnn_describe(b->dnn, b->pile, what, CUDNN_BACKEND_TENSOR_DESCRIPTOR, attributes, 6,
                              tensor_out);
}

static idi_status add_x(builder *b, cudnnBackendDescriptor_t *tensor_out)
{
    const int64_t nhwc[4] = {b->p->n, b->p->h, b->p->w, b->p->c};
    return add_tensor(b, "tensor x", IDI_CONV_X, idi_cudnn_data_type(b->p->storage), false, nhwc,
                      tensor_out);
}

static idi_status add_weight(builder *b, cudnnBackendDescriptor_t *tensor_out)
{
    const int64_t nhwc[4] = {b->p->o, b->p->kh, b->p->kw, b->p->c / b->p->groups};
    return add_tensor(b, "tensor weight", IDI_CONV_WEIGHT, idi_cudnn_data_type(b->p->storage),
                      false, nhwc, tensor_out);
}

/* y itself behind the last operation, else a float tensor of its shape that is never stored. */
static idi_status add_result(builder *b, bool is_last, cudnnBackendDescriptor_t *tensor_out)
{
    const int64_t nhwc[4] = {b->p->n, b->p->out_h, b->p->out_w, b->p->o};
    if (is_last)
        return add_tensor(b, "tensor y", IDI_CONV_Y, idi_cudnn_data_type(b->p->storage), false,
                          nhwc, tensor_out);
    const int64_t name = FIRST_VIRTUAL + b->virtual_count++;
    return add_tensor(b, "intermediate tensor", name, CUDNN_DATA_FLOAT, true, nhwc, tensor_out);
}

static idi_status describe_window(builder *b, cudnnBackendDescriptor_t *window_out)
{
    const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
    const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    const int64_t sides = 2;
    const int64_t dilation[2] = {1, 1};
    const int64_t stride[2] = {b->p->stride, b->p->stride};
    const int64_t pad[2] = {b->p->pad, b->p->pad};
    const idi_cudnn_attribute attributes[] = {
        {CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &compute},
        {CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode},
        {CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, &sides},
        {CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, dilation},
        {CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, stride},
        {CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, pad},
        {CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, pad}};
    return idi_cudnn_describe(b->dnn, b->pile, "convolution", CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR,
                              attributes, 7, window_out);
}

/* One operation descriptor a kind, and what it calls its parts. */
typedef struct kind_names {
    cudnnBackendDescriptorType_t type;
    cudnnBackendAttributeName_t window, x, weight, y, alpha, beta;
} kind_names;

static const kind_names kinds[IDI_CUDA_CONV_KIND_COUNT] = {
    [IDI_CUDA_CONV_FORWARD] = {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                               CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                               CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                               CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                               CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
                               CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                               CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA},
    [IDI_CUDA_CONV_GRAD_INPUT] = {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA},
    [IDI_CUDA_CONV_GRAD_WEIGHT] = {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
                                   CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA}};

static idi_status add_convolution(builder *b, bool is_last, cudnnBackendDescriptor_t *y_out)
{
    const kind_names *k = &kinds[b->p->kind];
    const float alpha = 1.0f;
    const float beta = 0.0f;
    cudnnBackendDescriptor_t window;
    cudnnBackendDescriptor_t x;
    cudnnBackendDescriptor_t weight;
    IDI_TRY(describe_window(b, &window));
    IDI_TRY(add_x(b, &x));
    IDI_TRY(add_weight(b, &weight));
    IDI_TRY(add_result(b, is_last, y_out));
    const idi_cudnn_attribute attributes[] = {
        {k->window, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &window},
        {k->x, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &x},
        {k->weight, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &weight},
        {k->y, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, y_out},
        {k->alpha, CUDNN_TYPE_FLOAT, 1, &alpha},
        {k->beta, CUDNN_TYPE_FLOAT, 1, &beta}};
    return idi_cudnn_describe(b->dnn, b->pile, "convolution operation", k->type, attributes, 6,
                              &b->operations[b->operation_count++]);
}

/* *value becomes mode(*value) or, with an operand, mode(*value, operand). */
static idi_status add_pointwise(builder *b, cudnnPointwiseMode_t mode, double slope,
                                cudnnBackendDescriptor_t operand, bool is_last,
                                cudnnBackendDescriptor_t *value)
{
    const cudnnDataType_t compute = CUDNN_DATA_FLOAT;
    const idi_cudnn_attribute how[] = {
        {CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &mode},
        {CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &compute},
        {CUDNN_ATTR_POINTWISE_RELU_LOWER_CLIP_SLOPE, CUDNN_TYPE_DOUBLE, slope > 0.0, &slope}};
    cudnnBackendDescriptor_t pointwise;
    cudnnBackendDescriptor_t result;
    IDI_TRY(idi_cudnn_describe(b->dnn, b->pile, "pointwise function",
                               CUDNN_BACKEND_POINTWISE_DESCRIPTOR, how, 3, &pointwise));
    IDI_TRY(add_result(b, is_last, &result));
    const idi_cudnn_attribute attributes[] = {
        {CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
         &pointwise},
        {CUDNN_ATTR_OPERATION_POINTWISE_XDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, value},
        {CUDNN_ATTR_OPERATION_POINTWISE_BDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR, operand != NULL,
         &operand},
        {CUDNN_ATTR_OPERATION_POINTWISE_YDESC, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &result}};
    IDI_TRY(idi_cudnn_describe(b->dnn, b->pile, "pointwise operation",
                               CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, attributes, 4,
                               &b->operations[b->operation_count++]));
    *value = result;
    return IDI_OK;
}

static idi_status add_bias(builder *b, bool is_last, cudnnBackendDescriptor_t *value)
{
    const int64_t nhwc[4] = {1, 1, 1, b->p->o};
    cudnnBackendDescriptor_t bias;
    IDI_TRY(add_tensor(b, "tensor bias", IDI_CONV_BIAS, idi_cudnn_data_type(b->p->storage), false,
                       nhwc, &bias));
    return add_pointwise(b, CUDNN_POINTWISE_ADD, 0.0, bias, is_last, value);
}

static idi_status add_residual(builder *b, cudnnBackendDescriptor_t *value)
{
    const int64_t nhwc[4] = {b->p->n, b->p->out_h, b->p->out_w, b->p->o};
    cudnnBackendDescriptor_t residual;
    IDI_TRY(add_tensor(b, "tensor residual", IDI_CONV_RESIDUAL, idi_cudnn_data_type(b->p->storage),
                       false, nhwc, &residual));
    return add_pointwise(b, CUDNN_POINTWISE_ADD, 0.0, residual, true, value);
}

static idi_status add_act(builder *b, cudnnBackendDescriptor_t *value)
{
    switch (b->p->act) {
    case IDI_ACT_RELU:
        return add_pointwise(b, CUDNN_POINTWISE_RELU_FWD, 0.0, NULL, true, value);
    case IDI_ACT_LEAKY_RELU:
        return add_pointwise(b, CUDNN_POINTWISE_RELU_FWD, 0.2, NULL, true, value);
    case IDI_ACT_TANH:
        return add_pointwise(b, CUDNN_POINTWISE_TANH_FWD, 0.0, NULL, true, value);
    case IDI_ACT_SIGMOID:
        return add_pointwise(b, CUDNN_POINTWISE_SIGMOID_FWD, 0.0, NULL, true, value);
    case IDI_ACT_NONE:
    case IDI_ACT_SILU:
    case IDI_ACT_GELU:
        break;
    }
    return idi_fail(IDI_ERR_UNSUPPORTED, "activation %d is not fused into convolutions",
                    (int)b->p->act);
}

static idi_status add_operations(builder *b)
{
    const idi_cuda_conv_problem *p = b->p;
    const bool has_act = p->act != IDI_ACT_NONE;
    cudnnBackendDescriptor_t value;
    IDI_TRY(add_convolution(b, !p->has_bias && !has_act && !p->has_residual, &value));
    if (p->has_bias) IDI_TRY(add_bias(b, !has_act && !p->has_residual, &value));
    if (has_act) IDI_TRY(add_act(b, &value));
    if (p->has_residual) IDI_TRY(add_residual(b, &value));
    return IDI_OK;
}

idi_status idi_cuda_conv_graph_build(idi_cuda_plan *plan, const void *problem,
                                     cudnnBackendDescriptor_t *graph_out)
{
    builder b = {.plan = plan, .dnn = &plan->planner->dnn, .pile = &plan->pile, .p = problem};
    IDI_TRY(add_operations(&b));
    return idi_cudnn_plan_add_graph(plan, b.operations, b.operation_count, graph_out);
}
