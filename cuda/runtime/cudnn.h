/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/cudnn.h - cuDNN as a table of functions, and its descriptors as tables of
 * attributes. Its errors become statuses with a sentence: UNSUPPORTED where cuDNN says that it does
 * not do a thing, NOMEM, else DEVICE. */
#ifndef IDI_CUDA_RUNTIME_CUDNN_H
#define IDI_CUDA_RUNTIME_CUDNN_H

#include "core/status.h"

#include <cudnn_graph.h> /* types; nothing of it is linked */
#include <stdbool.h>
#include <stdint.h>

#define IDI_CUDNN(result, name, parameters) result(*name) parameters;
typedef struct idi_cudnn {
    void *library;
#include "cuda/runtime/cudnn.def"
} idi_cudnn;
#undef IDI_CUDNN

/* IDI_ERR_DEVICE, with what was looked for, if the library or a function is missing.
 * Ownership: the caller closes it. */
IDI_NODISCARD idi_status idi_cudnn_open(idi_cudnn *dnn_out);
void idi_cudnn_close(idi_cudnn *dnn);

/* Records "cuDNN: <what>: <its name of the error>: <its last message>". */
IDI_NODISCARD idi_status idi_cudnn_fail_at(const char *file, int line, const idi_cudnn *dnn,
                                           cudnnStatus_t error, const char *what);

#define IDI_TRY_CUDNN(dnn, what, expression)                                                       \
    do {                                                                                           \
        const cudnnStatus_t cudnn_status_ = (expression);                                          \
        if (cudnn_status_ != CUDNN_STATUS_SUCCESS)                                                 \
            return idi_cudnn_fail_at(__FILE__, __LINE__, (dnn), cudnn_status_, (what));            \
    } while (0)

/* Descriptors that go together. A pile starts as zeros. */
enum { IDI_CUDNN_PILE = 24 };
typedef struct idi_cudnn_pile {
    cudnnBackendDescriptor_t made[IDI_CUDNN_PILE];
    int count;
} idi_cudnn_pile;

void idi_cudnn_destroy(const idi_cudnn *dnn, idi_cudnn_pile *pile);

typedef struct idi_cudnn_attribute {
    cudnnBackendAttributeName_t name;
    cudnnBackendAttributeType_t type;
    int64_t count; /* 0: left out */
    const void *values;
} idi_cudnn_attribute;

/* Makes a descriptor with these attributes on the pile and finalises it. `what` names it in
 * sentences. */
IDI_NODISCARD idi_status idi_cudnn_describe(const idi_cudnn *dnn, idi_cudnn_pile *pile,
                                            const char *what, cudnnBackendDescriptorType_t type,
                                            const idi_cudnn_attribute *attributes, int count,
                                            cudnnBackendDescriptor_t *descriptor_out);

#endif
