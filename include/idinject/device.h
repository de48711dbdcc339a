/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/device.h - which devices there are, and what keeps one from being used. */
#ifndef IDINJECT_DEVICE_H
#define IDINJECT_DEVICE_H

#include "idinject/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct idi_device_info {
    size_t struct_size;
    char id[24];            /**< for idi_context_options.device: "cpu", "cuda:0" */
    char name[256];         /**< the maker's; "" if unknown */
    int compute_capability; /**< of a GPU: 90 is 9.0; otherwise 0 */
    size_t memory_bytes;    /**< of a GPU; otherwise 0 */
    int is_usable;
    char reason[512]; /**< why it cannot be used, as a clause; "" if it can */
} idi_device_info;

/** How many devices there are to ask about: the CPU and every GPU. Where there is no GPU, cuda:0
 * is in the list all the same, with the reason. Thread: any. */
IDI_API int idi_device_count(void);

/** @param[in] index from 0 (the CPU).
 * @param[in,out] info struct_size set by the caller.
 * Thread: any; makes the GPU that it asks about current in the calling thread.  Errors: ARG. */
IDI_API IDI_NODISCARD idi_status idi_device_get_info(int index, idi_device_info *info);

#ifdef __cplusplus
}
#endif
#endif
