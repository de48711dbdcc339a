/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/conv_graph.h - a convolution as cuDNN's operation graph: the convolution, then bias,
 * then activation or residual, with float between them. */
#ifndef IDI_CUDA_RUNTIME_CONV_GRAPH_H
#define IDI_CUDA_RUNTIME_CONV_GRAPH_H

#include "cuda/runtime/conv.h"
#include "cuda/runtime/cudnn_plan.h"

/* The names of the graph's tensors, for the variant pack. */
enum { IDI_CONV_X = 1, IDI_CONV_WEIGHT, IDI_CONV_Y, IDI_CONV_BIAS, IDI_CONV_RESIDUAL };

/* problem: an idi_cuda_conv_problem. Errors: UNSUPPORTED (cuDNN has no such graph). */
IDI_NODISCARD idi_status idi_cuda_conv_graph_build(idi_cuda_plan *plan, const void *problem,
                                                   cudnnBackendDescriptor_t *graph_out);

#endif
