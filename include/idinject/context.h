/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/context.h - a device, its memory and the caller's hooks. */
#ifndef IDINJECT_CONTEXT_H
#define IDINJECT_CONTEXT_H

#include "idinject/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Owns the memory that everything made from it lives in. Many are allowed; nothing is shared
 * between two. It must outlive what was made from it. */
typedef struct idi_context idi_context;

typedef enum idi_severity { IDI_LOG_INFO = 0, IDI_LOG_WARNING = 1 } idi_severity;

/** Fill with idi_context_options_init(), then change what you need. */
typedef struct idi_context_options {
    size_t struct_size;
    /** "auto", "cpu", "cuda" (cuda:0) or "cuda:N". A device that was asked for and cannot be used
     * is an error with its reason; auto takes cuda:0, or the CPU, and logs which and why. */
    const char *device;
    size_t memory_limit_bytes; /**< of host memory; 0: no limit */
    /** Both or neither; alloc returns memory aligned for any type, or NULL. */
    void *(*alloc)(void *user, size_t bytes);
    void (*free)(void *user, void *memory);
    void *allocator_user;
    void (*log)(void *user, idi_severity severity, const char *message); /**< NULL: silent */
    void *log_user;
    /** What identities and styles are computed in, and sessions that name no precision: "f32";
     * on a GPU "tf32", "bf16" or "f16"; on a CPU with AVX512_BF16 "bf16" too: everything is kept in
     * float, the feed-forward layers of the generator's transformer blocks multiply bf16. Trainings
     * take f32, on a GPU tf32 and bf16 too. NULL: "f32". */
    const char *precision;
    size_t device_memory_limit_bytes; /**< of a GPU's memory; 0: no limit */
    /** Both or neither, for GPUs: device memory aligned to 256 bytes, or NULL, in the order of
     * `stream`, a cudaStream_t. Without them the library keeps a pool of its own. */
    void *(*device_alloc)(void *user, size_t bytes, void *stream);
    void (*device_free)(void *user, void *memory, void *stream);
    void *device_allocator_user;
} idi_context_options;

IDI_API void idi_context_options_init(idi_context_options *options);

/** @param[in] options NULL for the defaults.
 * @param[out] context_out destroy with idi_context_destroy().
 * Thread: any. Calls on a context of a GPU leave that GPU current in the calling thread.
 * Errors: DEVICE (cannot be used; the sentence says why), UNSUPPORTED (precision), NOMEM, ARG. */
IDI_API IDI_NODISCARD idi_status idi_context_create(const idi_context_options *options,
                                                    idi_context **context_out);

/** Accepts NULL; nulls the caller's pointer. Everything made from it must be gone. Thread: any. */
IDI_API void idi_context_destroy(idi_context **context);

/** Name of the device in use, "cpu" or "cuda:0". Thread: any. */
IDI_API const char *idi_context_device(const idi_context *context);

typedef struct idi_memory_report {
    size_t struct_size;
    size_t current_bytes, peak_bytes;               /**< host memory, everything */
    size_t device_current_bytes, device_peak_bytes; /**< a GPU's memory, everything; else 0 */
    size_t weight_bytes;                            /**< parameters, now, on host and device */
    size_t activation_bytes, workspace_bytes;       /**< sessions, now, wherever they run */
    size_t activation_peak_bytes, workspace_peak_bytes;
    int64_t allocation_count; /**< made since creation */
} idi_memory_report;

/** @param[in,out] report struct_size set by the caller. Thread: any. */
IDI_API IDI_NODISCARD idi_status idi_context_memory(const idi_context *context,
                                                    idi_memory_report *report);

/** Gives device memory that is kept for later sessions back to the driver. Accepts NULL; does
 * nothing on the CPU. Thread: any. */
IDI_API void idi_context_trim(idi_context *context);

/** How fast the context's device multiplies matrices and does nothing else: what the operations a
 * second of a session are held against. Measured, by the same libraries that sessions use: the best
 * of five runs of four products in a row, after two that warm up.
 * @param[in] precision a session's ("f32", "bf16"); NULL: the context's. A CPU's bare products are
 *     f32's at bf16 too.
 * @param[in] side of the square matrices, 16 to 16384; about four of them are in memory. From about
 * 2048 on a CPU and 8192 on a GPU it tells what the device can do.
 * @param[out] flops_out floating-point operations a second, two a multiply-accumulate.
 * Thread: any, alone on the device if the number shall mean anything.  Errors: ARG, NOMEM,
 * LIMIT, UNSUPPORTED (precision), DEVICE. */
IDI_API IDI_NODISCARD idi_status idi_context_product_rate(idi_context *context,
                                                          const char *precision, int64_t side,
                                                          double *flops_out);

/** "0.1.0". Thread: any. */
IDI_API const char *idi_version(void);

#ifdef __cplusplus
}
#endif
#endif
