/* SPDX-License-Identifier: Apache-2.0 */
/* cuda/runtime/library.c - see library.h. */
#include "cuda/runtime/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static idi_status fail_missing(const char *what, const char *const *names, const char *reason)
{
    char list[256] = "";
    size_t length = 0;
    for (int i = 0; names[i] && length < sizeof list; i++)
        length +=
            (size_t)snprintf(list + length, sizeof list - length, "%s%s", i ? ", " : "", names[i]);
    return idi_fail(IDI_ERR_DEVICE, "%s cannot be loaded: looked for %s; %s", what, list, reason);
}

idi_status idi_cuda_library_open(const char *what, const char *const *names, void **library_out)
{
    /* The first name is the one that was meant to be there: its reason is the one to tell. */
    char reason[256] = "no name to look for";
    *library_out = NULL;
    for (int i = 0; names[i]; i++) {
        *library_out = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (*library_out) return IDI_OK;
        const char *error = dlerror();
        if (i == 0) (void)snprintf(reason, sizeof reason, "%s", error ? error : "no reason given");
    }
    return fail_missing(what, names, reason);
}

void idi_cuda_library_close(void **library)
{
    if (*library) (void)dlclose(*library);
    *library = NULL;
}

idi_status idi_cuda_library_function(const char *what, void *library, const char *name,
                                     void *function_out)
{
    /* ISO C has no conversion from an object's address to a function's; POSIX gives them one
     * representation. */
    void *address = dlsym(library, name);
    memcpy(function_out, &address, sizeof address);
    IDI_REQUIRE(address, IDI_ERR_DEVICE, "%s has no function %s: it is too old or too new", what,
                name);
    return IDI_OK;
}
