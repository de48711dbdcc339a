/* SPDX-License-Identifier: Apache-2.0 */
/* train/export.c - see export.h. */
#include "train/export.h"
#include "core/half.h"
#include "model/config.h"
#include "model/tensor_table.h"
#include "train/checkpoint.h"

#include <math.h>
#include <string.h>

enum { MAX_PAIRS = 6 };

/* Matrices and kernels: nearly all of the bytes. */
static bool is_narrowed(const idi_safetensor *tensor, const idi_export *options)
{
    return options->storage == IDI_F16 && tensor->rank >= 2;
}

static idi_status narrow(const char *name, const idi_safetensor *tensor, uint16_t *out)
{
    const int64_t count = idi_safetensor_count(tensor);
    const char *from = tensor->data;
    for (int64_t i = 0; i < count; i++, from += sizeof(float)) {
        float value;
        memcpy(&value, from, sizeof value);
        out[i] = idi_f16_of_float(value);
        IDI_REQUIRE(isfinite(idi_float_of_f16(out[i])), IDI_ERR_NUMERIC,
                    "%s: %g is beyond f16; store the model in f32", name, (double)value);
    }
    return IDI_OK;
}

static int64_t narrowed_count(const idi_tensor_table *table, const idi_export *options)
{
    int64_t total = 0;
    for (int64_t i = 0; i < table->count; i++)
        if (is_narrowed(table->entries[i].tensor, options))
            total += idi_safetensor_count(table->entries[i].tensor);
    return total;
}

static idi_status fill_tensors(const idi_tensor_table *table, const idi_export *options,
                               idi_safetensor *tensors, uint16_t *block)
{
    for (int64_t i = 0; i < table->count; i++) {
        const idi_safetensor *from = table->entries[i].tensor;
        tensors[i] = *from;
        tensors[i].name = table->entries[i].name;
        if (!is_narrowed(from, options)) continue;
        const int64_t count = idi_safetensor_count(from);
        IDI_TRY(narrow(table->entries[i].name, from, block));
        tensors[i].dtype = IDI_F16;
        tensors[i].data = block;
        tensors[i].bytes = (size_t)count * sizeof *block;
        block += count;
    }
    return IDI_OK;
}

static void note(idi_safetensors_pair *pairs, int64_t *count, const char *key, const char *value)
{
    if (value && value[0]) pairs[(*count)++] = (idi_safetensors_pair){key, value};
}

static idi_status write_model(idi_memory *memory, const idi_checkpoint *checkpoint,
                              const idi_tensor_table *table, const idi_export *options,
                              const char *path)
{
    const size_t halves = (size_t)narrowed_count(table, options);
    idi_safetensors_pair pairs[MAX_PAIRS];
    int64_t count = 0;
    idi_safetensor *tensors = NULL;
    uint16_t *block = NULL;
    idi_status st = IDI_OK;
    note(pairs, &count, IDI_METADATA_CONFIG, checkpoint->config);
    note(pairs, &count, IDI_METADATA_LICENCE, options->licence);
    note(pairs, &count, IDI_METADATA_TRAINING_DATA, options->training_data);
    note(pairs, &count, IDI_METADATA_RECIPE, checkpoint->recipe);
    note(pairs, &count, IDI_METADATA_RECOGNISER, options->recogniser);
    note(pairs, &count, IDI_METADATA_FINGERPRINT, options->recogniser_fingerprint);
    IDI_TRY_TO(
        done, idi_alloc(memory, IDI_TAG_GENERAL, (size_t)table->count * sizeof *tensors, &tensors));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, halves * sizeof *block, &block));
    IDI_TRY_TO(done, fill_tensors(table, options, tensors, block));
    IDI_TRY_TO(done, idi_safetensors_write(memory, path, tensors, table->count, pairs, count));
done:
    idi_free(memory, block);
    idi_free(memory, tensors);
    return st;
}

idi_status idi_checkpoint_export(idi_memory *memory, const char *checkpoint_path,
                                 const idi_export *options, const char *out_path)
{
    idi_safetensors *file;
    idi_checkpoint checkpoint;
    idi_tensor_table table;
    IDI_TRY(idi_checkpoint_open(memory, checkpoint_path, &file, &checkpoint));
    idi_status st = idi_tensor_table_create(file, &table);
    if (st == IDI_OK) {
        st = write_model(memory, &checkpoint, &table, options, out_path);
        idi_tensor_table_destroy(&table);
    }
    idi_safetensors_close(&file);
    return st;
}
