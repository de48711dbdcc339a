/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/copy.cuh - what ops that only move numbers share: a tensor cut along an axis, and the
 * unit in which to copy its bytes, whatever they hold. */
#ifndef IDI_CUDA_DEVICE_COPY_CUH
#define IDI_CUDA_DEVICE_COPY_CUH

#include "cuda/device/op.cuh"

/* Runs the statement with U = the largest of 16, 4 and 2 bytes that divides `bytes`. */
#define IDI_COPY_UNIT(bytes, U, ...)                                                               \
    do {                                                                                           \
        if ((bytes) % sizeof(uint4) == 0) {                                                        \
            using U = uint4;                                                                       \
            __VA_ARGS__;                                                                           \
        } else if ((bytes) % sizeof(uint32_t) == 0) {                                              \
            using U = uint32_t;                                                                    \
            __VA_ARGS__;                                                                           \
        } else {                                                                                   \
            using U = uint16_t;                                                                    \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
    } while (0)

namespace idi {

/* A tensor as [outer, along the axis, inner]: a matrix of `outer` rows. */
struct axis_split {
    int64_t outer;
    int64_t inner_bytes; /* of one step along the axis */
};

static inline axis_split split_axis(const idi_cuda_call *c, const idi_shape *shape, int axis)
{
    axis_split s = {1, static_cast<int64_t>(idi_dtype_bytes(c->storage))};
    for (int i = 0; i < axis; i++)
        s.outer *= shape->dim[i];
    for (int i = axis + 1; i < shape->rank; i++)
        s.inner_bytes *= shape->dim[i];
    return s;
}

} // namespace idi

#endif
