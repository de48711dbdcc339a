/* SPDX-License-Identifier: Apache-2.0 */
/* .npy files: NumPy's own, ours byte for byte, and hostile headers. */
#include "data/npy.h"
#include "data_support.h"

TestSuite(npy);

Test(npy, reads_numpys_files)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    const char *const same[] = {"f4.npy", "f4_version2.npy"};
    for (int i = 0; i < 2; i++) {
        idi_tensor t = load_array(memory, same[i]);
        const idi_shape wanted = idi_shape2(2, 3);
        cr_assert(t.dtype == IDI_F32 && idi_shape_equal(&t.shape, &wanted));
        for (int k = 0; k < 6; k++)
            cr_assert(((const float *)t.data)[k] == (float)k / 4);
        idi_free(memory, t.data);
    }
    idi_tensor t = load_array(memory, "f8.npy");
    cr_assert(t.dtype == IDI_F64 && t.shape.rank == 1 && t.shape.dim[0] == 3);
    cr_assert(((const double *)t.data)[2] == 0.5);
    idi_free(memory, t.data);
    t = load_array(memory, "f4_scalar.npy");
    cr_assert(t.shape.rank == 0 && ((const float *)t.data)[0] == 2.5f);
    idi_free(memory, t.data);
    t = load_array(memory, "f4_empty.npy");
    cr_assert(t.shape.rank == 2 && t.shape.dim[0] == 3 && t.shape.dim[1] == 0);
    idi_free(memory, t.data);
    test_memory_end(&heap, memory);
}

Test(npy, refuses_other_kinds)
{
    static const struct {
        const char *file, *says;
    } cases[] = {{"f4_fortran.npy", "Fortran order"},
                 {"f4_big_endian.npy", ">f4"},
                 {"i4.npy", "<i4"},
                 {"structured.npy", "structured"}};
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        idi_tensor t;
        cr_assert(idi_npy_read(memory, fixture(cases[i].file), &t) == IDI_ERR_UNSUPPORTED, "%s",
                  cases[i].file);
        cr_assert_error_says(cases[i].says);
        cr_assert_error_says(cases[i].file);
        cr_assert_null(t.data);
    }
    idi_tensor t;
    cr_assert(idi_npy_read(memory, fixture("none.npy"), &t) == IDI_ERR_IO);
    cr_assert(idi_npy_read(memory, fixture("rgb8.png"), &t) == IDI_ERR_FORMAT);
    test_memory_end(&heap, memory);
}

static void same_file(const char *numpys, const float *values, idi_shape shape)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    const char *path = scratch("npy_written.npy");
    cr_assert(idi_npy_write(memory, path, values, &shape) == IDI_OK, "%s", idi_last_error());
    size_t size, wanted_size;
    uint8_t *bytes = load_bytes(memory, path, &size);
    uint8_t *wanted = load_bytes(memory, fixture(numpys), &wanted_size);
    cr_assert(size == wanted_size, "%s: %zu bytes, NumPy writes %zu", numpys, size, wanted_size);
    cr_assert_arr_eq(bytes, wanted, size);
    idi_free(memory, bytes);
    idi_free(memory, wanted);
    test_memory_end(&heap, memory);
}

Test(npy, writes_what_numpy_writes)
{
    const float values[6] = {0, 0.25f, 0.5f, 0.75f, 1, 1.25f}, one = 2.5f;
    same_file("f4.npy", values, idi_shape2(2, 3));
    same_file("f4_scalar.npy", &one, (idi_shape){0, {1, 1, 1, 1}});
    same_file("f4_empty.npy", values, idi_shape2(3, 0));
}

Test(npy, writing_refusals)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    const float value = 1;
    const idi_shape shape = idi_shape1(1), five = {5, {1, 1, 1, 1}};
    cr_assert(idi_npy_write(memory, scratch("no/folder/a.npy"), &value, &shape) == IDI_ERR_IO);
    cr_assert(idi_npy_write(memory, scratch("a.npy"), &value, &five) == IDI_ERR_SHAPE);
    test_memory_end(&heap, memory);
}

/* A file of format 1.0 around a header's text, with `data_bytes` bytes behind it. */
static idi_status decode_text(const char *text, size_t data_bytes)
{
    uint8_t file[512] = "\x93NUMPY\x01";
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_tensor t;
    const size_t length = strlen(text);
    cr_assert(10 + length + data_bytes <= sizeof file);
    file[8] = (uint8_t)length;
    file[9] = (uint8_t)(length >> 8);
    memcpy(file + 10, text, length);
    const size_t size = 10 + length + data_bytes;
    uint8_t *copy = malloc(size);
    cr_assert_not_null(copy);
    memcpy(copy, file, size);
    const idi_status st = idi_npy_decode(memory, copy, size, "text.npy", &t);
    free(copy);
    idi_memory_stats stats;
    idi_memory_get_stats(memory, &stats);
    cr_assert(stats.total_peak_bytes <= data_bytes);
    if (st != IDI_OK) cr_assert_error_says("text.npy");
    idi_free(memory, t.data);
    test_memory_end(&heap, memory);
    return st;
}

Test(npy, header_spellings)
{
    static const char *const good[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n",
        "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}",
        "  { 'fortran_order' : False , 'descr' : '<f4' , 'shape' : ( 2 , 3 , ) }   \n",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (6,)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (24,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3, 1, 1)}"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_assert(decode_text(good[i], 24) == IDI_OK, "%s: %s", good[i], idi_last_error());
}

Test(npy, hostile_headers)
{
    static const char *const bad[] = {
        "",
        "{",
        "{}",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), ",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (5,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 6)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 6)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999999999999,)}",
        "{'descr': '<f4",
        "{'descr': '<\\f4', 'fortran_order': False, 'shape': (6,)}",
        "{'descr': 'a name that is far too long for any element type there is', 'shape': (6,)}",
        "{descr: '<f4', 'fortran_order': False, 'shape': (6,)}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert(decode_text(bad[i], 24) == IDI_ERR_FORMAT, "%s", bad[i]);
    cr_assert(decode_text("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,6)}", 24) ==
              IDI_ERR_UNSUPPORTED);
    cr_assert(decode_text("{'descr': '<f4', 'fortran_order': False, "
                          "'shape': (0, 4611686018427387904, 4611686018427387904)}",
                          0) == IDI_ERR_FORMAT,
              "a shape whose products overflow");
}

Test(npy, cut_off_and_damaged)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    size_t size;
    uint8_t *bytes = load_bytes(memory, fixture("f4.npy"), &size);
    for (size_t i = 0; i < size; i++) {
        idi_tensor t;
        cr_assert(idi_npy_decode(memory, bytes, i, "cut", &t) == IDI_ERR_FORMAT, "%zu bytes", i);
    }
    for (size_t i = 0; i < 128; i++) {
        for (int value = 0; value < 256; value++) {
            idi_tensor t;
            const uint8_t kept = bytes[i];
            bytes[i] = (uint8_t)value;
            const idi_status st = idi_npy_decode(memory, bytes, size, "damaged", &t);
            cr_assert(st == IDI_OK || st == IDI_ERR_FORMAT || st == IDI_ERR_UNSUPPORTED);
            idi_free(memory, t.data);
            bytes[i] = kept;
        }
    }
    idi_free(memory, bytes);
    test_memory_end(&heap, memory);
}

Test(npy, out_of_memory)
{
    for (int64_t n = 0; n < 3; n++) {
        test_heap heap;
        idi_memory *memory = test_memory(&heap);
        idi_tensor t;
        heap.fail_at = heap.made + n;
        const idi_status st = idi_npy_read(memory, fixture("f4.npy"), &t);
        cr_assert(st == (n < 2 ? IDI_ERR_NOMEM : IDI_OK));
        idi_free(memory, t.data);
        test_memory_end(&heap, memory);
    }
}
