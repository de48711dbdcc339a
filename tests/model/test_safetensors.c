/* SPDX-License-Identifier: Apache-2.0 */
/* model/test_safetensors.c - round trips, conversion, and writes that fail. */
#include "model/expect.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRATCH(name) IDI_SCRATCH "/" name

static idi_memory *memory;

static void setup(void)
{
    memory = idi_test_memory();
}

/* Every test also shows that nothing was kept. */
static void teardown(void)
{
    idi_test_memory_close(&memory);
}

TestSuite(safetensors, .init = setup, .fini = teardown);

/* Reading what was written */

Test(safetensors, round_trip)
{
    static const float weight[6] = {1, -2, 3.5f, -0.0f, 1e-30f, 7};
    static const int64_t step = 123456789012345;
    static const uint8_t mask[3] = {0, 1, 255};
    static const uint16_t halves[2] = {0x3c00, 0xc000};
    idi_safetensor tensors[5] = {
        tensor1("z.mask", IDI_U8, 3, mask), tensor1("half", IDI_F16, 2, halves),
        tensor1("b.weight", IDI_F32, 6, weight), tensor1("empty", IDI_F32, 0, NULL),
        tensor1("step", IDI_I64, 1, &step)};
    tensors[2].rank = 2;
    tensors[2].dim[0] = 2;
    tensors[2].dim[1] = 3;
    tensors[4].rank = 0;
    const idi_safetensors_pair pairs[2] = {{"licence", "CC \"BY\" 4.0\nno warranty"},
                                           {"author", "Zo\xc3\xab"}};
    const char *path = SCRATCH("round_trip.safetensors");
    idi_safetensors *file;
    cr_assert_eq(idi_safetensors_write(memory, path, tensors, 5, pairs, 2), IDI_OK, "%s",
                 idi_last_error());
    cr_assert_eq(idi_safetensors_open(memory, path, &file), IDI_OK, "%s", idi_last_error());

    static const char *const order[5] = {"b.weight", "empty", "half", "step", "z.mask"};
    cr_assert_eq(idi_safetensors_count(file), 5);
    for (int i = 0; i < 5; i++)
        cr_expect_str_eq(idi_safetensors_get(file, i)->name, order[i]);
    cr_expect_null(idi_safetensors_get(file, 5));
    cr_expect_null(idi_safetensors_get(file, -1));
    cr_expect_null(idi_safetensors_find(file, "c"));
    cr_expect_null(idi_safetensors_find(file, "__metadata__"));

    for (int i = 0; i < 5; i++) {
        const idi_safetensor *found = idi_safetensors_find(file, tensors[i].name);
        cr_assert_not_null(found);
        cr_expect_eq(found->dtype, tensors[i].dtype);
        cr_expect_eq(found->rank, tensors[i].rank);
        cr_expect_arr_eq(found->dim, tensors[i].dim, sizeof found->dim);
        cr_expect_eq(found->bytes, tensors[i].bytes);
        cr_expect_eq((uintptr_t)found->data % idi_dtype_bytes(found->dtype), 0, "%s is not aligned",
                     found->name);
        if (found->bytes) cr_expect_arr_eq(found->data, tensors[i].data, found->bytes);
    }
    cr_expect_eq(idi_safetensor_count(idi_safetensors_find(file, "step")), 1);
    cr_expect_eq(idi_safetensor_count(idi_safetensors_find(file, "empty")), 0);

    cr_expect_str_eq(idi_safetensors_metadata(file, "licence"), pairs[0].value);
    cr_expect_str_eq(idi_safetensors_metadata(file, "author"), pairs[1].value);
    cr_expect_null(idi_safetensors_metadata(file, "Author"));
    cr_expect_eq(idi_safetensors_metadata_count(file), 2);
    cr_expect_str_eq(idi_safetensors_metadata_at(file, 0)->key, "author");
    cr_expect_null(idi_safetensors_metadata_at(file, 2));
    cr_expect_str_eq(idi_safetensors_path(file), path);
    idi_safetensors_close(&file);
    cr_expect_null(file);
    idi_safetensors_close(&file);
}

/* What was forgotten is read from the file again, and a neighbour's numbers never left. */
Test(safetensors, forgotten_numbers_come_back)
{
    enum { COUNT = 70000 };
    static float numbers[2][COUNT];
    for (int i = 0; i < 2 * COUNT; i++)
        numbers[i / COUNT][i % COUNT] = (float)i;
    const idi_safetensor tensors[2] = {tensor1("a", IDI_F32, COUNT, numbers[0]),
                                       tensor1("b", IDI_F32, COUNT, numbers[1])};
    const char *path = SCRATCH("forget.safetensors");
    idi_safetensors *file;
    cr_assert_eq(idi_safetensors_write(memory, path, tensors, 2, NULL, 0), IDI_OK);
    cr_assert_eq(idi_safetensors_open(memory, path, &file), IDI_OK, "%s", idi_last_error());
    for (int i = 0; i < 2; i++) {
        const idi_safetensor *tensor = idi_safetensors_get(file, i);
        cr_expect_arr_eq(tensor->data, numbers[i], sizeof numbers[i]);
        idi_safetensors_forget(file, tensor);
        cr_expect_arr_eq(tensor->data, numbers[i], sizeof numbers[i]);
    }
    idi_safetensors_forget(NULL, &tensors[0]);
    idi_safetensors_close(&file);
}

/* A small file's bytes. */
typedef struct content {
    uint8_t *bytes;
    size_t size;
} content;

static content read_file(const char *path)
{
    content read = {malloc(1 << 16), 0};
    FILE *stream = fopen(path, "rb");
    cr_assert_not_null(stream, "%s", path);
    read.size = fread(read.bytes, 1, 1 << 16, stream);
    (void)fclose(stream);
    return read;
}

Test(safetensors, the_order_given_does_not_change_the_file)
{
    static const float values[2] = {1, 2};
    const idi_safetensor a[2] = {tensor1("a", IDI_F32, 1, values),
                                 tensor1("b", IDI_F32, 1, values + 1)};
    const idi_safetensor b[2] = {a[1], a[0]};
    cr_assert_eq(idi_safetensors_write(memory, SCRATCH("a.safetensors"), a, 2, NULL, 0), IDI_OK);
    cr_assert_eq(idi_safetensors_write(memory, SCRATCH("b.safetensors"), b, 2, NULL, 0), IDI_OK);
    content first = read_file(SCRATCH("a.safetensors"));
    content second = read_file(SCRATCH("b.safetensors"));
    cr_expect_eq(first.size, second.size);
    cr_expect_arr_eq(first.bytes, second.bytes, first.size);
    cr_expect_eq(first.bytes[0] % 8, 0, "the header is not padded");
    free(first.bytes);
    free(second.bytes);
}

Test(safetensors, a_file_may_be_empty_of_tensors)
{
    idi_safetensors *file;
    const char *path = SCRATCH("none.safetensors");
    cr_assert_eq(idi_safetensors_write(memory, path, NULL, 0, NULL, 0), IDI_OK);
    cr_assert_eq(idi_safetensors_open(memory, path, &file), IDI_OK);
    cr_expect_eq(idi_safetensors_count(file), 0);
    cr_expect_null(idi_safetensors_find(file, ""));
    cr_expect_eq(idi_safetensors_metadata_count(file), 0);
    idi_safetensors_close(&file);
}

Test(safetensors, converts_every_type_to_float)
{
    /* One byte in front of everything: no element is aligned. */
    uint8_t block[1 + 64];
    float got[8];
    static const uint16_t f16[8] = {0x0000, 0x8000, 0x3c00, 0x0001, 0x03ff, 0x7bff, 0xfc00, 0x7e00};
    static const uint16_t bf16[2] = {0x3f80, 0xc049};
    static const double f64[2] = {0.1, -1e300};
    static const int64_t i64[2] = {-3, (int64_t)1 << 40};
    static const int32_t i32[2] = {-7, 1 << 30};

    memcpy(block + 1, f16, sizeof f16);
    idi_safetensor t = tensor1("t", IDI_F16, 8, block + 1);
    cr_assert_eq(idi_safetensor_to_f32(&t, got), IDI_OK);
    cr_expect(got[0] == 0 && !signbit(got[0]) && got[1] == 0 && signbit(got[1]));
    cr_expect(got[2] == 1.0f && got[3] == 0x1p-24f && got[4] == 1023 * 0x1p-24f);
    cr_expect(got[5] == 65504.0f && isinf(got[6]) && got[6] < 0 && isnan(got[7]));

    memcpy(block + 1, bf16, sizeof bf16);
    t = tensor1("t", IDI_BF16, 2, block + 1);
    cr_assert_eq(idi_safetensor_to_f32(&t, got), IDI_OK);
    cr_expect(got[0] == 1.0f && got[1] == -3.140625f);

    memcpy(block + 1, f64, sizeof f64);
    t = tensor1("t", IDI_F64, 2, block + 1);
    cr_assert_eq(idi_safetensor_to_f32(&t, got), IDI_OK);
    cr_expect(got[0] == 0.1f && isinf(got[1]) && got[1] < 0);

    memcpy(block + 1, i64, sizeof i64);
    t = tensor1("t", IDI_I64, 2, block + 1);
    cr_assert_eq(idi_safetensor_to_f32(&t, got), IDI_OK);
    cr_expect(got[0] == -3.0f && got[1] == 0x1p40f);

    memcpy(block + 1, i32, sizeof i32);
    t = tensor1("t", IDI_I32, 2, block + 1);
    cr_assert_eq(idi_safetensor_to_f32(&t, got), IDI_OK);
    cr_expect(got[0] == -7.0f && got[1] == 0x1p30f);

    block[1] = 255;
    t = tensor1("t", IDI_U8, 1, block + 1);
    cr_assert_eq(idi_safetensor_to_f32(&t, got), IDI_OK);
    cr_expect(got[0] == 255.0f);

    t.dtype = IDI_REAL;
    cr_expect_eq(idi_safetensor_to_f32(&t, got), IDI_ERR_ARG);
}

/* Writing */

static void expect_not_written(const idi_safetensor *tensors, int64_t count,
                               const idi_safetensors_pair *pairs, int64_t pair_count,
                               const char *words)
{
    const char *path = SCRATCH("refused.safetensors");
    cr_expect_eq(idi_safetensors_write(memory, path, tensors, count, pairs, pair_count),
                 IDI_ERR_ARG, "%s", words);
    expect_file_sentence(words, words);
    cr_expect_neq(access(path, F_OK), 0, "%s: a file was left", words);
}

Test(safetensors, refuses_to_write_nonsense)
{
    static const float values[4] = {0};
    idi_safetensor t[2] = {tensor1("a", IDI_F32, 4, values), tensor1("a", IDI_F32, 4, values)};
    expect_not_written(t, 2, NULL, 0, "tensor 'a' is given twice");
    t[0].bytes = 15;
    expect_not_written(t, 1, NULL, 0, "'a' has 15 bytes, its shape wants 16");
    t[0] = tensor1("a", IDI_F32, -4, values);
    expect_not_written(t, 1, NULL, 0, "impossible shape");
    t[0] = tensor1("a", IDI_F32, 4, values);
    t[0].rank = 9;
    expect_not_written(t, 1, NULL, 0, "impossible shape");
    t[0] = tensor1("a", IDI_REAL, 4, values);
    expect_not_written(t, 1, NULL, 0, "no file type");
    t[0] = tensor1("a", IDI_F32, 4, NULL);
    expect_not_written(t, 1, NULL, 0, "has no data");
    t[0] = tensor1("", IDI_F32, 4, values);
    expect_not_written(t, 1, NULL, 0, "name is empty");
    t[0] = tensor1("a\nb", IDI_F32, 4, values);
    expect_not_written(t, 1, NULL, 0, "control character");
    t[0] = tensor1("\xff", IDI_F32, 4, values);
    expect_not_written(t, 1, NULL, 0, "not valid UTF-8");
    t[0] = tensor1("__metadata__", IDI_F32, 4, values);
    expect_not_written(t, 1, NULL, 0, "no tensor may be called");
    t[0] = tensor1(NULL, IDI_F32, 4, values);
    expect_not_written(t, 1, NULL, 0, "has no name");
    const idi_safetensors_pair twice[2] = {{"k", "1"}, {"k", "2"}};
    expect_not_written(NULL, 0, twice, 2, "metadata 'k' is given twice");
    const idi_safetensors_pair latin = {"k", "\xe9"};
    expect_not_written(NULL, 0, &latin, 1, "not valid UTF-8");
    const idi_safetensors_pair half = {"k", NULL};
    expect_not_written(NULL, 0, &half, 1, "lacks its key or its value");
    expect_not_written(NULL, -1, NULL, 0, "negative");
}

/* Files in the scratch folder whose name begins so. */
static int count_files(const char *begin)
{
    int count = 0;
    DIR *folder = opendir(IDI_SCRATCH);
    cr_assert_not_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += strncmp(entry->d_name, begin, strlen(begin)) == 0;
    (void)closedir(folder);
    return count;
}

Test(safetensors, a_failed_write_leaves_the_old_file_alone)
{
    static const float old[1] = {42};
    static const float large[4096] = {0};
    const char *path = SCRATCH("kept.safetensors");
    const idi_safetensor before = tensor1("old", IDI_F32, 1, old);
    const idi_safetensor after = tensor1("new", IDI_F32, 4096, large);
    cr_assert_eq(idi_safetensors_write(memory, path, &before, 1, NULL, 0), IDI_OK);
    const int file_count = count_files("kept.safetensors");

    /* A disk that is full after 4096 bytes. */
    const struct rlimit full = {4096, 4096};
    cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
    cr_expect_eq(idi_safetensors_write(memory, path, &after, 1, NULL, 0), IDI_ERR_IO);
    expect_file_sentence("full", "cannot be written");

    idi_safetensors *file;
    cr_assert_eq(idi_safetensors_open(memory, path, &file), IDI_OK);
    cr_expect_not_null(idi_safetensors_find(file, "old"));
    idi_safetensors_close(&file);
    cr_expect_eq(count_files("kept.safetensors"), file_count, "an unfinished file was left");
}

Test(safetensors, says_where_it_cannot_write)
{
    cr_expect_eq(
        idi_safetensors_write(memory, SCRATCH("no_folder/x.safetensors"), NULL, 0, NULL, 0),
        IDI_ERR_IO);
    expect_file_sentence("folder", "cannot be created: No such file");
    (void)mkdir(SCRATCH("is_folder.safetensors"), 0777);
    const int file_count = count_files("is_folder.safetensors");
    cr_expect_eq(idi_safetensors_write(memory, SCRATCH("is_folder.safetensors"), NULL, 0, NULL, 0),
                 IDI_ERR_IO);
    expect_file_sentence("is_folder", "cannot be put in place");
    cr_expect_eq(count_files("is_folder.safetensors"), file_count, "an unfinished file was left");
}
