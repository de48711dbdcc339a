/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cudnn/driver.c - a libcuda.so.1 for plans without a GPU: the toolkit's stub, except that
 * modules "load". cuDNN compiles the engines of fused plans and loads them as part of making the
 * plan; with the stub alone each of them compiles, is refused, and gives way to the next.
 *
 * Linked against the stub, whose other functions answer that there is no device. */
#include <cuda.h>

static char token; /* every handle's address */

CUresult cuLibraryLoadData(CUlibrary *library, const void *code, CUjit_option *jit_options,
                           void **jit_values, unsigned int jit_count,
                           CUlibraryOption *library_options, void **library_values,
                           unsigned int library_count)
{
    (void)code, (void)jit_options, (void)jit_values, (void)jit_count;
    (void)library_options, (void)library_values, (void)library_count;
    *library = (CUlibrary)(void *)&token;
    return CUDA_SUCCESS;
}

CUresult cuLibraryUnload(CUlibrary library)
{
    (void)library;
    return CUDA_SUCCESS;
}

CUresult cuLibraryGetKernel(CUkernel *kernel, CUlibrary library, const char *name)
{
    (void)library, (void)name;
    *kernel = (CUkernel)(void *)&token;
    return CUDA_SUCCESS;
}

CUresult cuLibraryGetModule(CUmodule *module, CUlibrary library)
{
    (void)library;
    *module = (CUmodule)(void *)&token;
    return CUDA_SUCCESS;
}

CUresult cuKernelGetFunction(CUfunction *function, CUkernel kernel)
{
    (void)kernel;
    *function = (CUfunction)(void *)&token;
    return CUDA_SUCCESS;
}

CUresult cuKernelSetAttribute(CUfunction_attribute attribute, int value, CUkernel kernel,
                              CUdevice device)
{
    (void)attribute, (void)value, (void)kernel, (void)device;
    return CUDA_SUCCESS;
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value)
{
    (void)function, (void)attribute, (void)value;
    return CUDA_SUCCESS;
}
