/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/bulk_copy.cuh - copies of whole tiles from global to shared memory by one thread, and
 * the barriers in shared memory that tell of them.
 *
 * A barrier counts arrivals and bytes. A phase of it is over when `count` threads have arrived and
 * all bytes that they announced have been copied; then the next begins. Phases have parities 0, 1,
 * 0...; barrier_wait() waits for the end of the phase under way if that has the parity, else
 * returns at once: the phase before it had. So a fresh barrier makes nobody wait for parity 1.
 *
 * Compute capability 9.0 in code made for sm_90a (wgmma.cuh's has_wgmma); elsewhere there is no
 * such instruction, and code that uses them must not be compiled. In the emulation a copy lands at
 * some moment of its own, and until then its target holds no numbers. */
#ifndef IDI_CUDA_DEVICE_BULK_COPY_CUH
#define IDI_CUDA_DEVICE_BULK_COPY_CUH

#include "cuda/device/op.cuh"

namespace idi {

using barrier = uint64_t; /* in shared memory */

#ifdef IDI_EMULATION

static inline void barrier_init(barrier *b, unsigned count)
{
    emulation::barrier_init(b, count);
}

static inline void barriers_made() {}

static inline void barrier_arrive(barrier *b)
{
    emulation::barrier_arrive(b, 0);
}

static inline void barrier_arrive_expecting(barrier *b, unsigned bytes)
{
    emulation::barrier_arrive(b, bytes);
}

static inline void barrier_wait(barrier *b, unsigned parity)
{
    emulation::barrier_wait(b, parity);
}

static inline void copy_bulk(void *to, const void *from, unsigned bytes, barrier *b)
{
    emulation::copy_bulk(to, from, bytes, b);
}

#else

__device__ static inline unsigned shared_address(const void *p)
{
    return (unsigned)__cvta_generic_to_shared(p);
}

/* By one thread, before barriers_made() and __syncthreads() show it to others. */
__device__ static inline void barrier_init(barrier *b, unsigned count)
{
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(b)), "r"(count)
                 : "memory");
}

/* Shows the thread's new barriers to the engine that copies. */
__device__ static inline void barriers_made()
{
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

__device__ static inline void barrier_arrive(barrier *b)
{
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(b)) : "memory");
}

/* Arrives and announces so many bytes of copies. */
__device__ static inline void barrier_arrive_expecting(barrier *b, unsigned bytes)
{
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(b)),
                 "r"(bytes)
                 : "memory");
}

__device__ static inline void barrier_wait(barrier *b, unsigned parity)
{
    unsigned is_over = 0;
    while (!is_over)
        asm volatile("{\n"
                     ".reg .pred over;\n"
                     "mbarrier.try_wait.parity.shared::cta.b64 over, [%1], %2;\n"
                     "selp.u32 %0, 1, 0, over;\n"
                     "}"
                     : "=r"(is_over)
                     : "r"(shared_address(b)), "r"(parity)
                     : "memory");
}

/* Global to shared memory; addresses and size are multiples of 16 bytes. The barrier of whose bytes
 * they are is told when they have come. */
__device__ static inline void copy_bulk(void *to, const void *from, unsigned bytes, barrier *b)
{
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::
            "r"(shared_address(to)),
        "l"(__cvta_generic_to_global(from)), "r"(bytes), "r"(shared_address(b))
        : "memory");
}

#endif

} // namespace idi

#endif
