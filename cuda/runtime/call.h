/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/call.h - what an op's launcher receives, and the functions that an op has.
 *
 * A launcher checks, chooses a variant and enqueues it on the stream. It never allocates (scratch
 * comes from the plan: exec->workspace), never waits for the device and never reads the
 * environment. All pointers are aligned to 64 bytes.
 *
 * A node of wide numbers (IDI_WIDE) is a call in f32 without TF32, whatever the session's
 * precision: launchers need not know of them. A node that has both kinds is a call in the storage
 * type of its reals, and its launcher knows which tensors are floats: `narrow`'s input, `widen`'s
 * output, and sums (idi_op_info.first_sum), which a launcher asks for by idi_cuda_sum_type(). */
#ifndef IDI_CUDA_RUNTIME_CALL_H
#define IDI_CUDA_RUNTIME_CALL_H

#include "cuda/runtime/check.h"
#include "graph/backend.h"

typedef struct idi_cuda_device idi_cuda_device; /* device.h */

typedef struct idi_cuda_call {
    const idi_exec *exec; /* while planning, tensors have shapes but no data */
    idi_cuda_device *device;
    cudaStream_t stream;
    idi_dtype storage;  /* what the node's numbers are: IDI_F32, IDI_F16 or IDI_BF16 */
    bool allows_tf32;   /* f32 products may round their factors to 10 bits of mantissa */
    bool prefers_wgmma; /* backend.h */
} idi_cuda_call;

/* What output k's numbers are. */
static inline idi_dtype idi_cuda_sum_type(const idi_cuda_call *c, int k)
{
    return c->exec->out[k].dtype == IDI_WIDE ? IDI_F32 : c->storage;
}

typedef idi_status (*idi_cuda_function)(const idi_cuda_call *c);
typedef idi_status (*idi_cuda_workspace)(const idi_cuda_call *c, size_t *bytes_out);

#endif
