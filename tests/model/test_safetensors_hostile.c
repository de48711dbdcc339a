/* SPDX-License-Identifier: Apache-2.0 */
/* model/test_safetensors_hostile.c - every kind of damaged or hostile file, and scarce memory. */
#include "model/expect.h"
#include "support/random.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

TestSuite(safetensors_hostile, .init = setup, .fini = teardown);

/* A file's image in a block of exactly its size, so that a sanitizer sees a read beyond it. */
typedef struct image {
    uint8_t *bytes;
    size_t size;
} image;

static image make_image(const char *header, size_t data_bytes)
{
    const size_t header_bytes = strlen(header);
    image made = {malloc(8 + header_bytes + data_bytes), 8 + header_bytes + data_bytes};
    cr_assert_not_null(made.bytes);
    for (int i = 0; i < 8; i++)
        made.bytes[i] = (uint8_t)((uint64_t)header_bytes >> (8 * i));
    memcpy(made.bytes + 8, header, header_bytes);
    for (size_t i = 0; i < data_bytes; i++)
        made.bytes[8 + header_bytes + i] = (uint8_t)i;
    return made;
}

static idi_status open_image(const image *from, idi_safetensors **file_out)
{
    return idi_safetensors_open_image(memory, "test.safetensors", from->bytes, from->size,
                                      file_out);
}

static void expect_refused(const char *header, size_t data_bytes, const char *words)
{
    image bad = make_image(header, data_bytes);
    idi_safetensors *file = (void *)&bad;
    const idi_status st = open_image(&bad, &file);
    cr_expect_eq(st, IDI_ERR_FORMAT, "%.80s: status %d", header, (int)st);
    cr_expect_null(file);
    if (st != IDI_OK) expect_file_sentence(header, words);
    idi_safetensors_close(&file);
    free(bad.bytes);
}

static void expect_accepted(const char *header, size_t data_bytes)
{
    image good = make_image(header, data_bytes);
    idi_safetensors *file = NULL;
    cr_expect_eq(open_image(&good, &file), IDI_OK, "%.80s: %s", header, idi_last_error());
    idi_safetensors_close(&file);
    free(good.bytes);
}

/* Hostile headers */

#define ENTRY(dtype, shape, begin, end)                                                            \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" begin "," end "]}"

Test(safetensors_hostile, accepts_what_the_format_allows)
{
    expect_accepted("{}", 0);
    expect_accepted("{}      ", 0);
    expect_accepted("{\"a\":" ENTRY("F32", "[]", "0", "4") "}", 4);
    expect_accepted("{\"a\":" ENTRY("BOOL", "[3]", "0", "3") "}", 3);
    expect_accepted("{\"a\":" ENTRY("F32", "[0,4]", "0", "0") "}", 0);
    expect_accepted("{\"a\":" ENTRY("U8", "[1,1,1,1,1,1,1,2]", "0", "2") "}", 2);
    /* Offsets in any order; an empty tensor between two others. */
    expect_accepted("{\"a\":" ENTRY("U8", "[2]", "3", "5") ",\"b\":" ENTRY(
                        "U8", "[3]", "0", "3") ",\"c\":" ENTRY("F32", "[0]", "3", "3") "}",
                    5);
    expect_accepted("{\"__metadata__\":{}}", 0);
    expect_accepted(
        "{\"__metadata__\":{\"format\":\"pt\"},\"\xc3\xa9\":" ENTRY("U8", "[1]", "0", "1") "}", 1);
}

Test(safetensors_hostile, refuses_a_header_that_is_not_json)
{
    expect_refused("", 0, "does not begin with '{'");
    expect_refused(" {}", 0, "does not begin with '{'");
    expect_refused("[]", 0, "does not begin with '{'");
    expect_refused("nonsense", 0, "does not begin with '{'");
    expect_refused("{", 0, "not valid JSON");
    expect_refused("{}}", 0, "not valid JSON");
    expect_refused("{} x", 0, "not valid JSON");
    expect_refused("{\"a\":" ENTRY("U8", "[1]", "0", "1"), 1, "not valid JSON");
    expect_refused("{\"a\xff\":" ENTRY("U8", "[1]", "0", "1") "}", 1, "not valid JSON");
    expect_refused("{\"a\\u0000b\":" ENTRY("U8", "[1]", "0", "1") "}", 1, "not valid JSON");
    expect_refused("{\"a\":" ENTRY("U8", "[99999999999999999999]", "0", "1") "}", 1,
                   "not valid JSON");
    expect_refused("{\"a", 0, "not valid JSON");
    expect_refused("{\"a\\", 0, "not valid JSON");
}

Test(safetensors_hostile, refuses_a_wrong_name)
{
    static char header[4096];
    expect_refused(
        "{\"a\":" ENTRY("U8", "[1]", "0", "1") ",\"a\":" ENTRY("U8", "[1]", "1", "2") "}", 2,
        "duplicate");
    expect_refused("{\"\":" ENTRY("U8", "[1]", "0", "1") "}", 1, "name is empty");
    expect_refused("{\"a\\nb\":" ENTRY("U8", "[1]", "0", "1") "}", 1,
                   "'a?b' has a control character at byte 1");
    expect_refused("{\"a\\u009b31m\":" ENTRY("U8", "[1]", "0", "1") "}", 1, "control character");
    expect_refused("{\"a\x7f\":" ENTRY("U8", "[1]", "0", "1") "}", 1, "control character");
    for (int bytes = 1024; bytes <= 1025; bytes++) {
        (void)snprintf(header, sizeof header, "{\"%0*d\":" ENTRY("U8", "[1]", "0", "1") "}", bytes,
                       0);
        if (bytes == 1024)
            expect_accepted(header, 1);
        else
            expect_refused(header, 1, "has 1025 bytes, want at most 1024");
    }
}

Test(safetensors_hostile, refuses_a_wrong_entry)
{
    expect_refused("{\"a\":1}", 0, "'a' is not described by an object");
    expect_refused("{\"a\":{}}", 0, "'a' has no dtype");
    expect_refused("{\"a\":{\"dtype\":1,\"shape\":[],\"data_offsets\":[0,1]}}", 1, "has no dtype");
    expect_refused("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "has no shape");
    expect_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "has no data_offsets");
    expect_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"x\":0}}", 1,
                   "unknown member 'x'");
    expect_refused("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]"
                   "}}",
                   1, "duplicate");
    expect_refused("{\"a\":" ENTRY("F8_E4M3", "[1]", "0", "1") "}", 1,
                   "'a' has dtype 'F8_E4M3', want F32");
    expect_refused("{\"a\":" ENTRY("f32", "[1]", "0", "4") "}", 4, "dtype 'f32'");
    expect_refused("{\"a\":" ENTRY("F\\u001b[2J", "[1]", "0", "4") "}", 4, "dtype 'F?[2J'");
}

Test(safetensors_hostile, refuses_a_wrong_shape)
{
    expect_refused("{\"a\":" ENTRY("U8", "1", "0", "1") "}", 1, "has no shape");
    expect_refused("{\"a\":" ENTRY("U8", "[-1]", "0", "1") "}", 1, "dimension 0 is not");
    expect_refused("{\"a\":" ENTRY("U8", "[1,-1]", "0", "1") "}", 1, "dimension 1 is not");
    expect_refused("{\"a\":" ENTRY("U8", "[1.0]", "0", "1") "}", 1, "dimension 0 is not");
    expect_refused("{\"a\":" ENTRY("U8", "[\"1\"]", "0", "1") "}", 1, "dimension 0 is not");
    expect_refused("{\"a\":" ENTRY("U8", "[null]", "0", "1") "}", 1, "dimension 0 is not");
    expect_refused("{\"a\":" ENTRY("U8", "[1,1,1,1,1,1,1,1,1]", "0", "1") "}", 1,
                   "has 9 dimensions, want at most 8");
    expect_refused("{\"a\":" ENTRY("F32", "[4611686018427387904]", "0", "0") "}", 0, "overflows");
    expect_refused("{\"a\":" ENTRY("U8", "[4294967296,4294967296]", "0", "0") "}", 0, "overflows");
    expect_refused("{\"a\":" ENTRY("U8", "[0,4294967296,4294967296]", "0", "0") "}", 0,
                   "overflows");
    expect_refused("{\"a\":" ENTRY("U8", "[4294967296,4294967296,0]", "0", "0") "}", 0,
                   "overflows");
}

Test(safetensors_hostile, refuses_wrong_offsets)
{
    expect_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1,
                   "two whole numbers");
    expect_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}", 1,
                   "two whole numbers");
    expect_refused("{\"a\":" ENTRY("U8", "[1]", "0", "1.0") "}", 1, "two whole numbers");
    expect_refused("{\"a\":" ENTRY("U8", "[1]", "1", "0") "}", 1, "lies at bytes 1..0");
    expect_refused("{\"a\":" ENTRY("U8", "[1]", "-1", "0") "}", 1, "lies at bytes -1..0");
    expect_refused("{\"a\":" ENTRY("U8", "[2]", "0", "2") "}", 1, "the file has 0..1");
    expect_refused("{\"a\":" ENTRY("U8", "[1]", "9223372036854775806", "9223372036854775807") "}",
                   1, "the file has 0..1");
    expect_refused("{\"a\":" ENTRY("F32", "[1]", "0", "3") "}", 4, "has 3 bytes, but its dtype");
    expect_refused("{\"a\":" ENTRY("F32", "[2]", "0", "4") "}", 4, "has 4 bytes, but its dtype");
}

Test(safetensors_hostile, refuses_overlaps_and_holes)
{
    expect_refused(
        "{\"a\":" ENTRY("U8", "[2]", "0", "2") ",\"b\":" ENTRY("U8", "[2]", "1", "3") "}", 3,
        "'b' overlaps tensor 'a'");
    expect_refused(
        "{\"a\":" ENTRY("U8", "[2]", "0", "2") ",\"b\":" ENTRY("U8", "[2]", "0", "2") "}", 2,
        "overlaps");
    expect_refused(
        "{\"a\":" ENTRY("U8", "[4]", "0", "4") ",\"b\":" ENTRY("U8", "[0]", "2", "2") "}", 4,
        "'b' overlaps tensor 'a'");
    expect_refused(
        "{\"a\":" ENTRY("U8", "[2]", "0", "2") ",\"b\":" ENTRY("U8", "[2]", "3", "5") "}", 5,
        "bytes 2..3, before tensor 'b', belong to no tensor");
    expect_refused("{\"a\":" ENTRY("U8", "[2]", "1", "3") "}", 3,
                   "bytes 0..1, before tensor 'a', belong to no tensor");
    expect_refused("{\"a\":" ENTRY("U8", "[2]", "0", "2") "}", 3,
                   "bytes 2..3, at the end, belong to no tensor");
    expect_refused("{}", 1, "bytes 0..1, at the end, belong to no tensor");
}

Test(safetensors_hostile, refuses_wrong_metadata)
{
    expect_refused("{\"__metadata__\":1}", 0, "__metadata__ is not an object");
    expect_refused("{\"__metadata__\":[]}", 0, "__metadata__ is not an object");
    expect_refused("{\"__metadata__\":{\"a\":1}}", 0, "metadata 'a' is not a text");
    expect_refused("{\"__metadata__\":{\"a\":{}}}", 0, "metadata 'a' is not a text");
    expect_refused("{\"__metadata__\":{\"\":\"x\"}}", 0, "metadata key is empty");
    expect_refused("{\"__metadata__\":{\"a\\t\":\"x\"}}", 0, "control character");
    expect_refused("{\"__metadata__\":{\"a\":\"x\\u0000y\"}}", 0, "not valid JSON");
    expect_refused("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "duplicate");
}

/* A text of `count` times `piece` between `begin` and `end`. */
static char *repeat(const char *begin, const char *piece, size_t count, const char *end)
{
    const size_t piece_bytes = strlen(piece);
    char *text = malloc(strlen(begin) + count * piece_bytes + strlen(end) + 1);
    cr_assert_not_null(text);
    char *at = text + sprintf(text, "%s", begin);
    for (size_t i = 0; i < count; i++, at += piece_bytes)
        memcpy(at, piece, piece_bytes);
    (void)sprintf(at, "%s", end);
    return text;
}

Test(safetensors_hostile, refuses_headers_that_would_cost_much)
{
    char *deep = repeat("{\"a\":", "[", 1000000, "");
    expect_refused(deep, 0, "nests deeper than 3 levels");
    free(deep);
    char *deep_objects = repeat("", "{\"a\":", 100000, "");
    expect_refused(deep_objects, 0, "nests deeper than 3 levels");
    free(deep_objects);
    char *wide = repeat("{\"a\":[0", ",0", (1 << 20) + 1, "]}");
    expect_refused(wide, 0, "more than 1048576 values");
    free(wide);
}

/* Frames */

static void put_length(uint8_t *bytes, uint64_t length)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(length >> (8 * i));
}

Test(safetensors_hostile, refuses_a_header_length_that_lies)
{
    static const uint64_t lies[] = {3,          1000,          (uint64_t)1 << 31, (uint64_t)1 << 63,
                                    UINT64_MAX, UINT64_MAX - 7};
    image bad = make_image("{}", 0);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        idi_safetensors *file = NULL;
        put_length(bad.bytes, lies[i]);
        cr_expect_eq(open_image(&bad, &file), IDI_ERR_FORMAT);
        expect_file_sentence("length", "the header claims");
        cr_expect_null(file);
    }
    free(bad.bytes);
}

Test(safetensors_hostile, refuses_a_header_beyond_100_megabytes)
{
    const char *path = SCRATCH("large.safetensors");
    uint8_t length[8];
    idi_safetensors *file = NULL;
    FILE *stream = fopen(path, "wb");
    cr_assert_not_null(stream);
    put_length(length, 100000001);
    cr_assert_eq(fwrite(length, 1, 8, stream), 8);
    cr_assert_eq(fclose(stream), 0);
    cr_assert_eq(truncate(path, 8 + 100000001), 0);
    cr_expect_eq(idi_safetensors_open(memory, path, &file), IDI_ERR_FORMAT);
    expect_file_sentence("large", "100000001 bytes, want at most 100000000");
    (void)remove(path);
}

#define SAMPLE                                                                                     \
    "{\"__metadata__\":{\"k\":\"v\"},\"a\":" ENTRY("F32", "[2,1]", "0", "8") ",\"b\":" ENTRY(      \
        "U8", "[3]", "8", "11") "}"

Test(safetensors_hostile, refuses_a_file_cut_anywhere)
{
    image whole = make_image(SAMPLE, 11);
    for (size_t size = 0; size < whole.size; size++) {
        image cut = {malloc(size ? size : 1), size};
        idi_safetensors *file = NULL;
        memcpy(cut.bytes, whole.bytes, size);
        cr_expect_eq(open_image(&cut, &file), IDI_ERR_FORMAT, "cut to %zu bytes", size);
        idi_safetensors_close(&file);
        free(cut.bytes);
    }
    free(whole.bytes);
}

/* Whatever opens must lie within the image. */
static void touch(const idi_safetensors *file, const image *within)
{
    for (int64_t i = 0; i < idi_safetensors_count(file); i++) {
        const idi_safetensor *tensor = idi_safetensors_get(file, i);
        const uint8_t *begin = tensor->data;
        cr_expect(begin >= within->bytes && begin + tensor->bytes <= within->bytes + within->size);
        cr_expect_eq((size_t)idi_safetensor_count(tensor) * idi_dtype_bytes(tensor->dtype),
                     tensor->bytes);
        cr_expect_eq(idi_safetensors_find(file, tensor->name), tensor);
    }
}

Test(safetensors_hostile, survives_any_byte_being_any_other)
{
    image sample = make_image(SAMPLE, 11);
    int64_t opened = 0;
    for (size_t at = 0; at < sample.size - 11; at++) {
        const uint8_t before = sample.bytes[at];
        for (int value = 0; value < 256; value++) {
            idi_safetensors *file = NULL;
            sample.bytes[at] = (uint8_t)value;
            if (open_image(&sample, &file) == IDI_OK) {
                touch(file, &sample);
                opened++;
            }
            idi_safetensors_close(&file);
        }
        sample.bytes[at] = before;
    }
    cr_expect_gt(opened, 0, "not even the unchanged file opened");
    free(sample.bytes);
}

Test(safetensors_hostile, refuses_what_is_no_file)
{
    idi_safetensors *file = (void *)&memory;
    cr_expect_eq(idi_safetensors_open(memory, SCRATCH("absent.safetensors"), &file), IDI_ERR_IO);
    expect_file_sentence("absent", "cannot be opened: No such file");
    cr_expect_null(file);
    (void)mkdir(SCRATCH("folder.safetensors"), 0777);
    cr_expect_eq(idi_safetensors_open(memory, SCRATCH("folder.safetensors"), &file), IDI_ERR_IO);
    expect_file_sentence("folder", "not a regular file");
    (void)remove(SCRATCH("pipe.safetensors"));
    cr_assert_eq(mkfifo(SCRATCH("pipe.safetensors"), 0666), 0);
    cr_expect_eq(idi_safetensors_open(memory, SCRATCH("pipe.safetensors"), &file), IDI_ERR_IO);
    expect_file_sentence("pipe", "not a regular file");
    FILE *stream = fopen(SCRATCH("zero.safetensors"), "wb");
    cr_assert_not_null(stream);
    (void)fclose(stream);
    cr_expect_eq(idi_safetensors_open(memory, SCRATCH("zero.safetensors"), &file), IDI_ERR_FORMAT);
    expect_file_sentence("zero", "it is empty");
}

/* Memory */

typedef struct failing {
    int64_t left; /* allocations that still succeed */
} failing;

static void *failing_alloc(void *user, size_t bytes)
{
    failing *f = user;
    return f->left-- > 0 ? malloc(bytes) : NULL;
}

static void failing_free(void *user, void *block)
{
    (void)user;
    free(block);
}

Test(safetensors_hostile, survives_every_failed_allocation)
{
    image sample = make_image(SAMPLE, 11);
    static const float value = 1;
    const idi_safetensor t = tensor1("a", IDI_F32, 1, &value);
    failing f = {0};
    const idi_allocator allocator = {failing_alloc, failing_free, &f};
    int failures = 0;
    for (int64_t n = 1; n < 40; n++) {
        idi_memory *scarce;
        idi_memory_stats stats;
        idi_safetensors *file = NULL;
        f.left = n;
        if (idi_memory_create(&allocator, 0, &scarce) != IDI_OK) continue;
        const idi_status opened =
            idi_safetensors_open_image(scarce, "s", sample.bytes, sample.size, &file);
        cr_expect(opened == IDI_OK ? file != NULL : opened == IDI_ERR_NOMEM && !file);
        idi_safetensors_close(&file);
        f.left = n;
        const idi_status written =
            idi_safetensors_write(scarce, SCRATCH("scarce.safetensors"), &t, 1, NULL, 0);
        cr_expect(written == IDI_OK || written == IDI_ERR_NOMEM);
        failures += opened != IDI_OK;
        failures += written != IDI_OK;
        idi_memory_get_stats(scarce, &stats);
        cr_expect_eq(stats.total_current_bytes, 0, "a leak when allocation %lld fails",
                     (long long)n);
        idi_memory_destroy(&scarce);
    }
    cr_expect_gt(failures, 3);
    cr_expect_lt(failures, 40, "it never succeeded");
    free(sample.bytes);
}
