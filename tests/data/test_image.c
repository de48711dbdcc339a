/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures: every kind of PNG and JPEG against fixtures, damage, marks, resizing, numbers. */
#include "data/image.h"
#include "data_support.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(image);

static const char *const png_names[] = {
    "gray1",    "gray2",    "gray2_interlaced",    "gray4",         "gray8",
    "gray16",   "ga8",      "gray8_interlaced",    "ga16",          "rgb8",
    "rgb16",    "rgba8",    "rgb8_interlaced",     "palette1",      "palette2",
    "palette4", "palette8", "palette4_interlaced", "palette_trns4", "rgba16_interlaced"};
static const char *const raw_names[] = {
    "gray1",    "gray2",    "gray2_interlaced",    "gray4",    "gray8",    "gray8_interlaced",
    "palette1", "palette2", "palette4_interlaced", "palette4", "palette8", "palette_trns4"};
enum {
    PNGS = (int)(sizeof png_names / sizeof png_names[0]),
    RAWS = (int)(sizeof raw_names / sizeof raw_names[0])
};

/* Largest difference between a picture and a fixture's array. */
static int difference(const idi_image *image, const idi_tensor *wanted)
{
    cr_assert(wanted->dtype == IDI_U8);
    cr_assert(wanted->shape.dim[0] == image->height && wanted->shape.dim[1] == image->width);
    const uint8_t *bytes = wanted->data;
    int worst = 0;
    for (int64_t i = 0; i < image->width * image->height * image->channels; i++) {
        const int d = abs((int)bytes[i] - (int)image->pixels[i]);
        if (d > worst) worst = d;
    }
    return worst;
}

static void load_and_compare(const char *file, const char *array, int tolerance)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_image image;
    const idi_status st = idi_image_load(memory, fixture(file), &image);
    cr_assert(st == IDI_OK, "%s: %s", file, idi_last_error());
    idi_tensor wanted = load_array(memory, array);
    cr_assert(image.channels == 3, "%s: %d channels", file, image.channels);
    const int worst = difference(&image, &wanted);
    cr_assert(worst <= tolerance, "%s: off by %d", file, worst);
    idi_free(memory, wanted.data);
    idi_image_free(memory, &image);
    test_memory_end(&heap, memory);
}

Test(image, every_kind_of_png)
{
    for (int i = 0; i < PNGS; i++) {
        char file[64], array[64];
        (void)snprintf(file, sizeof file, "%s.png", png_names[i]);
        (void)snprintf(array, sizeof array, "%s.npy", png_names[i]);
        load_and_compare(file, array, 0);
    }
}

Test(image, jpeg_as_pillow)
{
    /* Another release of libjpeg may round differently. */
    load_and_compare("ycbcr.jpg", "ycbcr_jpg.npy", 1);
    load_and_compare("progressive.jpg", "progressive_jpg.npy", 1);
    load_and_compare("gray.jpg", "gray_jpg.npy", 1);
}

Test(image, refusals_say_why)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_image image;
    cr_assert(idi_image_load(memory, fixture("cmyk.jpg"), &image) == IDI_ERR_UNSUPPORTED);
    cr_assert_error_says("CMYK");
    cr_assert_error_says("cmyk.jpg");
    cr_assert(idi_image_load(memory, fixture("no_such.png"), &image) == IDI_ERR_IO);
    cr_assert_error_says("no_such.png");
    cr_assert(idi_image_load(memory, IDI_FIXTURES, &image) == IDI_ERR_IO, "a folder");
    cr_assert(idi_image_load(memory, fixture("f4.npy"), &image) == IDI_ERR_FORMAT);
    cr_assert_error_says("neither a PNG nor a JPEG");
    cr_assert(idi_image_decode(memory, NULL, 0, "nothing", &image) == IDI_ERR_FORMAT);
    cr_assert_error_says("nothing: the file is empty");
    cr_assert_null(image.pixels);
    test_memory_end(&heap, memory);
}

/* Every beginning of a file is refused, with its name, and without leaking. */
static void cut_off(const char *file)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    size_t size;
    uint8_t *bytes = load_bytes(memory, fixture(file), &size);
    for (size_t i = 0; i < size; i++) {
        idi_image image;
        uint8_t *copy = malloc(i + 1); /* of that size, so that overreads are seen */
        cr_assert_not_null(copy);
        memcpy(copy, bytes, i);
        const idi_status st = idi_image_decode(memory, copy, i, file, &image);
        cr_assert(st == IDI_ERR_FORMAT, "%s cut to %zu of %zu bytes: status %d", file, i, size,
                  (int)st);
        cr_assert_error_says(file);
        cr_assert_null(image.pixels);
        free(copy);
    }
    idi_free(memory, bytes);
    test_memory_end(&heap, memory);
}

Test(image, cut_off_files)
{
    cut_off("rgb8.png");
    cut_off("rgba16_interlaced.png");
    cut_off("palette_trns4.png");
    cut_off("ycbcr.jpg");
    cut_off("progressive.jpg");
}

static void damaged(const char *file)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    size_t size;
    uint8_t *bytes = load_bytes(memory, fixture(file), &size);
    for (size_t i = 0; i < size; i++) {
        for (int change = 1; change < 256; change = change * 5 + 3) {
            idi_image image;
            bytes[i] = (uint8_t)(bytes[i] ^ change);
            const idi_status st = idi_image_decode(memory, bytes, size, file, &image);
            cr_assert(st == IDI_OK || st == IDI_ERR_FORMAT || st == IDI_ERR_UNSUPPORTED,
                      "%s, byte %zu: status %d: %s", file, i, (int)st, idi_last_error());
            idi_image_free(memory, &image);
            bytes[i] = (uint8_t)(bytes[i] ^ change);
        }
    }
    idi_free(memory, bytes);
    test_memory_end(&heap, memory);
}

Test(image, damaged_files_do_no_harm)
{
    for (int i = 0; i < PNGS; i++) {
        char file[64];
        (void)snprintf(file, sizeof file, "%s.png", png_names[i]);
        damaged(file);
    }
    damaged("gray.jpg");
    damaged("progressive.jpg");
}

Test(image, huge_promises_are_refused_before_memory)
{
    /* IHDR of a 16384 x 16384 and of a 20000 x 16384 picture; then nothing. */
    uint8_t bytes[] = {0x89, 'P', 'N', 'G',  13, 10, 26, 10,   0,   0,   0,   13, 'I', 'H', 'D',
                       'R',  0,   0,   0x40, 0,  0,  0,  0x40, 0,   8,   2,   0,  0,   0,   0,
                       0,    0,   0,   0,    0,  0,  0,  'I',  'D', 'A', 'T', 0,  0,   0,   0};
    const uint8_t crc[4] = {0x26, 0xAA, 0x87, 0xD3};
    memcpy(bytes + 29, crc, sizeof crc);
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_memory_stats stats;
    idi_image image;
    cr_assert(idi_image_decode(memory, bytes, sizeof bytes, "big", &image) == IDI_ERR_FORMAT);
    cr_assert_error_says("big: not a valid PNG: 16384 x 16384 pixels cannot come from 45 bytes");
    idi_memory_get_stats(memory, &stats);
    cr_assert(stats.total_peak_bytes < 1 << 20, "%zu bytes", stats.total_peak_bytes);
    bytes[18] = 0x4E, bytes[19] = 0x20;
    cr_assert(idi_image_decode(memory, bytes, sizeof bytes, "wide", &image) == IDI_ERR_FORMAT);
    cr_assert_error_says("wide: 20000 x 16384 pixels, want 1 to 16384");
    test_memory_end(&heap, memory);
}

/* Fails each allocation in turn; the last round succeeds. */
static void starve(const char *file)
{
    for (int64_t n = 0;; n++) {
        test_heap heap;
        idi_memory *memory = test_memory(&heap);
        idi_image image;
        heap.fail_at = heap.made + n;
        const idi_status st = idi_image_load(memory, fixture(file), &image);
        const bool was_hit = heap.made > heap.fail_at;
        cr_assert(st == IDI_OK || (was_hit && st == IDI_ERR_NOMEM), "%s, allocation %d: %s", file,
                  (int)n, idi_last_error());
        idi_image_free(memory, &image);
        test_memory_end(&heap, memory);
        if (!was_hit) return;
    }
}

Test(image, out_of_memory)
{
    starve("rgb8.png");
    starve("palette_trns4.png");
    starve("ycbcr.jpg");
}

static idi_image sample_image(idi_memory *memory, int64_t width, int64_t height, int channels)
{
    idi_image image;
    cr_assert(idi_image_create(memory, width, height, channels, &image) == IDI_OK);
    for (int64_t i = 0; i < width * height * channels; i++)
        image.pixels[i] = (uint8_t)(i * 37 % 256);
    return image;
}

Test(image, written_files_read_back)
{
    for (int channels = 1; channels <= 3; channels += 2) {
        test_heap heap;
        idi_memory *memory = test_memory(&heap);
        idi_image image = sample_image(memory, 13, 7, channels), back;
        const char *path = scratch("image_round_trip.png");
        cr_assert(idi_png_write(memory, path, &image, NULL) == IDI_OK, "%s", idi_last_error());
        cr_assert(idi_image_load(memory, path, &back) == IDI_OK, "%s", idi_last_error());
        cr_assert(back.width == 13 && back.height == 7);
        for (int64_t i = 0; i < 13 * 7 * 3; i++)
            cr_assert(back.pixels[i] == image.pixels[channels == 3 ? i : i / 3]);
        idi_image_free(memory, &image);
        idi_image_free(memory, &back);
        test_memory_end(&heap, memory);
    }
}

Test(image, failed_writes_leave_nothing)
{
    for (int64_t n = 0;; n++) {
        test_heap heap;
        idi_memory *memory = test_memory(&heap);
        idi_image image = sample_image(memory, 13, 7, 3);
        const char *path = scratch("image_starved.png");
        (void)unlink(path);
        heap.fail_at = heap.made + n;
        const idi_status st = idi_png_write(memory, path, &image, NULL);
        const bool was_hit = heap.made > heap.fail_at;
        struct stat info;
        cr_assert((stat(path, &info) == 0) == (st == IDI_OK));
        cr_assert(st == IDI_OK || (was_hit && st == IDI_ERR_NOMEM), "%s", idi_last_error());
        char temporary[1100];
        (void)snprintf(temporary, sizeof temporary, "%s.%ld.0.tmp", path, (long)getpid());
        cr_assert(stat(temporary, &info) != 0, "the temporary file was left behind");
        idi_image_free(memory, &image);
        test_memory_end(&heap, memory);
        if (!was_hit) break;
    }
}

Test(image, writing_refusals)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_image image = sample_image(memory, 4, 4, 4);
    cr_assert(idi_png_write(memory, scratch("x.png"), &image, NULL) == IDI_ERR_SHAPE);
    image.channels = 1;
    cr_assert(idi_png_write(memory, scratch("no/folder/x.png"), &image, NULL) == IDI_ERR_IO);
    cr_assert_error_says("no/folder/x.png");
    /* A target that cannot be replaced: a folder. The temporary file goes away again. */
    cr_assert(idi_png_write(memory, scratch("."), &image, NULL) == IDI_ERR_IO);
    const idi_label_map map = {image.pixels, 4, 4};
    const idi_label_scheme *scheme = idi_label_scheme_at(0);
    cr_assert(idi_png_write_labels(memory, scratch("x.png"), &map, scheme, NULL) == IDI_ERR_LABELS);
    cr_assert_error_says("x.png: label 37 at (1, 0), but scheme celebamask has classes 0..18");
    idi_image_free(memory, &image);
    test_memory_end(&heap, memory);
}

/* FIPS 180-4, short because it hashes one packet. */
static uint32_t rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

/* The first 32 bits of the fractional parts of roots of primes, as the standard defines them. */
static uint32_t root_bits(int prime, bool is_cube)
{
    const long double root = is_cube ? cbrtl(prime) : sqrtl(prime);
    return (uint32_t)((root - floorl(root)) * 4294967296.0L);
}

static void sha256_block(uint32_t state[8], const uint8_t *block, const uint32_t k[64])
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + w[i - 7] +
               (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) +
               (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        const uint32_t e = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
        const uint32_t a = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
        const uint32_t t1 = s[7] + e + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
        const uint32_t t2 = a + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        state[i] += s[i];
}

static void sha256(const uint8_t *bytes, size_t size, char hex[65])
{
    uint32_t state[8], k[64];
    for (int prime = 2, n = 0; n < 64; prime++) {
        bool is_prime = true;
        for (int d = 2; d * d <= prime; d++)
            if (prime % d == 0) is_prime = false;
        if (!is_prime) continue;
        if (n < 8) state[n] = root_bits(prime, false);
        k[n++] = root_bits(prime, true);
    }
    uint8_t padded[1024] = {0};
    cr_assert(size < sizeof padded - 72);
    memcpy(padded, bytes, size);
    padded[size] = 0x80;
    const size_t total = (size + 9 + 63) / 64 * 64;
    for (int i = 0; i < 8; i++)
        padded[total - 1 - (size_t)i] = (uint8_t)((uint64_t)size * 8 >> (8 * i));
    for (size_t i = 0; i < total; i += 64)
        sha256_block(state, padded + i, k);
    for (int i = 0; i < 8; i++)
        (void)snprintf(hex + 8 * i, 9, "%08x", (unsigned)state[i]);
}

Test(image, provenance_packet)
{
    char hex[65];
    sha256((const uint8_t *)"abc", 3, hex);
    cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    uint8_t packet[IDI_XMP_MAX_BYTES];
    const size_t size = idi_xmp_packet(IDI_SOURCE_TRAINED, packet);
    cr_assert(size == 440, "%zu bytes", size);
    sha256(packet, size, hex);
    cr_assert_str_eq(hex, "4266d2707df029fdd6317bcc10e5e066ed17fbe283f65680a69d2a174e81c15f");
    cr_assert(idi_xmp_packet(IDI_SOURCE_COMPOSITE, packet) == 453);
}

Test(image, provenance_mark_stands_behind_the_header)
{
    static const uint8_t start[] = {0x00, 0x00, 0x01, 0xCE, 'i', 'T', 'X', 't', 'X', 'M', 'L',
                                    ':',  'c',  'o',  'm',  '.', 'a', 'd', 'o', 'b', 'e', '.',
                                    'x',  'm',  'p',  0,    0,   0,   0,   0,   '<', '?'};
    static const uint8_t crc[] = {0x66, 0x34, 0xE7, 0x38};
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_image image = sample_image(memory, 3, 2, 3);
    const char *path = scratch("image_marked.png");
    cr_assert(idi_png_write(memory, path, &image, NULL) == IDI_OK);
    size_t size;
    uint8_t *bytes = load_bytes(memory, path, &size);
    idi_source_type source = IDI_SOURCE_COMPOSITE;
    cr_assert(size > 33 + 474);
    cr_assert_arr_eq(bytes + 33, start, sizeof start);
    cr_assert_arr_eq(bytes + 33 + 470, crc, sizeof crc);
    cr_assert(idi_xmp_find(bytes, size, &source) && source == IDI_SOURCE_TRAINED);
    for (size_t i = 0; i < 33 + 474; i++)
        cr_assert(!idi_xmp_find(bytes, i, &source), "found in %zu bytes", i);
    idi_free(memory, bytes);
    idi_image_free(memory, &image);
    test_memory_end(&heap, memory);
}

Test(image, provenance_options)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_image image = sample_image(memory, 3, 2, 3);
    const char *path = scratch("image_options.png");
    for (int i = 0; i < 4; i++) {
        const idi_png_options options = {.is_unmarked = i == 3, .source = (idi_source_type)(i % 3)};
        size_t size;
        idi_source_type source;
        cr_assert(idi_png_write(memory, path, &image, &options) == IDI_OK);
        uint8_t *bytes = load_bytes(memory, path, &size);
        cr_assert(idi_xmp_find(bytes, size, &source) == (i < 3));
        cr_assert(i == 3 || source == (idi_source_type)i);
        idi_free(memory, bytes);
    }
    idi_image_free(memory, &image);
    test_memory_end(&heap, memory);
}

Test(image, labels_are_raw)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    for (int i = 0; i < RAWS; i++) {
        char name[64];
        idi_label_map map;
        (void)snprintf(name, sizeof name, "%s.png", raw_names[i]);
        const idi_status st = idi_image_load_labels(memory, fixture(name), NULL, &map);
        cr_assert(st == IDI_OK, "%s", idi_last_error());
        (void)snprintf(name, sizeof name, "%s_raw.npy", raw_names[i]);
        idi_tensor wanted = load_array(memory, name);
        const idi_image view = {map.labels, map.width, map.height, 1};
        cr_assert(difference(&view, &wanted) == 0, "%s", name);
        idi_free(memory, wanted.data);
        idi_label_map_free(memory, &map);
    }
    test_memory_end(&heap, memory);
}

Test(image, label_refusals)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_label_map map;
    const idi_label_scheme *scheme = idi_label_scheme_at(0);
    cr_assert(idi_image_load_labels(memory, fixture("rgb8.png"), scheme, &map) == IDI_ERR_LABELS);
    cr_assert_error_says("rgb8.png: colour 0,213,170 at (0, 0) is no class of scheme celebamask");
    cr_assert(idi_image_load_labels(memory, fixture("gray8.png"), scheme, &map) == IDI_ERR_LABELS);
    cr_assert_error_says("gray8.png: label 139 at (1, 0), but scheme celebamask");
    cr_assert(idi_image_load_labels(memory, fixture("gray16.png"), scheme, &map) == IDI_ERR_FORMAT);
    cr_assert_error_says("16 bits");
    cr_assert(idi_image_load_labels(memory, fixture("ga8.png"), NULL, &map) == IDI_ERR_LABELS);
    cr_assert_error_says("transparent at (0, 0)");
    cr_assert(idi_image_load_labels(memory, fixture("gray.jpg"), NULL, &map) == IDI_ERR_FORMAT);
    cr_assert_error_says("JPEG cannot hold labels");
    cr_assert_null(map.labels);
    test_memory_end(&heap, memory);
}

/* A map drawn in colours, as some tools export it. */
Test(image, coloured_labels)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_image image = sample_image(memory, 19, 1, 3);
    const char *path = scratch("image_coloured.png");
    for (int s = 0; s < idi_label_scheme_count(); s++) {
        const idi_label_scheme *scheme = idi_label_scheme_at(s);
        idi_label_map map;
        for (int i = 0; i < 19; i++)
            memcpy(image.pixels + 3 * i, scheme->class_colours[i], 3);
        cr_assert(idi_png_write(memory, path, &image, NULL) == IDI_OK);
        cr_assert(idi_image_load_labels(memory, path, scheme, &map) == IDI_OK);
        for (int i = 0; i < 19; i++)
            cr_assert(map.labels[i] == i);
        idi_label_map_free(memory, &map);
        image.pixels[3 * 17 + 1] ^= 1;
        cr_assert(idi_png_write(memory, path, &image, NULL) == IDI_OK);
        cr_assert(idi_image_load_labels(memory, path, scheme, &map) == IDI_ERR_LABELS);
        cr_assert_error_says("at (17, 0)");
    }
    idi_image_free(memory, &image);
    test_memory_end(&heap, memory);
}

Test(image, label_files_show_colours_and_keep_numbers)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    const idi_label_scheme *scheme = idi_label_scheme_at(0);
    const char *path = scratch("image_labels.png");
    idi_label_map map, back;
    idi_image seen;
    cr_assert(idi_label_map_create(memory, 19, 2, &map) == IDI_OK);
    for (int i = 0; i < 38; i++)
        map.labels[i] = (uint8_t)(i * 5 % 19);
    cr_assert(idi_png_write_labels(memory, path, &map, scheme, NULL) == IDI_OK);
    cr_assert(idi_image_load_labels(memory, path, scheme, &back) == IDI_OK);
    cr_assert(idi_image_load(memory, path, &seen) == IDI_OK);
    cr_assert_arr_eq(back.labels, map.labels, 38);
    for (int i = 0; i < 38; i++)
        cr_assert_arr_eq(seen.pixels + 3 * i, scheme->class_colours[map.labels[i]], 3);
    idi_label_map_free(memory, &map);
    idi_label_map_free(memory, &back);
    idi_image_free(memory, &seen);
    test_memory_end(&heap, memory);
}

Test(image, bicubic_is_pillows)
{
    static const int sizes[][2] = {{9, 8}, {40, 31}, {23, 5}, {1, 1}, {22, 18}};
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_tensor in = load_array(memory, "bicubic_in.npy");
    const idi_image image = {in.data, in.shape.dim[1], in.shape.dim[0], 3};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char name[64];
        idi_image out;
        (void)snprintf(name, sizeof name, "bicubic_%dx%d.npy", sizes[i][0], sizes[i][1]);
        cr_assert(idi_image_resize_bicubic(memory, &image, sizes[i][0], sizes[i][1], &out) ==
                  IDI_OK);
        idi_tensor wanted = load_array(memory, name);
        cr_assert(difference(&out, &wanted) == 0, "%s", name);
        idi_free(memory, wanted.data);
        idi_image_free(memory, &out);
    }
    idi_image none;
    cr_assert(idi_image_resize_bicubic(memory, &image, 0, 4, &none) == IDI_ERR_SHAPE);
    idi_free(memory, in.data);
    test_memory_end(&heap, memory);
}

Test(image, numbers)
{
    uint8_t bytes[256];
    float values[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    idi_image_to_float(bytes, 256, values);
    cr_assert(values[0] == -1.0f && values[255] == 1.0f);
    cr_assert(fabsf(values[128] - 0.003921628f) < 1e-7f);
    const float wild[] = {-1.0f,    -1.5f,     1.0f, 1.5f,     0.0f,
                          0.99999f, -0.99608f, NAN,  INFINITY, -INFINITY};
    const uint8_t wanted[] = {0, 0, 255, 255, 127, 254, 0, 0, 255, 0};
    uint8_t got[10];
    idi_image_from_float(wild, 10, got);
    cr_assert_arr_eq(got, wanted, 10);
}

/* --- written JPEGs -----------------------------------------------------------------------------
 */

static idi_image slope(idi_memory *memory, int64_t width, int64_t height)
{
    idi_image image;
    cr_assert(idi_image_create(memory, width, height, 3, &image) == IDI_OK);
    for (int64_t i = 0; i < width * height; i++) {
        image.pixels[3 * i] = (uint8_t)(255 * (i % width) / width);
        image.pixels[3 * i + 1] = (uint8_t)(255 * (i / width) / height);
        image.pixels[3 * i + 2] = 128;
    }
    return image;
}

static void expect_near(idi_memory *memory, const idi_image *image, const idi_buffer *file,
                        int tolerance)
{
    idi_image read;
    cr_assert(idi_image_decode(memory, file->bytes, file->size, "x.jpg", &read) == IDI_OK, "%s",
              idi_last_error());
    cr_assert(read.width == image->width && read.height == image->height && read.channels == 3);
    for (int64_t i = 0; i < 3 * read.width * read.height; i++)
        cr_assert(abs(read.pixels[i] - image->pixels[i]) <= tolerance, "value %lld: %d, want %d",
                  (long long)i, read.pixels[i], image->pixels[i]);
    idi_image_free(memory, &read);
}

/* Sides that are no multiples of a block; more than one of libjpeg's chunks. At quality 100 a
 * channel is off by roundings alone: blue is Y + 1.772 Cb, each rounded in colours, transform and
 * back. */
Test(image, jpeg_comes_back)
{
    static const int64_t sides[][2] = {{1, 1}, {17, 9}, {64, 64}, {301, 203}};
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        for (int quality = 80; quality <= 100; quality += 20) {
            idi_image image = slope(memory, sides[i][0], sides[i][1]);
            idi_buffer file = {0};
            const idi_jpeg_options options = {.quality = quality};
            cr_assert(idi_jpeg_encode(memory, "x.jpg", &image, &options, &file) == IDI_OK);
            expect_near(memory, &image, &file, quality == 100 ? 6 : 40);
            idi_buffer_free(memory, &file);
            idi_image_free(memory, &image);
        }
    test_memory_end(&heap, memory);
}

Test(image, jpeg_refusals_and_no_memory)
{
    test_heap heap;
    idi_memory *memory = test_memory(&heap);
    idi_image image = slope(memory, 301, 203);
    idi_buffer file = {0};
    idi_jpeg_options options = {.quality = 101};
    cr_assert(idi_jpeg_encode(memory, "x.jpg", &image, &options, &file) == IDI_ERR_ARG);
    cr_assert_error_says("quality 101");
    options.quality = 100;
    image.channels = 1;
    cr_assert(idi_jpeg_encode(memory, "x.jpg", &image, &options, &file) == IDI_ERR_SHAPE);
    image.channels = 3;
    for (int n = 0, is_hit = 1; is_hit; n++) {
        heap.fail_at = heap.made + n;
        const idi_status st = idi_jpeg_encode(memory, "x.jpg", &image, &options, &file);
        is_hit = heap.made > heap.fail_at;
        heap.fail_at = -1;
        cr_assert(st == (is_hit ? IDI_ERR_NOMEM : IDI_OK), "allocation %d", n);
        cr_assert(n > 0 || is_hit, "nothing was allocated");
        idi_buffer_free(memory, &file);
    }
    idi_image_free(memory, &image);
    test_memory_end(&heap, memory);
}
