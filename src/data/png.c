/* SPDX-License-Identifier: Apache-2.0 */
/* data/png.c - reading PNG through libpng. libpng reports errors by longjmp: each step that may do
 * so runs inside guarded(), keeps everything in the reader, and owns nothing of its own. */
#include "data/image_codec.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

/* Deflate cannot shrink data to less than 1/1032, so that a header which promises more pixels than
 * that is refused before memory is asked for. */
enum { MAX_DEFLATE_RATIO = 1032 };

typedef struct png_reader {
    png_structp png;
    png_infop info;
    idi_memory *memory;
    const uint8_t *bytes;
    size_t size, at;
    idi_png_form form;
    int64_t width, height, raw_bytes;
    int channels, bit_depth;
    png_bytep *rows;
    bool is_out_of_memory;
    char reason[160];
} png_reader;

bool idi_png_is(const uint8_t *bytes, size_t size)
{
    return size >= 8 && png_sig_cmp(bytes, 0, 8) == 0;
}

static void on_error(png_structp png, png_const_charp message)
{
    png_reader *reader = png_get_error_ptr(png);
    (void)snprintf(reader->reason, sizeof reader->reason, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static png_voidp on_malloc(png_structp png, png_alloc_size_t bytes)
{
    png_reader *reader = png_get_mem_ptr(png);
    void *block;
    if (idi_alloc(reader->memory, IDI_TAG_IMAGE, bytes, &block) != IDI_OK)
        reader->is_out_of_memory = true;
    return block;
}

static void on_free(png_structp png, png_voidp block)
{
    png_reader *reader = png_get_mem_ptr(png);
    idi_free(reader->memory, block);
}

static void on_read(png_structp png, png_bytep to, size_t count)
{
    png_reader *reader = png_get_io_ptr(png);
    if (count > reader->size - reader->at) png_error(png, "the file ends too early");
    memcpy(to, reader->bytes + reader->at, count);
    reader->at += count;
}

static bool guarded(png_reader *reader, void (*step)(png_reader *))
{
    if (setjmp(png_jmpbuf(reader->png))) return false;
    step(reader);
    return true;
}

static void ask_for_colour(png_reader *reader)
{
    png_set_expand(reader->png); /* palette to RGB, small gray to 8 bits, tRNS to alpha */
    png_set_scale_16(reader->png);
    png_set_gray_to_rgb(reader->png);
}

static void read_header(png_reader *reader)
{
    png_set_user_limits(reader->png, IDI_IMAGE_MAX_SIDE, IDI_IMAGE_MAX_SIDE);
    png_read_info(reader->png, reader->info);
    reader->width = png_get_image_width(reader->png, reader->info);
    reader->height = png_get_image_height(reader->png, reader->info);
    reader->bit_depth = png_get_bit_depth(reader->png, reader->info);
    reader->raw_bytes = (int64_t)png_get_rowbytes(reader->png, reader->info) * reader->height;
    if (reader->form == IDI_PNG_COLOUR)
        ask_for_colour(reader);
    else
        png_set_packing(reader->png); /* one sample a byte, values as they are */
    (void)png_set_interlace_handling(reader->png);
    png_read_update_info(reader->png, reader->info);
    reader->channels = png_get_channels(reader->png, reader->info);
}

static void read_pixels(png_reader *reader)
{
    png_read_image(reader->png, reader->rows);
    png_read_end(reader->png, NULL); /* so that a file without its end is an error */
}

static idi_status damaged(const png_reader *reader, const char *name)
{
    if (reader->is_out_of_memory)
        return idi_fail(IDI_ERR_NOMEM, "%s: no memory left to decode it", name);
    return idi_fail(IDI_ERR_FORMAT, "%s: not a valid PNG: %s", name, reader->reason);
}

static idi_status open_reader(png_reader *reader, const char *name)
{
    reader->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning,
                                           reader, on_malloc, on_free);
    if (reader->png) reader->info = png_create_info_struct(reader->png);
    if (!reader->info) return damaged(reader, name);
    png_set_read_fn(reader->png, reader, on_read);
    return IDI_OK;
}

/* Our own look at IHDR: libpng's refusal of a size does not say which size or which limit. */
static idi_status check_ihdr(const uint8_t *bytes, size_t size, const char *name)
{
    if (size < 24 || memcmp(bytes + 12, "IHDR", 4) != 0) return IDI_OK; /* libpng will complain */
    return idi_image_check_size(name, png_get_uint_32(bytes + 16), png_get_uint_32(bytes + 20));
}

static idi_status check_promise(const png_reader *reader, const char *name)
{
    IDI_REQUIRE(reader->form == IDI_PNG_COLOUR || reader->bit_depth <= 8, IDI_ERR_FORMAT,
                "%s: %d bits a sample, but a label map has at most 8", name, reader->bit_depth);
    IDI_REQUIRE((uint64_t)reader->raw_bytes / MAX_DEFLATE_RATIO <= reader->size, IDI_ERR_FORMAT,
                "%s: not a valid PNG: %lld x %lld pixels cannot come from %zu bytes", name,
                (long long)reader->width, (long long)reader->height, reader->size);
    return IDI_OK;
}

/* RGBA to RGB in place, over black. */
static void drop_alpha(idi_image *image)
{
    const int64_t count = image->width * image->height;
    const uint8_t *from = image->pixels;
    uint8_t *to = image->pixels;
    for (int64_t i = 0; i < count; i++, from += 4, to += 3) {
        const unsigned alpha = from[3];
        for (int c = 0; c < 3; c++)
            to[c] = (uint8_t)((from[c] * alpha + 127) / 255);
    }
    image->channels = 3;
}

static idi_status decode(png_reader *reader, const char *name, idi_image *image)
{
    IDI_TRY(check_ihdr(reader->bytes, reader->size, name));
    IDI_TRY(open_reader(reader, name));
    if (!guarded(reader, read_header)) return damaged(reader, name);
    IDI_TRY(check_promise(reader, name));
    IDI_TRY(
        idi_image_create(reader->memory, reader->width, reader->height, reader->channels, image));
    IDI_TRY(idi_alloc(reader->memory, IDI_TAG_IMAGE, (size_t)image->height * sizeof *reader->rows,
                      &reader->rows));
    for (int64_t y = 0; y < image->height; y++)
        reader->rows[y] = image->pixels + y * image->width * image->channels;
    if (!guarded(reader, read_pixels)) return damaged(reader, name);
    if (reader->form == IDI_PNG_COLOUR && image->channels == 4) drop_alpha(image);
    return IDI_OK;
}

idi_status idi_png_decode(idi_memory *memory, const uint8_t *bytes, size_t size, const char *name,
                          idi_png_form form, idi_image *image_out)
{
    png_reader reader = {.memory = memory, .bytes = bytes, .size = size, .form = form};
    *image_out = (idi_image){0};
    const idi_status st = decode(&reader, name, image_out);
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    idi_free(memory, reader.rows);
    if (st != IDI_OK) idi_image_free(memory, image_out);
    return st;
}
