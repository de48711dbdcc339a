/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/sdpa_plan.c - see sdpa_plan.h: attention as a graph of cuDNN's one SDPA operation.
 *
 * cuDNN also fuses attention written out as products, reductions and pointwise operations, but only
 * its SDPA operation has engines that a described device is enough for (9.19): the written-out
 * graph has candidates and none of them viable. */
#include "cuda/runtime/sdpa_plan.h"
#include "cuda/runtime/cudnn_plan.h"

enum { Q = 1, K, V, Y, SCALE, NAMES };

/* The first with the operation. */
enum { OLDEST_VERSION = 91301 };

#if CUDNN_VERSION >= 91301

static idi_status add_tensor(idi_cuda_plan *plan, const char *what, int64_t name,
                             cudnnDataType_t type, const int64_t dim[4], const int64_t stride[4],
                             cudnnBackendDescriptor_t *tensor_out)
{
    const int64_t alignment = 16;
    const bool is_value = name == SCALE;
    const idi_cudnn_attribute attributes[] = {
        {CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &name},
        {CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type},
        {CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, dim},
        {CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, stride},
        {CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, &alignment},
        {CUDNN_ATTR_TENSOR_IS_BY_VALUE, CUDNN_TYPE_BOOLEAN, is_value, &is_value}};
    plan->names[plan->name_count++] = name;
    return idi_cudnn_describe(&plan->planner->dnn, &plan->pile, what,
                              CUDNN_BACKEND_TENSOR_DESCRIPTOR, attributes, 6, tensor_out);
}

/* [n, heads, tokens, size] over memory [n, tokens, heads*size]. */
static idi_status add_tokens(idi_cuda_plan *plan, const idi_cuda_sdpa_problem *p, const char *what,
                             int64_t name, int64_t tokens, cudnnBackendDescriptor_t *tensor_out)
{
    const int64_t width = p->heads * p->size;
    const int64_t dim[4] = {p->n, p->heads, tokens, p->size};
    const int64_t stride[4] = {tokens * width, p->size, width, 1};
    return add_tensor(plan, what, name, idi_cudnn_data_type(p->storage), dim, stride, tensor_out);
}

static idi_status add_graph(idi_cuda_plan *plan, const void *problem,
                            cudnnBackendDescriptor_t *graph_out)
{
    const idi_cuda_sdpa_problem *p = problem;
    const int64_t one[4] = {1, 1, 1, 1};
    cudnnBackendDescriptor_t t[NAMES];
    cudnnBackendDescriptor_t operation;
    IDI_TRY(add_tokens(plan, p, "tensor q", Q, p->queries, &t[Q]));
    IDI_TRY(add_tokens(plan, p, "tensor k", K, p->keys, &t[K]));
    IDI_TRY(add_tokens(plan, p, "tensor v", V, p->keys, &t[V]));
    IDI_TRY(add_tokens(plan, p, "tensor y", Y, p->queries, &t[Y]));
    IDI_TRY(add_tensor(plan, "scale", SCALE, CUDNN_DATA_FLOAT, one, one, &t[SCALE]));
    const cudnnBackendAttributeType_t type = CUDNN_TYPE_BACKEND_DESCRIPTOR;
    const idi_cudnn_attribute attributes[] = {
        {CUDNN_ATTR_OPERATION_SDPA_FWD_QDESC, type, 1, &t[Q]},
        {CUDNN_ATTR_OPERATION_SDPA_FWD_KDESC, type, 1, &t[K]},
        {CUDNN_ATTR_OPERATION_SDPA_FWD_VDESC, type, 1, &t[V]},
        {CUDNN_ATTR_OPERATION_SDPA_FWD_ODESC, type, 1, &t[Y]},
        {CUDNN_ATTR_OPERATION_SDPA_FWD_SCALEDESC, type, 1, &t[SCALE]}};
    IDI_TRY(idi_cudnn_describe(&plan->planner->dnn, &plan->pile, "attention operation",
                               CUDNN_BACKEND_OPERATION_SDPA_FWD_DESCRIPTOR, attributes, 5,
                               &operation));
    return idi_cudnn_plan_add_graph(plan, &operation, 1, graph_out);
}

#else

static idi_status add_graph(idi_cuda_plan *plan, const void *problem,
                            cudnnBackendDescriptor_t *graph_out)
{
    (void)plan, (void)problem, (void)graph_out;
    return idi_fail(IDI_ERR_UNSUPPORTED, "compiled against a cuDNN without attention");
}

#endif

/* Repeatable, without further rounding of the factors or of the sums. */
static bool is_wanted(const void *problem, cudnnBackendNumericalNote_t note)
{
    (void)problem;
    return note == CUDNN_NUMERICAL_NOTE_TENSOR_CORE || note == CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP;
}

idi_status idi_cuda_sdpa_plan_build(idi_cuda_planner *planner, const idi_cuda_sdpa_problem *problem,
                                    idi_cuda_plan **plan_out)
{
    const idi_cudnn_plan_request request = {problem, add_graph, is_wanted};
    *plan_out = NULL;
    if (planner->dnn.GetVersion() < OLDEST_VERSION) return IDI_OK;
    return idi_cudnn_plan_build(planner, &request, plan_out);
}

idi_status idi_cuda_sdpa_plan_run(idi_cuda_planner *planner, const idi_cuda_plan *plan,
                                  const void *data, cudaStream_t stream)
{
    const idi_cuda_sdpa_data *d = data;
    float scale = d->scale; /* read before the call returns */
    void *const tensors[NAMES] = {[Q] = d->q, [K] = d->k, [V] = d->v, [Y] = d->y, [SCALE] = &scale};
    return idi_cudnn_plan_run(planner, plan, tensors, d->workspace, stream);
}
