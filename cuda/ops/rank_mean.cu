/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/ops/rank_mean.cu - the mean of a value over the processes that train together; contract in
 * ops/rank_mean.h.
 *
 * Shapes     x, y any, `count` numbers
 * Launch     cuda/device/elementwise.cuh: a thread 16 bytes, tail in the last block
 * Traffic    DRAM 2*count*size B; bandwidth bound
 * Limits     one process, whose mean is a copy; several are refused while planning
 * Reference  src/cpu/rank_mean.c      Measured  not yet
 */
#include "cuda/device/elementwise.cuh"

extern "C" {
#include "ops/rank_mean.h"
}

namespace {

struct same {
    __device__ float operator()(float x) const { return x; }
};

} // namespace

/* No scratch; here to refuse before anything is taken. */
IDI_CUDA_WORKSPACE(rank_mean)
{
    const auto *attr = static_cast<const idi_rank_mean_attr *>(c->exec->attr);
    *bytes_out = 0;
    IDI_REQUIRE(idi_ranks_count(attr->ranks) == 1, IDI_ERR_UNSUPPORTED,
                "rank_mean: %d processes cannot share a training on GPUs yet, want device cpu",
                idi_ranks_count(attr->ranks));
    return IDI_OK;
}

IDI_CUDA_OP(rank_mean)
{
    const int64_t count = idi_shape_count(&c->exec->out[0].shape);
    IDI_STORAGE(c, T, idi::map(c, same{}, idi::out<T>(c, 0), count, idi::in<T>(c, 0)));
    IDI_LAUNCHED();
}
