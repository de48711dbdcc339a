/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/asynchronous.h - what a block has under way beside its threads: bulk copies with
 * their barriers (cuda/device/bulk_copy.cuh) and products of warpgroups (cuda/device/wgmma.cuh).
 *
 * A copy's target is NaN from its begin until it lands, at a random moment or when nothing else can
 * go on; it reads its source then. A product's sums are NaN in the thread's registers until the
 * wait that covers it; its factors must be the same then as when it began. What is misused stops
 * the program: a product without fence before it, one that nobody waits for, a matrix beyond shared
 * memory, warps of a warpgroup that did not make the same products, a barrier that was not made or
 * counts one arrival too many.
 *
 * Not modelled: that a warpgroup's four warps go together, setmaxnreg, proxy fences. */
#ifndef IDI_TESTS_EMULATION_ASYNCHRONOUS_H
#define IDI_TESTS_EMULATION_ASYNCHRONOUS_H

#include <cstddef>
#include <cstdint>

namespace idi::emulation {

void barrier_init(uint64_t *barrier, unsigned count);
/* Announces `bytes`, then arrives. */
void barrier_arrive(uint64_t *barrier, unsigned bytes);
void barrier_wait(uint64_t *barrier, unsigned parity);
void copy_bulk(void *to, const void *from, size_t bytes, uint64_t *barrier);

/* What stands for a shared address: the offset in the dynamic shared memory, which p must be in. */
unsigned shared_offset(const void *p);

/* The calling thread's part of c [64, n] += a b: c has n/2 floats, a four registers, both its own;
 * b is a descriptor as a device has it. */
void wgmma(float *c, int n, const uint32_t *a, uint64_t b, bool adds,
           float (*to_float)(const void *bits));
void wgmma_fence();
void wgmma_commit();
void wgmma_wait(int groups);

/* block.cpp: the thread begins; it ends; a block of so many warps has ended. */
void begin_products();
void end_products();
void compare_warpgroups(int warps);

} // namespace idi::emulation

#endif
