/* SPDX-License-Identifier: Apache-2.0 */
/* tests/train/test_checkpoint.c - a store and its file: what is in it, what it is as a model, what
 * is refused, and that a failure leaves what was there. */
#include "cpu/backend.h"
#include "model/config.h"
#include "model/weights.h"
#include "support/random.h"
#include "support/tiny_recogniser.h"
#include "train/checkpoint.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) cr_assert_eq((call), IDI_OK, "%s: %s", #call, idi_last_error())

static idi_memory *memory;
static idi_backend *backend;
static idi_tiny_training t;
static const idi_checkpoint written = {12, UINT64_MAX, idi_tiny_config, "any text: \"{\"",
                                       "a=1;b=2;"};

static void open_rig(void)
{
    memory = idi_test_memory();
    OK(idi_cpu32_backend_create(memory, false, &backend));
    idi_tiny_training_open(&t, backend, idi_test_seed());
}

static void close_rig(void)
{
    idi_tiny_training_close(&t);
    idi_cpu_backend_destroy(&backend);
    idi_test_memory_close(&memory);
}

TestSuite(checkpoint, .init = open_rig, .fini = close_rig);

static void step(void)
{
    idi_tiny_training_set_people(&t, 1);
    (void)idi_tiny_training_step(&t, 1);
}

/* Number `element` of a tensor of the store. */
static float number(const char *name, int64_t element)
{
    const int64_t index = idi_store_find(t.store, name);
    cr_assert_geq(index, 0, "no tensor %s", name);
    float *values = idi_tiny_training_get(&t, index);
    const float value = values[element];
    free(values);
    return value;
}

Test(checkpoint, what_stands_beside_the_tensors_comes_back)
{
    static const char path[] = IDI_SCRATCH "/checkpoint_metadata.safetensors";
    idi_safetensors *file;
    idi_checkpoint read;
    OK(idi_checkpoint_write(t.store, &written, path));
    OK(idi_checkpoint_open(memory, path, &file, &read));
    cr_expect_eq(read.step, 12);
    cr_expect_eq(read.seed, UINT64_MAX);
    cr_expect_str_eq(read.config, idi_tiny_config);
    cr_expect_str_eq(read.recipe, written.recipe);
    cr_expect_str_eq(read.files, written.files);
    idi_safetensors_close(&file);
}

Test(checkpoint, absent_texts_stay_absent)
{
    static const char path[] = IDI_SCRATCH "/checkpoint_no_texts.safetensors";
    const idi_checkpoint bare = {.step = 0};
    idi_safetensors *file;
    idi_checkpoint read;
    OK(idi_checkpoint_write(t.store, &bare, path));
    OK(idi_checkpoint_open(memory, path, &file, &read));
    cr_expect_eq(read.step, 0);
    cr_expect_null(read.config);
    cr_expect_null(read.recipe);
    cr_expect_null(read.files);
    idi_safetensors_close(&file);
}

/* As a model it has the averages, the running statistics' too, and what is frozen. */
Test(checkpoint, is_a_model)
{
    static const char path[] = IDI_SCRATCH "/checkpoint_model.safetensors";
    idi_safetensors *file;
    idi_tensor_table table;
    idi_model_config config;
    idi_weights *weights;
    step();
    OK(idi_checkpoint_write(t.store, &written, path));
    OK(idi_safetensors_open(memory, path, &file));
    OK(idi_config_of_file(file, NULL, &config));
    OK(idi_tensor_table_create(file, &table));
    OK(idi_weights_load(memory, &config, &table, &weights));
    static const char *const names[] = {"layer1.0.conv2.weight", "bn1.running_mean"};
    for (int i = 0; i < 2; i++) {
        char average[64];
        (void)strcat(strcpy(average, "average."), names[i]);
        const float *loaded = idi_weights_source(weights, names[i], IDI_REAL);
        cr_assert_not_null(loaded);
        cr_expect_eq(loaded[1], number(average, 1));
        cr_expect_neq(loaded[1], number(names[i], 1));
    }
    const float *frozen = idi_weights_source(weights, "features.weight", IDI_REAL);
    cr_expect_eq(frozen[1], number("features.weight", 1));
    idi_weights_destroy(&weights);
    idi_tensor_table_destroy(&table);
    idi_safetensors_close(&file);
}

static void expect_open(const char *path, const char *words)
{
    idi_safetensors *file;
    idi_checkpoint read;
    cr_expect_eq(idi_checkpoint_open(memory, path, &file, &read), IDI_ERR_FORMAT);
    cr_expect_null(file);
    cr_expect(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
}

Test(checkpoint, a_model_is_no_checkpoint)
{
    expect_open(IDI_FIXTURES "/nets/training.safetensors",
                "no checkpoint, its metadata has no idinject.training.step");
}

static void write_numbers(const char *path, const char *step_text, const char *seed_text)
{
    const idi_safetensors_pair pairs[] = {{"idinject.training.step", step_text},
                                          {"idinject.training.seed", seed_text}};
    OK(idi_safetensors_write(memory, path, NULL, 0, pairs, 2));
}

Test(checkpoint, numbers_are_numbers)
{
    static const char path[] = IDI_SCRATCH "/checkpoint_numbers.safetensors";
    static const char *const bad[] = {"", "-1", " 1", "1x", "9223372036854775808"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_numbers(path, bad[i], "1");
        expect_open(path, "idinject.training.step is no number");
    }
    write_numbers(path, "1", "18446744073709551616");
    expect_open(path, "idinject.training.seed is no number");
}

/* A file of the store's tensors, but one of them changed. */
static void write_changed(const char *path, const char *name, int64_t extra, bool has_left_over)
{
    static const char *const numbers[] = {"1", "1"};
    const idi_safetensors_pair pairs[] = {{"idinject.training.step", numbers[0]},
                                          {"idinject.training.seed", numbers[1]}};
    static float zeros[1 << 14];
    idi_safetensors *file;
    OK(idi_checkpoint_write(t.store, &written, path));
    OK(idi_safetensors_open(memory, path, &file));
    const int64_t count = idi_safetensors_count(file);
    idi_safetensor *tensors = calloc((size_t)count + 1, sizeof *tensors);
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        idi_safetensor tensor = *idi_safetensors_get(file, i);
        if (strcmp(tensor.name, name) == 0 && extra < 0) continue;
        if (strcmp(tensor.name, name) == 0) tensor.dim[0] += extra;
        tensor.data = zeros;
        tensor.bytes = (size_t)idi_safetensor_count(&tensor) * sizeof(float);
        cr_assert_leq(tensor.bytes, sizeof zeros);
        tensors[kept++] = tensor;
    }
    if (has_left_over) {
        tensors[kept] = tensors[0];
        tensors[kept++].name = "stranger";
    }
    OK(idi_safetensors_write(memory, IDI_SCRATCH "/checkpoint_changed.safetensors", tensors, kept,
                             pairs, 2));
    free(tensors);
    idi_safetensors_close(&file);
}

static void expect_load(const char *words)
{
    const float before = number("conv1.weight", 3);
    idi_safetensors *file;
    idi_checkpoint read;
    OK(idi_checkpoint_open(memory, IDI_SCRATCH "/checkpoint_changed.safetensors", &file, &read));
    cr_expect_eq(idi_checkpoint_load(file, t.store), IDI_ERR_WEIGHTS);
    cr_expect(strstr(idi_last_error(), words), "'%s' lacks '%s'", idi_last_error(), words);
    cr_expect_eq(number("conv1.weight", 3), before, "the store was touched");
    idi_safetensors_close(&file);
}

Test(checkpoint, another_trainings_file_is_refused)
{
    static const char path[] = IDI_SCRATCH "/checkpoint_whole.safetensors";
    write_changed(path, "train.v.fc.weight", -1, false);
    expect_load("tensor train.v.fc.weight is missing");
    write_changed(path, "train.v.fc.weight", 1, false);
    expect_load("tensor train.v.fc.weight is no f32 of the training's shape");
    write_changed(path, "", 0, true);
    expect_load("tensor stranger is left over");
}

Test(checkpoint, a_file_that_cannot_be_written_leaves_the_old_one)
{
    static const char path[] = IDI_SCRATCH "/checkpoint_kept.safetensors";
    idi_checkpoint read;
    idi_safetensors *file;
    idi_checkpoint later = written;
    OK(idi_checkpoint_write(t.store, &written, path));
    later.step = 13;
    later.config = "not UTF-8: \xff";
    cr_expect_neq(idi_checkpoint_write(t.store, &later, path), IDI_OK);
    OK(idi_checkpoint_open(memory, path, &file, &read));
    cr_expect_eq(read.step, 12);
    idi_safetensors_close(&file);
}

Test(checkpoint, double_numbers_are_refused)
{
    idi_backend *oracle;
    idi_store *store;
    OK(idi_cpu64_backend_create(memory, true, &oracle));
    OK(idi_store_create(oracle, &store));
    OK(idi_store_add(store, t.graph, 1));
    cr_expect_eq(idi_checkpoint_write(store, &written, IDI_SCRATCH "/checkpoint_f64.safetensors"),
                 IDI_ERR_UNSUPPORTED);
    cr_expect(strstr(idi_last_error(), "a checkpoint holds f32"), "%s", idi_last_error());
    idi_store_destroy(&store);
    idi_cpu_backend_destroy(&oracle);
}

Test(checkpoint, a_store_keeps_to_its_shapes)
{
    idi_graph *other;
    OK(idi_graph_create(memory, &other));
    (void)idi_graph_parameter(other, "conv1.weight", IDI_LAYOUT_PLAIN, idi_shape1(3));
    cr_expect_eq(idi_store_add(t.store, other, 1), IDI_ERR_SHAPE);
    cr_expect(strstr(idi_last_error(), "store: conv1.weight is [2, 3, 3, 3]"), "%s",
              idi_last_error());
    idi_graph_destroy(&other);
}
