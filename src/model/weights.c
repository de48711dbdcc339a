/* SPDX-License-Identifier: Apache-2.0 */
/* model/weights.c - see weights.h. */
#include "model/weights.h"
#include "model/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One parameter: its name and its place in the block of floats. */
typedef struct entry {
    const char *name; /* the graph's */
    idi_value value;
    int64_t offset;
    bool is_wide;
} entry;

struct idi_weights {
    idi_memory *memory;
    idi_network network; /* for the names and shapes */
    entry *entries;      /* sorted by name */
    int64_t count;
    int64_t total; /* floats */
    float *block;
    uint64_t fingerprint;
};

void idi_weights_file_shape(const idi_value_info *parameter, int *rank_out,
                            int64_t dim_out[IDI_MAX_RANK])
{
    const idi_shape *s = &parameter->shape;
    *rank_out = s->rank;
    for (int i = 0; i < IDI_MAX_RANK; i++)
        dim_out[i] = s->dim[i];
    switch (parameter->layout) {
    case IDI_LAYOUT_PLAIN:
        return;
    case IDI_LAYOUT_TRANSPOSED:
        dim_out[0] = s->dim[1];
        dim_out[1] = s->dim[0];
        return;
    case IDI_LAYOUT_CONV:
        dim_out[1] = s->dim[3];
        dim_out[2] = s->dim[1];
        dim_out[3] = s->dim[2];
        return;
    case IDI_LAYOUT_FLATTENED:
        *rank_out = 2;
        dim_out[1] = s->dim[1] * s->dim[2] * s->dim[3];
        return;
    case IDI_LAYOUT_FLATTENED_ROW:
        *rank_out = 1;
        dim_out[0] = idi_shape_count(s);
        return;
    case IDI_LAYOUT_POINTWISE:
        *rank_out = 4;
        return;
    case IDI_LAYOUT_POINTWISE_1D:
        *rank_out = 3;
        return;
    }
}

/* A file's parameter is `outer` matrices [rows, columns], each of which the graph has transposed.
 */
typedef struct matrices {
    int64_t outer, rows, columns;
} matrices;

static matrices matrices_of(const idi_value_info *parameter)
{
    const idi_shape *s = &parameter->shape;
    if (parameter->layout == IDI_LAYOUT_CONV || parameter->layout == IDI_LAYOUT_FLATTENED ||
        parameter->layout == IDI_LAYOUT_FLATTENED_ROW)
        return (matrices){s->dim[0], s->dim[3], s->dim[1] * s->dim[2]};
    if (parameter->layout == IDI_LAYOUT_TRANSPOSED) return (matrices){1, s->dim[1], s->dim[0]};
    return (matrices){1, 1, idi_shape_count(s)};
}

static void transpose(int64_t outer, int64_t rows, int64_t columns, const float *values, float *out)
{
    for (int64_t o = 0; o < outer; o++)
        for (int64_t r = 0; r < rows; r++)
            for (int64_t c = 0; c < columns; c++)
                out[(o * columns + c) * rows + r] = values[(o * rows + r) * columns + c];
}

void idi_weights_to_graph(const idi_value_info *parameter, const float *values, float *out)
{
    const matrices m = matrices_of(parameter);
    transpose(m.outer, m.rows, m.columns, values, out);
}

void idi_weights_to_file(const idi_value_info *parameter, const float *values, float *out)
{
    const matrices m = matrices_of(parameter);
    transpose(m.outer, m.columns, m.rows, values, out);
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

static entry *find_entry(const idi_weights *weights, const char *name)
{
    const entry key = {.name = name};
    return bsearch(&key, weights->entries, (size_t)weights->count, sizeof key, compare_entries);
}

static idi_status list_parameters(idi_weights *w)
{
    const int32_t values = idi_graph_value_count(w->network.graph);
    IDI_TRY(idi_alloc_zeroed(w->memory, IDI_TAG_GENERAL, (size_t)values, sizeof *w->entries,
                             &w->entries));
    for (idi_value v = 0; v < values; v++) {
        const idi_value_info *info = idi_graph_get_value(w->network.graph, v);
        if (info->role != IDI_ROLE_PARAMETER) continue;
        w->entries[w->count++] = (entry){info->name, v, w->total, false};
        w->total += idi_shape_count(&info->shape);
    }
    qsort(w->entries, (size_t)w->count, sizeof *w->entries, compare_entries);
    return IDI_OK;
}

/* CA2-SIS's folded form is the one network that reads wide parameters. */
static idi_status mark_wide(idi_weights *w, const idi_model_config *config)
{
    idi_network folded;
    if (!idi_arch_is_ca2sis(config->arch)) return IDI_OK;
    IDI_TRY(idi_network_generate(w->memory, &config->generator, IDI_FORM_FOLDED, 1, &folded));
    for (int32_t n = 0; n < idi_graph_node_count(folded.graph); n++) {
        const idi_node *node = idi_graph_get_node(folded.graph, n);
        for (int i = 0; i < node->input_count; i++) {
            if (idi_graph_dtype(folded.graph, node->in[i]) != IDI_WIDE) continue;
            const idi_value_info *in = idi_graph_get_value(folded.graph, node->in[i]);
            if (in->role == IDI_ROLE_PARAMETER) find_entry(w, in->name)->is_wide = true;
        }
    }
    idi_network_destroy(&folded);
    return IDI_OK;
}

/* Shapes agree up to trailing ones: some exporters squeeze 1x1 kernels. */
static bool shapes_agree(const idi_safetensor *tensor, int rank, const int64_t *dim)
{
    for (int i = 0; i < IDI_SAFETENSORS_MAX_RANK; i++) {
        const int64_t have = i < tensor->rank ? tensor->dim[i] : 1;
        const int64_t want = i < rank ? dim[i] : 1;
        if (have != want) return false;
    }
    return true;
}

static idi_status check_entry(const idi_weights *w, const idi_tensor_table *table, const entry *e,
                              const idi_safetensor **tensor_out)
{
    const idi_value_info *info = idi_graph_get_value(w->network.graph, e->value);
    const idi_safetensor *tensor = idi_tensor_table_find(table, e->name);
    idi_shape want;
    idi_weights_file_shape(info, &want.rank, want.dim);
    IDI_REQUIRE(tensor, IDI_ERR_WEIGHTS, "tensor %s %s is missing", e->name,
                idi_shape_format(&want).text);
    idi_shape have = {.rank = tensor->rank < IDI_MAX_RANK ? tensor->rank : IDI_MAX_RANK};
    for (int i = 0; i < have.rank; i++)
        have.dim[i] = tensor->dim[i];
    IDI_REQUIRE(shapes_agree(tensor, want.rank, want.dim), IDI_ERR_WEIGHTS,
                "tensor %s is %s, want %s", e->name, idi_shape_format(&have).text,
                idi_shape_format(&want).text);
    *tensor_out = tensor;
    return IDI_OK;
}

static idi_status check_left_over(const idi_weights *w, const idi_tensor_table *table)
{
    for (int64_t i = 0; i < table->count; i++)
        IDI_REQUIRE(find_entry(w, table->entries[i].name), IDI_ERR_WEIGHTS,
                    "tensor %s is left over: the configured network has no such parameter",
                    table->entries[i].name);
    return IDI_OK;
}

static idi_status check_finite(const char *name, const float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        IDI_REQUIRE(isfinite(values[i]), IDI_ERR_WEIGHTS, "tensor %s: element %lld is not finite",
                    name, (long long)i);
    return IDI_OK;
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ b[i]) * 1099511628211ULL;
    return hash;
}

/* Through `scratch`, in the file's order, into the block. */
static idi_status load_entry(idi_weights *w, const idi_tensor_table *table, const entry *e,
                             float *scratch)
{
    const idi_value_info *info = idi_graph_get_value(w->network.graph, e->value);
    const int64_t count = idi_shape_count(&info->shape);
    const idi_safetensor *tensor;
    IDI_TRY(check_entry(w, table, e, &tensor));
    IDI_TRY(idi_safetensor_to_f32(tensor, scratch));
    IDI_TRY(check_finite(e->name, scratch, count));
    w->fingerprint = hash_bytes(w->fingerprint, e->name, strlen(e->name));
    w->fingerprint = hash_bytes(w->fingerprint, scratch, (size_t)count * sizeof *scratch);
    idi_weights_to_graph(info, scratch, w->block + e->offset);
    /* Otherwise the model is in memory twice until the file is closed. */
    idi_safetensors_forget(table->file, tensor);
    return IDI_OK;
}

static int64_t largest_entry(const idi_weights *w)
{
    int64_t largest = 0;
    for (int64_t i = 0; i < w->count; i++) {
        const idi_value_info *info = idi_graph_get_value(w->network.graph, w->entries[i].value);
        if (idi_shape_count(&info->shape) > largest) largest = idi_shape_count(&info->shape);
    }
    return largest;
}

static idi_status load_all(idi_weights *w, const idi_tensor_table *table)
{
    IDI_TRY(idi_alloc(w->memory, IDI_TAG_WEIGHT, (size_t)w->total * sizeof *w->block, &w->block));
    float *scratch;
    IDI_TRY(idi_alloc(w->memory, IDI_TAG_GENERAL, (size_t)largest_entry(w) * sizeof *scratch,
                      &scratch));
    idi_status st = IDI_OK;
    w->fingerprint = 14695981039346656037ULL;
    for (int64_t i = 0; i < w->count && st == IDI_OK; i++)
        st = load_entry(w, table, &w->entries[i], scratch);
    idi_free(w->memory, scratch);
    return st;
}

static idi_status open_weights(idi_memory *memory, const idi_model_config *config,
                               idi_weights **weights_out)
{
    idi_weights *w;
    *weights_out = NULL;
    IDI_TRY(idi_alloc_zeroed(memory, IDI_TAG_GENERAL, 1, sizeof *w, &w));
    w->memory = memory;
    idi_status st = idi_network_all(memory, config, &w->network);
    if (st == IDI_OK) st = list_parameters(w);
    if (st != IDI_OK) idi_weights_destroy(&w);
    *weights_out = w;
    return st;
}

idi_status idi_weights_load(idi_memory *memory, const idi_model_config *config,
                            const idi_tensor_table *table, idi_weights **weights_out)
{
    *weights_out = NULL;
    idi_weights *w;
    IDI_TRY(open_weights(memory, config, &w));
    idi_status st = mark_wide(w, config);
    if (st == IDI_OK) st = load_all(w, table);
    if (st == IDI_OK) st = check_left_over(w, table);
    if (st != IDI_OK) {
        idi_weights_destroy(&w);
        return st;
    }
    *weights_out = w;
    return IDI_OK;
}

idi_status idi_weights_check(idi_memory *memory, const idi_model_config *config,
                             const idi_tensor_table *table)
{
    idi_weights *w;
    IDI_TRY(open_weights(memory, config, &w));
    idi_status st = IDI_OK;
    const idi_safetensor *tensor;
    for (int64_t i = 0; i < w->count && st == IDI_OK; i++)
        st = check_entry(w, table, &w->entries[i], &tensor);
    if (st == IDI_OK) st = check_left_over(w, table);
    idi_weights_destroy(&w);
    return st;
}

void idi_weights_destroy(idi_weights **weights)
{
    if (!weights || !*weights) return;
    idi_memory *memory = (*weights)->memory;
    idi_network_destroy(&(*weights)->network);
    idi_free(memory, (*weights)->entries);
    idi_free(memory, (*weights)->block);
    idi_free(memory, *weights);
    *weights = NULL;
}

const void *idi_weights_source(void *user, const char *name, idi_dtype kind)
{
    (void)kind;
    const idi_weights *weights = user;
    const entry *e = find_entry(weights, name);
    return e ? weights->block + e->offset : NULL;
}

idi_weights_entry idi_weights_at(const idi_weights *weights, int64_t index)
{
    const entry *e = &weights->entries[index];
    const idi_value_info *info = idi_graph_get_value(weights->network.graph, e->value);
    return (idi_weights_entry){e->name, weights->block + e->offset, idi_shape_count(&info->shape),
                               e->is_wide};
}

int64_t idi_weights_find(const idi_weights *weights, const char *name)
{
    const entry *e = find_entry(weights, name);
    return e ? e - weights->entries : -1;
}

int64_t idi_weights_tensor_count(const idi_weights *weights)
{
    return weights->count;
}

int64_t idi_weights_parameter_count(const idi_weights *weights)
{
    return weights->total;
}

uint64_t idi_weights_fingerprint(const idi_weights *weights)
{
    return weights->fingerprint;
}
