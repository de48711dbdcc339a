/* SPDX-License-Identifier: Apache-2.0 */
/* train/checkpoint.c - see checkpoint.h. */
#include "train/checkpoint.h"
#include "model/config.h"
#include "model/weights.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP  "idinject.training.step"
#define SEED  "idinject.training.seed"
#define FILES "idinject.training.files"

enum { MAX_PAIRS = 5, MAX_DIGITS = 32 };

/* --- writing --------------------------------------------------------------------------------- */

static int64_t largest_count(const idi_store *store)
{
    int64_t largest = 0;
    for (int64_t i = 0; i < idi_store_count(store); i++) {
        const int64_t count = idi_shape_count(&idi_store_at(store, i)->shape);
        if (count > largest) largest = count;
    }
    return largest;
}

static int64_t total_count(const idi_store *store)
{
    int64_t total = 0;
    for (int64_t i = 0; i < idi_store_count(store); i++)
        total += idi_shape_count(&idi_store_at(store, i)->shape);
    return total;
}

/* The shape that a file has for the parameter, with 1 for what the rank leaves out. */
static void describe(const idi_value_info *info, idi_safetensor *tensor)
{
    *tensor = (idi_safetensor){
        .name = info->name,
        .dtype = IDI_F32,
        .bytes = (size_t)idi_shape_count(&info->shape) * sizeof(float),
    };
    for (int i = 0; i < IDI_SAFETENSORS_MAX_RANK; i++)
        tensor->dim[i] = 1;
    idi_weights_file_shape(info, &tensor->rank, tensor->dim);
    for (int i = tensor->rank; i < IDI_SAFETENSORS_MAX_RANK; i++)
        tensor->dim[i] = 1;
}

/* All tensors from the device into `block`, by way of `scratch`. */
static idi_status take_tensors(const idi_store *store, idi_safetensor *tensors, float *block,
                               float *scratch)
{
    for (int64_t i = 0; i < idi_store_count(store); i++) {
        const idi_value_info *info = idi_store_at(store, i);
        IDI_TRY(idi_store_get(store, i, scratch));
        idi_weights_to_file(info, scratch, block);
        describe(info, &tensors[i]);
        tensors[i].data = block;
        block += idi_shape_count(&info->shape);
    }
    return IDI_OK;
}

static idi_status write_tensors(const idi_store *store, const idi_checkpoint *checkpoint,
                                const idi_safetensor *tensors, const char *path)
{
    char step[MAX_DIGITS];
    char seed[MAX_DIGITS];
    (void)snprintf(step, sizeof step, "%lld", (long long)checkpoint->step);
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)checkpoint->seed);
    idi_safetensors_pair pairs[MAX_PAIRS] = {{STEP, step}, {SEED, seed}};
    int64_t count = 2;
    if (checkpoint->config)
        pairs[count++] = (idi_safetensors_pair){IDI_METADATA_CONFIG, checkpoint->config};
    if (checkpoint->recipe)
        pairs[count++] = (idi_safetensors_pair){IDI_METADATA_RECIPE, checkpoint->recipe};
    if (checkpoint->files && checkpoint->files[0])
        pairs[count++] = (idi_safetensors_pair){FILES, checkpoint->files};
    return idi_safetensors_write(idi_store_backend(store)->memory, path, tensors,
                                 idi_store_count(store), pairs, count);
}

idi_status idi_checkpoint_write(const idi_store *store, const idi_checkpoint *checkpoint,
                                const char *path)
{
    const idi_backend *backend = idi_store_backend(store);
    idi_memory *memory = backend->memory;
    idi_safetensor *tensors = NULL;
    float *block = NULL;
    float *scratch = NULL;
    idi_status st = IDI_OK;
    IDI_REQUIRE(idi_backend_dtype(backend, IDI_WIDE) == IDI_F32, IDI_ERR_UNSUPPORTED,
                "%s: a checkpoint holds f32, and this training is in %s", path,
                idi_dtype_name(backend->real));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL,
                               (size_t)idi_store_count(store) * sizeof *tensors, &tensors));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL,
                               (size_t)largest_count(store) * sizeof *scratch, &scratch));
    IDI_TRY_TO(done, idi_alloc(memory, IDI_TAG_GENERAL, (size_t)total_count(store) * sizeof *block,
                               &block));
    IDI_TRY_TO(done, take_tensors(store, tensors, block, scratch));
    IDI_TRY_TO(done, write_tensors(store, checkpoint, tensors, path));
done:
    idi_free(memory, block);
    idi_free(memory, scratch);
    idi_free(memory, tensors);
    return st;
}

/* --- reading --------------------------------------------------------------------------------- */

static idi_status read_number(const idi_safetensors *file, const char *key, uint64_t most,
                              uint64_t *number_out)
{
    const char *text = idi_safetensors_metadata(file, key);
    char *end = NULL;
    *number_out = 0;
    IDI_REQUIRE(text, IDI_ERR_FORMAT, "%s: no checkpoint, its metadata has no %s",
                idi_safetensors_path(file), key);
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    IDI_REQUIRE(text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && number <= most,
                IDI_ERR_FORMAT, "%s: %s is no number within its range", idi_safetensors_path(file),
                key);
    *number_out = number;
    return IDI_OK;
}

static idi_status read_metadata(const idi_safetensors *file, idi_checkpoint *checkpoint)
{
    uint64_t step;
    IDI_TRY(read_number(file, STEP, INT64_MAX, &step));
    IDI_TRY(read_number(file, SEED, UINT64_MAX, &checkpoint->seed));
    checkpoint->step = (int64_t)step;
    checkpoint->config = idi_safetensors_metadata(file, IDI_METADATA_CONFIG);
    checkpoint->recipe = idi_safetensors_metadata(file, IDI_METADATA_RECIPE);
    checkpoint->files = idi_safetensors_metadata(file, FILES);
    return IDI_OK;
}

idi_status idi_checkpoint_open(idi_memory *memory, const char *path, idi_safetensors **file_out,
                               idi_checkpoint *checkpoint_out)
{
    *checkpoint_out = (idi_checkpoint){.step = 0};
    IDI_TRY(idi_safetensors_open(memory, path, file_out));
    const idi_status st = read_metadata(*file_out, checkpoint_out);
    if (st != IDI_OK) idi_safetensors_close(file_out);
    return st;
}

static idi_status check_tensor(const idi_safetensors *file, const idi_value_info *info)
{
    const idi_safetensor *have = idi_safetensors_find(file, info->name);
    idi_safetensor want;
    describe(info, &want);
    IDI_REQUIRE(have, IDI_ERR_WEIGHTS, "%s: tensor %s is missing", idi_safetensors_path(file),
                info->name);
    const bool fits = have->dtype == IDI_F32 && have->rank == want.rank &&
                      memcmp(have->dim, want.dim, sizeof want.dim) == 0;
    IDI_REQUIRE(fits, IDI_ERR_WEIGHTS, "%s: tensor %s is no f32 of the training's shape %s",
                idi_safetensors_path(file), info->name, idi_shape_format(&info->shape).text);
    return IDI_OK;
}

static idi_status check_tensors(const idi_safetensors *file, const idi_store *store)
{
    for (int64_t i = 0; i < idi_store_count(store); i++)
        IDI_TRY(check_tensor(file, idi_store_at(store, i)));
    for (int64_t i = 0; i < idi_safetensors_count(file); i++) {
        const idi_safetensor *tensor = idi_safetensors_get(file, i);
        IDI_REQUIRE(idi_store_find(store, tensor->name) >= 0, IDI_ERR_WEIGHTS,
                    "%s: tensor %s is left over: the training has none of this name",
                    idi_safetensors_path(file), tensor->name);
    }
    return IDI_OK;
}

static idi_status set_tensors(const idi_safetensors *file, idi_store *store, float *scratch,
                              float *values)
{
    for (int64_t i = 0; i < idi_store_count(store); i++) {
        const idi_value_info *info = idi_store_at(store, i);
        const idi_safetensor *tensor = idi_safetensors_find(file, info->name);
        memcpy(scratch, tensor->data, tensor->bytes);
        idi_weights_to_graph(info, scratch, values);
        IDI_TRY(idi_store_set(store, i, values));
        idi_safetensors_forget(file, tensor);
    }
    return IDI_OK;
}

idi_status idi_checkpoint_load(const idi_safetensors *file, idi_store *store)
{
    idi_memory *memory = idi_store_backend(store)->memory;
    const int64_t largest = largest_count(store);
    float *scratch;
    IDI_TRY(check_tensors(file, store));
    IDI_TRY(idi_alloc(memory, IDI_TAG_GENERAL, 2 * (size_t)largest * sizeof *scratch, &scratch));
    const idi_status st = set_tensors(file, store, scratch, scratch + largest);
    idi_free(memory, scratch);
    return st;
}
