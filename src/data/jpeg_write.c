/* SPDX-License-Identifier: Apache-2.0 */
/* data/jpeg_write.c - writing JPEG through libjpeg into memory, marked as machine-made unless told
 * otherwise. Errors come by longjmp, confined to guarded(). */
#include "data/image.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

enum { CHUNK_BYTES = 16384, FINE_COLOUR_QUALITY = 90 };

typedef struct jpeg_writer {
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr to;
    jmp_buf escape;
    idi_memory *memory;
    idi_buffer *buffer;
    const idi_image *image;
    const idi_jpeg_options *options;
    idi_status status; /* of the buffer */
    char reason[JMSG_LENGTH_MAX];
} jpeg_writer;

static void on_error(j_common_ptr info)
{
    jpeg_writer *writer = info->client_data;
    info->err->format_message(info, writer->reason);
    longjmp(writer->escape, 1);
}

static void on_output(j_common_ptr info)
{
    (void)info;
}

/* libjpeg fills what is reserved, and says so by having no room left. */
static void open_chunk(jpeg_writer *writer)
{
    writer->status = idi_buffer_reserve(writer->memory, writer->buffer, CHUNK_BYTES);
    if (writer->status != IDI_OK) longjmp(writer->escape, 1);
    writer->to.next_output_byte = writer->buffer->bytes + writer->buffer->size;
    writer->to.free_in_buffer = CHUNK_BYTES;
}

static void on_begin(j_compress_ptr info)
{
    open_chunk(info->client_data);
}

static boolean on_full(j_compress_ptr info)
{
    jpeg_writer *writer = info->client_data;
    writer->buffer->size += CHUNK_BYTES;
    open_chunk(writer);
    return TRUE;
}

static void on_end(j_compress_ptr info)
{
    jpeg_writer *writer = info->client_data;
    writer->buffer->size += CHUNK_BYTES - writer->to.free_in_buffer;
}

/* As Adobe's XMP specification wants it, part 3: an APP1 segment with this name. */
static void write_mark(jpeg_writer *writer)
{
    static const char name[] = "http://ns.adobe.com/xap/1.0/";
    uint8_t segment[sizeof name + IDI_XMP_MAX_BYTES];
    memcpy(segment, name, sizeof name);
    const size_t bytes = idi_xmp_packet(writer->options->source, segment + sizeof name);
    jpeg_write_marker(&writer->info, JPEG_APP0 + 1, segment, (unsigned)(sizeof name + bytes));
}

/* Halved colour planes show at high qualities, which are asked for by those who look closely. */
static void configure(jpeg_writer *writer)
{
    struct jpeg_compress_struct *info = &writer->info;
    info->image_width = (JDIMENSION)writer->image->width;
    info->image_height = (JDIMENSION)writer->image->height;
    info->input_components = 3;
    info->in_color_space = JCS_RGB;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, writer->options->quality, TRUE);
    info->dct_method = JDCT_ISLOW;
    info->optimize_coding = TRUE;
    if (writer->options->quality < FINE_COLOUR_QUALITY) return;
    info->comp_info[0].h_samp_factor = 1;
    info->comp_info[0].v_samp_factor = 1;
}

static void write_all(jpeg_writer *writer)
{
    const idi_image *image = writer->image;
    jpeg_create_compress(&writer->info);
    writer->info.dest = &writer->to;
    configure(writer);
    jpeg_start_compress(&writer->info, TRUE);
    if (!writer->options->is_unmarked) write_mark(writer);
    while (writer->info.next_scanline < writer->info.image_height) {
        JSAMPROW row = image->pixels + (int64_t)writer->info.next_scanline * image->width * 3;
        (void)jpeg_write_scanlines(&writer->info, &row, 1);
    }
    jpeg_finish_compress(&writer->info);
}

static bool guarded(jpeg_writer *writer, void (*step)(jpeg_writer *))
{
    if (setjmp(writer->escape)) return false;
    step(writer);
    return true;
}

static idi_status encode(jpeg_writer *writer, const char *name)
{
    writer->info.err = jpeg_std_error(&writer->errors);
    writer->info.client_data = writer;
    writer->errors.error_exit = on_error;
    writer->errors.output_message = on_output;
    writer->to = (struct jpeg_destination_mgr){
        .init_destination = on_begin, .empty_output_buffer = on_full, .term_destination = on_end};
    const bool is_good = guarded(writer, write_all);
    jpeg_destroy_compress(&writer->info);
    if (is_good) return IDI_OK;
    if (writer->status != IDI_OK) return writer->status; /* its sentence stands */
    return idi_fail(IDI_ERR_INTERNAL, "%s: cannot be encoded: %s", name, writer->reason);
}

idi_status idi_jpeg_encode(idi_memory *memory, const char *name, const idi_image *image,
                           const idi_jpeg_options *options, idi_buffer *file)
{
    IDI_REQUIRE(image->channels == 3, IDI_ERR_SHAPE,
                "%s: %d channels, but a JPEG is written from 3", name, image->channels);
    IDI_REQUIRE(image->width > 0 && image->height > 0 && image->width <= IDI_IMAGE_MAX_SIDE &&
                    image->height <= IDI_IMAGE_MAX_SIDE,
                IDI_ERR_SHAPE, "%s: %lld x %lld pixels, want 1 to %d on each side", name,
                (long long)image->width, (long long)image->height, IDI_IMAGE_MAX_SIDE);
    IDI_REQUIRE(options->quality >= 1 && options->quality <= 100, IDI_ERR_ARG,
                "%s: a JPEG of quality %d, want 1 to 100", name, options->quality);
    jpeg_writer writer = {.memory = memory, .buffer = file, .image = image, .options = options};
    return encode(&writer, name);
}
