/* SPDX-License-Identifier: Apache-2.0 */
/* data/png_write.c - writing PNG through libpng, marked as machine-made unless told otherwise. */
#include "core/file.h"
#include "data/image.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

typedef struct png_writer {
    png_structp png;
    png_infop info;
    idi_buffer *file;
    idi_memory *memory;
    const idi_image *image;
    const idi_png_options *options;
    idi_status status; /* of the callback that failed; IDI_OK if libpng itself did */
    char reason[160];
} png_writer;

static void on_error(png_structp png, png_const_charp message)
{
    png_writer *writer = png_get_error_ptr(png);
    (void)snprintf(writer->reason, sizeof writer->reason, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static png_voidp on_malloc(png_structp png, png_alloc_size_t bytes)
{
    png_writer *writer = png_get_mem_ptr(png);
    void *block;
    const idi_status st = idi_alloc(writer->memory, IDI_TAG_IMAGE, bytes, &block);
    if (st != IDI_OK) writer->status = st;
    return block;
}

static void on_free(png_structp png, png_voidp block)
{
    png_writer *writer = png_get_mem_ptr(png);
    idi_free(writer->memory, block);
}

static void on_write(png_structp png, png_bytep bytes, size_t count)
{
    png_writer *writer = png_get_io_ptr(png);
    writer->status = idi_buffer_put(writer->memory, writer->file, bytes, count);
    if (writer->status != IDI_OK) png_error(png, "cannot be written");
}

static void on_flush(png_structp png)
{
    (void)png;
}

static void write_palette(png_writer *writer)
{
    const idi_label_scheme *scheme = writer->options->palette;
    png_color colours[PNG_MAX_PALETTE_LENGTH];
    for (int i = 0; i < scheme->class_count; i++) {
        const uint8_t *rgb = scheme->class_colours[i];
        colours[i] = (png_color){rgb[0], rgb[1], rgb[2]};
    }
    png_set_PLTE(writer->png, writer->info, colours, scheme->class_count);
}

/* Directly after IHDR, where every reader sees it before the pixels. */
static void write_mark(png_writer *writer)
{
    static const png_byte type[5] = "iTXt";
    uint8_t chunk[IDI_XMP_MAX_BYTES];
    const size_t bytes = idi_xmp_chunk(writer->options->source, chunk);
    png_write_chunk(writer->png, type, chunk, bytes);
}

static void write_all(png_writer *writer)
{
    const idi_image *image = writer->image;
    const int type = writer->options->palette ? PNG_COLOR_TYPE_PALETTE
                     : image->channels == 3   ? PNG_COLOR_TYPE_RGB
                                              : PNG_COLOR_TYPE_GRAY;
    png_set_IHDR(writer->png, writer->info, (png_uint_32)image->width, (png_uint_32)image->height,
                 8, type, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (writer->options->palette) write_palette(writer);
    png_write_info_before_PLTE(writer->png, writer->info);
    if (!writer->options->is_unmarked) write_mark(writer);
    png_write_info(writer->png, writer->info);
    for (int64_t y = 0; y < image->height; y++)
        png_write_row(writer->png, image->pixels + y * image->width * image->channels);
    png_write_end(writer->png, writer->info);
}

static bool guarded(png_writer *writer, void (*step)(png_writer *))
{
    if (setjmp(png_jmpbuf(writer->png))) return false;
    step(writer);
    return true;
}

static idi_status encode(png_writer *writer, const char *path)
{
    writer->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, writer, on_error, on_warning,
                                            writer, on_malloc, on_free);
    if (writer->png) writer->info = png_create_info_struct(writer->png);
    bool is_written = false;
    if (writer->info) {
        png_set_write_fn(writer->png, writer, on_write, on_flush);
        is_written = guarded(writer, write_all);
    }
    if (is_written) return IDI_OK;
    if (writer->status != IDI_OK) return writer->status; /* its sentence stands */
    return idi_fail(IDI_ERR_INTERNAL, "%s: cannot be encoded: %s", path, writer->reason);
}

static idi_status check_image(const char *path, const idi_image *image,
                              const idi_png_options *options)
{
    IDI_REQUIRE(image->channels == 1 || image->channels == 3, IDI_ERR_SHAPE,
                "%s: %d channels, but a PNG is written from 1 or 3", path, image->channels);
    IDI_REQUIRE(image->width > 0 && image->height > 0 && image->width <= IDI_IMAGE_MAX_SIDE &&
                    image->height <= IDI_IMAGE_MAX_SIDE,
                IDI_ERR_SHAPE, "%s: %lld x %lld pixels, want 1 to %d on each side", path,
                (long long)image->width, (long long)image->height, IDI_IMAGE_MAX_SIDE);
    IDI_REQUIRE((unsigned)options->source <= IDI_SOURCE_ALGORITHMIC, IDI_ERR_ARG,
                "%s: source type %d of the provenance mark, want 0 to %d", path,
                (int)options->source, (int)IDI_SOURCE_ALGORITHMIC);
    if (!options->palette) return IDI_OK;
    IDI_REQUIRE(image->channels == 1, IDI_ERR_SHAPE, "%s: %d channels, but a palette wants 1", path,
                image->channels);
    const idi_label_map map = {image->pixels, image->width, image->height};
    const idi_status st = idi_labels_check(&map, options->palette);
    return st == IDI_OK ? st : idi_fail_prefix(st, "%s: ", path);
}

idi_status idi_png_encode(idi_memory *memory, const char *name, const idi_image *image,
                          const idi_png_options *options, idi_buffer *file)
{
    static const idi_png_options standard = {0};
    if (!options) options = &standard;
    IDI_TRY(check_image(name, image, options));
    png_writer writer = {.memory = memory, .file = file, .image = image, .options = options};
    const idi_status st = encode(&writer, name);
    png_destroy_write_struct(&writer.png, &writer.info);
    return st;
}

idi_status idi_png_write(idi_memory *memory, const char *path, const idi_image *image,
                         const idi_png_options *options)
{
    idi_buffer file = {0};
    idi_status st = idi_png_encode(memory, path, image, options, &file);
    if (st == IDI_OK) st = idi_file_save(memory, path, file.bytes, file.size);
    idi_buffer_free(memory, &file);
    return st;
}

idi_status idi_png_write_labels(idi_memory *memory, const char *path, const idi_label_map *map,
                                const idi_label_scheme *scheme, const idi_png_options *options)
{
    idi_png_options own = options ? *options : (idi_png_options){0};
    own.palette = scheme;
    const idi_image image = {map->labels, map->width, map->height, 1};
    return idi_png_write(memory, path, &image, &own);
}
