/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/scratch.cuh - parts of a call's workspace. The same function takes them while
 * planning, when there is no workspace yet and only `bytes` counts, and while running. */
#ifndef IDI_CUDA_DEVICE_SCRATCH_CUH
#define IDI_CUDA_DEVICE_SCRATCH_CUH

#include "cuda/device/op.cuh"

namespace idi {

struct scratch {
    uintptr_t base; /* 0 while planning */
    size_t bytes;   /* taken so far */

    explicit scratch(const idi_cuda_call *c)
        : base(reinterpret_cast<uintptr_t>(c->exec->workspace)), bytes(0)
    {
    }

    /* `count` elements, aligned to 64 bytes. */
    template <typename T>
    T *take(int64_t count)
    {
        T *part = reinterpret_cast<T *>(base + bytes);
        bytes += (static_cast<size_t>(count) * sizeof(T) + 63) / 64 * 64;
        return part;
    }
};

} // namespace idi

#endif
