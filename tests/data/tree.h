/* SPDX-License-Identifier: Apache-2.0 */
/* Data sets on disk, small, written by the tests themselves: pictures by number, their part masks,
 * label maps and lists, in a fresh folder of the scratch space. */
#ifndef IDI_TESTS_DATA_TREE_H
#define IDI_TESTS_DATA_TREE_H

#include "data_support.h"

enum { TREE_SIDE = 40, TREE_MASK_SIDE = 32, TREE_FACES = 6 };
/* The image numbers; two of them in the masks' second folder. */
extern const int64_t tree_numbers[TREE_FACES];

/* An empty folder of that name in the scratch space; the path is static. */
const char *tree_fresh(const char *name);
/* "root/..." in a buffer that lasts for some more calls. */
const char *tree_path(const char *root, const char *format, ...);
void tree_write_text(const char *path, const char *text);

/* A JPEG of a face's own pixels. */
void tree_write_jpeg(const char *path, int64_t number, int64_t width, int64_t height);
/* The part's rectangle, white on black in RGB as published. */
void tree_write_mask(const char *path, int64_t number, int class_number, int64_t side);
/* True if class c of face n has the pixel; parts overlap. */
bool tree_part_has(int64_t number, int class_number, int64_t x, int64_t y);
/* What the masks give, laid over each other: [TREE_MASK_SIDE, TREE_MASK_SIDE]. */
void tree_labels(int64_t number, uint8_t *labels_out);

/* CelebAMask-HQ as published, with its mapping and identity_CelebA.txt beside it. Faces 0, 1, 2 are
 * CelebA's person 77, 3 is person 5, the others are person 900. */
const char *tree_celebamask(const char *name);
/* root/images/<n>.jpg, root/labels/<n>.png. */
const char *tree_paired(const char *name);

#endif
