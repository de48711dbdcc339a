/* SPDX-License-Identifier: Apache-2.0 */
/* data/apng_write.c - animated PNGs (PNG specification, third edition, 2025): frames as libpng
 * encodes them, put together by hand, since the usual libpng writes no animations.
 *
 *     IHDR iTXt  acTL  fcTL IDAT...  fcTL fdAT...  fcTL fdAT...  IEND
 *
 * The first frame is the PNG's own image. fcTL and fdAT share one run of sequence numbers. */
#include "core/buffer.h"
#include "core/file.h"
#include "data/image.h"

#include <string.h>

enum { SIGNATURE = 8, AROUND = 12, MOST_MS = 65535 };

typedef struct animation {
    idi_memory *memory;
    const idi_image *frames;
    int64_t count, delay_ms;
    uint32_t sequence;
    idi_buffer *file;
} animation;

/* A chunk within an encoded PNG. */
typedef struct chunk {
    const uint8_t *start; /* its length, type, data, checksum */
    uint32_t bytes;       /* of data */
} chunk;

static void put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* PNG's checksum (annex D), bit by bit: animations are small. */
static uint32_t crc_of(uint32_t crc, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
    }
    return crc;
}

/* A chunk of two pieces; the second may be empty. */
static idi_status put_chunk(const animation *a, const char *type, const uint8_t *head,
                            uint32_t head_bytes, const uint8_t *body, uint32_t body_bytes)
{
    uint8_t before[8];
    uint8_t after[4];
    put_u32(before, head_bytes + body_bytes);
    memcpy(before + 4, type, 4);
    uint32_t crc = crc_of(0xFFFFFFFFU, before + 4, 4);
    crc = crc_of(crc, head, head_bytes);
    crc = crc_of(crc, body, body_bytes);
    put_u32(after, ~crc);
    IDI_TRY(idi_buffer_put(a->memory, a->file, before, sizeof before));
    IDI_TRY(idi_buffer_put(a->memory, a->file, head, head_bytes));
    if (body_bytes) IDI_TRY(idi_buffer_put(a->memory, a->file, body, body_bytes));
    return idi_buffer_put(a->memory, a->file, after, sizeof after);
}

/* How many frames there are, played for ever. */
static idi_status put_animation_control(const animation *a)
{
    uint8_t data[8] = {0};
    put_u32(data, (uint32_t)a->count);
    return put_chunk(a, "acTL", data, sizeof data, NULL, 0);
}

/* A whole picture in thousandths of a second, over what was there before. */
static idi_status put_frame_control(animation *a)
{
    uint8_t data[26] = {0};
    put_u32(data, a->sequence++);
    put_u32(data + 4, (uint32_t)a->frames[0].width);
    put_u32(data + 8, (uint32_t)a->frames[0].height);
    data[20] = (uint8_t)(a->delay_ms >> 8);
    data[21] = (uint8_t)a->delay_ms;
    data[22] = 1000 >> 8;
    data[23] = 1000 & 255;
    return put_chunk(a, "fcTL", data, sizeof data, NULL, 0);
}

static bool is_type(const chunk *c, const char *type)
{
    return memcmp(c->start + 4, type, 4) == 0;
}

static idi_status put_copy(const animation *a, const chunk *c)
{
    return idi_buffer_put(a->memory, a->file, c->start, (size_t)c->bytes + AROUND);
}

static idi_status put_frame_data(animation *a, const chunk *c)
{
    uint8_t number[4];
    put_u32(number, a->sequence++);
    return put_chunk(a, "fdAT", number, sizeof number, c->start + 8, c->bytes);
}

/* The chunk at *at, which then is behind it; libpng wrote it. */
static chunk next_chunk(const idi_buffer *png, size_t *at)
{
    const chunk c = {png->bytes + *at, get_u32(png->bytes + *at)};
    *at += (size_t)c.bytes + AROUND;
    return c;
}

/* The first frame is the file up to its end; the others are their pixels. */
static idi_status put_frame(animation *a, const idi_buffer *png, bool is_first)
{
    bool has_begun = false;
    if (is_first) IDI_TRY(idi_buffer_put(a->memory, a->file, png->bytes, SIGNATURE));
    for (size_t at = SIGNATURE; at < png->size;) {
        const chunk c = next_chunk(png, &at);
        const bool is_data = is_type(&c, "IDAT");
        if (is_type(&c, "IEND") || (!is_data && !is_first)) continue;
        if (is_data && !has_begun) {
            if (is_first) IDI_TRY(put_animation_control(a));
            IDI_TRY(put_frame_control(a));
            has_begun = true;
        }
        IDI_TRY(is_first ? put_copy(a, &c) : put_frame_data(a, &c));
    }
    return IDI_OK;
}

static idi_status check_frames(const char *name, const idi_image *frames, int64_t count,
                               int64_t delay_ms)
{
    IDI_REQUIRE(frames && count >= 1 && count <= IDI_APNG_FRAMES, IDI_ERR_ARG,
                "%s: an animation of %lld frames, want 1 to %d", name, (long long)count,
                (int)IDI_APNG_FRAMES);
    IDI_REQUIRE(delay_ms >= 1 && delay_ms <= MOST_MS, IDI_ERR_ARG,
                "%s: %lld milliseconds a frame, want 1 to %d", name, (long long)delay_ms,
                (int)MOST_MS);
    for (int64_t i = 0; i < count; i++)
        IDI_REQUIRE(frames[i].channels == 3 && frames[i].width == frames[0].width &&
                        frames[i].height == frames[0].height,
                    IDI_ERR_SHAPE,
                    "%s: frame %lld is %lld x %lld pixels of %d channels, want %lld x %lld of 3",
                    name, (long long)i, (long long)frames[i].width, (long long)frames[i].height,
                    frames[i].channels, (long long)frames[0].width, (long long)frames[0].height);
    return IDI_OK;
}

idi_status idi_apng_encode(idi_memory *memory, const char *name, const idi_image *frames,
                           int64_t count, int64_t delay_ms, const idi_png_options *options,
                           idi_buffer *file)
{
    static const idi_png_options unmarked = {.is_unmarked = true};
    IDI_TRY(check_frames(name, frames, count, delay_ms));
    animation a = {
        .memory = memory, .frames = frames, .count = count, .delay_ms = delay_ms, .file = file};
    for (int64_t i = 0; i < count; i++) {
        idi_buffer png = {0};
        idi_status st = idi_png_encode(memory, name, &frames[i], i ? &unmarked : options, &png);
        if (st == IDI_OK) st = put_frame(&a, &png, i == 0);
        idi_buffer_free(memory, &png);
        IDI_TRY(st);
    }
    return put_chunk(&a, "IEND", (const uint8_t *)"", 0, NULL, 0);
}

idi_status idi_apng_write(idi_memory *memory, const char *path, const idi_image *frames,
                          int64_t count, int64_t delay_ms, const idi_png_options *options)
{
    idi_buffer file = {0};
    idi_status st = idi_apng_encode(memory, path, frames, count, delay_ms, options, &file);
    if (st == IDI_OK) st = idi_file_save(memory, path, file.bytes, file.size);
    idi_buffer_free(memory, &file);
    return st;
}
