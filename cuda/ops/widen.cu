/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/widen.cu - numbers of the storage type as floats; contract in ops/widen.h.
 *
 * The kernel and its figures are to_float.cu's.
 * Reference  src/cpu/widen.c      Measured  not yet
 */
#include "cuda/device/op.cuh"

extern "C" {
#include "cuda/ops/to_float.h"
}

IDI_CUDA_OP(widen)
{
    return idi_cuda_to_float(c, c->exec->in[0].data, idi_shape_count(&c->exec->out[0].shape),
                             idi::out<float>(c, 0));
}
