/* SPDX-License-Identifier: Apache-2.0 */
/* train/store.c - see store.h. */
#include "train/store.h"
#include "core/half.h"
#include "core/rng.h"
#include "model/create.h"
#include "model/safetensors.h"
#include "model/weights.h"

#include <stdio.h>
#include <string.h>

typedef struct entry {
    idi_value_info info; /* its name is the arena's */
    uint64_t hash;       /* of the name */
    void *data;          /* the device's */
} entry;

struct idi_store {
    idi_backend *backend;
    idi_arena names;
    entry *entries;
    int64_t count, capacity;
};

idi_status idi_store_create(idi_backend *backend, idi_store **store_out)
{
    *store_out = NULL;
    idi_store *store;
    IDI_TRY(idi_alloc_zeroed(backend->memory, IDI_TAG_GENERAL, 1, sizeof *store, &store));
    store->backend = backend;
    idi_arena_init(&store->names, backend->memory, IDI_TAG_GENERAL);
    *store_out = store;
    return IDI_OK;
}

void idi_store_destroy(idi_store **store)
{
    if (!store || !*store) return;
    idi_store *s = *store;
    for (int64_t i = 0; i < s->count; i++)
        s->backend->free(s->backend, s->entries[i].data);
    idi_arena_clear(&s->names);
    idi_free(s->backend->memory, s->entries);
    idi_free(s->backend->memory, s);
    *store = NULL;
}

int64_t idi_store_find(const idi_store *store, const char *name)
{
    const uint64_t hash = idi_hash_name(name);
    for (int64_t i = 0; i < store->count; i++)
        if (store->entries[i].hash == hash && strcmp(store->entries[i].info.name, name) == 0)
            return i;
    return -1;
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A tensor's first values in the file's order. */
static void fill_first(const idi_value_info *info, uint64_t seed, float *values)
{
    idi_value_info weight = *info;
    if (has_prefix(info->name, IDI_STORE_FIRST_MOMENT) ||
        has_prefix(info->name, IDI_STORE_SECOND_MOMENT)) {
        memset(values, 0, (size_t)idi_shape_count(&info->shape) * sizeof *values);
        return;
    }
    if (has_prefix(info->name, IDI_STORE_AVERAGE)) weight.name += strlen(IDI_STORE_AVERAGE);
    idi_parameter_fill_random(&weight, seed, values);
}

static idi_status set_first(idi_store *store, int64_t index, uint64_t seed)
{
    const idi_value_info *info = &store->entries[index].info;
    const size_t count = (size_t)idi_shape_count(&info->shape);
    float *file;
    IDI_TRY(idi_alloc(store->backend->memory, IDI_TAG_GENERAL, 2 * count * sizeof *file, &file));
    fill_first(info, seed, file);
    idi_weights_to_graph(info, file, file + count);
    const idi_status st = idi_store_set(store, index, file + count);
    idi_free(store->backend->memory, file);
    return st;
}

/* What a number of the store is: weights change by less than 16 bits resolve. */
static idi_dtype type_of(const idi_store *store)
{
    return idi_backend_dtype(store->backend, IDI_WIDE);
}

static size_t bytes_of(const idi_store *store)
{
    return idi_dtype_bytes(type_of(store));
}

/* Room for one more, without numbers. */
static idi_status append(idi_store *store, const idi_value_info *info)
{
    idi_backend *backend = store->backend;
    entry e = {.info = *info, .hash = idi_hash_name(info->name)};
    char *name;
    IDI_TRY(idi_grow(backend->memory, IDI_TAG_GENERAL, &store->entries, &store->capacity,
                     store->count + 1, sizeof *store->entries));
    IDI_TRY(idi_arena_copy(&store->names, info->name, strlen(info->name) + 1, &name));
    e.info.name = name;
    IDI_TRY(backend->alloc(backend, IDI_TAG_WEIGHT,
                           (size_t)idi_shape_count(&info->shape) * bytes_of(store), &e.data));
    store->entries[store->count++] = e;
    return IDI_OK;
}

static idi_status add(idi_store *store, const idi_value_info *info, uint64_t seed)
{
    const int64_t known = idi_store_find(store, info->name);
    if (known < 0) {
        IDI_TRY(append(store, info));
        return set_first(store, store->count - 1, seed);
    }
    const idi_shape *have = &store->entries[known].info.shape;
    IDI_REQUIRE(idi_shape_equal(have, &info->shape), IDI_ERR_SHAPE,
                "store: %s is %s, and a graph wants it as %s", info->name,
                idi_shape_format(have).text, idi_shape_format(&info->shape).text);
    return IDI_OK;
}

idi_status idi_store_add(idi_store *store, const idi_graph *graph, uint64_t seed)
{
    IDI_TRY(idi_graph_status(graph));
    for (idi_value v = 0; v < idi_graph_value_count(graph); v++) {
        const idi_value_info *info = idi_graph_get_value(graph, v);
        if (info->role != IDI_ROLE_PARAMETER || has_prefix(info->name, IDI_STORE_ELSEWHERE))
            continue;
        IDI_TRY(add(store, info, seed));
    }
    return IDI_OK;
}

const void *idi_store_source(void *user, const char *name, idi_dtype kind)
{
    const idi_store *store = user;
    if (idi_backend_dtype(store->backend, kind) != type_of(store)) return NULL;
    const int64_t index = idi_store_find(store, name);
    return index < 0 ? NULL : store->entries[index].data;
}

const void *idi_store_average_source(void *user, const char *name, idi_dtype kind)
{
    char average[IDI_SAFETENSORS_MAX_NAME_BYTES];
    (void)snprintf(average, sizeof average, IDI_STORE_AVERAGE "%s", name);
    const void *data = idi_store_source(user, average, kind);
    return data ? data : idi_store_source(user, name, kind);
}

int64_t idi_store_count(const idi_store *store)
{
    return store->count;
}

const idi_value_info *idi_store_at(const idi_store *store, int64_t index)
{
    return &store->entries[index].info;
}

idi_backend *idi_store_backend(const idi_store *store)
{
    return store->backend;
}

/* Room for a tensor's numbers in the store's type. */
static idi_status alloc_reals(const idi_store *store, int64_t count, void **reals_out)
{
    return idi_alloc(store->backend->memory, IDI_TAG_GENERAL, (size_t)count * bytes_of(store),
                     reals_out);
}

idi_status idi_store_get(const idi_store *store, int64_t index, float *values_out)
{
    idi_backend *backend = store->backend;
    const entry *e = &store->entries[index];
    const int64_t count = idi_shape_count(&e->info.shape);
    const size_t bytes = (size_t)count * bytes_of(store);
    void *reals;
    if (type_of(store) == IDI_F32) return backend->download(backend, values_out, e->data, bytes);
    IDI_TRY(alloc_reals(store, count, &reals));
    const idi_status st = backend->download(backend, reals, e->data, bytes);
    if (st == IDI_OK) idi_floats_from(type_of(store), reals, count, values_out);
    idi_free(backend->memory, reals);
    return st;
}

idi_status idi_store_set(idi_store *store, int64_t index, const float *values)
{
    idi_backend *backend = store->backend;
    entry *e = &store->entries[index];
    const int64_t count = idi_shape_count(&e->info.shape);
    const size_t bytes = (size_t)count * bytes_of(store);
    void *reals;
    if (type_of(store) == IDI_F32) return backend->upload(backend, e->data, values, bytes);
    IDI_TRY(alloc_reals(store, count, &reals));
    idi_floats_to(type_of(store), values, count, reals);
    const idi_status st = backend->upload(backend, e->data, reals, bytes);
    idi_free(backend->memory, reals);
    return st;
}
