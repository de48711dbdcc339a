/* SPDX-License-Identifier: Apache-2.0 */
/* api/session.c - generators for one batch. */
#include "api/objects.h"
#include "data/image.h"
#include "ops/macs.h"

#include <stdio.h>
#include <string.h>

struct idi_session {
    const idi_model *model;
    idi_backend *backend; /* its own, where the device has more than one */
    idi_network network;
    idi_graph_session *run;
    int64_t batch;
    uint8_t *labels; /* [batch, size, size] */
    float *styles;   /* [batch, classes, width]: as set last, to see what changed */
    float *identity; /* [batch, identity_dim] */
    float *next;     /* the larger of the two, being gathered */
    float *image;    /* [batch, size, size, 3] */
    idi_status *status;
    bool has_references; /* styles and identity have been set once */
};

void idi_session_options_init(idi_session_options *options)
{
    if (!options) return;
    *options = (idi_session_options){.struct_size = sizeof *options, .batch = 1};
}

void idi_generate_init(idi_generate *run)
{
    if (!run) return;
    *run = (idi_generate){.struct_size = sizeof *run};
}

static const idi_ca2sis_config *config_of(const idi_session *session)
{
    return &session->model->config.generator;
}

static int64_t pixels_of(const idi_session *session)
{
    return config_of(session)->size * config_of(session)->size;
}

static int64_t style_count(const idi_session *session)
{
    return config_of(session)->classes * idi_ca2sis_token_width(config_of(session));
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
    idi_status st = idi_network_generate(generator->context->memory, &generator->config.generator,
                                         IDI_FORM_FOLDED, options->batch, &network);
    if (st == IDI_OK) st = plan_network(backend, &network, report);
    idi_network_destroy(&network);
    idi_device_backend_close(generator->context->device, &backend);
    return st;
}

static idi_status allocate_staging(idi_session *s)
{
    idi_memory *memory = s->model->context->memory;
    const size_t batch = (size_t)s->batch;
    const size_t pixels = (size_t)pixels_of(s);
    const size_t styles = (size_t)style_count(s);
    const size_t identity = (size_t)config_of(s)->identity_dim;
    const size_t next = styles > identity ? styles : identity;
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, batch * pixels, &s->labels));
    IDI_TRY(idi_alloc(memory, IDI_TAG_IMAGE, batch * pixels * 3 * sizeof(float), &s->image));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, batch * styles * sizeof(float), &s->styles));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, batch * identity * sizeof(float), &s->identity));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, batch * next * sizeof(float), &s->next));
    return idi_alloc(memory, IDI_TAG_GENERAL, batch * sizeof *s->status, &s->status);
}

static idi_status open_session(idi_session *s, const idi_session_options *options)
{
    idi_context *context = s->model->context;
    IDI_TRY(open_backend(s->model, options, &s->backend));
    IDI_TRY(idi_network_generate(context->memory, config_of(s), IDI_FORM_FOLDED, s->batch,
                                 &s->network));
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
    idi_free(memory, s->styles);
    idi_free(memory, s->identity);
    idi_free(memory, s->next);
    idi_free(memory, s->status);
    idi_free(memory, s);
    *session = NULL;
}

static idi_status check_labels(const idi_session *s, const uint8_t *labels, int64_t sample)
{
    const int64_t size = config_of(s)->size;
    for (int64_t i = 0; i < size * size; i++)
        IDI_REQUIRE(labels[i] < config_of(s)->classes, IDI_ERR_LABELS,
                    "sample %lld: label %d at (%lld, %lld), but the model has classes 0..%lld",
                    (long long)sample, labels[i], (long long)(i % size), (long long)(i / size),
                    (long long)config_of(s)->classes - 1);
    return IDI_OK;
}

static idi_status check_style(const idi_session *s, const idi_style *style, int64_t sample)
{
    const int64_t width = idi_ca2sis_token_width(config_of(s));
    IDI_REQUIRE(style, IDI_ERR_ARG, "sample %lld has no style", (long long)sample);
    IDI_REQUIRE(style->classes == config_of(s)->classes && style->width == width, IDI_ERR_SHAPE,
                "sample %lld: style is [%lld, %lld], the model wants [%lld, %lld]",
                (long long)sample, (long long)style->classes, (long long)style->width,
                (long long)config_of(s)->classes, (long long)width);
    return IDI_OK;
}

static idi_status check_identity(const idi_session *s, const idi_identity *identity, int64_t sample)
{
    if (!config_of(s)->identity_dim) return IDI_OK;
    IDI_REQUIRE(identity, IDI_ERR_ARG,
                "sample %lld has no identity, and %s injects one (the style photograph's own keeps "
                "the person)",
                (long long)sample, s->model->path);
    IDI_REQUIRE(identity->count == config_of(s)->identity_dim, IDI_ERR_SHAPE,
                "sample %lld: the identity has %lld numbers (recogniser %s), the model takes %lld",
                (long long)sample, (long long)identity->count,
                identity->fingerprint[0] ? identity->fingerprint : "unknown",
                (long long)config_of(s)->identity_dim);
    const char *wanted = s->model->recogniser_fingerprint;
    IDI_REQUIRE(
        !wanted[0] || !identity->fingerprint[0] || strcmp(wanted, identity->fingerprint) == 0,
        IDI_ERR_ENCODER,
        "sample %lld: the identity was made by recogniser %s, the model takes those of %s%s%s",
        (long long)sample, identity->fingerprint, wanted, s->model->recogniser[0] ? ", " : "",
        s->model->recogniser);
    return IDI_OK;
}

static idi_status check_sample(const idi_session *s, const idi_generate *run, int64_t i)
{
    const idi_identity *identity = run->identities ? run->identities[i] : NULL;
    IDI_TRY(check_labels(s, run->labels + i * pixels_of(s), i));
    IDI_TRY(check_style(s, run->styles[i], i));
    return check_identity(s, identity, i);
}

/* Uploads `next` if it differs from what was set last. */
static idi_status set_reference(idi_session *s, idi_value input, float *last, int64_t count)
{
    const size_t bytes = (size_t)(s->batch * count) * sizeof *last;
    if (s->has_references && memcmp(last, s->next, bytes) == 0) return IDI_OK;
    memcpy(last, s->next, bytes);
    return idi_graph_session_set_floats(s->run, input, last, s->batch * count);
}

/* A bad sample runs on zeros, so that its neighbours' places do not move. */
static idi_status set_inputs(idi_session *s, const idi_generate *run)
{
    const int64_t pixels = pixels_of(s);
    const int64_t styles = style_count(s);
    const int64_t identity = config_of(s)->identity_dim;
    memset(s->labels, 0, (size_t)(s->batch * pixels));
    memset(s->next, 0, (size_t)(s->batch * styles) * sizeof *s->next);
    for (int64_t i = 0; i < s->batch; i++) {
        if (s->status[i] != IDI_OK) continue;
        memcpy(s->labels + i * pixels, run->labels + i * pixels, (size_t)pixels);
        memcpy(s->next + i * styles, run->styles[i]->data, (size_t)styles * sizeof *s->next);
    }
    IDI_TRY(
        idi_graph_session_set(s->run, s->network.labels, s->labels, (size_t)(s->batch * pixels)));
    IDI_TRY(set_reference(s, s->network.styles, s->styles, styles));
    if (identity) {
        memset(s->next, 0, (size_t)(s->batch * identity) * sizeof *s->next);
        for (int64_t i = 0; i < s->batch; i++)
            if (s->status[i] == IDI_OK)
                memcpy(s->next + i * identity, run->identities[i]->data,
                       (size_t)identity * sizeof *s->next);
        IDI_TRY(set_reference(s, s->network.identity, s->identity, identity));
    }
    s->has_references = true;
    return IDI_OK;
}

static void write_sample(idi_session *s, const idi_generate *run, int64_t i)
{
    const int64_t count = pixels_of(s) * 3;
    const float *image = s->image + i * count;
    const bool is_good = s->status[i] == IDI_OK;
    if (run->image_out) {
        float *out = run->image_out + i * count;
        if (is_good)
            memcpy(out, image, (size_t)count * sizeof *out);
        else
            memset(out, 0, (size_t)count * sizeof *out);
    }
    if (run->rgb_out) {
        uint8_t *out = run->rgb_out + i * count;
        if (is_good)
            idi_image_from_float(image, count, out);
        else
            memset(out, 0, (size_t)count);
    }
}

static idi_status check_run(const idi_session *session, const idi_generate *run)
{
    IDI_REQUIRE(session, IDI_ERR_ARG, "generate: no session");
    IDI_REQUIRE_STRUCT(run, idi_generate);
    IDI_REQUIRE(run->labels && run->styles, IDI_ERR_ARG, "generate: labels and styles are needed");
    return IDI_OK;
}

/* The caller's hook under the graph's signature. */
static bool ask_stop(void *user)
{
    const idi_generate *run = user;
    return run->should_stop && run->should_stop(run->stop_user);
}

/* The first bad sample's status and sentence. */
typedef struct verdict {
    idi_status status;
    char sentence[1024];
} verdict;

static void note(verdict *first, idi_status status)
{
    if (status == IDI_OK || first->status != IDI_OK) return;
    first->status = status;
    (void)snprintf(first->sentence, sizeof first->sentence, "%s", idi_last_error());
}

static idi_status run_network(idi_session *s, const idi_generate *run)
{
    idi_generate hook = *run;
    IDI_TRY(set_inputs(s, run));
    IDI_TRY(idi_graph_session_run(s->run, ask_stop, &hook));
    return idi_graph_session_get_floats(s->run, s->network.output, s->image,
                                        s->batch * pixels_of(s) * 3);
}

static idi_status check_result(const idi_session *s, int64_t sample)
{
    const int64_t count = pixels_of(s) * 3;
    const idi_status st = idi_require_finite("generated image", s->image + sample * count, count);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "sample %lld: ", (long long)sample);
}

idi_status idi_session_generate(idi_session *session, const idi_generate *run)
{
    IDI_TRY(check_run(session, run));
    verdict first = {.status = IDI_OK};
    for (int64_t i = 0; i < session->batch; i++) {
        session->status[i] = check_sample(session, run, i);
        note(&first, session->status[i]);
    }
    const idi_status ran = run_network(session, run);
    for (int64_t i = 0; i < session->batch; i++) {
        if (session->status[i] == IDI_OK)
            session->status[i] = ran == IDI_OK ? check_result(session, i) : ran;
        note(&first, session->status[i]);
        write_sample(session, run, i);
        if (run->sample_status) run->sample_status[i] = session->status[i];
    }
    if (ran != IDI_OK) return ran; /* its sentence is still the last one */
    return first.status == IDI_OK ? IDI_OK : idi_fail(first.status, "%s", first.sentence);
}
