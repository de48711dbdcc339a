/* SPDX-License-Identifier: Apache-2.0 */
/* tests/support/vgg_file.h - a narrow VGG-19 of random weights, as torchvision would save it. */
#ifndef IDI_TESTS_VGG_FILE_H
#define IDI_TESTS_VGG_FILE_H

#include "core/memory.h"

/* Like the published one up to its width. `left_out`: a tensor that the file lacks; NULL: none.
 * Whatever fails, fails the running test. */
void idi_write_vgg(idi_memory *memory, const char *path, int64_t width, uint64_t seed,
                   const char *left_out);

#endif
