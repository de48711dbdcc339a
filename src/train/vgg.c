/* SPDX-License-Identifier: Apache-2.0 */
/* train/vgg.c - see vgg.h. */
#include "train/vgg.h"
#include "model/safetensors.h"
#include "model/weights.h"
#include "nets/adversarial_loss.h"
#include "nets/vgg19.h"

#include <math.h>
#include <string.h>

enum { LEAST_SIDE = 16, MOST_WIDTH = 512 };

/* --- the file --------------------------------------------------------------------------------- */

static idi_status find(const idi_safetensors *file, const char *name, const idi_safetensor **out)
{
    *out = idi_safetensors_find(file, name);
    IDI_REQUIRE(*out, IDI_ERR_WEIGHTS, "%s: tensor %s is missing, want torchvision's VGG-19",
                idi_safetensors_path(file), name);
    return IDI_OK;
}

static idi_status read_width(const idi_safetensors *file, int64_t *width_out)
{
    const idi_safetensor *first;
    IDI_TRY(find(file, "features.0.weight", &first));
    IDI_REQUIRE(first->rank == 4 && first->dim[0] >= 1 && first->dim[0] <= MOST_WIDTH,
                IDI_ERR_WEIGHTS, "%s: tensor features.0.weight is no kernel of 1 to %d channels",
                idi_safetensors_path(file), (int)MOST_WIDTH);
    *width_out = first->dim[0];
    return IDI_OK;
}

static bool fits(const idi_safetensor *tensor, const idi_value_info *info)
{
    int rank;
    int64_t dim[IDI_MAX_RANK];
    idi_weights_file_shape(info, &rank, dim);
    return tensor->rank == rank && memcmp(tensor->dim, dim, (size_t)rank * sizeof *dim) == 0;
}

/* FNV-1a, of the numbers in the file's order. */
static void add_to_fingerprint(idi_vgg *vgg, const float *values, int64_t count)
{
    const unsigned char *bytes = (const unsigned char *)values;
    for (size_t i = 0; i < (size_t)count * sizeof *values; i++)
        vgg->fingerprint = (vgg->fingerprint ^ bytes[i]) * 1099511628211ULL;
}

static idi_status place(idi_vgg *vgg, int64_t index, const idi_safetensors *file, float *values,
                        float *scratch)
{
    const idi_value_info *info = idi_store_at(vgg->store, index);
    const int64_t count = idi_shape_count(&info->shape);
    const idi_safetensor *tensor;
    IDI_TRY(find(file, info->name, &tensor));
    IDI_REQUIRE(fits(tensor, info), IDI_ERR_WEIGHTS,
                "%s: tensor %s has not the shape of a VGG-19 whose first layer has %lld channels",
                idi_safetensors_path(file), info->name, (long long)vgg->width);
    IDI_TRY(idi_safetensor_to_f32(tensor, values));
    for (int64_t i = 0; i < count; i++)
        IDI_REQUIRE(isfinite(values[i]), IDI_ERR_WEIGHTS,
                    "%s: tensor %s: number %lld is not finite", idi_safetensors_path(file),
                    info->name, (long long)i);
    add_to_fingerprint(vgg, values, count);
    idi_weights_to_graph(info, values, scratch);
    idi_safetensors_forget(file, tensor);
    return idi_store_set(vgg->store, index, scratch);
}

static idi_status place_all(idi_vgg *vgg, const idi_safetensors *file)
{
    idi_memory *memory = idi_store_backend(vgg->store)->memory;
    int64_t largest = 0;
    float *values;
    idi_status st = IDI_OK;
    for (int64_t i = 0; i < idi_store_count(vgg->store); i++) {
        const int64_t count = idi_shape_count(&idi_store_at(vgg->store, i)->shape);
        if (count > largest) largest = count;
    }
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, 2 * (size_t)largest * sizeof *values, &values));
    for (int64_t i = 0; i < idi_store_count(vgg->store) && st == IDI_OK; i++)
        st = place(vgg, i, file, values, values + largest);
    idi_free(memory, values);
    return st;
}

/* Room for the parameters of the smallest image's network: those of any. */
static idi_status make_room(idi_vgg *vgg, idi_memory *memory)
{
    idi_graph *graph;
    idi_value features[IDI_VGG19_FEATURES];
    IDI_TRY(idi_graph_create(memory, &graph));
    const idi_value image = idi_graph_input(
        graph, "image", IDI_REAL, idi_shape4(1, LEAST_SIDE, LEAST_SIDE, 3), IDI_RATE_IMAGE);
    idi_vgg19(graph, vgg->width, image, features);
    const idi_status st = idi_store_add(vgg->store, graph, 0);
    idi_graph_destroy(&graph);
    return st;
}

static idi_status load(idi_vgg *vgg, idi_backend *backend, const idi_safetensors *file)
{
    IDI_TRY(read_width(file, &vgg->width));
    IDI_TRY(idi_store_create(backend, &vgg->store));
    IDI_TRY(make_room(vgg, backend->memory));
    return place_all(vgg, file);
}

idi_status idi_vgg_open(idi_backend *backend, const char *path, idi_vgg *vgg_out)
{
    idi_safetensors *file;
    *vgg_out = (idi_vgg){.fingerprint = 14695981039346656037ULL};
    if (!path[0]) return IDI_OK;
    idi_status st = idi_safetensors_open(backend->memory, path, &file);
    if (st == IDI_OK) {
        st = load(vgg_out, backend, file);
        idi_safetensors_close(&file);
    }
    if (st == IDI_OK) return IDI_OK;
    idi_vgg_close(vgg_out);
    return idi_fail_prefix(st, "recipe: vgg: ");
}

void idi_vgg_close(idi_vgg *vgg)
{
    idi_store_destroy(&vgg->store);
    *vgg = (idi_vgg){0};
}

/* --- in a graph ------------------------------------------------------------------------------- */

const void *idi_vgg_find(const idi_vgg *vgg, const char *name, idi_dtype kind)
{
    const size_t scope = strlen(IDI_VGG_SCOPE);
    if (!vgg->store || strncmp(name, IDI_VGG_SCOPE, scope) != 0) return NULL;
    return idi_store_source(vgg->store, name + scope, kind);
}

static void look_at(const idi_generator_scene *s, const idi_vgg *vgg, idi_value images,
                    idi_value features_out[IDI_VGG19_FEATURES])
{
    idi_graph_push_scope(s->graph, IDI_VGG_SCOPE);
    idi_vgg19(s->graph, vgg->width, idi_generator_scene_rows(s, images, 0, s->own), features_out);
    idi_graph_pop_scope(s->graph);
}

idi_value idi_vgg_loss(const idi_generator_scene *scene, const idi_vgg *vgg)
{
    idi_value made[IDI_VGG19_FEATURES];
    idi_value real[IDI_VGG19_FEATURES];
    if (!vgg->store || scene->own == 0) return IDI_NONE;
    look_at(scene, vgg, scene->images, made);
    look_at(scene, vgg, scene->faces, real);
    return idi_perceptual_loss(scene->graph, made, real, idi_vgg19_weights, IDI_VGG19_FEATURES);
}
