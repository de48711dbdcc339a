/* SPDX-License-Identifier: Apache-2.0 */
/* data/provenance.c - the XMP packet, and finding it again. */
#include "data/provenance.h"

#include <string.h>

enum { KEYWORD_BYTES = 22, PNG_SIGNATURE_BYTES = 8, CHUNK_FRAME_BYTES = 12 };

/* Keyword and its NUL, uncompressed (two zeros), no language, no translated keyword. The array's
 * own terminator is the last of the five zeros. */
static const char keyword[KEYWORD_BYTES] = "XML:com.adobe.xmp\0\0\0\0";

static const char head[] = "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
                           "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
                           "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
                           "<rdf:Description rdf:about=\"\" "
                           "xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\">"
                           "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes";
static const char tail[] = "</Iptc4xmpExt:DigitalSourceType>"
                           "</rdf:Description></rdf:RDF></x:xmpmeta>"
                           "<?xpacket end=\"r\"?>";

/* The folder belongs to the terms, so that a search for the last does not hit the first. */
static const char *const terms[] = {"/digitalsourcetype/trainedAlgorithmicMedia",
                                    "/digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
                                    "/digitalsourcetype/algorithmicMedia"};
enum { TERMS = (int)(sizeof terms / sizeof terms[0]) };

static size_t append(uint8_t *to, size_t at, const char *text)
{
    const size_t length = strlen(text);
    memcpy(to + at, text, length);
    return at + length;
}

size_t idi_xmp_packet(idi_source_type source, uint8_t packet_out[IDI_XMP_MAX_BYTES])
{
    size_t at = append(packet_out, 0, head);
    at = append(packet_out, at, terms[source]);
    return append(packet_out, at, tail);
}

size_t idi_xmp_chunk(idi_source_type source, uint8_t chunk_out[IDI_XMP_MAX_BYTES])
{
    memcpy(chunk_out, keyword, KEYWORD_BYTES);
    uint8_t packet[IDI_XMP_MAX_BYTES];
    const size_t length = idi_xmp_packet(source, packet);
    memcpy(chunk_out + KEYWORD_BYTES, packet, length);
    return KEYWORD_BYTES + length;
}

static size_t big_endian(const uint8_t *b)
{
    return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

static bool contains(const uint8_t *bytes, size_t size, const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(bytes + i, text, length) == 0) return true;
    return false;
}

static bool find_term(const uint8_t *data, size_t size, idi_source_type *source_out)
{
    for (int i = 0; i < TERMS; i++) {
        if (!contains(data, size, terms[i])) continue;
        *source_out = (idi_source_type)i;
        return true;
    }
    return false;
}

bool idi_xmp_find(const uint8_t *png, size_t size, idi_source_type *source_out)
{
    size_t at = PNG_SIGNATURE_BYTES;
    while (at <= size && size - at >= CHUNK_FRAME_BYTES) {
        const size_t length = big_endian(png + at);
        if (length > size - at - CHUNK_FRAME_BYTES) return false;
        const uint8_t *data = png + at + 8;
        if (memcmp(png + at + 4, "iTXt", 4) == 0 && length >= KEYWORD_BYTES &&
            memcmp(data, keyword, KEYWORD_BYTES) == 0 && find_term(data, length, source_out))
            return true;
        at += CHUNK_FRAME_BYTES + length;
    }
    return false;
}
