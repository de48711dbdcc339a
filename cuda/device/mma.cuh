/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/mma.cuh - products of 16-bit matrices by a warp on tensor cores, with sums in float.
 *
 * Compute capability 8.0; on older devices the functions stop the kernel. T is __half or
 * __nv_bfloat16. All 32 lanes take part in every call.
 *
 * One product is c [16, 8] += a [16, 16] b [16, 8]. Of these a lane holds (PTX ISA, "Matrix
 * fragments for mma.m16n8k16 with floating point type"), with g = lane/4 and t = 2*(lane%4):
 *
 *   a   4 registers, two columns each   a[0] (g, t), (g, t+1)     a[2] (g, t+8), (g, t+9)
 *                                       a[1] (g+8, t), (g+8, t+1) a[3] (g+8, t+8), (g+8, t+9)
 *   b   2 registers, two rows each      b[0] (t, g), (t+1, g)     b[1] (t+8, g), (t+9, g)
 *   c   4 floats                        c[0] (g, t)  c[1] (g, t+1)  c[2] (g+8, t)  c[3] (g+8, t+1)
 *
 * So the c of two neighbouring products is, packed in pairs, the a of a next one. */
#ifndef IDI_CUDA_DEVICE_MMA_CUH
#define IDI_CUDA_DEVICE_MMA_CUH

#include "cuda/device/op.cuh"

namespace idi {

template <typename T>
__device__ static inline pack<T, 2> pair_of(float first, float second)
{
    return {{from_float<T>(first), from_float<T>(second)}};
}

/* As a register; the first is in the low half. */
template <typename T>
__device__ static inline uint32_t pack_pair(float first, float second)
{
    const pack<T, 2> pair = pair_of<T>(first, second);
    uint32_t bits;
    memcpy(&bits, &pair, sizeof bits);
    return bits;
}

#ifdef IDI_EMULATION

/* A lane's operands, for the others of its warp. */
struct mma_operands {
    uint32_t a[4];
    uint32_t b[2];
};

/* Row `row` (0..15) of a times column `column` (0..7) of b. */
template <typename T>
float mma_dot(const mma_operands *lanes, int row, int column)
{
    float sum = 0.0f;
    for (int k = 0; k < 16; k++) {
        pack<T, 2> a, b;
        memcpy(&a, &lanes[row % 8 * 4 + k % 8 / 2].a[row / 8 + k / 8 * 2], sizeof a);
        memcpy(&b, &lanes[column * 4 + k % 8 / 2].b[k / 8], sizeof b);
        sum += to_float(a.v[k % 2]) * to_float(b.v[k % 2]);
    }
    return sum;
}

template <typename T>
void mma(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1)
{
    static mma_operands warps[32][32]; /* one block runs at a time */
    const int lane = idi::emulation::lane();
    const auto thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
    mma_operands *const lanes = warps[thread / 32];
    lanes[lane] = {{a[0], a[1], a[2], a[3]}, {b0, b1}};
    __syncwarp();
    for (int i = 0; i < 4; i++)
        c[i] += mma_dot<T>(lanes, lane / 4 + i / 2 * 8, lane % 4 * 2 + i % 2);
    __syncwarp(); /* before a next call writes */
}

template <typename T>
void load_matrices(uint32_t (&r)[4], const T *row)
{
    const int lane = idi::emulation::lane();
    for (int i = 0; i < 4; i++)
        memcpy(&r[i], __shfl_sync(0xffffffffu, row, 8 * i + lane / 4) + lane % 4 * 2, sizeof r[i]);
}

template <typename T>
void load_matrices_transposed(uint32_t (&r)[4], const T *row)
{
    const int lane = idi::emulation::lane();
    for (int i = 0; i < 4; i++) {
        pack<T, 2> pair;
        for (int j = 0; j < 2; j++)
            pair.v[j] = __shfl_sync(0xffffffffu, row, 8 * i + lane % 4 * 2 + j)[lane / 4];
        memcpy(&r[i], &pair, sizeof r[i]);
    }
}

#elif defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800

template <typename T>
__device__ static inline void mma(float (&)[4], const uint32_t (&)[4], uint32_t, uint32_t)
{
    __trap();
}

template <typename T>
__device__ static inline void load_matrices(uint32_t (&)[4], const T *)
{
    __trap();
}

template <typename T>
__device__ static inline void load_matrices_transposed(uint32_t (&)[4], const T *)
{
    __trap();
}

#else

template <typename T>
__device__ static inline void mma(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1);

template <>
__device__ inline void mma<__half>(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

template <>
__device__ inline void mma<__nv_bfloat16>(float (&c)[4], const uint32_t (&a)[4], uint32_t b0,
                                          uint32_t b1)
{
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/* Four 8x8 matrices from shared memory: lane l gives the address of row l%8 of matrix l/8 (16
 * bytes, aligned), and r[i] becomes (l/4, 2*(l%4)) and its right neighbour of matrix i. */
template <typename T>
__device__ static inline void load_matrices(uint32_t (&r)[4], const T *row)
{
    const auto address = (unsigned)__cvta_generic_to_shared(row);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address)
                 : "memory");
}

/* The same of the transposed matrices: r[i] is (2*(l%4), l/4) and its lower neighbour. */
template <typename T>
__device__ static inline void load_matrices_transposed(uint32_t (&r)[4], const T *row)
{
    const auto address = (unsigned)__cvta_generic_to_shared(row);
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address)
                 : "memory");
}

#endif

} // namespace idi

#endif
