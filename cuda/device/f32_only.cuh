/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/f32_only.cuh - what ops do whose numbers 16 bits do not hold: they refuse, while a
 * session is planned. */
#ifndef IDI_CUDA_DEVICE_F32_ONLY_CUH
#define IDI_CUDA_DEVICE_F32_ONLY_CUH

#include "cuda/device/op.cuh"

namespace idi {

/* `what` the storage type cannot hold. */
static inline idi_status require_f32(const idi_cuda_call *c, const char *op, const char *what)
{
    IDI_REQUIRE(c->storage == IDI_F32, IDI_ERR_UNSUPPORTED,
                "%s: %s cannot hold %s, want f32 storage", op, idi_dtype_name(c->storage), what);
    return IDI_OK;
}

} // namespace idi

#endif
