/* SPDX-License-Identifier: Apache-2.0 */
/* core/sha256.h - SHA-256 (FIPS 180-4), which names files by their content. */
#ifndef IDI_CORE_SHA256_H
#define IDI_CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { IDI_SHA256_BYTES = 32, IDI_SHA256_DIGITS = 64 };

void idi_sha256_digest(const void *bytes, size_t size, uint8_t digest_out[IDI_SHA256_BYTES]);

/* In lower-case hexadecimal digits, terminated. */
void idi_sha256_format(const uint8_t digest[IDI_SHA256_BYTES],
                       char text_out[IDI_SHA256_DIGITS + 1]);

#endif
