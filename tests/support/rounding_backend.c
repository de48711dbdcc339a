/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/rounding_backend.c - see rounding_backend.h. */
#include "support/rounding_backend.h"

#include <math.h>

enum { FRACTION_BITS = 7 };

static idi_status (*run_plainly)(idi_backend *backend, const idi_op_info *op, const idi_exec *exec);

/* To the nearest, ties to even. Below the normal numbers, 10^-38, bf16 is coarser than this. */
static double round_to_bf16(double x)
{
    int exponent;
    (void)frexp(x, &exponent);
    const int finest = exponent - (FRACTION_BITS + 1);
    return ldexp(rint(ldexp(x, -finest)), finest);
}

static void round_numbers(const idi_backend *backend, const idi_tensor *tensor)
{
    float *floats = tensor->data;
    double *doubles = tensor->data;
    for (int64_t j = 0; j < idi_shape_count(&tensor->shape); j++)
        if (backend->real == IDI_F64)
            doubles[j] = round_to_bf16(doubles[j]);
        else
            floats[j] = (float)round_to_bf16((double)floats[j]);
}

static void round_reals(const idi_backend *backend, const idi_tensor *tensors, int count)
{
    for (int i = 0; i < count; i++)
        if (tensors[i].data && tensors[i].dtype == IDI_REAL) round_numbers(backend, &tensors[i]);
}

static idi_status run_rounded(idi_backend *backend, const idi_op_info *op, const idi_exec *exec)
{
    round_reals(backend, exec->in, exec->input_count); /* what the host has set */
    IDI_TRY(run_plainly(backend, op, exec));
    round_reals(backend, exec->out, exec->output_count);
    return IDI_OK;
}

void idi_round_backend(idi_backend *backend)
{
    run_plainly = backend->run;
    backend->run = run_rounded;
    backend->is_coarse = true;
}

int64_t idi_graph_real_outputs(const idi_graph *graph)
{
    int64_t count = 0;
    for (int32_t n = 0; n < idi_graph_node_count(graph); n++) {
        const idi_node *node = idi_graph_get_node(graph, n);
        for (int k = 0; k < node->output_count && !node->op->is_view; k++)
            if (node->out[k] != IDI_NONE)
                count += idi_graph_get_value(graph, node->out[k])->dtype == IDI_REAL;
    }
    return count;
}
