/* SPDX-License-Identifier: Apache-2.0 */
/* data/orientation.c - which way up a JPEG is: its Exif orientation, read with suspicion, and the
 * turn that it asks for. */
#include "data/image_codec.h"

#include <string.h>

enum {
    MARKER_EOI = 0xD9,
    MARKER_SOS = 0xDA,
    MARKER_APP1 = 0xE1,
    EXIF_NAME = 6, /* "Exif", two zeros; then a TIFF file without pictures */
    TIFF_HEADER = 8,
    IFD_ENTRY = 12, /* tag, type, count, value */
    TAG_ORIENTATION = 0x0112,
    TYPE_SHORT = 3
};

typedef struct tiff {
    const uint8_t *bytes;
    size_t size;
    bool is_little;
} tiff;

static uint32_t number(const tiff *t, size_t at, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | t->bytes[at + (size_t)(t->is_little ? bytes - 1 - i : i)];
    return value;
}

/* The Exif block among the segments before the pixels. */
static bool find_exif(const uint8_t *bytes, size_t size, tiff *found)
{
    size_t at = 2;
    while (size - at >= 4 && bytes[at] == 0xFF) {
        const int marker = bytes[at + 1];
        if (marker == MARKER_SOS || marker == MARKER_EOI) return false;
        if (marker == 0xFF) { /* fill bytes may stand before a marker */
            at++;
            continue;
        }
        const size_t length = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (length < 2 || length > size - at - 2) return false;
        const uint8_t *content = bytes + at + 4;
        if (marker == MARKER_APP1 && length - 2 >= EXIF_NAME + TIFF_HEADER &&
            memcmp(content, "Exif\0", EXIF_NAME) == 0) {
            *found = (tiff){.bytes = content + EXIF_NAME, .size = length - 2 - EXIF_NAME};
            return true;
        }
        at += 2 + length;
    }
    return false;
}

static bool read_byte_order(tiff *t)
{
    t->is_little = memcmp(t->bytes, "II*", 4) == 0;
    return t->is_little || memcmp(t->bytes, "MM\0*", 4) == 0;
}

int idi_jpeg_orientation(const uint8_t *bytes, size_t size)
{
    tiff t;
    if (!idi_jpeg_is(bytes, size) || !find_exif(bytes, size, &t) || !read_byte_order(&t)) return 1;
    size_t at = number(&t, 4, 4);
    if (at > t.size - 2) return 1;
    const uint32_t count = number(&t, at, 2);
    at += 2;
    for (uint32_t i = 0; i < count && t.size - at >= IFD_ENTRY; i++, at += IFD_ENTRY) {
        if (number(&t, at, 2) != TAG_ORIENTATION || number(&t, at + 2, 2) != TYPE_SHORT) continue;
        const uint32_t value = number(&t, at + 8, 2);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

idi_status idi_image_turn_upright(idi_memory *memory, int orientation, idi_image *image)
{
    if (orientation == 1) return IDI_OK;
    const bool is_transposed = orientation >= 5;
    const bool is_right_first = orientation == 2 || orientation == 3 || orientation >= 7;
    const bool is_bottom_first =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const int64_t width = image->width, height = image->height;
    const size_t pixel = (size_t)image->channels;
    idi_image turned;
    IDI_TRY(idi_image_create(memory, is_transposed ? height : width, is_transposed ? width : height,
                             image->channels, &turned));
    uint8_t *to = turned.pixels;
    for (int64_t y = 0; y < turned.height; y++) {
        for (int64_t x = 0; x < turned.width; x++, to += pixel) {
            const int64_t u = is_transposed ? y : x, v = is_transposed ? x : y;
            const int64_t column = is_right_first ? width - 1 - u : u;
            const int64_t row = is_bottom_first ? height - 1 - v : v;
            memcpy(to, image->pixels + (size_t)(row * width + column) * pixel, pixel);
        }
    }
    idi_image_free(memory, image);
    *image = turned;
    return IDI_OK;
}
