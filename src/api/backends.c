/* SPDX-License-Identifier: Apache-2.0 */
/* api/backends.c - device names to backends. */
#include "api/objects.h"
#include "cpu/backend.h"

#include <string.h>

#ifdef IDI_WITH_CUDA
#define CUDA_REASON                                                                                \
    "this version has no CUDA backend yet (the toolkit was found and is only compiled against)"
#else
#define CUDA_REASON "this library was built without the CUDA toolkit"
#endif

idi_status idi_backend_open(idi_memory *memory, const char *device, idi_backend **backend_out)
{
    *backend_out = NULL;
    if (!device || strcmp(device, "auto") == 0 || strcmp(device, "cpu") == 0)
        return idi_cpu32_backend_create(memory, false, backend_out);
    IDI_REQUIRE(strncmp(device, "cuda", 4) != 0, IDI_ERR_DEVICE,
                "device %s cannot be used: " CUDA_REASON "; use cpu or auto", device);
    return idi_fail(IDI_ERR_DEVICE, "device \"%s\" is unknown; want auto, cpu or cuda:N", device);
}

void idi_backend_close(idi_backend **backend)
{
    idi_cpu_backend_destroy(backend);
}
