/* SPDX-License-Identifier: Apache-2.0 */
/* core/tensor.c - see tensor.h. */
#include "core/tensor.h"

#include <stdio.h>

const char *idi_dtype_name(idi_dtype dtype)
{
    static const char *const names[IDI_DTYPE_COUNT] = {"real", "wide", "f32", "f64", "f16",
                                                       "bf16", "u8",   "i32", "i64"};
    return (unsigned)dtype < IDI_DTYPE_COUNT ? names[dtype] : "unknown";
}

size_t idi_dtype_bytes(idi_dtype dtype)
{
    static const size_t bytes[IDI_DTYPE_COUNT] = {0, 0, 4, 8, 2, 2, 1, 4, 8};
    return (unsigned)dtype < IDI_DTYPE_COUNT ? bytes[dtype] : 0;
}

idi_shape idi_shape1(int64_t a)
{
    return (idi_shape){1, {a, 1, 1, 1}};
}

idi_shape idi_shape2(int64_t a, int64_t b)
{
    return (idi_shape){2, {a, b, 1, 1}};
}

idi_shape idi_shape3(int64_t a, int64_t b, int64_t c)
{
    return (idi_shape){3, {a, b, c, 1}};
}

idi_shape idi_shape4(int64_t a, int64_t b, int64_t c, int64_t d)
{
    return (idi_shape){4, {a, b, c, d}};
}

int64_t idi_shape_count(const idi_shape *shape)
{
    int64_t count = 1;
    for (int i = 0; i < shape->rank; i++)
        count *= shape->dim[i];
    return count;
}

bool idi_shape_is_sound(const idi_shape *shape)
{
    int64_t room = (int64_t)1 << 40;
    if (shape->rank < 1 || shape->rank > IDI_MAX_RANK) return false;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dim[i] < 1 || shape->dim[i] > room) return false;
        room /= shape->dim[i];
    }
    return true;
}

int64_t idi_shape_last(const idi_shape *shape)
{
    return shape->rank ? shape->dim[shape->rank - 1] : 1;
}

int64_t idi_shape_rows(const idi_shape *shape)
{
    int64_t rows = 1;
    for (int i = 0; i + 1 < shape->rank; i++)
        rows *= shape->dim[i];
    return rows;
}

bool idi_shape_equal(const idi_shape *a, const idi_shape *b)
{
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    return true;
}

idi_shape_text idi_shape_format(const idi_shape *shape)
{
    idi_shape_text out;
    size_t used = 0;
    out.text[used++] = '[';
    for (int i = 0; i < shape->rank && i < IDI_MAX_RANK; i++) {
        const int written = snprintf(out.text + used, sizeof out.text - used, "%s%lld",
                                     i ? ", " : "", (long long)shape->dim[i]);
        if (written > 0) used += (size_t)written;
    }
    (void)snprintf(out.text + used, sizeof out.text - used, "]");
    return out;
}
