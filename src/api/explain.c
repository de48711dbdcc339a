/* SPDX-License-Identifier: Apache-2.0 */
/* api/explain.c - an image and the attention that made it. */
#include "api/objects.h"
#include "data/image.h"

#include <math.h>

struct idi_explanation {
    idi_context *context;
    int64_t size, blocks, classes, tokens;
    idi_bitmap image;
    int64_t side[IDI_MAX_BLOCKS];
    float *map[IDI_MAX_BLOCKS];    /* [side, side, tokens] */
    float *region[IDI_MAX_BLOCKS]; /* [classes, tokens] */
};

/* One run's state. */
typedef struct run {
    const idi_model *generator;
    idi_graph *graph;
    idi_backend *backend;
    idi_graph_session *session;
    idi_value labels, styles, identity, image, maps[IDI_MAX_BLOCKS];
} run;

static idi_status build(run *r)
{
    const idi_ca2sis_config *c = &r->generator->config.generator;
    IDI_TRY(idi_graph_create(r->generator->context->memory, &r->graph));
    r->labels = idi_graph_input(r->graph, "labels", IDI_U8, idi_shape3(1, c->size, c->size),
                                IDI_RATE_IMAGE);
    r->styles =
        idi_graph_input(r->graph, "styles", IDI_REAL,
                        idi_shape3(1, c->classes, idi_ca2sis_token_width(c)), IDI_RATE_REFERENCE);
    r->identity = c->identity_dim == 0
                      ? IDI_NONE
                      : idi_graph_input(r->graph, "identity", IDI_REAL,
                                        idi_shape2(1, c->identity_dim), IDI_RATE_REFERENCE);
    const idi_value tokens = idi_ca2sis_tokens(r->graph, c, r->styles, r->identity);
    r->image = idi_ca2sis_generator_with_maps(r->graph, c, r->labels, tokens, r->maps);
    idi_graph_mark_output(r->graph, r->image);
    for (int64_t i = 0; i < c->block_count; i++)
        idi_graph_mark_output(r->graph, r->maps[i]);
    return idi_graph_status(r->graph);
}

static idi_status open_run(run *r)
{
    IDI_TRY(build(r));
    IDI_TRY(idi_device_backend_open(r->generator->context->device, "f32", &r->backend));
    return idi_model_session_create(r->generator, r->graph, r->backend, &r->session);
}

static void close_run(run *r)
{
    idi_graph_session_destroy(&r->session);
    idi_graph_destroy(&r->graph);
    idi_device_backend_close(r->generator->context->device, &r->backend);
}

static idi_status run_it(run *r, const uint8_t *labels, const idi_style *style,
                         const idi_identity *identity)
{
    const int64_t size = r->generator->traits.size;
    IDI_TRY(idi_graph_session_set(r->session, r->labels, labels, (size_t)(size * size)));
    IDI_TRY(idi_graph_session_set_floats(r->session, r->styles, style->data,
                                         style->classes * style->width));
    if (identity)
        IDI_TRY(
            idi_graph_session_set_floats(r->session, r->identity, identity->data, identity->count));
    return idi_graph_session_run(r->session, NULL, NULL);
}

/* --- what came of it -------------------------------------------------------------------------- */

static idi_status take_image(const run *r, idi_explanation *e)
{
    const int64_t values = e->size * e->size * 3;
    float *image;
    e->image = (idi_bitmap){NULL, e->size, e->size, 3};
    IDI_TRY(idi_alloc(e->context->memory, IDI_TAG_IMAGE, (size_t)values, &e->image.data));
    IDI_TRY(idi_alloc(e->context->memory, IDI_TAG_IMAGE, (size_t)values * sizeof *image, &image));
    idi_status st = idi_graph_session_get_floats(r->session, r->image, image, values);
    if (st == IDI_OK) st = idi_require_finite("explain: the image", image, values);
    if (st == IDI_OK) idi_image_from_float(image, values, e->image.data);
    idi_free(e->context->memory, image);
    return st;
}

static void average_heads(const float *heads, int64_t head_count, int64_t values, float *map)
{
    for (int64_t j = 0; j < values; j++) {
        double sum = 0.0;
        for (int64_t h = 0; h < head_count; h++)
            sum += (double)heads[h * values + j];
        map[j] = (float)(sum / (double)head_count);
    }
}

static idi_status take_map(const run *r, idi_explanation *e, int64_t block)
{
    idi_memory *memory = e->context->memory;
    const int64_t heads = r->generator->config.generator.blocks[block].heads;
    const int64_t values = e->side[block] * e->side[block] * e->tokens;
    float *raw;
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)values * sizeof(float), &e->map[block]));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, (size_t)(heads * values) * sizeof *raw, &raw));
    idi_status st = idi_graph_session_get_floats(r->session, r->maps[block], raw, heads * values);
    if (st == IDI_OK) st = idi_require_finite("explain: attention", raw, heads * values);
    if (st == IDI_OK) average_heads(raw, heads, values, e->map[block]);
    idi_free(memory, raw);
    return st;
}

/* Labels at a block's resolution are the upper left ones, as in the network. */
static idi_status take_regions(const uint8_t *labels, idi_explanation *e, int64_t block)
{
    const int64_t side = e->side[block], step = e->size / side, tokens = e->tokens;
    const size_t cells = (size_t)(e->classes * tokens);
    double *sums; /* [classes, tokens], then [classes] how many pixels */
    IDI_TRY(
        idi_alloc(e->context->memory, IDI_TAG_GENERAL, cells * sizeof(float), &e->region[block]));
    IDI_TRY(idi_alloc_zeroed(e->context->memory, IDI_TAG_GENERAL, cells + (size_t)e->classes,
                             sizeof *sums, &sums));
    for (int64_t p = 0; p < side * side; p++) {
        const uint8_t class = labels[(p / side * e->size + p % side) * step];
        sums[cells + class] += 1.0;
        for (int64_t t = 0; t < tokens; t++)
            sums[class * tokens + t] += (double)e->map[block][p * tokens + t];
    }
    for (size_t j = 0; j < cells; j++) {
        const double pixels = sums[cells + j / (size_t)tokens];
        e->region[block][j] = pixels > 0.0 ? (float)(sums[j] / pixels) : NAN;
    }
    idi_free(e->context->memory, sums);
    return IDI_OK;
}

static idi_status take_all(const run *r, const uint8_t *labels, idi_explanation *e)
{
    IDI_TRY(take_image(r, e));
    for (int64_t i = 0; i < e->blocks; i++) {
        const idi_shape shape = idi_graph_shape(r->graph, r->maps[i]);
        e->side[i] = (int64_t)lround(sqrt((double)shape.dim[2]));
        IDI_TRY(take_map(r, e, i));
        IDI_TRY(take_regions(labels, e, i));
    }
    return IDI_OK;
}

/* --- the calls -------------------------------------------------------------------------------- */

static idi_status check(const idi_model *generator, const idi_style *style,
                        const idi_identity *identity)
{
    const idi_arch arch = generator->config.arch;
    IDI_REQUIRE(arch == IDI_ARCH_CA2SIS || arch == IDI_ARCH_CA2SIS_ID, IDI_ERR_UNSUPPORTED,
                "%s: is a %s, which attends to nothing; want CA2-SIS", generator->path,
                idi_arch_name(arch));
    return idi_model_check_references(generator, style, identity, 0);
}

static idi_status explain(const idi_model *generator, const uint8_t *labels, const idi_style *style,
                          const idi_identity *identity, idi_explanation *e)
{
    run r = {.generator = generator};
    idi_status st = open_run(&r);
    if (st == IDI_OK) st = run_it(&r, labels, style, identity);
    if (st == IDI_OK) st = take_all(&r, labels, e);
    close_run(&r);
    return st;
}

idi_status idi_explain(const idi_model *generator, const idi_bitmap *labels, const idi_style *style,
                       const idi_identity *identity, idi_explanation **explanation_out)
{
    IDI_REQUIRE(generator && labels && style && explanation_out, IDI_ERR_ARG,
                "explain: a NULL argument");
    *explanation_out = NULL;
    IDI_TRY(check(generator, style, identity));
    idi_context *context = generator->context;
    const idi_generator_traits *t = &generator->traits;
    uint8_t *regions = NULL;
    idi_explanation *e;
    IDI_TRY(idi_alloc_zeroed(context->memory, IDI_TAG_GENERAL, 1, sizeof *e, &e));
    *e = (idi_explanation){.context = context,
                           .size = t->size,
                           .blocks = generator->config.generator.block_count,
                           .classes = t->classes,
                           .tokens = t->classes + (t->identity_dim > 0)};
    idi_status st = idi_labels_for_network(context, labels, t->size, t->classes, &regions);
    if (st == IDI_OK) st = explain(generator, regions, style, identity, e);
    idi_free(context->memory, regions);
    if (st != IDI_OK) idi_explanation_destroy(&e);
    *explanation_out = e;
    return st;
}

void idi_explanation_destroy(idi_explanation **explanation)
{
    if (!explanation || !*explanation) return;
    idi_explanation *const e = *explanation;
    idi_bitmap_free(e->context, &e->image);
    for (int64_t i = 0; i < e->blocks; i++) {
        idi_free(e->context->memory, e->map[i]);
        idi_free(e->context->memory, e->region[i]);
    }
    idi_free(e->context->memory, e);
    *explanation = NULL;
}

idi_status idi_explanation_get_info(const idi_explanation *explanation, idi_explanation_info *info)
{
    IDI_REQUIRE(explanation, IDI_ERR_ARG, "explain: a NULL argument");
    IDI_REQUIRE_STRUCT(info, idi_explanation_info);
    info->size = explanation->size;
    info->blocks = explanation->blocks;
    info->classes = explanation->classes;
    info->tokens = explanation->tokens;
    return IDI_OK;
}

const idi_bitmap *idi_explanation_image(const idi_explanation *explanation)
{
    return explanation ? &explanation->image : NULL;
}

const float *idi_explanation_map(const idi_explanation *explanation, int64_t block,
                                 int64_t *side_out)
{
    const bool is_there = explanation && block >= 0 && block < explanation->blocks;
    if (side_out) *side_out = is_there ? explanation->side[block] : 0;
    return is_there ? explanation->map[block] : NULL;
}

const float *idi_explanation_regions(const idi_explanation *explanation, int64_t block)
{
    const bool is_there = explanation && block >= 0 && block < explanation->blocks;
    return is_there ? explanation->region[block] : NULL;
}
