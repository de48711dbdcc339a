/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/cudnn_plan.c - see cudnn_plan.h: asks cuDNN's heuristics for engines, passes over
 * those whose numbers are not what is promised, and takes the first that makes a plan. */
#include "cuda/runtime/cudnn_plan.h"

#include <string.h>

enum { MAX_CANDIDATES = 64 };

static idi_status find_device(idi_cuda_planner *planner, const char *json)
{
    const idi_cudnn *dnn = &planner->dnn;
    IDI_TRY(idi_cudnn_open(&planner->dnn));
    if (!json) {
        IDI_TRY_CUDNN(dnn, "handle", dnn->Create(&planner->handle));
        return IDI_OK;
    }
    const idi_cudnn_attribute description = {CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION,
                                             CUDNN_TYPE_CHAR, (int64_t)strlen(json) + 1, json};
    return idi_cudnn_describe(dnn, &planner->pile, "device description",
                              CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, &description, 1,
                              &planner->device);
}

idi_status idi_cuda_planner_open(idi_memory *memory, const char *device_json,
                                 idi_cuda_planner **planner_out)
{
    *planner_out = NULL;
    idi_cuda_planner *planner;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *planner, &planner));
    planner->memory = memory;
    const idi_status st = find_device(planner, device_json);
    if (st != IDI_OK) {
        idi_cuda_planner_close(&planner);
        return st;
    }
    *planner_out = planner;
    return IDI_OK;
}

void idi_cuda_planner_close(idi_cuda_planner **planner)
{
    if (!*planner) return;
    idi_cuda_planner *p = *planner;
    idi_cudnn_destroy(&p->dnn, &p->pile);
    if (p->handle) (void)p->dnn.Destroy(p->handle);
    idi_cudnn_close(&p->dnn);
    idi_free(p->memory, p);
    *planner = NULL;
}

/* Whether the numbers of the configuration's engine are what the problem asks for. */
static idi_status check_notes(const idi_cudnn *dnn, const idi_cudnn_plan_request *request,
                              cudnnBackendDescriptor_t config, bool *is_wanted_out)
{
    cudnnBackendNumericalNote_t notes[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
    cudnnBackendDescriptor_t engine;
    int64_t count = 0;
    IDI_TRY_CUDNN(dnn, "engine",
                  dnn->BackendCreateDescriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR, &engine));
    cudnnStatus_t status = dnn->BackendGetAttribute(
        config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &engine);
    if (status == CUDNN_STATUS_SUCCESS)
        status = dnn->BackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                          CUDNN_TYPE_NUMERICAL_NOTE,
                                          CUDNN_NUMERICAL_NOTE_TYPE_COUNT, &count, notes);
    (void)dnn->BackendDestroyDescriptor(engine);
    IDI_TRY_CUDNN(dnn, "numerical notes of an engine", status);
    *is_wanted_out = true;
    for (int64_t i = 0; i < count; i++)
        if (!request->is_wanted(request->problem, notes[i])) *is_wanted_out = false;
    return IDI_OK;
}

/* Finalises the configuration as the plan; *is_made_out false if it does not do, or wants too much
 * scratch. */
static idi_status try_config(idi_cuda_plan *plan, cudnnBackendDescriptor_t config,
                             bool *is_made_out)
{
    idi_cuda_planner *planner = plan->planner;
    const idi_cudnn *dnn = &planner->dnn;
    const idi_cudnn_attribute attributes[] = {
        {CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, planner->handle != NULL,
         &planner->handle},
        {CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR,
         planner->device != NULL, &planner->device},
        {CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &config}};
    *is_made_out = false;
    const int mark = plan->pile.count;
    /* Engines that their heuristics offer and that then refuse are usual: the next one's turn. */
    if (idi_cudnn_describe(dnn, &plan->pile, "plan", CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR,
                           attributes, 3, &plan->plan) == IDI_OK) {
        int64_t bytes = 0;
        int64_t count = 0;
        IDI_TRY_CUDNN(dnn, "workspace of a plan",
                      dnn->BackendGetAttribute(plan->plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                               CUDNN_TYPE_INT64, 1, &count, &bytes));
        plan->workspace_bytes = (size_t)bytes;
        *is_made_out = plan->workspace_bytes <= IDI_CUDA_PLAN_WORKSPACE_LIMIT;
    }
    while (!*is_made_out && plan->pile.count > mark)
        (void)dnn->BackendDestroyDescriptor(plan->pile.made[--plan->pile.count]);
    return IDI_OK;
}

/* The heuristics' candidates, best first; the caller destroys all `made_out` descriptors, of which
 * the first `count_out` are filled. */
static idi_status list_candidates(idi_cuda_planner *planner, cudnnBackendHeurMode_t mode,
                                  cudnnBackendDescriptor_t graph, idi_cudnn_pile *pile,
                                  cudnnBackendDescriptor_t *configs, int *made_out,
                                  int64_t *count_out)
{
    const idi_cudnn *dnn = &planner->dnn;
    const idi_cudnn_attribute attributes[] = {
        {CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &graph},
        {CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode},
        {CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR, planner->device != NULL,
         &planner->device}};
    cudnnBackendDescriptor_t heuristics;
    IDI_TRY(idi_cudnn_describe(dnn, pile, "heuristics", CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR,
                               attributes, 3, &heuristics));
    for (; *made_out < MAX_CANDIDATES; ++*made_out)
        IDI_TRY_CUDNN(
            dnn, "engine configuration",
            dnn->BackendCreateDescriptor(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, &configs[*made_out]));
    IDI_TRY_CUDNN(dnn, "results of the heuristics",
                  dnn->BackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                           CUDNN_TYPE_BACKEND_DESCRIPTOR, MAX_CANDIDATES, count_out,
                                           configs));
    return IDI_OK;
}

/* The first candidate that does; it moves to the plan's pile. */
static idi_status choose(idi_cuda_plan *plan, const idi_cudnn_plan_request *request,
                         cudnnBackendDescriptor_t *configs, int64_t count, bool *is_made_out)
{
    for (int64_t i = 0; i < count && !*is_made_out; i++) {
        bool is_wanted = false;
        plan->search.tried++;
        IDI_TRY(check_notes(&plan->planner->dnn, request, configs[i], &is_wanted));
        if (is_wanted)
            IDI_TRY(try_config(plan, configs[i], is_made_out));
        else
            plan->search.unwanted++;
        if (!*is_made_out) continue;
        IDI_ENSURE(plan->pile.count < IDI_CUDNN_PILE);
        plan->pile.made[plan->pile.count++] = configs[i];
        configs[i] = NULL;
    }
    return IDI_OK;
}

static idi_status search(idi_cuda_plan *plan, const idi_cudnn_plan_request *request,
                         cudnnBackendHeurMode_t mode, cudnnBackendDescriptor_t graph,
                         bool *is_made_out)
{
    const idi_cudnn *dnn = &plan->planner->dnn;
    cudnnBackendDescriptor_t configs[MAX_CANDIDATES];
    int made = 0;
    int64_t count = 0;
    idi_status st =
        list_candidates(plan->planner, mode, graph, &plan->pile, configs, &made, &count);
    plan->search.candidates += (int)count;
    if (st == IDI_OK) st = choose(plan, request, configs, count, is_made_out);
    while (made-- > 0)
        if (configs[made]) (void)dnn->BackendDestroyDescriptor(configs[made]);
    return st == IDI_ERR_UNSUPPORTED ? IDI_OK : st;
}

static idi_status build(idi_cuda_plan *plan, const idi_cudnn_plan_request *request,
                        bool *is_made_out)
{
    cudnnBackendDescriptor_t graph;
    *is_made_out = false;
    const idi_status st = request->add_graph(plan, request->problem, &graph);
    if (st == IDI_ERR_UNSUPPORTED) return IDI_OK;
    if (st != IDI_OK) return st;
    IDI_TRY(search(plan, request, CUDNN_HEUR_MODE_A, graph, is_made_out));
    if (*is_made_out) return IDI_OK;
    return search(plan, request, CUDNN_HEUR_MODE_FALLBACK, graph, is_made_out);
}

idi_status idi_cudnn_plan_build(idi_cuda_planner *planner, const idi_cudnn_plan_request *request,
                                idi_cuda_plan **plan_out)
{
    *plan_out = NULL;
    idi_cuda_plan *plan;
    IDI_TRY(idi_alloc_zeroed(planner->memory, IDI_TAG_GENERAL, 1, sizeof *plan, &plan));
    plan->planner = planner;
    bool is_made;
    const idi_status st = build(plan, request, &is_made);
    if (st == IDI_OK && is_made)
        *plan_out = plan;
    else
        idi_cuda_plan_destroy(&plan);
    return st;
}

void idi_cuda_plan_destroy(idi_cuda_plan **plan)
{
    if (!*plan) return;
    idi_cudnn_destroy(&(*plan)->planner->dnn, &(*plan)->pile);
    idi_free((*plan)->planner->memory, *plan);
    *plan = NULL;
}

size_t idi_cuda_plan_workspace_bytes(const idi_cuda_plan *plan)
{
    return plan->workspace_bytes;
}

idi_cuda_plan_search idi_cuda_plan_search_of(const idi_cuda_plan *plan)
{
    return plan->search;
}

idi_status idi_cudnn_plan_add_graph(idi_cuda_plan *plan, const cudnnBackendDescriptor_t *operations,
                                    int count, cudnnBackendDescriptor_t *graph_out)
{
    idi_cuda_planner *planner = plan->planner;
    const idi_cudnn_attribute attributes[] = {
        {CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, count, operations},
        {CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, planner->handle != NULL,
         &planner->handle}};
    return idi_cudnn_describe(&planner->dnn, &plan->pile, "operation graph",
                              CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, attributes, 2, graph_out);
}

static idi_status execute(idi_cuda_planner *planner, const idi_cuda_plan *plan,
                          void *const *tensors, void *workspace, idi_cudnn_pile *pile)
{
    const idi_cudnn *dnn = &planner->dnn;
    void *pointers[IDI_CUDNN_PLAN_TENSORS];
    for (int i = 0; i < plan->name_count; i++)
        pointers[i] = tensors[plan->names[i]];
    const idi_cudnn_attribute attributes[] = {
        {CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, plan->name_count, plan->names},
        {CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, plan->name_count, pointers},
        {CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &workspace}};
    cudnnBackendDescriptor_t pack;
    IDI_TRY(idi_cudnn_describe(dnn, pile, "variant pack", CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR,
                               attributes, 3, &pack));
    IDI_TRY_CUDNN(dnn, "execution", dnn->BackendExecute(planner->handle, plan->plan, pack));
    return IDI_OK;
}

idi_status idi_cudnn_plan_run(idi_cuda_planner *planner, const idi_cuda_plan *plan,
                              void *const *tensors, void *workspace, cudaStream_t stream)
{
    const idi_cudnn *dnn = &planner->dnn;
    IDI_ENSURE(planner->handle);
    IDI_TRY_CUDNN(dnn, "stream", dnn->SetStream(planner->handle, stream));
    idi_cudnn_pile pile = {.count = 0};
    const idi_status st = execute(planner, plan, tensors, workspace, &pile);
    idi_cudnn_destroy(dnn, &pile);
    return st;
}

cudnnDataType_t idi_cudnn_data_type(idi_dtype storage)
{
    if (storage == IDI_F16) return CUDNN_DATA_HALF;
    return storage == IDI_BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
}
