/* SPDX-License-Identifier: Apache-2.0 */
/* idinject/status.h - what every call returns, and the sentence that goes with a failure. */
#ifndef IDINJECT_STATUS_H
#define IDINJECT_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define IDI_API __declspec(dllimport)
#elif defined(__GNUC__)
#define IDI_API __attribute__((visibility("default")))
#else
#define IDI_API
#endif

#if defined(__GNUC__)
#define IDI_NODISCARD __attribute__((warn_unused_result))
#else
#define IDI_NODISCARD
#endif

/** The result of a call. Values are never renumbered. */
typedef enum idi_status {
    IDI_OK = 0,
    IDI_ERR_ARG = -1,          /**< an argument is out of its documented range */
    IDI_ERR_STATE = -2,        /**< the object is not ready for this call */
    IDI_ERR_NOMEM = -3,        /**< memory could not be had, or a limit was reached */
    IDI_ERR_SHAPE = -4,        /**< a size or rank does not fit */
    IDI_ERR_IO = -5,           /**< a file cannot be opened, read or written */
    IDI_ERR_FORMAT = -6,       /**< a file's content is not what its format requires */
    IDI_ERR_WEIGHTS = -7,      /**< a model file lacks a tensor, or a tensor is unusable */
    IDI_ERR_LABELS = -8,       /**< a label map holds values that its scheme does not know */
    IDI_ERR_ENCODER = -9,      /**< an identity was made by another recogniser */
    IDI_ERR_NUMERIC = -10,     /**< a result is not finite */
    IDI_ERR_DEVICE = -11,      /**< the device that was asked for cannot be used */
    IDI_ERR_UNSUPPORTED = -12, /**< valid, but not available in this build */
    IDI_ERR_CANCELLED = -13,   /**< the caller asked to stop */
    IDI_ERR_INTERNAL = -14     /**< a fault of the library's own */
} idi_status;

/** The name of a status, for logs.
 * @param[in] status any value
 * Returns a static string such as "IDI_ERR_SHAPE"; never NULL.  Thread: any. */
IDI_API const char *idi_status_name(idi_status status);

/** The sentence that explains this thread's last failed call: what, which, got against wanted.
 * Ownership: the library's; valid until this thread's next failing call. "" if none failed.
 * Thread: any; each thread has its own. */
IDI_API const char *idi_last_error(void);

/** Where in the library the last failure of this thread arose: "file:line: expression" per level,
 * for bug reports. Ownership and thread as idi_last_error(). */
IDI_API const char *idi_last_error_trace(void);

#ifdef __cplusplus
}
#endif
#endif
