/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/conv_plan.c - see conv_plan.h: the engines that a convolution may have, and its
 * tensors. */
#include "cuda/runtime/conv_plan.h"
#include "cuda/runtime/conv_graph.h"

/* Sums are promised in float, repeatable, and in f32 without any rounding of the factors. Winograd
 * and Fourier engines compute other sums, whose rounding grows with the transform. */
static bool is_wanted(const void *problem, cudnnBackendNumericalNote_t note)
{
    const idi_cuda_conv_problem *p = problem;
    switch (note) {
    case CUDNN_NUMERICAL_NOTE_TENSOR_CORE:
        return p->storage != IDI_F32 || p->allows_tf32;
    case CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP:
        return true;
    case CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS: /* to 16 bits; TF32 is not meant by it */
    case CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION:
    case CUDNN_NUMERICAL_NOTE_FFT:
    case CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC:
    case CUDNN_NUMERICAL_NOTE_WINOGRAD:
    case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_4x4:
    case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6:
    case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13:
    case CUDNN_NUMERICAL_NOTE_TYPE_COUNT:
        break;
    }
    return false;
}

idi_status idi_cuda_conv_plan_build(idi_cuda_planner *planner, const idi_cuda_conv_problem *problem,
                                    idi_cuda_plan **plan_out)
{
    const idi_cudnn_plan_request request = {problem, idi_cuda_conv_graph_build, is_wanted};
    return idi_cudnn_plan_build(planner, &request, plan_out);
}

idi_status idi_cuda_conv_plan_run(idi_cuda_planner *planner, const idi_cuda_plan *plan,
                                  const void *data, cudaStream_t stream)
{
    const idi_cuda_conv_data *d = data;
    void *const tensors[] = {[IDI_CONV_X] = d->x,
                             [IDI_CONV_WEIGHT] = d->weight,
                             [IDI_CONV_Y] = d->y,
                             [IDI_CONV_BIAS] = d->bias,
                             [IDI_CONV_RESIDUAL] = d->residual};
    return idi_cudnn_plan_run(planner, plan, tensors, d->workspace, stream);
}
