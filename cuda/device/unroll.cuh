/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/device/unroll.cuh - words to the device compiler about the loop behind them, which the
 * emulation's does not know. */
#ifndef IDI_CUDA_DEVICE_UNROLL_CUH
#define IDI_CUDA_DEVICE_UNROLL_CUH

#ifdef __CUDACC__
#define IDI_UNROLL _Pragma("unroll")   /* its index picks registers */
#define IDI_ROLLED _Pragma("unroll 1") /* copies of it would take registers that others need */
#else
#define IDI_UNROLL
#define IDI_ROLLED
#endif

#endif
