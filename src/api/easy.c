/* SPDX-License-Identifier: Apache-2.0 */
/* api/easy.c - files in, file out. */
#include "api/objects.h"
#include "data/image.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PATH_BYTES = 4096 };

/* Everything that one call makes; freed together. */
typedef struct job {
    idi_context *context;
    const idi_generate_file_options *options;
    idi_model *generator;
    idi_model *recogniser;
    idi_bitmap labels, photo, style_labels;
    idi_style *style;
    idi_identity *identity;
    idi_session *session;
    float *image;
} job;

void idi_generate_file_init(idi_generate_file_options *options)
{
    if (!options) return;
    *options =
        (idi_generate_file_options){.struct_size = sizeof *options, .identity_strength = 1.0};
}

static bool ends_with(const char *text, const char *end)
{
    const size_t a = strlen(text);
    const size_t b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

static idi_status load_pictures(job *j)
{
    const idi_generate_file_options *o = j->options;
    IDI_TRY(idi_bitmap_load_labels(j->context, o->labels, o->scheme, &j->labels));
    IDI_TRY(idi_bitmap_load(j->context, o->style, &j->photo));
    return idi_bitmap_load_labels(j->context, o->style_labels ? o->style_labels : o->labels,
                                  o->scheme, &j->style_labels);
}

/* The named recogniser, or the one that the model file names, beside it. */
static idi_status load_recogniser(job *j)
{
    if (j->recogniser) return IDI_OK;
    if (j->options->recogniser)
        return idi_model_load(j->context, j->options->recogniser, &j->recogniser);
    const char *name = j->generator->recogniser;
    IDI_REQUIRE(name[0], IDI_ERR_ARG,
                "%s names no recogniser, and a photograph's identity needs one: give it by hand",
                j->options->model);
    char path[MAX_PATH_BYTES];
    const char *slash = name[0] == '/' ? NULL : strrchr(j->options->model, '/');
    const int folder = slash ? (int)(slash - j->options->model) + 1 : 0;
    const int used = snprintf(path, sizeof path, "%.*s%s", folder, j->options->model, name);
    IDI_REQUIRE(used > 0 && used < MAX_PATH_BYTES, IDI_ERR_ARG, "%s: path too long", name);
    return idi_model_load(j->context, path, &j->recogniser);
}

static idi_status identity_from_npy(job *j, const char *path, idi_identity **out)
{
    float *data;
    int64_t shape[4];
    int rank;
    IDI_TRY(idi_array_load(j->context, path, &data, shape, &rank));
    const int64_t count = shape[0] * shape[1] * shape[2] * shape[3];
    idi_status st = idi_identity_from_array(j->context, data, count, NULL, out);
    idi_array_free(j->context, &data);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: ", path);
}

static idi_status identity_from_photo(job *j, const char *path, idi_identity **out)
{
    idi_bitmap face;
    IDI_TRY(load_recogniser(j));
    IDI_TRY(idi_bitmap_load(j->context, path, &face));
    const idi_status st = idi_identity_from_image(j->recogniser, &face, out);
    idi_bitmap_free(j->context, &face);
    return st == IDI_OK ? IDI_OK : idi_fail_prefix(st, "%s: ", path);
}

/* An identity of the length that the generator takes, from a photograph or an array. */
static idi_status identity_from_file(job *j, const char *path, idi_identity **out)
{
    const int64_t wanted = j->generator->config.generator.identity_dim;
    IDI_TRY(ends_with(path, ".npy") ? identity_from_npy(j, path, out)
                                    : identity_from_photo(j, path, out));
    const int64_t count = (*out)->count;
    if (count == wanted) return IDI_OK;
    idi_identity_destroy(out);
    return idi_fail(IDI_ERR_SHAPE, "%s: the identity has %lld numbers, but %s takes %lld", path,
                    (long long)count, j->options->model, (long long)wanted);
}

/* Between the style photograph's own and the given one. */
static idi_status mix_identities(job *j)
{
    const idi_generate_file_options *o = j->options;
    idi_identity *own = NULL;
    idi_identity *given = NULL;
    idi_status st = identity_from_file(j, o->style, &own);
    if (st == IDI_OK) st = identity_from_file(j, o->identity, &given);
    if (st == IDI_OK) {
        st = idi_identity_slerp(own, given, o->identity_strength, &j->identity);
        if (st != IDI_OK) st = idi_fail_prefix(st, "%s and %s: ", o->style, o->identity);
    }
    idi_identity_destroy(&given);
    idi_identity_destroy(&own);
    return st;
}

/* strength 0: the style photograph's own; 1: the given one. */
static idi_status choose_identity(job *j)
{
    const idi_generate_file_options *o = j->options;
    if (!j->generator->config.generator.identity_dim) {
        IDI_REQUIRE(!o->identity, IDI_ERR_ARG, "%s takes no identity: its architecture is %s",
                    o->model, idi_arch_name(j->generator->config.arch));
        return IDI_OK;
    }
    if (!o->identity) return identity_from_file(j, o->style, &j->identity);
    if (fabs(o->identity_strength - 1.0) <= 0.0)
        return identity_from_file(j, o->identity, &j->identity);
    return mix_identities(j);
}

static idi_status save_array(job *j, int64_t size)
{
    float *planes;
    IDI_TRY(idi_alloc(j->context->memory, IDI_TAG_IMAGE, (size_t)(3 * size * size) * sizeof *planes,
                      &planes));
    for (int64_t i = 0; i < size * size; i++)
        for (int64_t c = 0; c < 3; c++)
            planes[c * size * size + i] = j->image[i * 3 + c];
    const int64_t shape[4] = {1, 3, size, size};
    const idi_status st = idi_array_save(j->context, j->options->out, planes, shape, 4);
    idi_free(j->context->memory, planes);
    return st;
}

static idi_status save_picture(job *j, int64_t size)
{
    uint8_t *rgb;
    IDI_TRY(idi_alloc(j->context->memory, IDI_TAG_IMAGE, (size_t)(3 * size * size), &rgb));
    idi_image_from_float(j->image, 3 * size * size, rgb);
    const idi_bitmap bitmap = {rgb, size, size, 3};
    const idi_status st =
        idi_bitmap_save(j->context, j->options->out, &bitmap, j->options->save_flags);
    idi_free(j->context->memory, rgb);
    return st;
}

static idi_status generate(job *j, int64_t size)
{
    const idi_style *styles[1] = {j->style};
    const idi_identity *identities[1] = {j->identity};
    uint8_t *labels;
    idi_generate run;
    idi_generate_init(&run);
    run.styles = styles;
    run.identities = identities;
    run.image_out = j->image;
    IDI_TRY(idi_labels_for_network(j->context, &j->labels, size,
                                   j->generator->config.generator.classes, &labels));
    run.labels = labels;
    const idi_status st = idi_session_generate(j->session, &run);
    idi_free(j->context->memory, labels);
    return st;
}

static idi_status run_job(job *j)
{
    const idi_generate_file_options *o = j->options;
    idi_session_options session_options;
    idi_session_options_init(&session_options);
    session_options.precision = o->precision;
    session_options.is_plain = o->is_plain;
    IDI_TRY(idi_model_load(j->context, o->model, &j->generator));
    IDI_REQUIRE(idi_arch_is_generator(j->generator->config.arch), IDI_ERR_ARG,
                "%s: is a recogniser (%s), want a generator", o->model,
                idi_arch_name(j->generator->config.arch));
    const int64_t size = j->generator->config.generator.size;
    IDI_TRY(load_pictures(j));
    IDI_TRY(choose_identity(j));
    idi_status st = idi_style_from_image(j->generator, &j->photo, &j->style_labels, &j->style);
    if (st != IDI_OK)
        return idi_fail_prefix(st, "%s with %s: ", o->style,
                               o->style_labels ? o->style_labels : o->labels);
    IDI_TRY(idi_session_create(j->generator, &session_options, &j->session));
    IDI_TRY(idi_alloc(j->context->memory, IDI_TAG_IMAGE, (size_t)(3 * size * size) * sizeof(float),
                      &j->image));
    st = generate(j, size);
    if (st != IDI_OK) return idi_fail_prefix(st, "%s: ", o->labels);
    return ends_with(o->out, ".npy") ? save_array(j, size) : save_picture(j, size);
}

static void free_job(job *j)
{
    idi_free(j->context->memory, j->image);
    idi_session_destroy(&j->session);
    idi_identity_destroy(&j->identity);
    idi_style_destroy(&j->style);
    idi_bitmap_free(j->context, &j->style_labels);
    idi_bitmap_free(j->context, &j->photo);
    idi_bitmap_free(j->context, &j->labels);
    idi_model_destroy(&j->recogniser);
    idi_model_destroy(&j->generator);
}

idi_status idi_generate_file(idi_context *context, const idi_generate_file_options *options)
{
    IDI_REQUIRE(context, IDI_ERR_ARG, "generate: no context");
    IDI_REQUIRE_STRUCT(options, idi_generate_file_options);
    IDI_REQUIRE(options->model && options->labels && options->style && options->out, IDI_ERR_ARG,
                "generate: model, labels, style and out are needed");
    IDI_REQUIRE(ends_with(options->out, ".png") || ends_with(options->out, ".npy"), IDI_ERR_ARG,
                "%s: want a name that ends in .png or .npy", options->out);
    job j = {.context = context, .options = options};
    const idi_status st = run_job(&j);
    free_job(&j);
    return st;
}
