/* SPDX-License-Identifier: Apache-2.0 */
/* api/session.c - generators for one batch: what they will take, making them, and their end. */
#include "api/session.h"
#include "ops/macs.h"

void idi_session_options_init(idi_session_options *options)
{
    if (!options) return;
    *options = (idi_session_options){.struct_size = sizeof *options, .batch = 1};
}

static idi_status check_options(const idi_model *generator, const idi_session_options *options)
{
    IDI_REQUIRE(generator, IDI_ERR_ARG, "session: no model");
    IDI_REQUIRE_STRUCT(options, idi_session_options);
    IDI_REQUIRE(idi_arch_is_generator(generator->config.arch), IDI_ERR_ARG,
                "%s: is a recogniser (%s), want a generator", generator->path,
                idi_arch_name(generator->config.arch));
    IDI_REQUIRE(options->batch >= 1 && options->batch <= 1024, IDI_ERR_ARG,
                "session: batch %lld, want 1 to 1024", (long long)options->batch);
    return IDI_OK;
}

static idi_status open_backend(const idi_model *generator, const idi_session_options *options,
                               idi_backend **backend_out)
{
    const idi_context *context = generator->context;
    const char *precision = options->precision ? options->precision : context->precision;
    return idi_device_backend_open(context->device, precision, backend_out);
}

static idi_status plan_network(idi_backend *backend, const idi_network *network,
                               idi_plan_report *report)
{
    idi_graph_plan plan;
    IDI_TRY(idi_graph_plan_bytes(network->graph, backend, &plan));
    *report = (idi_plan_report){.struct_size = report->struct_size,
                                .activation_bytes = plan.slab_bytes,
                                .workspace_bytes = plan.workspace_bytes,
                                .node_count = idi_graph_node_count(network->graph),
                                .macs = idi_graph_macs(network->graph)};
    return IDI_OK;
}

static idi_network_options network_of(const idi_session_options *options)
{
    return (idi_network_options){.form = options->is_plain ? IDI_FORM_PLAIN : IDI_FORM_FOLDED,
                                 .batch = options->batch,
                                 .has_noise = options->has_noise,
                                 .has_label_mix = options->has_label_mix,
                                 .is_identity_off = options->is_identity_off};
}

static idi_status count_plain(const idi_model *generator, int64_t batch, int64_t *macs_out)
{
    idi_network plain;
    const idi_network_options options = {.form = IDI_FORM_PLAIN, .batch = batch};
    IDI_TRY(
        idi_network_generator(generator->context->memory, &generator->config, &options, &plain));
    *macs_out = idi_graph_macs(plain.graph);
    idi_network_destroy(&plain);
    return IDI_OK;
}

idi_status idi_session_plan(const idi_model *generator, const idi_session_options *options,
                            idi_plan_report *report)
{
    idi_session_options defaults;
    idi_session_options_init(&defaults);
    if (!options) options = &defaults;
    IDI_REQUIRE_STRUCT(report, idi_plan_report);
    IDI_TRY(check_options(generator, options));
    idi_backend *backend;
    idi_network network = {.graph = NULL};
    IDI_TRY(open_backend(generator, options, &backend));
    const idi_network_options wanted = network_of(options);
    idi_status st =
        idi_network_generator(generator->context->memory, &generator->config, &wanted, &network);
    if (st == IDI_OK) st = plan_network(backend, &network, report);
    if (st == IDI_OK) st = count_plain(generator, options->batch, &report->plain_macs);
    idi_network_destroy(&network);
    idi_device_backend_close(generator->context->device, &backend);
    return st;
}

static idi_status allocate_staging(idi_session *s)
{
    idi_memory *memory = s->model->context->memory;
    const size_t batch = (size_t)s->batch;
    const size_t pixels = (size_t)idi_session_pixels(s);
    const size_t styles = (size_t)idi_session_style_count(s);
    const size_t identity = (size_t)s->identity_dim;
    const size_t parts = s->has_label_mix ? (size_t)idi_session_parts(s) : 0;
    const size_t noise = (size_t)s->noise_count;
    const size_t next = styles > identity ? styles : identity;
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, batch * pixels, &s->labels));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, batch * pixels * 3 * sizeof(float), &s->image));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, batch * noise * sizeof(float), &s->noise));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, batch * parts * parts * sizeof(float),
                      &s->label_weights));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, batch * styles * sizeof(float), &s->styles));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, batch * identity * sizeof(float), &s->identity));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, batch * next * sizeof(float), &s->next));
    return idi_alloc(memory, IDI_TAG_GENERAL, batch * sizeof *s->status, &s->status);
}

static idi_status open_session(idi_session *s, const idi_session_options *options)
{
    idi_context *context = s->model->context;
    IDI_TRY(open_backend(s->model, options, &s->backend));
    const idi_network_options wanted = network_of(options);
    IDI_TRY(idi_network_generator(context->memory, &s->model->config, &wanted, &s->network));
    if (options->has_noise) s->noise_count = idi_sean_noise_count(&s->model->config.spade);
    IDI_TRY(idi_model_session_create(s->model, s->network.graph, s->backend, &s->run));
    return allocate_staging(s);
}

idi_status idi_session_create(const idi_model *generator, const idi_session_options *options,
                              idi_session **session_out)
{
    IDI_REQUIRE(session_out, IDI_ERR_ARG, "session: no place for the result");
    *session_out = NULL;
    idi_session_options defaults;
    idi_session_options_init(&defaults);
    if (!options) options = &defaults;
    IDI_TRY(check_options(generator, options));
    idi_session *s;
    IDI_TRY(idi_alloc_zeroed(generator->context->memory, IDI_TAG_GENERAL, 1, sizeof *s, &s));
    s->model = generator;
    s->batch = options->batch;
    s->identity_dim = options->is_identity_off ? 0 : generator->traits.identity_dim;
    s->has_label_mix = options->has_label_mix;
    const idi_status st = open_session(s, options);
    if (st != IDI_OK) idi_session_destroy(&s);
    *session_out = s;
    return st;
}

void idi_session_destroy(idi_session **session)
{
    if (!session || !*session) return;
    idi_session *s = *session;
    idi_memory *memory = s->model->context->memory;
    idi_graph_session_destroy(&s->run);
    idi_network_destroy(&s->network);
    idi_device_backend_close(s->model->context->device, &s->backend);
    idi_free(memory, s->labels);
    idi_free(memory, s->image);
    idi_free(memory, s->noise);
    idi_free(memory, s->label_weights);
    idi_free(memory, s->styles);
    idi_free(memory, s->identity);
    idi_free(memory, s->next);
    idi_free(memory, s->status);
    idi_free(memory, s);
    *session = NULL;
}
