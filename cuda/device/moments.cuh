/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/moments.cuh - count, mean and squared differences of numbers, merged pairwise (Chan,
 * Golub and LeVeque 1979), and what a normalisation takes from them. A mean is kept in two floats:
 * for x = 1000 + u the rounding of one would be a ten-thousandth of the deviation. */
#ifndef IDI_CUDA_DEVICE_MOMENTS_CUH
#define IDI_CUDA_DEVICE_MOMENTS_CUH

#include "cuda/device/op.cuh"

namespace idi {

/* What a normalisation applies. */
struct norm_stats {
    float mean, rstd, shift; /* shift: the mean's second float, times -rstd */

    /* (x - mean)/sqrt(var + eps) */
    __device__ float normal(float x) const { return (x - mean) * rstd + shift; }
};

/* Count, mean = pivot + offset, and sum of squared differences from the mean. */
struct alignas(16) moments {
    float count, pivot, offset, squares;

    /* Of numbers of which a `share` is the other's; neither is empty. */
    __device__ void join(const moments &other, float share)
    {
        const float apart = (other.pivot - pivot) + (other.offset - offset);
        squares += other.squares + apart * apart * (count * share);
        offset += apart * share;
        count += other.count;
    }

    __device__ void merge(const moments &other)
    {
        if (count == 0.0f)
            *this = other;
        else if (other.count > 0.0f)
            join(other, other.count / (count + other.count));
    }

    __device__ norm_stats stats(float eps) const
    {
        norm_stats s;
        s.mean = pivot + offset;
        const float added = s.mean - pivot; /* Knuth's sum: mean + rest is exact */
        const float rest = (pivot - (s.mean - added)) + (offset - added);
        s.rstd = 1.0f / sqrtf(squares / count + eps);
        s.shift = -rest * s.rstd;
        return s;
    }
};

} // namespace idi

#endif
