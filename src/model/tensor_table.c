/* SPDX-License-Identifier: Apache-2.0 */
/* model/tensor_table.c - see tensor_table.h. */
#include "model/tensor_table.h"
#include "model/safetensors_internal.h"
#include "model/spectral.h"

#include <stdlib.h>
#include <string.h>

#define GENERATOR_PREFIX "netG."
/* A moving average, in PyTorch's files and in our checkpoints; what only a training wants. */
#define EMA_PREFIX      "ema_model."
#define AVERAGE_PREFIX  "average."
#define TRAINING_PREFIX "train."

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The part of `name` that a network knows. */
static const char *strip(const char *name)
{
    static const char *const prefixes[] = {
        "online_model.netG.", "ema_model.netG.", "module.", "netG.", "model.", "net.",
        AVERAGE_PREFIX};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0];) {
        if (has_prefix(name, prefixes[i])) {
            name += strlen(prefixes[i]);
            i = 0;
        } else {
            i++;
        }
    }
    return name;
}

/* Tensors of SEAN's checkpoints that its images do not depend on. */
static bool is_idle_in_sean(const char *stripped)
{
    const bool is_blending = has_prefix(stripped, "up_3.ace_") && strstr(stripped, ".blending_");
    return is_blending || strstr(stripped, ".Spade.param_free_norm.") ||
           strcmp(stripped, "Zencoder.model.10.bias") == 0;
}

/* FaceNet's classifier, which is behind the embedding. */
static bool is_classifier(const char *stripped)
{
    return strcmp(stripped, "logits.weight") == 0 || strcmp(stripped, "logits.bias") == 0;
}

static bool is_ignored(const char *stripped)
{
    static const char counter[] = "num_batches_tracked";
    const size_t bytes = strlen(stripped);
    if (bytes == 0 || has_prefix(stripped, TRAINING_PREFIX) || is_idle_in_sean(stripped) ||
        is_classifier(stripped))
        return true;
    if (bytes < sizeof counter - 1) return false;
    const char *tail = stripped + bytes - (sizeof counter - 1);
    return strcmp(tail, counter) == 0 && (tail == stripped || tail[-1] == '.');
}

bool idi_state_dict_rename(const char *name, idi_state_dict_name *out)
{
    const char *stripped = strip(name);
    const size_t bytes = strlen(stripped);
    out->text[0] = '\0';
    if (is_ignored(stripped) || bytes >= sizeof out->text) return false;
    memcpy(out->text, stripped, bytes + 1);
    return true;
}

/* True if `stripped` stood behind `prefix` in the tensor's full name, at the start of a part. */
static bool came_behind(const idi_safetensor *tensor, const char *stripped, const char *prefix)
{
    const char *at = strstr(tensor->name, prefix);
    return at && at < stripped && (at == tensor->name || at[-1] == '.');
}

static bool names_generator(const idi_safetensors *file)
{
    for (int64_t i = 0; i < idi_safetensors_count(file); i++) {
        const idi_safetensor *tensor = idi_safetensors_get(file, i);
        if (came_behind(tensor, strip(tensor->name), GENERATOR_PREFIX)) return true;
    }
    return false;
}

static bool is_average(const idi_tensor_entry *entry)
{
    return came_behind(entry->tensor, entry->name, EMA_PREFIX) ||
           came_behind(entry->tensor, entry->name, AVERAGE_PREFIX);
}

/* The average before what it is the average of. */
static int by_name(const void *a, const void *b)
{
    const idi_tensor_entry *left = a;
    const idi_tensor_entry *right = b;
    const int order = strcmp(left->name, right->name);
    if (order != 0) return order;
    return (int)is_average(right) - (int)is_average(left);
}

static void list_entries(const idi_safetensors *file, idi_tensor_table *table)
{
    const bool is_generator_only = names_generator(file);
    for (int64_t i = 0; i < idi_safetensors_count(file); i++) {
        const idi_safetensor *tensor = idi_safetensors_get(file, i);
        const char *stripped = strip(tensor->name);
        if (is_ignored(stripped)) continue;
        if (is_generator_only && !came_behind(tensor, stripped, GENERATOR_PREFIX)) continue;
        table->entries[table->count++] = (idi_tensor_entry){stripped, tensor};
    }
    if (table->count > 0)
        qsort(table->entries, (size_t)table->count, sizeof *table->entries, by_name);
}

static idi_status drop_doubles(const char *path, idi_tensor_table *table)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < table->count; i++) {
        const idi_tensor_entry *entry = &table->entries[i];
        const idi_tensor_entry *last = kept > 0 ? &table->entries[kept - 1] : NULL;
        if (!last || strcmp(last->name, entry->name) != 0) {
            table->entries[kept++] = *entry;
            continue;
        }
        IDI_REQUIRE(is_average(last) && !is_average(entry), IDI_ERR_WEIGHTS,
                    "%s: tensors '%s' and '%s' are one parameter of the network", path,
                    idi_show(last->tensor->name).text, idi_show(entry->tensor->name).text);
    }
    table->count = kept;
    return IDI_OK;
}

static idi_status fold_spectral(const char *path, idi_tensor_table *table)
{
    const idi_status st = idi_spectral_fold(table);
    if (st != IDI_OK) return idi_fail_prefix(st, "%s: ", path);
    if (table->count > 0)
        qsort(table->entries, (size_t)table->count, sizeof *table->entries, by_name);
    return IDI_OK;
}

idi_status idi_tensor_table_create(const idi_safetensors *file, idi_tensor_table *table_out)
{
    *table_out = (idi_tensor_table){.file = file, .memory = idi_safetensors_memory(file)};
    IDI_TRY(idi_alloc_zeroed(table_out->memory, IDI_TAG_GENERAL,
                             (size_t)idi_safetensors_count(file), sizeof *table_out->entries,
                             &table_out->entries));
    list_entries(file, table_out);
    idi_status st = drop_doubles(idi_safetensors_path(file), table_out);
    if (st == IDI_OK) st = fold_spectral(idi_safetensors_path(file), table_out);
    if (st != IDI_OK) idi_tensor_table_destroy(table_out);
    return st;
}

void idi_tensor_table_destroy(idi_tensor_table *table)
{
    if (!table) return;
    for (int64_t i = 0; i < table->owned_count; i++)
        idi_free(table->memory, table->owned[i]);
    if (table->owned) idi_free(table->memory, table->owned);
    if (table->entries) idi_free(table->memory, table->entries);
    *table = (idi_tensor_table){0};
}

static int find_by_name(const void *key, const void *element)
{
    return strcmp(key, ((const idi_tensor_entry *)element)->name);
}

const idi_safetensor *idi_tensor_table_find(const idi_tensor_table *table, const char *name)
{
    if (table->count == 0) return NULL;
    const idi_tensor_entry *found =
        bsearch(name, table->entries, (size_t)table->count, sizeof *table->entries, find_by_name);
    return found ? found->tensor : NULL;
}
