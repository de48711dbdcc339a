/* SPDX-License-Identifier: Apache-2.0 */
/* data/provenance.h - the machine-readable mark "made by an algorithm": an XMP packet with IPTC's
 * DigitalSourceType, carried by a PNG's iTXt chunk. */
#ifndef IDI_DATA_PROVENANCE_H
#define IDI_DATA_PROVENANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a picture came about, in IPTC's terms. */
typedef enum idi_source_type {
    IDI_SOURCE_TRAINED,    /* trainedAlgorithmicMedia: wholly made by a trained network */
    IDI_SOURCE_COMPOSITE,  /* compositeWithTrainedAlgorithmicMedia: a photo edited by a network */
    IDI_SOURCE_ALGORITHMIC /* algorithmicMedia: made by an algorithm without training data */
} idi_source_type;

enum { IDI_XMP_MAX_BYTES = 512 };

/* Writes the packet (UTF-8, no terminator) and returns its length: 440 bytes for
 * IDI_SOURCE_TRAINED. */
size_t idi_xmp_packet(idi_source_type source, uint8_t packet_out[IDI_XMP_MAX_BYTES]);

/* The data of the iTXt chunk that holds the packet: keyword, four empty fields, packet. Returns
 * its length. */
size_t idi_xmp_chunk(idi_source_type source, uint8_t chunk_out[IDI_XMP_MAX_BYTES]);

/* Whether a PNG file's bytes carry an XMP chunk with one of the source types above, and which.
 * Reads only inside `size`, whatever the bytes say. */
bool idi_xmp_find(const uint8_t *png, size_t size, idi_source_type *source_out);

#endif
