/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/cudnn.c - see cudnn.h. */
#include "cuda/runtime/cudnn.h"
#include "cuda/runtime/library.h"

static const char *const names[] = {"libcudnn.so.9", "libcudnn.so", NULL};

/* The first that describes devices without having one. */
enum { OLDEST_VERSION = 90800 };

static idi_status find_functions(idi_cudnn *dnn)
{
#define IDI_CUDNN(result, name, parameters)                                                        \
    IDI_TRY(idi_cuda_library_function("cuDNN", dnn->library, "cudnn" #name, &dnn->name));
#include "cuda/runtime/cudnn.def"
#undef IDI_CUDNN
    IDI_REQUIRE(dnn->GetVersion() >= OLDEST_VERSION, IDI_ERR_DEVICE,
                "cuDNN is too old: version %zu, want %d or newer", dnn->GetVersion(),
                OLDEST_VERSION);
    return IDI_OK;
}

idi_status idi_cudnn_open(idi_cudnn *dnn_out)
{
    IDI_TRY(idi_cuda_library_open("cuDNN", names, &dnn_out->library));
    const idi_status st = find_functions(dnn_out);
    if (st != IDI_OK) idi_cudnn_close(dnn_out);
    return st;
}

void idi_cudnn_close(idi_cudnn *dnn)
{
    idi_cuda_library_close(&dnn->library);
}

static idi_status status_of(cudnnStatus_t error)
{
    if (CUDNN_STATUS_CATEGORY(error) == CUDNN_STATUS_NOT_SUPPORTED) return IDI_ERR_UNSUPPORTED;
    const bool is_memory = error == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED ||
                           error == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED;
    return is_memory ? IDI_ERR_NOMEM : IDI_ERR_DEVICE;
}

idi_status idi_cudnn_fail_at(const char *file, int line, const idi_cudnn *dnn, cudnnStatus_t error,
                             const char *what)
{
    char message[512] = "";
    dnn->GetLastErrorString(message, sizeof message);
    return idi_fail_at(file, line, status_of(error), "cuDNN: %s: %s: %s", what,
                       dnn->GetErrorString(error), message);
}

void idi_cudnn_destroy(const idi_cudnn *dnn, idi_cudnn_pile *pile)
{
    while (pile->count > 0)
        (void)dnn->BackendDestroyDescriptor(pile->made[--pile->count]);
}

idi_status idi_cudnn_describe(const idi_cudnn *dnn, idi_cudnn_pile *pile, const char *what,
                              cudnnBackendDescriptorType_t type,
                              const idi_cudnn_attribute *attributes, int count,
                              cudnnBackendDescriptor_t *descriptor_out)
{
    IDI_ENSURE(pile->count < IDI_CUDNN_PILE);
    cudnnBackendDescriptor_t *made = &pile->made[pile->count];
    IDI_TRY_CUDNN(dnn, what, dnn->BackendCreateDescriptor(type, made));
    pile->count++;
    for (int i = 0; i < count; i++) {
        const idi_cudnn_attribute *a = &attributes[i];
        if (a->count > 0)
            IDI_TRY_CUDNN(dnn, what,
                          dnn->BackendSetAttribute(*made, a->name, a->type, a->count, a->values));
    }
    IDI_TRY_CUDNN(dnn, what, dnn->BackendFinalize(*made));
    *descriptor_out = *made;
    return IDI_OK;
}
