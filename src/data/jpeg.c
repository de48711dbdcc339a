/* SPDX-License-Identifier: Apache-2.0 */
/* data/jpeg.c - reading JPEG through libjpeg. Errors come by longjmp, confined to guarded(). The
 * decoder's own tables come from libjpeg's allocator, which cannot be replaced from outside; they
 * are bounded by max_memory_to_use, and the pixels come from idi_memory. */
#include "data/image_codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
/* after jpeglib.h, whose types it uses */
#include <jerror.h>

/* A progressive file may hold any number of scans, each of which costs a pass over all pixels; real
 * ones hold about ten. Huffman-coded files spend at least a bit on an 8x8 block. */
enum { MAX_SCANS = 200, MAX_PIXELS_A_BYTE = 512, MAX_DECODER_BYTES = 1 << 30 };

typedef struct jpeg_reader {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    const uint8_t *bytes;
    size_t size;
    idi_image *image;
    bool is_out_of_memory;
    char reason[JMSG_LENGTH_MAX];
} jpeg_reader;

bool idi_jpeg_is(const uint8_t *bytes, size_t size)
{
    return size >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;
}

static void on_error(j_common_ptr info)
{
    jpeg_reader *reader = info->client_data;
    reader->is_out_of_memory = info->err->msg_code == JERR_OUT_OF_MEMORY;
    info->err->format_message(info, reader->reason);
    longjmp(reader->escape, 1);
}

/* libjpeg only warns of damaged data and fills in gray. A picture with a gray lower half is not
 * what the caller asked for, so such warnings count as errors; harmless ones pass. */
static void on_message(j_common_ptr info, int level)
{
    const int code = info->err->msg_code;
    if (level >= 0 || code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM ||
        code == JWRN_JFIF_MAJOR)
        return;
    on_error(info);
}

static void on_output(j_common_ptr info)
{
    (void)info;
}

static void on_progress(j_common_ptr info)
{
    jpeg_reader *reader = info->client_data;
    if (reader->info.input_scan_number <= MAX_SCANS) return;
    (void)snprintf(reader->reason, sizeof reader->reason, "more than %d scans", (int)MAX_SCANS);
    longjmp(reader->escape, 1);
}

static bool guarded(jpeg_reader *reader, void (*step)(jpeg_reader *))
{
    if (setjmp(reader->escape)) return false;
    step(reader);
    return true;
}

static void read_header(jpeg_reader *reader)
{
    jpeg_create_decompress(&reader->info);
    reader->info.mem->max_memory_to_use = MAX_DECODER_BYTES;
    reader->info.progress = &reader->progress;
    jpeg_mem_src(&reader->info, reader->bytes, (unsigned long)reader->size);
    (void)jpeg_read_header(&reader->info, TRUE);
}

static void read_pixels(jpeg_reader *reader)
{
    const idi_image *image = reader->image;
    reader->info.out_color_space = JCS_RGB;
    (void)jpeg_start_decompress(&reader->info);
    while (reader->info.output_scanline < reader->info.output_height) {
        JSAMPROW row = image->pixels + (int64_t)reader->info.output_scanline * image->width * 3;
        (void)jpeg_read_scanlines(&reader->info, &row, 1);
    }
    (void)jpeg_finish_decompress(&reader->info);
}

static idi_status damaged(const jpeg_reader *reader, const char *name)
{
    if (reader->is_out_of_memory)
        return idi_fail(IDI_ERR_NOMEM, "%s: no memory left to decode it", name);
    return idi_fail(IDI_ERR_FORMAT, "%s: not a valid JPEG: %s", name, reader->reason);
}

static idi_status check_header(const jpeg_reader *reader, const char *name)
{
    const struct jpeg_decompress_struct *info = &reader->info;
    const J_COLOR_SPACE space = info->jpeg_color_space;
    IDI_TRY(idi_image_check_size(name, info->image_width, info->image_height));
    IDI_REQUIRE(space != JCS_CMYK && space != JCS_YCCK, IDI_ERR_UNSUPPORTED,
                "%s: a CMYK JPEG, made for print; convert it to RGB first", name);
    IDI_REQUIRE(space == JCS_GRAYSCALE || space == JCS_YCbCr || space == JCS_RGB,
                IDI_ERR_UNSUPPORTED, "%s: a JPEG of %d components, want gray or colour", name,
                info->num_components);
    const uint64_t pixels = (uint64_t)info->image_width * info->image_height;
    IDI_REQUIRE(info->arith_code || pixels / MAX_PIXELS_A_BYTE <= reader->size, IDI_ERR_FORMAT,
                "%s: not a valid JPEG: %u x %u pixels cannot come from %zu bytes", name,
                info->image_width, info->image_height, reader->size);
    return IDI_OK;
}

static idi_status decode(jpeg_reader *reader, idi_memory *memory, const char *name)
{
    if (!guarded(reader, read_header)) return damaged(reader, name);
    IDI_TRY(check_header(reader, name));
    IDI_TRY(idi_image_create(memory, reader->info.image_width, reader->info.image_height, 3,
                             reader->image));
    if (!guarded(reader, read_pixels)) return damaged(reader, name);
    return idi_image_turn_upright(memory, idi_jpeg_orientation(reader->bytes, reader->size),
                                  reader->image);
}

idi_status idi_jpeg_decode(idi_memory *memory, const uint8_t *bytes, size_t size, const char *name,
                           idi_image *image_out)
{
    jpeg_reader reader = {.bytes = bytes, .size = size, .image = image_out};
    *image_out = (idi_image){0};
    reader.info.err = jpeg_std_error(&reader.errors);
    reader.info.client_data = &reader;
    reader.errors.error_exit = on_error;
    reader.errors.emit_message = on_message;
    reader.errors.output_message = on_output;
    reader.progress.progress_monitor = on_progress;
    const idi_status st = decode(&reader, memory, name);
    jpeg_destroy_decompress(&reader.info);
    if (st != IDI_OK) idi_image_free(memory, image_out);
    return st;
}
