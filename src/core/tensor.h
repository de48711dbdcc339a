/* SPDX-License-Identifier: Apache-2.0 */
/* core/tensor.h - element types, shapes, and a tensor as a pointer with both. */
#ifndef IDI_CORE_TENSOR_H
#define IDI_CORE_TENSOR_H

#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

/* IDI_REAL is "the backend's floating type": float on the CPU, double in the oracle, perhaps 16
 * bits on a GPU. IDI_WIDE is the same, but float where that has 16 bits. A graph speaks only of
 * these two, IDI_U8 and IDI_I32; files and API tensors never hold the two. */
typedef enum idi_dtype {
    IDI_REAL,
    IDI_WIDE,
    IDI_F32,
    IDI_F64,
    IDI_F16,
    IDI_BF16,
    IDI_U8,
    IDI_I32,
    IDI_I64,
    IDI_DTYPE_COUNT
} idi_dtype;

const char *idi_dtype_name(idi_dtype dtype);
/* Bytes of an element; 0 for IDI_REAL and IDI_WIDE, whose size is the backend's. */
size_t idi_dtype_bytes(idi_dtype dtype);

enum { IDI_MAX_RANK = 4 };

/* Dense, row-major: the last dimension is contiguous. Feature maps are [N, H, W, C]. */
typedef struct idi_shape {
    int rank;
    int64_t dim[IDI_MAX_RANK]; /* unused dimensions are 1 */
} idi_shape;

idi_shape idi_shape1(int64_t a);
idi_shape idi_shape2(int64_t a, int64_t b);
idi_shape idi_shape3(int64_t a, int64_t b, int64_t c);
idi_shape idi_shape4(int64_t a, int64_t b, int64_t c, int64_t d);
/* The product of the dimensions, which must not overflow: of shapes that are sound, or checked. */
int64_t idi_shape_count(const idi_shape *shape);
/* Rank 1 to 4, dimensions from 1, at most 2^40 elements: so much that sums of many sizes in bytes
 * stay far below 2^63 too. */
bool idi_shape_is_sound(const idi_shape *shape);
/* The last dimension, and the product of all others: a tensor as a matrix of rows. */
int64_t idi_shape_last(const idi_shape *shape);
int64_t idi_shape_rows(const idi_shape *shape);
bool idi_shape_equal(const idi_shape *a, const idi_shape *b);

/* "[1, 16, 16, 512]" */
typedef struct idi_shape_text {
    char text[96];
} idi_shape_text;
idi_shape_text idi_shape_format(const idi_shape *shape);

typedef struct idi_tensor {
    void *data; /* NULL: an optional tensor that is absent */
    idi_dtype dtype;
    idi_shape shape;
} idi_tensor;

#endif
