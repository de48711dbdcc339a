/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/block.h - running a launch's grid on the host. */
#ifndef IDI_TESTS_EMULATION_BLOCK_H
#define IDI_TESTS_EMULATION_BLOCK_H

#include <cuda_runtime.h>

#include <functional>

namespace idi::emulation {

/* A block's shared memory on compute capability 9.0, and what it may use without asking
 * (cudaFuncSetAttribute). */
constexpr size_t max_shared_bytes = 227 * 1024;
constexpr size_t default_shared_bytes = 48 * 1024;

/* Runs `body` once for every thread, block after block. `shared_bytes` are the dynamic ones; with
 * the static arrays they must not exceed `shared_limit`. Not reentrant. */
void run_grid(const char *kernel, dim3 grid, dim3 block_size, size_t shared_bytes,
              size_t shared_limit, const std::function<void()> &body);

/* For what threads of the running block do: */

/* The others go on until `is_over` says true. */
void wait_until(std::function<bool()> is_over);
/* Done at a random moment, or when no thread can go on without it. */
void enqueue_copy(std::function<void()> copy);
size_t dynamic_shared_bytes();

} // namespace idi::emulation

#endif
