/* SPDX-License-Identifier: Apache-2.0 */
/* tests/emulation/block.h - running a launch's grid on the host. */
#ifndef IDI_TESTS_EMULATION_BLOCK_H
#define IDI_TESTS_EMULATION_BLOCK_H

#include <cuda_runtime.h>

#include <functional>

namespace idi::emulation {

constexpr size_t max_shared_bytes = 227 * 1024; /* a block's on compute capability 9.0 */

/* Runs `body` once for every thread, block after block. Not reentrant. */
void run_grid(const char *kernel, dim3 grid, dim3 block_size, size_t shared_bytes,
              const std::function<void()> &body);

} // namespace idi::emulation

#endif
