/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/wgmma.cuh - products of 16-bit matrices by four warps on tensor cores, with sums in
 * float, that run beside what the warps do next.
 *
 * Compute capability 9.0, in code made for sm_90a: elsewhere has_wgmma<T> is false and nothing of
 * this may be compiled. T is __half or __nv_bfloat16. All threads of a warpgroup, four warps of
 * which the first is a multiple of four, take part in every call.
 *
 * One product is c [64, N] += a [64, 16] b [16, N]. A warp has 16 rows of a and c, its lanes what
 * they have of a and of N/8 neighbouring c in mma.cuh. b lies in shared memory: 8 columns of 8
 * numbers each are 128 bytes that follow each other, a column's numbers side by side, and
 * shared_matrix() says how far it is from such a unit to the next. A warp's lanes read whole units,
 * so that no bank is asked twice: a swizzle would gain nothing.
 *
 *   wgmma_fence();                       what the thread wrote to c and a is there
 *   wgmma<T, N>(c, a, b, adds); ...      begins; no one touches c, a and b's memory from here
 *   wgmma_commit();                      those since the last one are a group
 *   wgmma_wait<G>(); wgmma_hold(c); ...  all groups but the last G are done; c may be read */
#ifndef IDI_CUDA_DEVICE_WGMMA_CUH
#define IDI_CUDA_DEVICE_WGMMA_CUH

#include "cuda/device/op.cuh"

namespace idi {

#if defined(IDI_EMULATION) || defined(__CUDA_ARCH_FEAT_SM90_ALL)
template <typename T>
constexpr bool has_wgmma = true;
#else
template <typename T>
constexpr bool has_wgmma = false;
#endif

constexpr int warpgroup = 128;

/* `start` (aligned to 16 bytes) as the products want it: it is k_bytes to the unit 8 numbers
 * deeper, n_bytes to that of the next 8 columns. */
__device__ static inline uint64_t shared_matrix(const void *start, unsigned k_bytes,
                                                unsigned n_bytes)
{
#ifdef IDI_EMULATION
    const unsigned address = emulation::shared_offset(start);
#else
    const auto address = (unsigned)__cvta_generic_to_shared(start);
#endif
    return (uint64_t)(address >> 4 & 0x3FFF) | (uint64_t)(k_bytes >> 4) << 16 |
           (uint64_t)(n_bytes >> 4) << 32;
}

/* The same matrix, so many bytes on. */
__device__ static inline uint64_t shared_matrix_at(uint64_t matrix, int bytes)
{
    return matrix + (uint64_t)(bytes >> 4);
}

#ifdef IDI_EMULATION

template <typename T, int N>
void wgmma(float (&c)[N / 8][4], const uint32_t (&a)[4], uint64_t b, bool adds)
{
    emulation::wgmma(&c[0][0], N, a, b, adds, [](const void *bits) {
        T number;
        memcpy(&number, bits, sizeof number);
        return to_float(number);
    });
}

static inline void wgmma_fence()
{
    emulation::wgmma_fence();
}

static inline void wgmma_commit()
{
    emulation::wgmma_commit();
}

template <int GROUPS>
void wgmma_wait()
{
    emulation::wgmma_wait(GROUPS);
}

template <typename X, int COUNT, int EACH>
void wgmma_hold(X (&)[COUNT][EACH])
{
}

template <int COUNT>
void registers_raise()
{
}

template <int COUNT>
void registers_lower()
{
}

#else

#define IDI_WGMMA_LINE(i) "+f"(c[i][0]), "+f"(c[i][1]), "+f"(c[i][2]), "+f"(c[i][3])

/* The 4 registers of a and the two others are operands first to first + 5. */
#define IDI_WGMMA_32(type)                                                                         \
    asm volatile("{\n"                                                                             \
                 ".reg .pred adds;\n"                                                              \
                 "setp.ne.b32 adds, %21, 0;\n"                                                     \
                 "wgmma.mma_async.sync.aligned.m64n32k16.f32." type "." type " "                   \
                 "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15}, "        \
                 "{%16, %17, %18, %19}, %20, adds, 1, 1, 0;\n"                                     \
                 "}"                                                                               \
                 : IDI_WGMMA_LINE(0), IDI_WGMMA_LINE(1), IDI_WGMMA_LINE(2), IDI_WGMMA_LINE(3)      \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"((int)adds))
#define IDI_WGMMA_64(type)                                                                         \
    asm volatile("{\n"                                                                             \
                 ".reg .pred adds;\n"                                                              \
                 "setp.ne.b32 adds, %37, 0;\n"                                                     \
                 "wgmma.mma_async.sync.aligned.m64n64k16.f32." type "." type " "                   \
                 "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "         \
                 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, "          \
                 "%30, %31}, {%32, %33, %34, %35}, %36, adds, 1, 1, 0;\n"                          \
                 "}"                                                                               \
                 : IDI_WGMMA_LINE(0), IDI_WGMMA_LINE(1), IDI_WGMMA_LINE(2), IDI_WGMMA_LINE(3),     \
                   IDI_WGMMA_LINE(4), IDI_WGMMA_LINE(5), IDI_WGMMA_LINE(6), IDI_WGMMA_LINE(7)      \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"((int)adds))

/* Without `adds` c is what the product is, whatever it was. */
template <typename T, int N>
__device__ static inline void wgmma(float (&c)[N / 8][4], const uint32_t (&a)[4], uint64_t b,
                                    bool adds);

template <>
__device__ inline void wgmma<__half, 32>(float (&c)[4][4], const uint32_t (&a)[4], uint64_t b,
                                         bool adds)
{
    IDI_WGMMA_32("f16");
}

template <>
__device__ inline void wgmma<__nv_bfloat16, 32>(float (&c)[4][4], const uint32_t (&a)[4],
                                                uint64_t b, bool adds)
{
    IDI_WGMMA_32("bf16");
}

template <>
__device__ inline void wgmma<__half, 64>(float (&c)[8][4], const uint32_t (&a)[4], uint64_t b,
                                         bool adds)
{
    IDI_WGMMA_64("f16");
}

template <>
__device__ inline void wgmma<__nv_bfloat16, 64>(float (&c)[8][4], const uint32_t (&a)[4],
                                                uint64_t b, bool adds)
{
    IDI_WGMMA_64("bf16");
}

#undef IDI_WGMMA_LINE
#undef IDI_WGMMA_32
#undef IDI_WGMMA_64

__device__ static inline void wgmma_fence()
{
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

__device__ static inline void wgmma_commit()
{
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

template <int GROUPS>
__device__ static inline void wgmma_wait()
{
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(GROUPS) : "memory");
}

/* For the compiler, which does not know when the products touch registers: c is written, and a is
 * needed, up to here. */
template <int COUNT>
__device__ static inline void wgmma_hold(float (&c)[COUNT][4])
{
    for (int i = 0; i < COUNT; i++)
        asm volatile("" : "+f"(c[i][0]), "+f"(c[i][1]), "+f"(c[i][2]), "+f"(c[i][3])::"memory");
}
template <int COUNT>
__device__ static inline void wgmma_hold(uint32_t (&a)[COUNT][4])
{
    for (int i = 0; i < COUNT; i++)
        asm volatile("" : "+r"(a[i][0]), "+r"(a[i][1]), "+r"(a[i][2]), "+r"(a[i][3])::"memory");
}

/* A warpgroup's share of the registers, of which all of a block's threads begin with as many; by
 * all its threads, to a multiple of 8. */
template <int COUNT>
__device__ static inline void registers_raise()
{
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(COUNT));
}
template <int COUNT>
__device__ static inline void registers_lower()
{
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(COUNT));
}

#endif

} // namespace idi

#endif
