/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/row_sum.cuh - row_sum's work for other launchers. */
#ifndef IDI_CUDA_OPS_ROW_SUM_CUH
#define IDI_CUDA_OPS_ROW_SUM_CUH

#include "cuda/device/op.cuh"

namespace idi {

/* Floats of scratch. */
int64_t sum_rows_partials(const idi_cuda_call *c, int64_t rows, int64_t columns);

/* The call's output k, [columns], = the sum of x's rows; x is of the storage type, the sums are
 * what idi_cuda_sum_type() says. */
void sum_rows(const idi_cuda_call *c, const void *x, int64_t rows, int64_t columns, int k,
              float *partials);

} // namespace idi

#endif
