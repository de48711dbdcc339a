/* SPDX-License-Identifier: Apache-2.0 */
/* model/adaface.c - see adaface.h. */
#include "model/adaface.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tensors that are made: a 1x1 convolution, two norms, the first layer. */
enum { NAME_BYTES = 96, MADE = 16, STAGES = 4 };
static const double norm_eps = 1e-5;

typedef struct name {
    char text[NAME_BYTES];
} name;

static name join(const char *format, ...) IDI_PRINTF(1, 2);
static name join(const char *format, ...)
{
    name out;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(out.text, sizeof out.text, format, arguments);
    va_end(arguments);
    return out;
}

bool idi_adaface_parse(const char *arch_name, idi_adaface_colours *colours_out)
{
    *colours_out = IDI_ADAFACE_BGR;
    if (!arch_name || strcmp(arch_name, "cvlface") != 0)
        return arch_name && strcmp(arch_name, "adaface") == 0;
    *colours_out = IDI_ADAFACE_RGB;
    return true;
}

bool idi_adaface_is(const idi_tensor_table *table)
{
    return idi_tensor_table_find(table, "body.0.res_layer.2.running_mean") &&
           idi_tensor_table_find(table, "input_layer.0.weight");
}

/* --- entries -----------------------------------------------------------------------------------
 */

/* Names are the new table's own. */
static idi_status add(idi_tensor_table *table, const char *text, const idi_safetensor *tensor)
{
    char *copy;
    IDI_TRY(idi_strdup(table->memory, text, &copy));
    table->owned[table->owned_count++] = copy;
    table->entries[table->count++] = (idi_tensor_entry){copy, tensor};
    return IDI_OK;
}

static idi_status move(const idi_tensor_table *from, const char *source, idi_tensor_table *table,
                       const char *target)
{
    const idi_safetensor *tensor = idi_tensor_table_find(from, source);
    IDI_REQUIRE(tensor, IDI_ERR_WEIGHTS, "tensor '%s' is missing", source);
    return add(table, target, tensor);
}

static idi_status make(idi_tensor_table *table, const char *text, int rank, const int64_t *dim,
                       float **values_out)
{
    idi_safetensor shape = {.dtype = IDI_F32, .rank = rank, .dim = {1, 1, 1, 1, 1, 1, 1, 1}};
    char *block;
    memcpy(shape.dim, dim, (size_t)rank * sizeof *dim);
    shape.bytes = (size_t)idi_safetensor_count(&shape) * sizeof(float);
    IDI_TRY(idi_alloc(table->memory, IDI_TAG_WEIGHT, sizeof shape + shape.bytes, &block));
    table->owned[table->owned_count++] = block;
    shape.data = block + sizeof shape;
    idi_safetensor *tensor = (idi_safetensor *)block;
    *tensor = shape;
    *values_out = (float *)(block + sizeof shape);
    return add(table, text, tensor);
}

static idi_status fill(idi_tensor_table *table, const char *text, int64_t count, double value)
{
    float *values;
    IDI_TRY(make(table, text, 1, &count, &values));
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)value;
    return IDI_OK;
}

static idi_status move_norm(const idi_tensor_table *from, const char *source,
                            idi_tensor_table *table, const char *target)
{
    static const char *const members[] = {"weight", "bias", "running_mean", "running_var"};
    for (int i = 0; i < 4; i++)
        IDI_TRY(move(from, join("%s.%s", source, members[i]).text, table,
                     join("%s.%s", target, members[i]).text));
    return IDI_OK;
}

/* --- layers ------------------------------------------------------------------------------------
 */

/* The network is fed RGB: weights for BGR exchange their first and last input channel. */
static idi_status add_stem(const idi_tensor_table *from, idi_adaface_colours colours,
                           idi_tensor_table *table)
{
    const idi_safetensor *stem = idi_tensor_table_find(from, "input_layer.0.weight");
    float *values;
    IDI_REQUIRE(stem->rank == 4 && stem->dim[1] == 3 && idi_safetensor_count(stem) > 0,
                IDI_ERR_WEIGHTS, "tensor 'input_layer.0.weight' is no kernel of three colours");
    IDI_TRY(make(table, "conv1.weight", 4, stem->dim, &values));
    IDI_TRY(idi_safetensor_to_f32(stem, values));
    const int64_t taps = stem->dim[2] * stem->dim[3];
    for (int64_t o = 0; colours == IDI_ADAFACE_BGR && o < stem->dim[0]; o++)
        for (int64_t k = 0; k < taps; k++) {
            float *first = &values[o * 3 * taps + k];
            const float blue = first[0];
            first[0] = first[2 * taps];
            first[2 * taps] = blue;
        }
    IDI_TRY(move_norm(from, "input_layer.1", table, "bn1"));
    return move(from, "input_layer.2.weight", table, "prelu.weight");
}

/* Subsampling as IResNet does it: a strided convolution that leaves the channels as they are. */
static idi_status add_subsampling(idi_tensor_table *table, const char *block, int64_t channels)
{
    const int64_t dim[4] = {channels, channels, 1, 1};
    float *values;
    IDI_TRY(make(table, join("%s.downsample.0.weight", block).text, 4, dim, &values));
    memset(values, 0, (size_t)(channels * channels) * sizeof *values);
    for (int64_t c = 0; c < channels; c++)
        values[c * channels + c] = 1.0F;
    IDI_TRY(fill(table, join("%s.downsample.1.weight", block).text, channels, 1.0));
    IDI_TRY(fill(table, join("%s.downsample.1.bias", block).text, channels, 0.0));
    IDI_TRY(fill(table, join("%s.downsample.1.running_mean", block).text, channels, 0.0));
    return fill(table, join("%s.downsample.1.running_var", block).text, channels, 1.0 - norm_eps);
}

static idi_status add_shortcut(const idi_tensor_table *from, const char *body,
                               idi_tensor_table *table, const char *block, int64_t channels)
{
    const name weight = join("%s.shortcut_layer.0.weight", body);
    if (!idi_tensor_table_find(from, weight.text)) return add_subsampling(table, block, channels);
    IDI_TRY(move(from, weight.text, table, join("%s.downsample.0.weight", block).text));
    return move_norm(from, join("%s.shortcut_layer.1", body).text, table,
                     join("%s.downsample.1", block).text);
}

static idi_status add_branch(const idi_tensor_table *from, const char *body,
                             idi_tensor_table *table, const char *block)
{
    static const char *const norms[][2] = {{"0", "bn1"}, {"2", "bn2"}, {"5", "bn3"}};
    static const char *const others[][2] = {{"1", "conv1"}, {"3", "prelu"}, {"4", "conv2"}};
    IDI_REQUIRE(!idi_tensor_table_find(from, join("%s.res_layer.se_block.fc1.weight", body).text),
                IDI_ERR_WEIGHTS, "%s has squeeze and excitation, which is not read", body);
    for (int i = 0; i < 3; i++) {
        IDI_TRY(move_norm(from, join("%s.res_layer.%s", body, norms[i][0]).text, table,
                          join("%s.%s", block, norms[i][1]).text));
        IDI_TRY(move(from, join("%s.res_layer.%s.weight", body, others[i][0]).text, table,
                     join("%s.%s.weight", block, others[i][1]).text));
    }
    return IDI_OK;
}

/* Bodies are numbered through; a stage begins where the channels double. */
static idi_status add_bodies(const idi_tensor_table *from, idi_tensor_table *table)
{
    int64_t channels = 0;
    int stage = 0, unit = 0;
    for (int i = 0;; i++) {
        const name body = join("body.%d", i);
        const idi_safetensor *conv =
            idi_tensor_table_find(from, join("%s.res_layer.4.weight", body.text).text);
        if (!conv) return IDI_OK;
        const bool is_first = conv->dim[0] != channels;
        stage += is_first;
        unit = is_first ? 0 : unit + 1;
        channels = conv->dim[0];
        IDI_REQUIRE(stage <= STAGES && channels > 0 && channels <= 1 << 14, IDI_ERR_WEIGHTS,
                    "%s begins a fifth stage, or is empty", body.text);
        const name block = join("layer%d.%d", stage, unit);
        IDI_TRY(add_branch(from, body.text, table, block.text));
        if (is_first) IDI_TRY(add_shortcut(from, body.text, table, block.text, channels));
    }
}

/* The last norm has no weights of its own there. */
static idi_status add_tail(const idi_tensor_table *from, idi_tensor_table *table)
{
    IDI_TRY(move_norm(from, "output_layer.0", table, "bn2"));
    IDI_TRY(move(from, "output_layer.3.weight", table, "fc.weight"));
    IDI_TRY(move(from, "output_layer.3.bias", table, "fc.bias"));
    if (idi_tensor_table_find(from, "output_layer.4.weight"))
        return move_norm(from, "output_layer.4", table, "features");
    IDI_TRY(move(from, "output_layer.4.running_mean", table, "features.running_mean"));
    IDI_TRY(move(from, "output_layer.4.running_var", table, "features.running_var"));
    const idi_safetensor *mean = idi_tensor_table_find(from, "output_layer.4.running_mean");
    IDI_TRY(fill(table, "features.weight", idi_safetensor_count(mean), 1.0));
    return fill(table, "features.bias", idi_safetensor_count(mean), 0.0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const idi_tensor_entry *)a)->name, ((const idi_tensor_entry *)b)->name);
}

static idi_status add_all(const idi_tensor_table *from, idi_adaface_colours colours,
                          idi_tensor_table *table)
{
    const size_t most = (size_t)from->count + (size_t)STAGES * MADE;
    IDI_TRY(idi_alloc_zeroed(table->memory, IDI_TAG_GENERAL, most, sizeof *table->entries,
                             &table->entries));
    IDI_TRY(idi_alloc_zeroed(table->memory, IDI_TAG_GENERAL, 2 * most, sizeof *table->owned,
                             &table->owned));
    IDI_TRY(add_stem(from, colours, table));
    IDI_TRY(add_bodies(from, table));
    IDI_TRY(add_tail(from, table));
    qsort(table->entries, (size_t)table->count, sizeof *table->entries, by_name);
    return IDI_OK;
}

idi_status idi_adaface_to_iresnet(const idi_tensor_table *from, idi_adaface_colours colours,
                                  idi_tensor_table *table_out)
{
    *table_out = (idi_tensor_table){.file = from->file, .memory = from->memory};
    const idi_status st = add_all(from, colours, table_out);
    if (st != IDI_OK) idi_tensor_table_destroy(table_out);
    return st;
}
