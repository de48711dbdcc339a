/* SPDX-License-Identifier: Apache-2.0 */
/* model/spectral.c - see spectral.h. */
#include "model/spectral.h"
#include "model/safetensors_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ORIGINAL_TAIL "weight_orig"

/* One layer's tensors; those that the file lacks are NULL. */
typedef struct layer {
    char name[IDI_SAFETENSORS_MAX_NAME_BYTES + 1]; /* <layer>.weight */
    const idi_safetensor *original, *u, *v;
    const idi_tensor_entry *weight;
    int64_t rows, columns;
} layer;

static bool ends_with(const char *text, const char *tail)
{
    const size_t length = strlen(text);
    const size_t tail_length = strlen(tail);
    return length >= tail_length && strcmp(text + (length - tail_length), tail) == 0;
}

static const idi_tensor_entry *find_entry(const idi_tensor_table *table, const char *name)
{
    for (int64_t low = 0, high = table->count; low < high;) {
        const int64_t middle = (low + high) / 2;
        const int order = strcmp(name, table->entries[middle].name);
        if (order == 0) return &table->entries[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static const idi_safetensor *find_part(const idi_tensor_table *table, const char *name,
                                       const char *tail)
{
    char full[IDI_SAFETENSORS_MAX_NAME_BYTES + 8];
    (void)snprintf(full, sizeof full, "%s%s", name, tail);
    return idi_tensor_table_find(table, full);
}

static idi_status check_vector(const char *name, const char *tail, const idi_safetensor *vector,
                               int64_t length)
{
    IDI_REQUIRE(vector && idi_safetensor_count(vector) == length, IDI_ERR_WEIGHTS,
                "tensor '%s%s' %s, want %lld numbers", idi_show(name).text, tail,
                vector ? "has another shape" : "is missing", (long long)length);
    return IDI_OK;
}

static idi_status find_layer(const idi_tensor_table *table, const idi_tensor_entry *entry, layer *l)
{
    const size_t bytes = strlen(entry->name) - strlen("_orig");
    memcpy(l->name, entry->name, bytes);
    l->name[bytes] = '\0';
    l->original = entry->tensor;
    l->weight = find_entry(table, l->name);
    l->u = find_part(table, l->name, "_u");
    l->v = find_part(table, l->name, "_v");
    if (l->weight && !l->v) return IDI_OK;
    IDI_REQUIRE(l->original->rank >= 2 && idi_safetensor_count(l->original) > 0, IDI_ERR_WEIGHTS,
                "tensor '%s_orig' is no matrix and no kernel", idi_show(l->name).text);
    l->rows = l->original->dim[0];
    l->columns = idi_safetensor_count(l->original) / l->rows;
    IDI_TRY(check_vector(l->name, "_u", l->u, l->rows));
    return check_vector(l->name, "_v", l->v, l->columns);
}

/* u'(M v) */
static double spectral_norm(const layer *l, const float *matrix, const float *u, const float *v)
{
    double sum = 0.0;
    for (int64_t r = 0; r < l->rows; r++) {
        double product = 0.0;
        for (int64_t c = 0; c < l->columns; c++)
            product += (double)matrix[r * l->columns + c] * (double)v[c];
        sum += (double)u[r] * product;
    }
    return sum;
}

static idi_status divide(const layer *l, float *matrix, float *vectors)
{
    IDI_TRY(idi_safetensor_to_f32(l->original, matrix));
    IDI_TRY(idi_safetensor_to_f32(l->u, vectors));
    IDI_TRY(idi_safetensor_to_f32(l->v, vectors + l->rows));
    const double norm = spectral_norm(l, matrix, vectors, vectors + l->rows);
    IDI_REQUIRE(isfinite(norm) && fabs(norm) > 0.0, IDI_ERR_WEIGHTS,
                "tensor '%s_orig': its spectral norm by weight_u and weight_v is %g",
                idi_show(l->name).text, norm);
    for (int64_t i = 0; i < l->rows * l->columns; i++)
        matrix[i] = (float)((double)matrix[i] / norm);
    return IDI_OK;
}

/* The tensor, its name and its numbers in one block, which the table owns. */
static idi_status make_weight(idi_tensor_table *table, const layer *l, idi_tensor_entry *entry)
{
    const size_t count = (size_t)(l->rows * l->columns);
    const size_t name_bytes = strlen(l->name) + 1;
    char *block;
    float *vectors;
    IDI_TRY(idi_alloc(table->memory, IDI_TAG_WEIGHT,
                      count * sizeof(float) + sizeof(idi_safetensor) + name_bytes, &block));
    table->owned[table->owned_count++] = block;
    idi_safetensor *tensor = (idi_safetensor *)block;
    float *numbers = (float *)(block + sizeof *tensor);
    char *name = block + sizeof *tensor + count * sizeof(float);
    memcpy(name, l->name, name_bytes);
    *tensor = *l->original;
    tensor->name = name;
    tensor->dtype = IDI_F32;
    tensor->data = numbers;
    tensor->bytes = count * sizeof(float);
    *entry = (idi_tensor_entry){name, tensor};
    IDI_TRY(idi_alloc(table->memory, IDI_TAG_GENERAL,
                      (size_t)(l->rows + l->columns) * sizeof *vectors, &vectors));
    const idi_status st = divide(l, numbers, vectors);
    idi_free(table->memory, vectors);
    return st;
}

/* Whether the entry is one of those that a folded layer leaves behind. */
static bool is_spent(const idi_tensor_table *table, const char *name)
{
    static const char *const tails[] = {"weight_orig", "weight_u", "weight_v", "weight"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        if (!ends_with(name, tails[i])) continue;
        char original[IDI_SAFETENSORS_MAX_NAME_BYTES + 16];
        (void)snprintf(original, sizeof original, "%.*s" ORIGINAL_TAIL,
                       (int)(strlen(name) - strlen(tails[i])), name);
        return idi_tensor_table_find(table, original) != NULL;
    }
    return false;
}

static int64_t count_layers(const idi_tensor_table *table)
{
    int64_t count = 0;
    for (int64_t i = 0; i < table->count; i++)
        count += ends_with(table->entries[i].name, ORIGINAL_TAIL);
    return count;
}

static idi_status fold_layers(idi_tensor_table *table, idi_tensor_entry *made)
{
    layer l;
    int64_t count = 0;
    for (int64_t i = 0; i < table->count; i++) {
        if (!ends_with(table->entries[i].name, ORIGINAL_TAIL)) continue;
        idi_tensor_entry *entry = &made[count++];
        IDI_TRY(find_layer(table, &table->entries[i], &l));
        if (l.weight && !l.v)
            *entry = *l.weight;
        else
            IDI_TRY(make_weight(table, &l, entry));
    }
    return IDI_OK;
}

/* The weights that were made take the places of what they were made of. */
static idi_status replace(idi_tensor_table *table, const idi_tensor_entry *made, int64_t count)
{
    idi_tensor_entry *kept;
    int64_t left = 0;
    IDI_TRY(idi_alloc(table->memory, IDI_TAG_GENERAL, (size_t)table->count * sizeof *kept, &kept));
    for (int64_t i = 0; i < table->count; i++)
        if (!is_spent(table, table->entries[i].name)) kept[left++] = table->entries[i];
    memcpy(kept + left, made, (size_t)count * sizeof *kept);
    idi_free(table->memory, table->entries);
    table->entries = kept;
    table->count = left + count;
    return IDI_OK;
}

idi_status idi_spectral_fold(idi_tensor_table *table)
{
    const int64_t count = count_layers(table);
    idi_tensor_entry *made;
    if (count == 0) return IDI_OK;
    IDI_TRY(idi_alloc_zeroed(table->memory, IDI_TAG_GENERAL, (size_t)count, sizeof *table->owned,
                             &table->owned));
    IDI_TRY(idi_alloc_zeroed(table->memory, IDI_TAG_GENERAL, (size_t)count, sizeof *made, &made));
    idi_status st = fold_layers(table, made);
    if (st == IDI_OK) st = replace(table, made, count);
    idi_free(table->memory, made);
    return st;
}
