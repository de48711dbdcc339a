/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/conv.c - see conv.h: convolutions in the cache of plans, and what happens where
 * nothing is fused. */
#include "cuda/runtime/conv.h"
#include "cuda/runtime/conv_plan.h"

struct idi_cuda_conv {
    idi_cuda_plan_entry entry;
    idi_cuda_conv_problem problem;
    bool is_fused;
};

static idi_cuda_plan_key key_of(const idi_cuda_conv_problem *p)
{
    return (idi_cuda_plan_key){IDI_CUDA_PLAN_CONV,
                               {p->kind, p->n, p->h, p->w, p->c, p->o, p->kh, p->kw, p->out_h,
                                p->out_w, p->pad, p->stride, p->groups, p->storage, p->allows_tf32,
                                p->act, p->has_bias, p->has_residual}};
}

static bool has_epilogue(const idi_cuda_conv_problem *problem)
{
    return problem->has_bias || problem->has_residual || problem->act != IDI_ACT_NONE;
}

/* One plan for all of it, or one for the convolution alone, whose 16-bit results are then rounded
 * before bias and activation and once more behind them. */
static idi_status make(idi_cuda_planner *planner, const void *problem, idi_cuda_plan_entry *entry)
{
    idi_cuda_conv *conv = (idi_cuda_conv *)entry;
    conv->problem = *(const idi_cuda_conv_problem *)problem;
    IDI_TRY(idi_cuda_conv_plan_build(planner, &conv->problem, &entry->plan));
    conv->is_fused = entry->plan != NULL;
    if (entry->plan || !has_epilogue(&conv->problem)) return IDI_OK;
    idi_cuda_conv_problem plain = conv->problem;
    plain.has_bias = plain.has_residual = false;
    plain.act = IDI_ACT_NONE;
    return idi_cuda_conv_plan_build(planner, &plain, &entry->plan);
}

idi_status idi_cuda_conv_find(idi_cuda_plan_cache *cache, const idi_cuda_conv_problem *problem,
                              const idi_cuda_conv **conv_out)
{
    const idi_cuda_plan_key key = key_of(problem);
    const idi_cuda_plan_entry *entry;
    *conv_out = NULL;
    IDI_TRY(idi_cuda_plan_cache_find(cache, &key, sizeof **conv_out, make, problem, &entry));
    *conv_out = (const idi_cuda_conv *)entry;
    return IDI_OK;
}

size_t idi_cuda_conv_workspace_bytes(const idi_cuda_conv *conv)
{
    return idi_cuda_plan_workspace_bytes(conv->entry.plan);
}

idi_cuda_plan_search idi_cuda_conv_search_of(const idi_cuda_conv *conv)
{
    return idi_cuda_plan_search_of(conv->entry.plan);
}

bool idi_cuda_conv_is_fused(const idi_cuda_conv *conv)
{
    return conv->is_fused;
}

idi_status idi_cuda_conv_run(idi_cuda_plan_cache *cache, const idi_cuda_conv *conv,
                             const idi_cuda_conv_data *data, cudaStream_t stream)
{
    IDI_TRY(idi_cuda_plan_cache_run(cache, &conv->entry, idi_cuda_conv_plan_run, data, stream));
    if (conv->is_fused) return IDI_OK;
    return idi_cuda_conv_epilogue(&conv->problem, data, stream);
}
