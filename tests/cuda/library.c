/* SPDX-License-Identifier: Apache-2.0 */
/* tests/cuda/library.c - looking for libraries (cuda/runtime/library.h): names that are there, and
 * the sentences for what is not. */
#include "cuda/runtime/library.h"

#include <criterion/criterion.h>
#include <string.h>

Test(cuda_library, the_first_name_that_is_there)
{
    static const char *const names[] = {"libidi-missing.so.1", "libm.so.6", NULL};
    void *library;
    cr_assert_eq(idi_cuda_library_open("the maths library", names, &library), IDI_OK, "%s",
                 idi_last_error());
    double (*root)(double) = NULL;
    cr_assert_eq(idi_cuda_library_function("the maths library", library, "sqrt", &root), IDI_OK);
    cr_expect_eq(root(16.0), 4.0);
    idi_cuda_library_close(&library);
    cr_expect_null(library);
    idi_cuda_library_close(&library);
}

Test(cuda_library, a_missing_library_is_named)
{
    static const char *const names[] = {"libidi-missing.so.13", "libidi-missing.so", NULL};
    void *library;
    cr_expect_eq(idi_cuda_library_open("cuBLASLt", names, &library), IDI_ERR_DEVICE);
    cr_expect_null(library);
    const char *sentence = "cuBLASLt cannot be loaded: looked for libidi-missing.so.13, "
                           "libidi-missing.so; libidi-missing.so.13: cannot open shared object";
    cr_expect(strstr(idi_last_error(), sentence), "%s", idi_last_error());
}

Test(cuda_library, a_missing_function_is_named)
{
    static const char *const names[] = {"libm.so.6", NULL};
    void *library;
    void (*function)(void) = NULL;
    cr_assert_eq(idi_cuda_library_open("cuBLASLt", names, &library), IDI_OK);
    cr_expect_eq(idi_cuda_library_function("cuBLASLt", library, "cublasLtCreate", &function),
                 IDI_ERR_DEVICE);
    cr_expect(strstr(idi_last_error(), "cuBLASLt has no function cublasLtCreate"), "%s",
              idi_last_error());
    idi_cuda_library_close(&library);
}
