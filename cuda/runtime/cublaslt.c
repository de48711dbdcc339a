/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/cublaslt.c - see cublaslt.h. The host emulation has its own
 * (tests/emulation/cublaslt.cpp). */
#include "cuda/runtime/cublaslt.h"
#include "cuda/runtime/library.h"

static const char *const names[] = {"libcublasLt.so.13", "libcublasLt.so", "libcublasLt.so.12",
                                    NULL};

static idi_status find_functions(idi_cublaslt *lt)
{
#define IDI_CUBLASLT(result, name, parameters)                                                     \
    IDI_TRY(idi_cuda_library_function("cuBLASLt", lt->library, "cublasLt" #name, &lt->name));
#include "cuda/runtime/cublaslt.def"
#undef IDI_CUBLASLT
    return IDI_OK;
}

idi_status idi_cublaslt_open(idi_cublaslt *lt_out)
{
    IDI_TRY(idi_cuda_library_open("cuBLASLt", names, &lt_out->library));
    const idi_status st = find_functions(lt_out);
    if (st != IDI_OK) idi_cublaslt_close(lt_out);
    return st;
}

void idi_cublaslt_close(idi_cublaslt *lt)
{
    idi_cuda_library_close(&lt->library);
}
